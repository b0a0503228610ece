//! Requests and their answers: several in one read, those to others, commands that take their time.

use std::time::Duration;

use rustix::process::Signal;

use crate::peer::{Came, Peer, Talk};
use crate::proxy::Proxy;
use crate::receiving::subscribed;
use crate::stomp::Stomp;
use crate::tape::beats_at_end;

/// Takes a request and confirms it.
fn request(talk: &mut Talk) -> Came {
    let came = talk.hear_of("SEND").unwrap();
    talk.receipt(&came);
    came
}

/// An answer as it stands in the stream, with `^` for NUL.
fn answer(correlation: &str, body: &str) -> String {
    format!(
        "MESSAGE\nsubscription:1\nmessage-id:{body}\nack:{body}\ndestination:/queue/x\ncorrelation-id:{correlation}\n\n{body}^"
    )
}

#[test]
fn answers_that_come_in_one_read_all_count() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        let id = request(&mut talk).header("correlation-id");
        talk.say(&(answer(&id, "one") + &answer(&id, "two") + &answer(&id, "three")));
        talk.confirm_all();
    });
    let call = ["-s", &peer.url(), "request", "/queue/a", "--replies", "2", "hello"];
    Stomp::new(call).run().code(0).stdout("one\ntwo\n");
}

#[test]
fn answers_to_others_are_neither_printed_nor_acked() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        assert_eq!(subscribe.header("ack"), "client-individual");
        talk.receipt(&subscribe);
        let id = request(&mut talk).header("correlation-id");
        talk.say(&(answer("another", "theirs") + &answer(&id, "ours")));
        let came = talk.confirm_all();
        let acks: Vec<_> =
            came.iter().filter(|came| came.verb == "ACK").map(|ack| ack.header("id")).collect();
        assert_eq!(acks, ["ours"]);
    });
    let call = ["-s", &peer.url(), "request", "/queue/a", "--reply-to", "/queue/x", "hello"];
    Stomp::new(call).run().code(0).stdout("ours\n");
}

#[test]
fn a_format_that_makes_no_sense_is_refused_before_anything_is_sent() {
    let peer = Peer::start(|mut talk, _| drop(talk.be_silent()));
    Stomp::new(["-s", &peer.url(), "request", "/queue/a", "-F", "%y", "hello"]).run().code(2);
    assert_eq!(peer.connections(), 0);
}

/// A broker with one request, and heart-beats.
fn asks() -> Peer {
    Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:50,50\n");
        let mut stream = talk.stream().try_clone().unwrap();
        // As long as it goes on, the client hears from its broker.
        std::thread::spawn(move || {
            while std::io::Write::write_all(&mut stream, b"\n").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        talk.say(&answer("1", "request").replace("ack:", "reply-to:/queue/y\nack:"));
        talk.confirm_all();
    })
}

#[test]
fn heart_beats_go_on_while_a_command_makes_the_answer() {
    let peer = asks();
    let proxy = Proxy::harmless(peer.port());
    let folder = tempfile::tempdir().unwrap();
    let command = "until test -e done; do sleep 0.01; done; echo answer";
    let call =
        ["-s", &proxy.url(), "--heartbeat", "50,50", "reply", "-c", "1", "/queue/x", "--exec", command];
    let reply = Stomp::new(call).folder(folder.path()).start();
    proxy.wait("ten heart-beats", |tapes| (beats_at_end(&tapes.first()?.up) >= 10).then_some(()));
    std::fs::write(folder.path().join("done"), "").unwrap();
    reply.finish().code(0);
}

#[test]
fn a_signal_ends_a_reply_whose_command_still_runs() {
    let peer = asks();
    let folder = tempfile::tempdir().unwrap();
    let command = "exec 2>err; : >begun; until test -e done; do sleep 0.01; done; : >ended";
    let call = ["-s", &peer.url(), "reply", "/queue/x", "--exec", command];
    let reply = Stomp::new(call).folder(folder.path()).start();
    crate::receiving::until("begun", || folder.path().join("begun").exists());
    reply.signal(Signal::TERM);
    reply.finish().code(143);
    std::fs::write(folder.path().join("done"), "").unwrap();
    crate::receiving::until("ended", || folder.path().join("ended").exists());
}

#[test]
fn requests_are_acked_once_their_answers_are_confirmed_and_no_others() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        let requests = ["1", "2", "3"].map(|id| answer("c", id).replace("ack:", "reply-to:/queue/y\nack:"));
        talk.say(&requests.concat());
        // All answers come before any of them is confirmed, and no ack before.
        let answers = [(); 3].map(|()| talk.hear().unwrap());
        assert!(answers.iter().all(|came| came.verb == "SEND" && came.header("destination") == "/queue/y"));
        talk.receipt(&answers[0]);
        talk.receipt(&answers[1]);
        talk.say(&format!("ERROR\nmessage:full\nreceipt-id:{}\n\n^", answers[2].header("receipt")));
        let rest = talk.confirm_all();
        let acked: Vec<_> =
            rest.iter().filter(|came| came.verb == "ACK").map(|came| came.header("id")).collect();
        assert_eq!(acked, ["1", "2"]);
    });
    let reply = Stomp::new(["-s", &peer.url(), "reply", "/queue/x", "--echo"]).run();
    reply.code(5).stdout("").stderr_has(&["full"]);
}

#[test]
fn an_answer_needs_no_receipt_of_its_request() {
    // The server confirms subscriptions alone, and ends before anybody would give up waiting.
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        let id = talk.hear_of("SEND").unwrap().header("correlation-id");
        talk.say(&answer(&id, "here"));
    });
    Stomp::new(["-s", &peer.url(), "request", "/queue/a", "hello"]).run().code(0).stdout("here\n");
}

#[test]
fn an_answer_without_a_correlation_id_is_kept_while_no_receipt_comes() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        talk.hear_of("SEND").unwrap();
        talk.say("MESSAGE\nsubscription:1\nmessage-id:m\ndestination:/temp-queue/x\n\nthe answer^");
        let goodbye = talk.hear_of("DISCONNECT").unwrap();
        talk.receipt(&goodbye);
    });
    let call = ["-s", &peer.url(), "request", "/queue/a", "--timeout", "30", "hello"];
    Stomp::new(call).run().code(0).stdout("the answer\n");
}

#[test]
fn a_request_without_an_answer_names_reply_to_where_there_may_be_no_temporary_queues() {
    let cases: [(&str, &[&str], bool); 3] =
        [("", &[], true), ("", &["--reply-to", "/queue/x"], false), ("server:ActiveMQ/6\n", &[], false)];
    for (server, more, hints) in cases {
        let peer = Peer::start(move |mut talk, _| {
            talk.login_with(&format!("{server}heart-beat:0,0\n"));
            talk.confirm_all();
        });
        let call = ["-s", &peer.url(), "request", "--timeout", "0.1", "/queue/a", "hello"];
        let late = Stomp::new(call).args(more).run().code(124).stderr_has(&["no answer within 0.1 s"]);
        assert_eq!(late.stderr.contains("--reply-to /user/queue/replies"), hints, "{}", late.stderr);
    }
}

#[test]
fn an_answer_without_an_ack_header_is_not_acked() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        request(&mut talk);
        talk.say("MESSAGE\nsubscription:1\nmessage-id:1\ndestination:/user/queue/x\n\nhere^");
        let came = talk.confirm_all();
        assert!(came.iter().all(|came| came.verb == "DISCONNECT"));
    });
    let call = ["-s", &peer.url(), "request", "--reply-to", "/user/queue/x", "/app/a", "hello"];
    Stomp::new(call).run().code(0).stdout("here\n");
}
