//! Acks that the broker refuses or may not have processed, and what follows the end.

use crate::peer::{Peer, Talk};
use crate::stomp::Stomp;

const MESSAGE: &str =
    "MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/a\nreply-to:/queue/b\n\nhello^";

/// Each command that acks the one message of a queue, but those that move it elsewhere.
const TAKERS: [&[&str]; 5] = [
    &["sub", "-c", "1", "/queue/a"],
    &["drain", "--idle", "300ms", "/queue/a"],
    &["purge", "--idle", "300ms", "/queue/a"],
    &["dump", "--take", "--idle", "300ms", "/queue/a"],
    &["reply", "-c", "1", "--echo", "/queue/a"],
];

/// A broker with one message. `answer` is called with each ACK and DISCONNECT, and returns whether the broker goes on;
/// DISCONNECT then has its receipt.
fn one_message(answer: impl Fn(&mut Talk, &str) -> bool + Send + Sync + 'static) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        while let Some(came) = talk.hear() {
            let decides = matches!(came.verb.as_str(), "ACK" | "DISCONNECT");
            if decides && !answer(&mut talk, &came.verb) {
                return;
            }
            talk.receipt(&came);
            if came.verb == "SUBSCRIBE" {
                talk.say(MESSAGE);
            }
        }
    })
}

#[test]
fn an_error_that_answers_the_last_ack_is_5_and_nothing_is_called_taken() {
    for (at, goes_on) in [("ACK", true), ("ACK", false), ("DISCONNECT", false)] {
        let peer = one_message(move |talk, verb| {
            verb != at || (talk.say("ERROR\nmessage:unknown delivery tag\n\n^") && goes_on)
        });
        for taker in TAKERS {
            let taken = Stomp::new(["-s", &peer.url()]).args(taker).run().code(5);
            let taken = taken.stderr_has(&[
                "error: the last ACK is not confirmed: ",
                "unknown delivery tag\n",
                "hint: the messages that came last may be delivered again\n",
            ]);
            assert!(!taken.stderr.contains("taken off"), "{}", taken.stderr);
        }
    }
}

#[test]
fn an_ack_whose_disconnect_has_no_answer_is_not_confirmed() {
    let peer = one_message(|_, verb| verb == "ACK");
    for taker in TAKERS {
        Stomp::new(["-s", &peer.url()]).args(taker).run().code(0);
    }
    let proxied = |answer: fn(&mut Talk)| {
        Peer::start(move |mut talk, _| {
            talk.login();
            let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
            talk.receipt(&subscribe);
            talk.say(MESSAGE);
            if let Some(send) = talk.hear().filter(|came| came.verb == "SEND") {
                talk.receipt(&send);
            }
            talk.hear_of("DISCONNECT");
            answer(&mut talk);
            talk.reset();
        })
    };
    let peer = proxied(|_| ());
    for taker in TAKERS {
        let taken = Stomp::new(["-s", &peer.url()]).args(taker).run().code(6);
        taken.stderr_has(&["the last ACK is not confirmed: the outcome is unknown: ", "delivered again\n"]);
    }
    let peer = proxied(|talk| drop(talk.be_silent()));
    let taken = Stomp::new(["-s", &peer.url()]).args(TAKERS[0]).run().code(6).stdout("hello\n");
    taken.stderr_has(&["the broker did not answer DISCONNECT for 5 s"]);
}

#[test]
fn nothing_counts_that_follows_the_receipt_of_disconnect() {
    // Spring's relay sends this ERROR.
    for more in ["ERROR\nmessage:Connection to broker closed.\n\n^", "MESSAGE\nno colon\n\n^"] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            while let Some(came) = talk.hear() {
                let receipt = if came.has("receipt") {
                    format!("RECEIPT\nreceipt-id:{}\n\n^", came.header("receipt"))
                } else {
                    String::new()
                };
                match came.verb.as_str() {
                    "SUBSCRIBE" => talk.say(&format!("{receipt}{MESSAGE}")),
                    // Together, so that one read brings both.
                    "DISCONNECT" => talk.say(&format!("{receipt}{more}")),
                    _ => talk.say(&receipt),
                };
            }
        });
        let senders: [&[&str]; 6] = [
            &["send", "/queue/a", "x"],
            &["send", "--receipt", "none", "/queue/a", "x"],
            &["send", "--receipt", "last", "--repeat", "3", "/queue/a", "x"],
            &["request", "/queue/a", "x"],
            &["move", "-c", "1", "/queue/a", "/queue/b"],
            &["ping", "-c", "1"],
        ];
        for command in TAKERS.into_iter().chain(senders) {
            let ended = Stomp::new(["-q", "-s", &peer.url()]).args(command).run().code(0);
            assert!(!ended.stderr.contains("error"), "{command:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_move_by_acks_says_so_if_the_last_ack_is_refused() {
    let peer = one_message(|talk, verb| {
        verb == "DISCONNECT" || talk.say("ERROR\nmessage:unknown delivery tag\n\n^")
    });
    let moved = Stomp::new(["-s", &peer.url(), "move", "-c", "1", "/queue/a", "/queue/b"]).run().code(5);
    moved.stderr_has(&["the last ACK is not confirmed: ", "may be delivered again\n"]);
}

#[test]
fn an_ack_that_was_lost_with_its_connection_is_not_confirmed_by_the_next_one() {
    let script = |mut talk: Talk, number| {
        talk.login();
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&subscribe);
        if number == 0 {
            talk.say(MESSAGE);
            talk.hear_of("ACK");
            return talk.reset();
        }
        talk.confirm_all();
    };
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.001"];
    for taker in [TAKERS[0], TAKERS[1]] {
        let peer = Peer::start(script);
        let taken = Stomp::new(["-s", &peer.url()]).args(again).args(taker).run().code(6).stdout("hello\n");
        taken.stderr_has(&["the last ACK is not confirmed: ", "delivered again\n"]);
    }
}
