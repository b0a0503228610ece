//! `move` and `send --tx` where a transaction is refused, lost or confirmed in part.

use crate::peer::{Came, Peer, Talk};
use crate::stomp::Stomp;

/// Logs in as RabbitMQ.
fn login(talk: &mut Talk) {
    talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
}

/// So many messages of one subscription.
fn messages(count: usize) -> String {
    let message =
        |n| format!("MESSAGE\nsubscription:1\nmessage-id:m{n}\nack:{n}\ndestination:/queue/a\n\n{n}^");
    (1..=count).map(message).collect()
}

/// Confirms a subscription, and delivers so many messages to it.
fn deliver(talk: &mut Talk, count: usize) -> Came {
    let came = talk.hear_of("SUBSCRIBE").unwrap();
    talk.receipt(&came);
    talk.say(&messages(count));
    came
}

fn moving(peer: &Peer) -> Stomp {
    Stomp::new(["-s", &peer.url(), "move", "--idle", "0.5", "/queue/a", "/queue/b"])
}

#[test]
fn a_move_ends_after_errors_that_nobody_waits_for() {
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        deliver(&mut talk, 2_500);
        while let Some(came) = talk.hear() {
            talk.receipt(&came);
            if came.verb == "COMMIT" {
                // More than the client keeps for a command that receives nothing.
                talk.say(&"ERROR\nmessage:no room\n\n^".repeat(9));
                return;
            }
        }
    });
    moving(&peer).run().code(5).stderr_has(&["no room"]);
}

#[test]
fn a_move_whose_subscription_is_refused_or_lost_says_that_nothing_was_moved() {
    for (refuses, code) in [(true, 5), (false, 6)] {
        let peer = Peer::start(move |mut talk, _| {
            login(&mut talk);
            // The target of a mirror has none.
            let Some(came) = talk.hear_of("SUBSCRIBE") else { return };
            if refuses {
                talk.say(&format!("ERROR\nreceipt-id:{}\nmessage:denied\n\n^", came.header("receipt")));
            }
        });
        let moved = moving(&peer).run().code(code).stdout("");
        moved.stderr_has(&["moved 0 messages from /queue/a to /queue/b\n", "error: "]);
        let mirror = Stomp::new(["-s", &peer.url(), "mirror", "/queue/a", "/queue/b", "--to", &peer.url()]);
        mirror.run().code(code).stderr_has(&["mirrored 0 messages from /queue/a to /queue/b at "]);
    }
}

/// Confirms all but SENDs in transactions, and answers COMMIT with `answer` in addition if it is `confirmed`, else with
/// that alone.
fn answering_commit(confirmed: bool, answer: &'static str, goes_on: bool) -> Peer {
    Peer::start(move |mut talk, _| {
        login(&mut talk);
        while let Some(came) = talk.hear() {
            if came.verb == "COMMIT" {
                if confirmed {
                    talk.receipt(&came);
                }
                talk.say(answer);
                if !goes_on {
                    return;
                }
            } else if came.verb != "SEND" {
                talk.receipt(&came);
            }
            if came.verb == "SUBSCRIBE" {
                talk.say(&messages(3));
            }
        }
    })
}

#[test]
fn a_commit_counts_once_its_messages_have_their_receipts_too() {
    const REFUSED: &str = "ERROR\nmessage:no room\n\n^";
    for (confirmed, answer, goes_on, code) in [
        // RabbitMQ confirms COMMIT before it has published.
        (true, REFUSED, false, 5),
        (true, REFUSED, true, 5),
        (true, "", false, 6),
        (false, REFUSED, true, 5),
        (false, "", false, 6),
    ] {
        let peer = answering_commit(confirmed, answer, goes_on);
        let moved = moving(&peer).args(["-c", "3"]).run().code(code).stdout("");
        moved.stderr_has(&["moved 0 messages from /queue/a to /queue/b; of 3 it is not known: each is "]);
        let send = ["-s", &peer.url(), "send", "--tx", "t", "-l", "/queue/a"];
        let sent = Stomp::new(send).input("1\n2\n").run().code(code).stdout("");
        sent.stderr_has(&["confirmed 0, unknown 2, not sent 0"]);
        let script = "begin\nsend /queue/a 1\nsend /queue/a 2\ncommit\n";
        let ended = Stomp::new(["-s", &peer.url()]).input(script).run().code(code);
        ended.stderr_has(&["confirmed 0, unknown 2, not sent 0"]);
    }
}

#[test]
fn messages_that_a_server_never_confirms_in_a_transaction_are_unconfirmed() {
    let peer = Peer::start(|mut talk, _| {
        talk.login_with("server:peer/1\nheart-beat:0,0\n");
        while let Some(came) = talk.hear() {
            if came.verb != "SEND" {
                talk.receipt(&came);
            }
        }
    });
    let send = ["-s", &peer.url(), "--receipt-timeout", "600", "send", "--tx", "t", "-l", "/queue/a"];
    let sent = Stomp::new(send).input("1\n2\n").run().code(6).stdout("");
    sent.stderr_has(&["confirmed 0, unknown 2, not sent 0", "some receipts did not come"]);
    let call = ["-s", &peer.url(), "--receipt-timeout", "600"];
    let script = "begin\nsend /queue/a 1\nsend /queue/a 2\ncommit\n";
    Stomp::new(call).input(script).run().code(6).stderr_has(&["unknown 2, not sent 0"]);
}

#[test]
fn a_commit_is_sent_once_all_is_confirmed_that_it_could_overtake() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let mut came = Vec::new();
        while let Some(next) = talk.hear() {
            match next.verb.as_str() {
                "SEND" => came.push(next),
                "COMMIT" => {
                    assert!(came.is_empty(), "COMMIT came before the receipts of {} SENDs", came.len());
                    talk.receipt(&next);
                }
                _ => drop(talk.receipt(&next)),
            }
            if came.len() == 3 {
                // The client has sent nothing else meanwhile.
                talk.stream().set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
                assert!(talk.hear().is_none());
                talk.stream().set_read_timeout(Some(crate::stomp::DEADLINE)).unwrap();
                for send in came.drain(..) {
                    talk.receipt(&send);
                }
            }
        }
    });
    let send = ["-s", &peer.url(), "send", "--tx", "t", "-l", "/queue/a"];
    Stomp::new(send).input("1\n2\n3\n").run().done("");
    let script = "begin\nsend /queue/a 1\nsend /queue/a 2\nsend /queue/a 3\ncommit\n";
    Stomp::new(["-s", &peer.url()]).input(script).run().done("");
}
