//! Servers that send receipts for DISCONNECT only, late, or not at all.

use std::sync::mpsc;
use std::time::Duration;

use crate::peer::{Came, Peer, Talk};
use crate::stomp::Stomp;

/// Answers DISCONNECT alone; then the frames that came.
fn answer_disconnect_alone(talk: &mut Talk) -> Vec<Came> {
    let mut all = Vec::new();
    while let Some(came) = talk.hear() {
        if came.verb == "DISCONNECT" {
            talk.receipt(&came);
        }
        all.push(came);
    }
    all
}

/// A server that answers DISCONNECT alone; what comes over each connection.
fn without_receipts() -> (Peer, mpsc::Receiver<Vec<Came>>) {
    let (came, all) = mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        talk.login();
        let _ = came.send(answer_disconnect_alone(&mut talk));
    });
    (peer, all)
}

fn verbs(came: &[Came]) -> Vec<&str> {
    came.iter().map(|came| came.verb.as_str()).collect()
}

#[test]
fn send_says_that_a_server_sends_no_receipts_when_only_disconnect_is_answered() {
    let (peer, came) = without_receipts();
    Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().code(6).stdout("").stderr_has(&[
        "confirmed 0, unknown 1, not sent 0\n",
        "this server sends no receipts: the message was written, but cannot be confirmed\n",
        "hint: --receipts never ",
    ]);
    assert_eq!(verbs(&came.recv().unwrap()), ["SEND", "DISCONNECT"]);
    let lines = Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input("1\n2\n3\n").run();
    lines.code(6).stderr_has(&["confirmed 0, unknown 3, not sent 0", "this server sends no receipts"]);
}

#[test]
fn without_receipts_send_is_done_when_disconnect_is_answered() {
    let (peer, came) = without_receipts();
    let call = ["-s", &peer.url(), "--receipts", "never", "send", "/queue/a", "x"];
    Stomp::new(call).run().code(0).stderr("sent 1, unconfirmed\n");
    let came = came.recv().unwrap();
    assert_eq!((verbs(&came), came[0].has("receipt")), (vec!["SEND", "DISCONNECT"], false));
    let lines = Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).env("STOMP_RECEIPTS", "never");
    lines.input("1\n2\n3\n").run().code(0).stderr("sent 3, unconfirmed\n");
}

#[test]
fn an_orderly_close_after_disconnect_is_as_good_as_its_receipt() {
    let closes = || {
        Peer::start(|mut talk, _| {
            talk.login();
            talk.hear_of("DISCONNECT");
        })
    };
    let peer = closes();
    Stomp::new(["-s", &peer.url(), "--receipts", "never", "send", "/queue/a", "x"]).run().code(0);
    let peer = closes();
    let said = ["this server sends no receipts"];
    Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().code(6).stderr_has(&said);
}

#[test]
fn a_server_that_answers_not_even_disconnect_does_not_respond() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    let call = ["-s", &peer.url(), "--receipt-timeout", "3", "send", "/queue/a", "x"];
    let sent =
        Stomp::new(call).run().code(6).stderr_has(&["the server answered neither this nor DISCONNECT"]);
    assert!(!sent.stderr.contains("sends no receipts"), "{}", sent.stderr);
}

#[test]
fn a_receipt_that_comes_late_still_confirms() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let send = talk.hear_of("SEND").unwrap();
        let goodbye = talk.hear_of("DISCONNECT").unwrap();
        talk.receipt(&send);
        talk.receipt(&goodbye);
    });
    Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().code(0).stderr("");
}

#[test]
fn a_server_whose_first_receipt_comes_late_is_not_said_to_send_none() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let send = talk.hear_of("SEND").unwrap();
        let goodbye = talk.hear_of("DISCONNECT").unwrap();
        talk.receipt(&send);
        talk.receipt(&goodbye);
    });
    let sent = Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input("1\n2\n3\n").run().code(6);
    let sent = sent.stderr_has(&["confirmed 1, unknown 2, ", "--receipts always waits for it"]);
    assert!(!sent.stderr.contains("sends no receipts"), "{}", sent.stderr);
}

#[test]
fn a_server_that_is_always_to_confirm_is_waited_for() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        assert_eq!(verbs(&talk.be_silent()), ["SEND", "DISCONNECT"]);
    });
    let patience = ["--receipts", "always", "--receipt-timeout", "2.5"];
    let call = ["-s", &peer.url(), "send", "/queue/a", "x"];
    Stomp::new(call).args(patience).run().code(6).stderr_has(&["no receipt for 2.5 s"]);
}

