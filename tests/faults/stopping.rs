//! Row: Ctrl-C and SIGTERM, in each state that a command may be in when they come.

use rustix::process::Signal;

use crate::peer::{Peer, Talk};
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::receiving::{message, subscribed, until};
use crate::sending::figures;
use crate::stomp::{Running, Stomp};
use crate::tape::{beats_at_end, count};

/// The signals, and the codes that they end with.
const SIGNALS: [(Signal, i32); 2] = [(Signal::INT, 130), (Signal::TERM, 143)];

/// Every command that talks with a broker, as words; scripts too.
const COMMANDS: [&[&str]; 15] = [
    &["send", "/queue/a", "x"],
    &["send", "-l", "/queue/a"],
    &["send", "--tx", "t", "/queue/a", "x"],
    &["sub", "/queue/a"],
    &["request", "/queue/a", "x"],
    &["reply", "--echo", "/queue/a"],
    &["peek", "/queue/a"],
    &["dump", "/queue/a"],
    &["drain", "/queue/a"],
    &["purge", "/queue/a"],
    &["move", "/queue/a", "/queue/b"],
    &["copy", "/queue/a", "/queue/b"],
    &["depth", "/queue/a"],
    &["queues"],
    &["-e", "send /queue/a x"],
];

/// Starts each command with each signal to come, all at once, since some wait for seconds; with an input that
/// stays open.
fn start_all(url: &str) -> Vec<(Running, Signal, i32)> {
    let each = |(signal, code): (Signal, i32)| {
        COMMANDS.iter().map(move |command| {
            let mut running = Stomp::new(["-s", url]).args(*command).open_input().start();
            if command.contains(&"-l") {
                running.write("a\n");
            }
            (running, signal, code)
        })
    };
    SIGNALS.into_iter().flat_map(each).collect()
}

#[test]
fn a_signal_ends_whatever_is_connecting() {
    let peer = Peer::start(|mut talk, _| talk.be_deaf());
    let all = start_all(&peer.url());
    until("all have connected", || peer.connections() == all.len());
    for (running, signal, _) in &all {
        running.signal(*signal);
    }
    for (running, _, code) in all {
        // That there is no CONNECTED in time would be another code.
        running.finish().code(code);
    }
}

#[test]
fn a_signal_ends_a_doctor_that_is_connecting() {
    let peer = Peer::start(|mut talk, _| talk.be_deaf());
    let proxy = Proxy::harmless(peer.port());
    for (number, (signal, code)) in (1..).zip(SIGNALS) {
        let doctor = Stomp::new(["doctor", &proxy.url()]).start();
        proxy.wait("CONNECT", |tapes| {
            let logins: usize = tapes.iter().map(|tape| count(&tape.up, "CONNECT")).sum();
            (logins == number).then_some(())
        });
        doctor.signal(signal);
        doctor.finish().code(code);
    }
}

#[test]
fn a_signal_ends_whatever_waits_for_its_first_receipt() {
    // It can do all that a command may ask for.
    let peer = Peer::start(|mut talk, _| {
        talk.login_with("server:ActiveMQ/5.17.2\nheart-beat:0,0\n");
        while let Some(came) = talk.hear() {
            // 'peek' looks at the broker first, and comes again.
            if came.verb == "DISCONNECT" {
                talk.receipt(&came);
                return;
            }
        }
    });
    let proxy = Proxy::harmless(peer.port());
    let all = start_all(&proxy.url());
    let asks = |bytes: &[u8]| ["SEND", "SUBSCRIBE", "BEGIN"].into_iter().any(|verb| count(bytes, verb) > 0);
    proxy.wait("a frame of each", |tapes| {
        let asked = tapes.iter().filter(|tape| asks(&tape.up)).count();
        (asked == all.len()).then_some(())
    });
    for (running, signal, _) in &all {
        running.signal(*signal);
    }
    for ((running, _, code), command) in all.into_iter().zip(COMMANDS.iter().cycle()) {
        let ended = running.finish().code(code);
        // Whatever was sending says what is known of it.
        let figures = match (command[0], command.get(1)) {
            ("send", Some(&"--tx")) => "confirmed 0, unknown 0, not sent 1\n",
            ("send", Some(&"-l")) => "confirmed 0, unknown 1, not sent 0 of what was read\n",
            ("send" | "-e", _) => "confirmed 0, unknown 1, not sent 0\n",
            _ => "",
        };
        assert!(ended.stderr.contains(figures), "{command:?}: {}", ended.stderr);
    }
}

#[test]
fn a_second_signal_ends_whatever_takes_its_leave_at_once() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        talk.be_silent();
    });
    let proxy = Proxy::harmless(peer.port());
    for (number, command) in
        [&["sub", "/queue/a"][..], &["reply", "--echo", "/queue/a"]].into_iter().enumerate()
    {
        let running = Stomp::new(["-s", &proxy.url()]).args(command).start();
        proxy.wait("SUBSCRIBE", |tapes| (count(&tapes.get(number)?.down, "RECEIPT") == 1).then_some(()));
        running.signal(Signal::INT);
        // It waits for the receipt of this.
        proxy.wait("DISCONNECT", |tapes| (count(&tapes[number].up, "DISCONNECT") == 1).then_some(()));
        running.signal(Signal::TERM);
        running.finish().code(143);
    }
}

