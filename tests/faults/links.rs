//! Rows: half-open link; large body on a slow link; bytes split and merged at random.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use rustix::process::Signal;
use stomp_shell::broker::BrokerConfig;
use stomp_shell::protocol::HeartBeat;

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::proxy::{Harm, Pieces, Plan, Proxy, Way};
use crate::receiving::{body, message, subscribed};
use crate::stomp::Stomp;
use crate::tape::frames;

/// A broker that beats often.
fn lively() -> Embedded {
    let heart_beat = HeartBeat { sends: 50, wants: 50 };
    Embedded::with(BrokerConfig { heart_beat, ..BrokerConfig::default() })
}

#[test]
fn a_half_open_link_is_found_by_its_silence_after_twice_the_heart_beat() {
    let broker = lively();
    let login = {
        let proxy = Proxy::harmless(broker.port());
        Stomp::new(["-s", &proxy.url(), "--heartbeat", "0,200", "send", "/queue/b", "x"]).run().done("");
        let tape = proxy.ended().remove(0);
        frames(&tape.down).next().unwrap().end as u64
    };
    // It vanishes behind the first byte after CONNECTED: a part of a receipt.
    let proxy = Proxy::start(broker.port(), 0, move |_, _| Plan::down(Way::harm(login + 1, Harm::Vanish)));
    let silence = |stderr: &str| -> f64 {
        let (_, rest) = stderr.split_once("no sign of life from the broker for ").expect(stderr);
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    let sub = Stomp::new(["-s", &proxy.url(), "--heartbeat", "0,200", "sub", "/queue/a"]).run().code(3);
    sub.stdout("").stderr_has(&["no sign of life from the broker for 0."]);

    // A sender finds it as well, long before the receipt time-out of 30 s.
    let lines: String = (0..1_000).map(|number| format!("{number}\n")).collect();
    let sent =
        Stomp::new(["-s", &proxy.url(), "--heartbeat", "0,200", "send", "-l", "/queue/a"]).input(lines).run();
    let sent = sent.code(6);
    assert!(silence(&sent.stderr) >= 0.4, "{}", sent.stderr);
    sent.stderr_has(&["unknown "]);
}

#[test]
fn what_came_while_the_program_stood_still_is_read_before_the_link_is_called_dead() {
    let (asleep, is_asleep) = mpsc::channel();
    let (there, is_there) = mpsc::channel();
    let is_asleep = Mutex::new(is_asleep);
    let peer = Peer::start(move |mut talk, _| {
        subscribed(&mut talk, "heart-beat:500,0\n");
        there.send(()).unwrap();
        while is_asleep.lock().unwrap().recv_timeout(Duration::from_millis(20)).is_err() {
            talk.say("\n");
        }
        message(&mut talk, 1, b"one");
        there.send(()).unwrap();
        talk.confirm_all();
    });
    let call = ["-s", &peer.url(), "--heartbeat", "0,500", "sub", "-c", "1", "/queue/a"];
    let sub = Stomp::new(call).start();
    is_there.recv().unwrap();
    sub.signal(Signal::STOP);
    asleep.send(()).unwrap();
    is_there.recv().unwrap();
    // More than twice the heart-beat, in which it sees nothing of what is there.
    std::thread::sleep(Duration::from_millis(1_500));
    sub.signal(Signal::CONT);
    sub.finish().code(0).stdout("one\n");
}

#[test]
fn a_half_open_link_is_left_and_made_again() {
    let broker = lively();
    let proxy = Proxy::start(broker.port(), 0, |number, _| match number {
        0 => Plan::up(Way::harm(20_000, Harm::Vanish)),
        _ => Plan::default(),
    });
    let lines: String = (0..5_000).map(|number| format!("{number}\n")).collect();
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sent = Stomp::new(["-s", &proxy.url(), "--heartbeat", "0,100", "send", "-l", "/queue/a"]).args(again);
    let sent = sent.input(lines).run().code(0);
    sent.stderr_has(&["no sign of life from the broker for 0.", "sent again after a reconnect: "]);
    assert_eq!(proxy.tapes().len(), 2);
}

#[test]
fn without_heart_beats_there_is_one_warning() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        message(&mut talk, 1, b"one");
        talk.confirm_all();
    });
    let sub = |more: &[&str]| {
        Stomp::new(["-s", &peer.url()])
            .args(more)
            .args(["sub", "-c", "1", "/queue/a"])
            .run()
            .code(0)
            .stdout("one\n")
    };
    let warned = sub(&[]);
    assert_eq!(warned.stderr.matches("heart-beats").count(), 1, "{}", warned.stderr);
    assert_eq!(warned.stderr.lines().count(), 1, "{}", warned.stderr);
    // Not where nobody wants to hear it, nor where none were asked for.
    sub(&["-q"]).stderr("");
    sub(&["--heartbeat", "0,0"]).stderr("");
}