/// Sends a message to each subscription that is made, without a receipt.
fn messages_without_receipts(headers: &'static str) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login_with(headers);
        while let Some(came) = talk.hear() {
            match came.verb.as_str() {
                "SUBSCRIBE" => {
                    let (id, to) = (came.header("id"), came.header("destination"));
                    let body = to.trim_start_matches("/topic/");
                    talk.say(&format!(
                        "MESSAGE\nsubscription:{id}\nmessage-id:{id}\nack:{id}\ndestination:{to}\n\n{body}^"
                    ));
                }
                "DISCONNECT" => {
                    talk.receipt(&came);
                }
                _ => {}
            }
        }
    })
}

#[test]
fn sub_shows_messages_of_all_its_subscriptions_before_any_receipt() {
    let peer = messages_without_receipts("");
    let call = ["-s", &peer.url(), "sub", "-c", "2", "/topic/a", "/topic/b"];
    Stomp::new(call).run().code(0).stdout("a\nb\n").stderr_has(&[]);
}

#[test]
fn sub_does_not_end_because_its_receipt_does_not_come() {
    for headers in ["", "server:RabbitMQ/3.10.8\n"] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login_with(headers);
            let came = talk.hear_of("SUBSCRIBE").unwrap();
            let id = came.header("id");
            // Longer than the receipt time-out.
            std::thread::sleep(Duration::from_millis(900));
            let head = format!("MESSAGE\nsubscription:{id}\nmessage-id:1\nack:1\ndestination:/queue/a\n");
            talk.say(&format!("{head}\nlate^"));
            talk.confirm_all();
        });
        let call = ["-s", &peer.url(), "--receipt-timeout", "0.5", "sub", "-c", "1", "/queue/a"];
        Stomp::new(call).run().code(0).stdout("late\n");
    }
}

#[test]
fn request_shows_the_answer_of_a_server_that_sends_no_receipts() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let id = talk.hear_of("SUBSCRIBE").unwrap().header("id");
        talk.hear_of("SEND");
        // As Spring does: the correlation-id is lost.
        talk.say(&format!(
            "MESSAGE\nsubscription:{id}\nmessage-id:1\ndestination:/user/queue/reply\n\nHELLO^"
        ));
        answer_disconnect_alone(&mut talk);
    });
    let call = ["-s", &peer.url(), "request", "/app/shout", "--reply-to", "/user/queue/reply", "hello"];
    Stomp::new(call).run().code(0).stdout("HELLO\n").stderr_has(&["answered after"]);
}

#[test]
fn reply_answers_over_a_server_that_sends_no_receipts() {
    let (said, acked) = mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        talk.login();
        let id = talk.hear_of("SUBSCRIBE").unwrap().header("id");
        talk.say(&format!(
            "MESSAGE\nsubscription:{id}\nmessage-id:1\nack:7\nreply-to:/queue/r\ndestination:/queue/a\n\nq^"
        ));
        let answer = talk.hear_of("SEND").unwrap();
        said.send((answer.header("destination"), answer.body())).unwrap();
        assert_eq!(verbs(&answer_disconnect_alone(&mut talk)), ["ACK", "DISCONNECT"]);
    });
    Stomp::new(["-s", &peer.url(), "reply", "-c", "1", "/queue/a", "yes"]).run().code(0);
    assert_eq!(acked.recv().unwrap(), ("/queue/r".to_owned(), b"yes".to_vec()));
}

#[test]
fn what_needs_receipts_is_refused_without_them_and_says_why() {
    let (peer, _came) = without_receipts();
    let url = peer.url();
    for (call, why) in [
        (vec!["move", "/queue/a", "/queue/b"], "a message leaves the source only when"),
        (vec!["mirror", "/queue/a", "--to", &url], "a message is acked at the source only when"),
        (vec!["bench", "-c", "1"], "it measures until the server has confirmed"),
    ] {
        let needs = format!("{} needs receipts: {why}", call[0]);
        let refused = Stomp::new(["-s", &url, "--receipts", "never"]).args(&call).run().code(2);
        refused.stderr_has(&[&needs, "hint: --receipts auto"]);
    }
    let moved = Stomp::new(["-s", &url, "move", "/queue/a", "/queue/b"]).run().code(6);
    moved.stderr_has(&["this server sends no receipts, and move needs them"]);
    let sent = Stomp::new(["-s", &url, "send", "--tx", "t", "/queue/a", "x"]).run().code(6);
    sent.stderr_has(&["confirmed 0, unknown 0, not sent 1", "--tx needs them: nothing was sent"]);
}