/// Messages without end.
fn flood(talk: &mut Talk) {
    let mut number = 0;
    while message(talk, number, &[b'x'; 1_000]) {
        number += 1;
    }
}

#[test]
fn a_sub_whose_output_stands_still_is_stopped_and_acks_no_more_than_was_taken() {
    for (signal, code) in SIGNALS {
        let peer = Peer::start(|mut talk, _| {
            subscribed(&mut talk, "heart-beat:50,50\n");
            let mut reading = Talk::of(talk.stream().try_clone().unwrap());
            std::thread::spawn(move || reading.confirm_all());
            flood(&mut talk);
        });
        let proxy = Proxy::harmless(peer.port());
        let (mut output, input) = std::io::pipe().unwrap();
        let call = ["-s", &proxy.url(), "--heartbeat", "50,50", "sub", "/queue/a"];
        let sub = Stomp::new(call).output(input).start();
        proxy.wait("heart-beats of a client that does not read", |tapes| {
            (beats_at_end(&tapes.first()?.up) >= 5).then_some(())
        });
        sub.signal(signal);
        sub.finish().code(code);
        let mut taken = Vec::new();
        std::io::Read::read_to_end(&mut output, &mut taken).unwrap();
        let up = proxy.with(|tapes| tapes[0].up.clone());
        let acked = crate::receiving::acks(&up).last().map_or(0, |id| id.parse::<usize>().unwrap() + 1);
        let lines = memchr::memchr_iter(b'\n', &taken).count();
        assert!(acked <= lines, "{acked} acked, {lines} taken");
    }
}

#[test]
fn a_signal_between_two_connections_ends_it_with_the_figures() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let came = talk.hear().unwrap();
        if came.verb == "SUBSCRIBE" {
            talk.receipt(&came);
        }
        // And it is gone.
    });
    let later = ["--reconnect", "--reconnect-delay", "1000,1000"];
    for (signal, code) in SIGNALS {
        for command in [&["send", "-l", "/queue/a"][..], &["sub", "/queue/a"]] {
            let mut running = Stomp::new(["-s", &peer.url()]).args(later).args(command).open_input().start();
            if command[0] == "send" {
                running.write("a\n");
            }
            running.wait_for_stderr("trying again", 1);
            running.signal(signal);
            let ended = running.finish().code(code);
            if command[0] == "send" {
                ended.stderr_has(&[
                    "confirmed 0, unknown 1, not sent 0 of what was read\n",
                    "the first line that is not confirmed: 1\n",
                ]);
            }
        }
    }
}

#[test]
fn a_script_that_is_stopped_says_what_is_known_of_its_sends() {
    for (signal, code) in SIGNALS {
        let peer = Peer::start(|mut talk, _| {
            talk.login();
            let first = talk.hear_of("SEND").unwrap();
            talk.receipt(&first);
            talk.be_silent();
        });
        let proxy = Proxy::harmless(peer.port());
        let mut script = Stomp::new(["-s", &proxy.url()]).open_input().start();
        script.write("send /queue/a 1\nsend /queue/a 2\nsend /queue/a 3\n");
        proxy.wait("three messages and a receipt", |tapes| {
            let tape = tapes.first()?;
            (count(&tape.up, "SEND") == 3 && count(&tape.down, "RECEIPT") == 1).then_some(())
        });
        script.signal(signal);
        // No receipt comes within the time for them, nor any for DISCONNECT.
        script.finish().code(code).stderr_has(&["confirmed 1, unknown 2, not sent 0\n"]);
    }
}

#[test]
fn a_script_that_is_stopped_tells_what_was_never_written() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    let proxy = Proxy::start(peer.port(), 0, |_, _| Plan::up(Way::harm(1 << 20, Harm::Stall)));
    let mut script = Stomp::new(["-s", &proxy.url()]).open_input().start();
    // More than the systems on the way keep.
    let line = format!("send /queue/a {}\n", "x".repeat(1 << 20));
    script.write(line.repeat(40));
    proxy.wait("a part of it", |tapes| (tapes.first()?.up.len() == 1 << 20).then_some(()));
    script.signal(Signal::INT);
    let (confirmed, unknown, not_sent) = figures(&script.finish().code(130));
    assert_eq!(confirmed, 0);
    assert!(unknown > 0 && not_sent > 0 && unknown + not_sent <= 40, "{unknown}, {not_sent}");
}

#[test]
fn the_embedded_broker_ends_with_its_clients_and_a_frozen_one_does_not_keep_it() {
    for (signal, code) in [(Signal::INT, 0), (Signal::TERM, 143)] {
        let mut broker = Stomp::new(["broker", "--listen", "127.0.0.1:0"]).start();
        let url = broker.wait_for_stdout("the URL", |bytes| {
            Some(std::str::from_utf8(bytes).unwrap().split_once('\n')?.0.to_owned())
        });
        let mut sub = Stomp::new(["-s", &url, "--trace", "sub", "/queue/a"]).start();
        sub.wait_for_stderr("receipt-id: 1\n", 1);
        sub.signal(Signal::STOP);
        broker.signal(signal);
        broker.finish().code(code);
        sub.signal(Signal::CONT);
        sub.finish().code(3);
    }
}
