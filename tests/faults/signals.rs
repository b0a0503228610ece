//! Row: Ctrl-C, SIGTERM.

use std::sync::{Arc, Barrier};

use rustix::process::Signal;

use crate::peer::Peer;
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::receiving::{body, message, subscribed, until};
use crate::stomp::Stomp;
use crate::tape::{count, verbs};

/// What a sender says when it was told to stop.
const STOPPING: &str = "stopping: ";

const SIGNALS: [(Signal, i32); 2] = [(Signal::INT, 130), (Signal::TERM, 143)];

#[test]
fn a_sub_that_is_stopped_takes_its_leave() {
    let calls: [&[&str]; 2] = [&["sub", "/queue/a"], &["-e", "sub -c 2 /queue/a"]];
    for ((signal, code), call) in SIGNALS.into_iter().flat_map(|signal| calls.map(|call| (signal, call))) {
        let peer = Peer::start(|mut talk, _| {
            subscribed(&mut talk, "heart-beat:0,0\n");
            message(&mut talk, 1, b"one");
            let verbs: Vec<String> = talk.confirm_all().into_iter().map(|came| came.verb).collect();
            assert_eq!(verbs, ["ACK", "DISCONNECT"]);
        });
        let mut sub = Stomp::new(["-q", "-s", &peer.url()]).args(call).start();
        sub.wait_for_lines(1);
        sub.signal(signal);
        sub.finish().code(code).stdout("one\n").stderr("");
    }
}

/// Lines from standard input, sent by a command and by a script.
const BULKS: [&[&str]; 2] = [&["send", "-l", "/queue/a"], &["-e", "send -l /queue/a"]];

#[test]
fn a_send_that_is_stopped_reads_no_more_and_waits_for_its_receipts() {
    for ((signal, code), call) in SIGNALS.into_iter().flat_map(|signal| BULKS.map(|call| (signal, call))) {
        let stopped = Arc::new(Barrier::new(2));
        let own = Arc::clone(&stopped);
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            let sends: Vec<_> = (0..3).map(|_| talk.hear_of("SEND").unwrap()).collect();
            // The receipts come once the client has stopped.
            own.wait();
            for came in &sends {
                talk.receipt(came);
            }
            talk.confirm_all();
        });
        let proxy = Proxy::harmless(peer.port());
        let mut send = Stomp::new(["-s", &proxy.url()]).args(call).open_input().start();
        send.write("a\nb\nc\n");
        proxy.wait("three messages", |tapes| (count(&tapes.first()?.up, "SEND") == 3).then_some(()));
        send.signal(signal);
        send.wait_for_stderr(STOPPING, 1);
        stopped.wait();
        let ended = send.finish().code(code);
        ended.stderr_has(&["confirmed 3, unknown 0, not sent 0 of what was read\n"]);
    }
}

#[test]
fn a_repeated_body_that_is_stopped_says_how_many_are_not_sent() {
    let repeat = "send --repeat 100 --rate 20 /queue/a x";
    for call in [&repeat.split(' ').collect::<Vec<_>>()[..], &["-e", repeat]] {
        let peer = Peer::start(|mut talk, _| {
            talk.login();
            talk.confirm_all();
        });
        let proxy = Proxy::harmless(peer.port());
        let send = Stomp::new(["-s", &proxy.url()]).args(call).start();
        proxy.wait("a receipt", |tapes| (count(&tapes.first()?.down, "RECEIPT") > 0).then_some(()));
        send.signal(Signal::INT);
        let ended = send.finish().code(130);
        let sent = count(&proxy.ended()[0].up, "SEND");
        ended.stderr_has(&[&format!("confirmed {sent}, unknown 0, not sent {}\n", 100 - sent)]);
    }
}

#[test]
fn receipts_that_do_not_come_after_a_signal_leave_the_exact_figures() {
    for call in BULKS {
        receipts_that_do_not_come(call);
    }
}

