//! Receipts in a window: many in flight, in whatever order they come, and an exact account of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::peer::{Came, Peer, Talk};
use crate::sending::{figures, lines, sent_again};
use crate::stomp::Stomp;

/// Messages in flight at most.
const WINDOW: usize = 1_000;

/// Takes SENDs until there are so many, or no more come; what else comes is confirmed.
fn sends(talk: &mut Talk, most: usize) -> Vec<Came> {
    let mut all = Vec::new();
    while all.len() < most
        && let Some(came) = talk.hear()
    {
        if came.verb == "SEND" {
            all.push(came);
        } else {
            talk.receipt(&came);
        }
    }
    all
}

#[test]
fn receipts_may_come_in_any_order_twice_and_for_what_nobody_asked() {
    const ALL: usize = 3 * WINDOW + 17;
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let mut rng = fastrand::Rng::with_seed(7);
        let mut left = ALL;
        while left > 0 {
            // The whole window is in flight: a client that waited for each in turn would stand still.
            let mut window = sends(&mut talk, left.min(WINDOW));
            left -= window.len();
            rng.shuffle(&mut window);
            for came in &window {
                talk.receipt(came);
            }
            talk.receipt(&window[0]);
            talk.say("RECEIPT\nreceipt-id:999999999\n\n^RECEIPT\nreceipt-id:none of yours\n\n^RECEIPT\n\n^");
        }
        talk.confirm_all();
    });
    Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input(lines(ALL)).run().done("");
}

#[test]
fn no_more_than_the_window_is_ever_in_flight() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let first = sends(&mut talk, WINDOW);
        // Were there more, they would be here: nothing else holds the client back.
        talk.stream().set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
        assert_eq!(sends(&mut talk, 1).len(), 0);
        talk.stream().set_read_timeout(Some(crate::stomp::DEADLINE)).unwrap();
        for came in &first[..10] {
            talk.receipt(came);
        }
        assert_eq!(sends(&mut talk, 10).len(), 10);
    });
    let sent = Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input(lines(5_000)).run().code(6);
    // Ten of a thousand and ten; the rest was read and never went out.
    let (confirmed, unknown, not_sent) = figures(&sent);
    assert_eq!((confirmed, unknown), (10, WINDOW as u64));
    assert!(not_sent > 0, "{}", sent.stderr);
    sent.stderr_has(&["the first line that is not confirmed: 11\n"]);
}

#[test]
fn a_receipt_that_never_comes_leaves_exactly_that_message_unknown() {
    for missing in [1, 500, 2_000] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            let mut number = 0;
            while let Some(came) = talk.hear() {
                number += usize::from(came.verb == "SEND");
                if came.verb != "SEND" || number != missing {
                    talk.receipt(&came);
                }
            }
        });
        let call = ["-s", &peer.url(), "--receipt-timeout", "0.5", "send", "-l", "/queue/a"];
        let sent = Stomp::new(call).input(lines(2_000)).run().code(6);
        sent.stderr_has(&[
            "confirmed 1999, unknown 1, not sent 0 of what was read\n",
            &format!("the first line that is not confirmed: {missing}\n"),
        ]);
    }
}

#[test]
fn an_error_in_the_middle_leaves_the_figures_of_what_the_broker_saw() {
    // It takes this many after the one that it refuses, and confirms some of them before it says so.
    let seen = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&seen);
    let peer = Peer::start(move |mut talk, _| {
        talk.login();
        let all = sends(&mut talk, 600);
        for came in all.iter().take(400).filter(|came| came.body() != b"300") {
            talk.receipt(came);
        }
        let receipt = all[299].header("receipt");
        own.store(all.len(), Ordering::SeqCst);
        talk.say(&format!("ERROR\nmessage:full\nreceipt-id:{receipt}\n\n^"));
        talk.be_silent();
    });
    let mut send = Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).open_input().start();
    send.write(lines(600));
    send.wait_for_stderr("the broker refused it: full", 1);
    let sent = send.finish().code(5);
    assert_eq!(seen.load(Ordering::SeqCst), 600);
    sent.stderr_has(&[
        "confirmed 399, unknown 201, not sent 0 of what was read (1 of the unknown was refused)\n",
        "the first line that is not confirmed: 300\n",
    ]);
}

#[test]
fn what_is_sent_again_is_what_had_no_receipt_in_whatever_order_those_came() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        if number == 0 {
            // Every second one is confirmed, the last first; then it is gone.
            let all = sends(&mut talk, 100);
            for came in all.iter().rev().step_by(2) {
                talk.receipt(came);
            }
            return;
        }
        let again: Vec<usize> = sends(&mut talk, 50)
            .iter()
            .map(|came| {
                talk.receipt(came);
                std::str::from_utf8(&came.body()).unwrap().parse().unwrap()
            })
            .collect();
        assert_eq!(again, (1..100).step_by(2).collect::<Vec<_>>());
        talk.confirm_all();
    });
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sent =
        Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).args(again).input(lines(100)).run().code(0);
    assert_eq!(sent_again(&sent.stderr), (50, 50), "{}", sent.stderr);
}
