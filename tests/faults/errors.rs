//! ERRORs that end a connection, that are cut, or that come in numbers.

use crate::peer::{Came, Peer, Talk};
use crate::sending::figures;
use crate::stomp::Stomp;

const REQUEST: &str =
    "MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/a\nreply-to:/queue/b\n\nhello^";

const AGAIN: [&str; 3] = ["--reconnect", "--reconnect-delay", "0.001,0.01"];

/// Gives receipts, and a message for each SUBSCRIBE, unless `answer` says that it has answered and goes on, or returns
/// `None` to end the connection.
fn peer(answer: impl Fn(&mut Talk, &Came, usize) -> Option<bool> + Send + Sync + 'static) -> Peer {
    Peer::start(move |mut talk, number| {
        talk.login();
        while let Some(came) = talk.hear() {
            match answer(&mut talk, &came, number) {
                None => return,
                Some(true) => {}
                Some(false) => {
                    talk.receipt(&came);
                    if came.verb == "SUBSCRIBE" {
                        talk.say(REQUEST);
                    }
                }
            }
        }
    })
}

/// What a broker says to a client whose heart-beats it misses, before it closes the connection.
const SILENCE: &str = "ERROR\nmessage:no sign of life\n\n^";

#[test]
fn an_error_and_then_the_end_are_a_loss_with_reconnect_and_a_refusal_without() {
    let calls: [(&str, &[&str]); 4] = [
        ("SEND", &["send", "-l", "/queue/a"]),
        ("SUBSCRIBE", &["sub", "-c", "1", "/queue/a"]),
        ("SEND", &["reply", "-c", "1", "--echo", "/queue/a"]),
        ("SEND", &["move", "-c", "1", "--idle", "300ms", "/queue/a", "/queue/b"]),
    ];
    for (verb, call) in calls {
        for (again, code) in [(&AGAIN[..], 0), (&[], 5)] {
            let peer = peer(move |talk, came, number| {
                let hit = number == 0 && came.verb == verb;
                (!hit || !talk.say(SILENCE)).then_some(false)
            });
            let ended = Stomp::new(["-s", &peer.url()]).args(again).args(call).input("1\n2\n3\n").run();
            let ended = ended.code(code);
            let said = if code == 0 {
                "the broker sent an ERROR: no sign of life; trying again\n"
            } else {
                "no sign of life"
            };
            ended.stderr_has(&[said]);
        }
    }
}

#[test]
fn an_error_that_comes_on_each_connection_is_a_refusal_in_the_end() {
    let peer = peer(|talk, came, _| (came.verb != "SEND" || !talk.say(SILENCE)).then_some(false));
    let sent = Stomp::new(["-s", &peer.url()]).args(AGAIN).args(["send", "-l", "/queue/a"]).input("1\n2\n");
    let sent = sent.run().code(5).stderr_has(&["error: the broker refused it: no sign of life\n"]);
    let (confirmed, unknown, not_sent) = figures(&sent);
    assert_eq!((confirmed, unknown + not_sent, peer.connections()), (0, 2, 3));
}

#[test]
fn an_error_after_which_the_connection_stays_ends_a_sub_with_reconnect_too() {
    let peer = peer(|talk, came, _| Some(came.verb == "ACK" && talk.say(SILENCE)));
    let call = ["sub", "-c", "2", "/queue/a"];
    let ended = Stomp::new(["-s", &peer.url()]).args(AGAIN).args(call).run().code(5).stdout("hello\n");
    ended.stderr_has(&["the broker sent an ERROR: no sign of life\n"]);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn a_reply_with_reconnect_goes_on_after_an_answer_was_lost() {
    let peer = peer(|_, came, number| (number > 0 || came.verb != "SEND").then_some(false));
    let call = ["reply", "-c", "1", "--echo", "/queue/a"];
    let replied = Stomp::new(["-s", &peer.url()]).args(AGAIN).args(call).run().code(0);
    replied.stderr_has(&["trying again\n", "answers: confirmed 1, unknown 1, not sent 0\n"]);
    assert_eq!(peer.connections(), 2);
}

#[test]
fn a_request_a_reply_and_a_move_that_fail_have_figures() {
    let calls: [(&[&str], &str, &str); 4] = [
        (
            &["request", "/queue/a", "x"],
            "SEND",
            "request: confirmed 0, unknown 1, not sent 0; answers received: 0 of 1 (1 of the unknown was refused)\n",
        ),
        (
            &["request", "--reply-to", "/queue/c", "--timeout", "0.2", "/queue/a", "x"],
            "",
            "request: confirmed 1, unknown 0, not sent 0; answers received: 0 of 1\n",
        ),
        (
            &["reply", "--echo", "/queue/a"],
            "SEND",
            "answers: confirmed 0, unknown 1, not sent 0 (1 of the unknown was refused)\n",
        ),
        (&["move", "/queue/a", "/queue/b"], "SEND", "moved 0 messages from /queue/a to /queue/b"),
    ];
    for (call, verb, said) in calls {
        let peer = peer(move |talk, came, _| {
            (came.verb != verb || !talk.say("ERROR\nmessage:full\n\n^")).then_some(false)
        });
        let ended = Stomp::new(["-s", &peer.url()]).args(call).run();
        ended.code(if verb.is_empty() { 124 } else { 5 }).stderr_has(&[said]);
    }
}
