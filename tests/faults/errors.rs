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
    let said = "answers: confirmed 1, unknown 1, not sent 0; up to 1 may have been answered twice: ";
    replied.stderr_has(&["trying again\n", said]);
    assert_eq!(peer.connections(), 2);
}

#[test]
fn a_request_whose_answer_was_confirmed_is_not_answered_again_after_a_loss() {
    let (sender, answers) = std::sync::mpsc::channel();
    let peer = Peer::start(move |mut talk, number| {
        talk.login();
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&subscribe);
        let request = |id: &str, more: &str| {
            let head =
                format!("MESSAGE\nsubscription:1\nmessage-id:{number}-{id}\nack:{id}\ncorrelation-id:{id}\n");
            format!("{head}destination:/queue/a\nreply-to:/queue/b\n{more}\nhello^")
        };
        if number == 0 {
            talk.say(&request("a", ""));
            let answer = talk.hear_of("SEND").unwrap();
            talk.receipt(&answer);
            // The ack of the request is lost.
            talk.hear_of("ACK");
            return talk.reset();
        }
        talk.say(&(request("a", "redelivered:true\n") + &request("b", "redelivered:true\n")));
        for came in talk.confirm_all() {
            if came.verb == "SEND" || came.verb == "ACK" {
                let name = if came.verb == "SEND" { "correlation-id" } else { "id" };
                sender.send(format!("{} {}", came.verb, came.header(name))).unwrap();
            }
        }
    });
    let call = ["reply", "-c", "2", "--echo", "/queue/a"];
    Stomp::new(["-s", &peer.url()]).args(AGAIN).args(call).run().code(0);
    drop(peer);
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), ["SEND b", "ACK a", "ACK b"]);
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

/// An ERROR whose content-length counts its NUL, or the line feed behind it, too.
fn too_long(more: &str) -> String {
    let reason = "the queue is full";
    format!("ERROR\nmessage:refused\n{more}content-length:{}\n\n{reason}^", reason.len() + 1)
}

#[test]
fn an_error_whose_content_length_is_too_large_is_shown_when_nothing_more_comes() {
    for end in ["", "\n", "stays"] {
        let refusing = move |talk: &mut Talk, more: &str| {
            talk.say(&(too_long(more) + if end == "stays" { "" } else { end }));
            if end == "stays" {
                talk.be_silent();
            }
        };
        let login = Peer::start(move |mut talk, _| {
            talk.hear_of("CONNECT");
            refusing(&mut talk, "x:login\n");
        });
        let denied = Stomp::new(["-s", &login.url(), "send", "/queue/a", "x"]).run().code(5);
        denied.stderr_has(&["refused the connection: refused: the queue is full\n"]);
        let send = Peer::start(move |mut talk, _| {
            talk.login();
            let receipt = talk.hear_of("SEND").unwrap().header("receipt");
            refusing(&mut talk, &format!("receipt-id:{receipt}\n"));
        });
        for timeout in ["30", "0.2"] {
            let call = ["-s", &send.url(), "--receipt-timeout", timeout, "send", "/queue/a", "x"];
            let refused = Stomp::new(call).run().code(5);
            refused.stderr_has(&["the broker refused it: refused: the queue is full\n"]);
        }
        let sub = peer(move |talk, came, _| {
            (came.verb != "ACK").then_some(false).or_else(|| {
                refusing(talk, "");
                None
            })
        });
        let ended = Stomp::new(["-s", &sub.url(), "sub", "/queue/a"]).run().code(5).stdout("hello\n");
        ended.stderr_has(&["the broker sent an ERROR: refused: the queue is full\n"]);
    }
}

#[test]
fn a_login_whose_refusal_has_a_wrong_content_length_is_4_before_the_deadline_too() {
    let text = "Authentication failed for x";
    for length in [text.len() + 1, text.len() + 2, text.len() - 3] {
        for stays in [false, true] {
            let peer = Peer::start(move |mut talk, _| {
                talk.hear_of("CONNECT");
                talk.say(&format!("ERROR\nmessage:no\ncontent-length:{length}\n\n{text}^"));
                if stays {
                    talk.be_silent();
                }
            });
            let call = [
                "-s",
                &peer.url(),
                "--connect-timeout",
                "0.3",
                "-U",
                "x",
                "--password",
                "failed",
                "send",
                "/queue/a",
                "x",
            ];
            let denied = Stomp::new(call).run().code(4);
            denied.stderr_has(&["no: Authentication *** for x\n"]);
        }
    }
}

#[test]
fn an_error_whose_message_spans_lines_is_shown_whole() {
    let text =
        "java.lang.SecurityException: User x\n\tis not authorized:\nCaused by: java.io.IOException: a\\b";
    let peer = peer(move |talk, came, _| {
        let receipt = if came.has("receipt") { came.header("receipt") } else { String::new() };
        (came.verb != "SEND").then_some(false).or_else(|| {
            talk.say(&format!(
                "ERROR\nmessage:{text}\ncontent-type:text/plain\nreceipt-id:{receipt}\n\ntrace^"
            ));
            None
        })
    });
    let refused = Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().code(5);
    refused.stderr_has(&[
        "the broker refused it: java.lang.SecurityException: User x is not authorized: Caused by: java.io.IOException: a\\b: trace\n",
    ]);
    // The connection was lost as by any other ERROR, and the prompt's is made again.
    let sent = Stomp::new(["-s", &peer.url()]).args(AGAIN).args(["send", "-l", "/queue/a"]).input("1\n");
    sent.run().code(5).stderr_has(&["java.lang.SecurityException"]);
}

#[test]
fn of_several_errors_the_first_is_the_cause() {
    const TWO: &str = "ERROR\nmessage:the cause\n\n^ERROR\nmessage:another\n\n^";
    let calls: [(&str, &[&str]); 6] = [
        ("SEND", &["send", "/queue/a", "x"]),
        ("SEND", &["send", "-l", "/queue/a"]),
        ("SEND", &["send", "--receipt", "none", "/queue/a", "x"]),
        ("ACK", &["sub", "-c", "1", "/queue/a"]),
        ("SUBSCRIBE", &["sub", "/queue/a"]),
        ("SEND", &["move", "/queue/a", "/queue/b"]),
    ];
    for (verb, call) in calls {
        for again in [&AGAIN[..], &[]] {
            let peer = peer(move |talk, came, _| (came.verb != verb || !talk.say(TWO)).then_some(false));
            let refused =
                Stomp::new(["-s", &peer.url()]).args(again).args(call).input("1\n2\n").run().code(5);
            let last = refused.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
            assert!(last.contains("the cause") && !last.contains("another"), "{call:?}: {}", refused.stderr);
        }
    }
}