fn receipts_that_do_not_come(call: &[&str]) {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let first = talk.hear_of("SEND").unwrap();
        talk.receipt(&first);
        talk.be_silent();
    });
    let proxy = Proxy::harmless(peer.port());
    let mut send = Stomp::new(["-s", &proxy.url()]).args(call).open_input().start();
    send.write("a\nb\nc\n");
    proxy.wait("three messages and a receipt", |tapes| {
        let tape = tapes.first()?;
        (count(&tape.up, "SEND") == 3 && count(&tape.down, "RECEIPT") == 1).then_some(())
    });
    send.signal(Signal::INT);
    let ended = send.finish().code(130);
    ended.stderr_has(&[
        "confirmed 1, unknown 2, not sent 0 of what was read\n",
        "the first line that is not confirmed: 2\n",
    ]);
}

#[test]
fn a_single_message_is_waited_for_too() {
    for receipt in [true, false] {
        let stopped = Arc::new(Barrier::new(2));
        let own = Arc::clone(&stopped);
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            let came = talk.hear_of("SEND").unwrap();
            own.wait();
            if receipt {
                talk.receipt(&came);
                talk.confirm_all();
            }
            talk.be_silent();
        });
        let proxy = Proxy::harmless(peer.port());
        let mut send = Stomp::new(["-s", &proxy.url(), "send", "/queue/a", "x"]).start();
        proxy.wait("the message", |tapes| (count(&tapes.first()?.up, "SEND") == 1).then_some(()));
        send.signal(Signal::INT);
        send.wait_for_stderr(STOPPING, 1);
        stopped.wait();
        let figures =
            format!("confirmed {}, unknown {}, not sent 0\n", u8::from(receipt), u8::from(!receipt));
        send.finish().code(130).stderr_has(&[&figures]);
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    let proxy = Proxy::harmless(peer.port());
    let mut send = Stomp::new(["-s", &proxy.url(), "send", "-l", "/queue/a"]).open_input().start();
    send.write("a\n");
    proxy.wait("the message", |tapes| (count(&tapes.first()?.up, "SEND") == 1).then_some(()));
    send.signal(Signal::INT);
    send.wait_for_stderr(STOPPING, 1);
    send.signal(Signal::TERM);
    let ended = send.finish().code(143);
    // At once, without another word.
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn a_transaction_that_is_stopped_is_aborted() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.confirm_all();
    });
    let proxy = Proxy::harmless(peer.port());
    let mut send =
        Stomp::new(["-s", &proxy.url(), "send", "--tx", "t", "-l", "/queue/a"]).open_input().start();
    send.write("a\nb\n");
    proxy.wait("two messages", |tapes| (count(&tapes.first()?.up, "SEND") == 2).then_some(()));
    send.signal(Signal::INT);
    // Its input ends with it, and must not end before the signal is heard.
    send.wait_for_stderr(STOPPING, 1);
    send.finish().code(130);
    let tape = proxy.ended().remove(0);
    assert_eq!(verbs(&tape.up), ["CONNECT", "BEGIN", "SEND", "SEND", "ABORT", "DISCONNECT"]);
}

#[test]
fn a_large_body_under_way_can_be_stopped() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    // Most of it is still to come when the link stands still.
    let proxy = Proxy::start(peer.port(), 0, |_, _| Plan::up(Way::harm(1 << 20, Harm::Stall)));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), body(30 << 20)).unwrap();
    let from = format!("@{}", file.path().display());
    let send = Stomp::new(["-s", &proxy.url(), "send", "/queue/a", &from]).start();
    proxy.wait("a part of the body", |tapes| (tapes.first()?.up.len() == 1 << 20).then_some(()));
    send.signal(Signal::INT);
    send.finish().code(130).stderr_has(&["confirmed 0, unknown 1, not sent 0\n"]);
}

#[test]
fn reading_a_body_from_a_pipe_can_be_stopped() {
    let peer = Peer::start(|mut talk, _| drop(talk.be_silent()));
    for (signal, code) in SIGNALS {
        let mut send = Stomp::new(["-s", &peer.url(), "send", "/queue/a"]).open_input().start();
        // It reads once its input is taken: this is more than the pipe holds.
        send.write(vec![b'x'; 1 << 20]);
        send.signal(signal);
        let id = send.id();
        let ended = std::thread::spawn(move || {
            until("it ended", || !std::path::Path::new(&format!("/proc/{id}/fd/0")).exists());
        });
        ended.join().unwrap();
        send.finish().code(code).stdout("");
    }
    assert_eq!(peer.connections(), 0);
}