#[test]
fn the_doctor_notes_that_a_server_sends_no_receipts() {
    let (peer, _came) = without_receipts();
    let seen = Stomp::new(["doctor", &peer.url()]).run().code(0).stderr("");
    let note = "--    round trip  this server sends no receipts";
    assert!(seen.lines().iter().any(|line| line.starts_with(note)), "{:?}", seen.lines());
}

#[test]
fn a_script_ends_with_6_where_nothing_is_confirmed_unless_it_asks_for_no_receipts() {
    let (peer, _came) = without_receipts();
    let script = "sub /topic/a\nsend /queue/a x\nsend /queue/a y\nunsub /topic/a\n";
    let ended = Stomp::new(["-s", &peer.url()]).input(script).run().code(6);
    ended.stderr_has(&["this server sends no receipts", "confirmed 0, unknown 2, not sent 0"]);
    Stomp::new(["-s", &peer.url(), "--receipts", "never"]).input(script).run().code(0);
    let set = format!("set receipts never\n{script}");
    Stomp::new(["-s", &peer.url()]).input(set).run().code(0);
}

#[test]
fn a_send_that_is_refused_inside_the_transaction_of_a_move_keeps_it_from_being_committed() {
    let (came, all) = mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        talk.login_with("server:ActiveMQ/6.1.7\n");
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&subscribe);
        let id = subscribe.header("id");
        talk.say(&format!("MESSAGE\nsubscription:{id}\nmessage-id:1\nack:1\ndestination:/queue/a\n\nx^"));
        // It stays open, and would carry out the rest.
        talk.hear_of("SEND");
        talk.say("ERROR\nmessage:no room for it\n\n^");
        let _ = came.send(talk.confirm_all());
    });
    let moved = Stomp::new(["-s", &peer.url(), "move", "/queue/a", "/queue/b"]).run().code(5);
    moved.stderr_has(&["no room for it"]);
    let came = all.recv().unwrap();
    assert!(!verbs(&came).contains(&"COMMIT"), "{:?}", verbs(&came));
}

#[test]
fn the_last_ack_asks_for_a_receipt_that_disconnect_does_not_wait_for_long() {
    for headers in ["", "server:ActiveMQ-Artemis/2.40.0\n"] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login_with(headers);
            let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
            talk.receipt(&subscribe);
            let id = subscribe.header("id");
            let head = format!("MESSAGE\nsubscription:{id}\nmessage-id:1\nack:1\ndestination:/queue/a\n");
            talk.say(&format!("{head}\nx^"));
            let ack = talk.hear_of("ACK").unwrap();
            assert!(ack.has("receipt"));
            let came = answer_disconnect_alone(&mut talk);
            assert_eq!(verbs(&came), ["DISCONNECT"]);
        });
        let call = ["-q", "-s", &peer.url(), "sub", "-c", "1", "/queue/a"];
        Stomp::new(call).run().done("x\n");
    }
}

#[test]
fn disconnect_waits_for_the_receipt_of_the_last_ack() {
    let peer = Peer::start(move |mut talk, _| {
        talk.login_with("server:ActiveMQ-Artemis/2.40.0\n");
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&subscribe);
        let id = subscribe.header("id");
        talk.say(&format!("MESSAGE\nsubscription:{id}\nmessage-id:1\nack:1\ndestination:/queue/a\n\nx^"));
        let ack = talk.hear_of("ACK").unwrap();
        // A refusal that comes before DISCONNECT is about the ack.
        talk.say(&format!("ERROR\nreceipt-id:{}\nmessage:not yours\n\n^", ack.header("receipt")));
        answer_disconnect_alone(&mut talk);
    });
    let call = ["-q", "-s", &peer.url(), "sub", "-c", "1", "/queue/a"];
    Stomp::new(call).run().code(5).stdout("x\n").stderr_has(&["not yours", "may be delivered again"]);
}