#[test]
fn a_large_body_on_a_slow_link_makes_no_false_time_out() {
    let broker = lively();
    let rate = Some(200_000);
    let proxy = Proxy::start(broker.port(), 0, move |_, _| Plan::up(Way { rate, ..Way::default() }));
    // Half a second of it, with a heart-beat of 50 ms, and less patience than that for receipts.
    let patience = ["--heartbeat", "50,50", "--receipt-timeout", "0.3"];
    let bytes = body(100_000);
    Stomp::new(["-s", &proxy.url()]).args(patience).args(["send", "/queue/a"]).input(&bytes).run().done("");

    let proxy = Proxy::start(broker.port(), 0, move |_, _| Plan::down(Way { rate, ..Way::default() }));
    let came =
        Stomp::new(["-s", &proxy.url()]).args(patience).args(["sub", "--raw", "-c", "1", "/queue/a"]).run();
    came.done(&bytes);
}

#[test]
fn bytes_split_and_merged_at_random_change_nothing() {
    let broker = lively();
    for seed in 0..4 {
        let proxy = Proxy::start(broker.port(), seed, |_, rng| {
            let mut pieces = || match rng.u8(0..3) {
                0 => Pieces::Split(rng.usize(1..=3)),
                1 => Pieces::Split(rng.usize(4..=500)),
                _ => Pieces::Merge(Duration::from_millis(rng.u64(1..=20))),
            };
            let (up, down) = (pieces(), pieces());
            Plan { up: Way { pieces: up, ..Way::default() }, down: Way { pieces: down, ..Way::default() } }
        });
        let lines: String = (0..100).map(|number| format!("{number} of seed {seed}\n")).collect();
        Stomp::new(["-s", &proxy.url(), "send", "-l", "/queue/a"]).input(&lines).run().done("");
        Stomp::new(["-s", &proxy.url(), "sub", "-c", "100", "/queue/a"]).run().done(&lines);
        assert_eq!(broker.depth("/queue/a"), 0);
    }
}

#[test]
fn a_link_that_stands_still_for_a_while_is_no_loss() {
    let broker = lively();
    let proxy = Proxy::start(broker.port(), 0, |_, _| Plan {
        up: Way::harm(2_000, Harm::Stall),
        down: Way::harm(300, Harm::Stall),
    });
    let lines: String = (0..1_000).map(|number| format!("{number}\n")).collect();
    let send =
        Stomp::new(["-s", &proxy.url(), "--heartbeat", "0,0", "send", "-l", "/queue/a"]).input(lines).start();
    proxy.wait("all up to the stalls", |tapes| {
        let tape = tapes.first()?;
        (tape.up.len() == 2_000 && tape.down.len() == 300).then_some(())
    });
    proxy.go_on();
    send.finish().done("");
    assert_eq!((proxy.tapes().len(), broker.depth("/queue/a")), (1, 1_000));
}

#[test]
fn what_comes_after_a_loss_says_why_there_is_no_connection() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let came = talk.hear().unwrap();
        talk.receipt(&came);
        if came.verb == "SUBSCRIBE" {
            talk.say("MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/a\n\nx^");
        }
    });
    let script = ["send /queue/a x", "sub /queue/b", "begin", "sub /queue/c", "send /queue/a y"];
    let arguments: Vec<&str> = script.iter().flat_map(|line| ["-e", line]).collect();
    for command in [&[&["--keep-going"], &arguments[..]].concat()[..], &["move", "/queue/a", "/queue/b"]] {
        let ended = Stomp::new(["-s", &peer.url()]).args(command).run();
        assert_ne!(ended.code, Some(0), "{command:?}");
        let errors = ended.stderr.lines().filter(|line| line.contains("error:"));
        for error in errors {
            let says =
                error.contains("closed it") || error.contains("reset") || error.contains("Broken pipe");
            assert!(says, "{command:?}: {}", ended.stderr);
        }
    }
}
