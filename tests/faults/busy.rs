//! A subscription on which messages never cease, and one whose receipt does not come at first.

use std::time::Duration;

use crate::peer::{Peer, Talk};
use crate::receiving::{message, subscribed};
use crate::stomp::Stomp;

/// Sends messages for as long as the client is there; what stands before each.
fn flood(talk: &mut Talk, before: &str) {
    talk.stream().set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut number = 0;
    while talk.say(before) && message(talk, number, b"more") {
        number += 1;
    }
}

#[test]
fn an_error_is_told_though_messages_do_not_cease() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        talk.say("ERROR\nmessage:enough of you\n\n^");
        flood(&mut talk, "");
    });
    let ended = Stomp::new(["-s", &peer.url(), "sub", "/queue/a", "--ack", "auto"]).run();
    ended.code(5).stderr_has(&["enough of you"]);
}

#[test]
fn many_errors_do_not_put_off_the_first() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        flood(&mut talk, "ERROR\nmessage:once more\n\n^");
    });
    let ended = Stomp::new(["-s", &peer.url(), "sub", "/queue/a", "--ack", "auto"]).run();
    ended.code(5).stderr_has(&["once more"]);
}

#[test]
fn time_runs_out_though_messages_do_not_cease() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        flood(&mut talk, "");
    });
    Stomp::new(["-s", &peer.url(), "sub", "/queue/a", "--ack", "auto", "--timeout", "200ms"]).run().code(0);
}

#[test]
fn a_connection_that_is_lost_before_a_subscription_has_its_receipt_is_made_again() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        let first = talk.hear_of("SUBSCRIBE").unwrap();
        if number == 0 {
            return;
        }
        talk.receipt(&first);
        if number == 1 {
            talk.hear_of("SUBSCRIBE").unwrap();
            return;
        }
        let second = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&second);
        message(&mut talk, 1, b"here");
        talk.confirm_all();
    });
    let call = ["-q", "-s", &peer.url(), "sub", "-c", "1", "/queue/a", "/queue/b"];
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    Stomp::new(call).args(again).run().done("here\n");
}
