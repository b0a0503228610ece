//! Row: what is called confirmed has its receipt, and what may be lost or there twice is said.

use rustix::process::Signal;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, accept};

use crate::embedded::Embedded;
use crate::peer::{Came, Peer, Talk};
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::sending::lines;
use crate::stomp::{Finished, Stomp};
use crate::tape::{count, verbs};

/// A script over the embedded broker, with a file `three` of three lines beside it.
fn script(arguments: &[&str], text: &str) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("three"), "a\nb\nc\n").unwrap();
    Stomp::new([&["--embedded"], arguments].concat()).folder(folder.path()).input(text).run()
}

#[test]
fn a_send_in_a_transaction_is_confirmed_by_its_commit_alone() {
    let sends = [
        ("send /queue/a x", 1),
        ("send --persistent /queue/a x", 1),
        ("send --receipt none /queue/a x", 1),
        ("send -l /queue/a @three", 3),
        ("send --repeat 2 /queue/a x", 2),
    ];
    for step in [&[][..], &["--step"]] {
        for (send, count) in sends {
            let begun = format!("begin\n{send}\n");
            for (end, confirmed, not_sent) in [("commit", count, 0), ("abort", 0, count)] {
                let ended = script(step, &format!("{begun}{end}\nsedn\n")).code(1);
                let figures = format!("confirmed {confirmed}, unknown 0, not sent {not_sent}\n");
                ended.stderr_has(&["stdin:4: error: unknown command 'sedn'", &figures]);
            }
            for end in ["", "quit\n", "sedn\n", "disconnect\n"] {
                let ended = script(step, &format!("{begun}{end}")).code(1);
                ended.stderr_has(&[&format!("confirmed 0, unknown 0, not sent {count}\n")]);
            }
        }
    }
    // Each transaction has sends of its own, also one of a name that was used before.
    let two =
        "begin a\nsend Q 1\nbegin b\nsend Q 2\nsend --tx a Q 3\ncommit b\nabort a\nbegin b\nsend Q 4\nsedn\n";
    script(&[], two).code(1).stderr_has(&["confirmed 1, unknown 0, not sent 3\n"]);
}

/// A broker that confirms all but the frames of this verb.
fn confirming_all_but(verb: &'static str, instead: &'static str) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        while let Some(came) = talk.hear() {
            if came.verb != verb {
                talk.receipt(&came);
            } else if !instead.is_empty() {
                talk.say(instead);
            }
        }
    })
}

#[test]
fn a_commit_without_a_receipt_leaves_its_sends_unknown() {
    let text = "begin\nsend /queue/a 1\nsend /queue/a 2\ncommit\n";
    let refusing = confirming_all_but("COMMIT", "ERROR\nmessage:full\n\n^");
    let refused = Stomp::new(["-s", &refusing.url()]).input(text).run().code(5);
    let figures = "confirmed 0, unknown 2, not sent 0 (2 of the unknown were refused)\n";
    refused.stderr_has(&["stdin:4: error: the broker refused it: full", figures]);
    let silent = confirming_all_but("COMMIT", "");
    let call = ["-s", &silent.url(), "--receipt-timeout", "0.2"];
    Stomp::new(call).input(text).run().code(6).stderr_has(&["confirmed 0, unknown 2, not sent 0\n"]);
}

#[test]
fn a_signal_leaves_the_figures_of_a_transaction() {
    let peer = confirming_all_but("COMMIT", "");
    let proxy = Proxy::harmless(peer.port());
    let signals = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
    let mut connections = 0;
    for (signal, code) in signals {
        for (end, verb, figures) in [
            ("", "SEND", "confirmed 0, unknown 0, not sent 1\n"),
            ("commit\n", "COMMIT", "confirmed 0, unknown 1, not sent 0\n"),
        ] {
            let mut script = Stomp::new(["-s", &proxy.url()]).open_input().start();
            script.write(format!("begin\nsend /queue/a x\n{end}"));
            proxy.wait(verb, |tapes| (count(&tapes.get(connections)?.up, verb) == 1).then_some(()));
            script.signal(signal);
            // Its input ends with it, and must not end before the signal is heard.
            proxy
                .wait("DISCONNECT", |tapes| (count(&tapes[connections].up, "DISCONNECT") == 1).then_some(()));
            connections += 1;
            script.finish().code(code).stderr_has(&[figures]);
        }
        let call = ["-s", &proxy.url(), "send", "--tx", "t", "-l", "/queue/a"];
        let mut send = Stomp::new(call).open_input().start();
        send.write("a\nb\n");
        proxy.wait("two messages", |tapes| (count(&tapes.get(connections)?.up, "SEND") == 2).then_some(()));
        connections += 1;
        send.signal(signal);
        send.wait_for_stderr("stopping: ", 1);
        send.finish().code(code).stderr_has(&[
            "confirmed 0, unknown 0, not sent 2 of what was read\n",
            "the first line that is not confirmed: 1\n",
        ]);
    }
}

#[test]
fn a_hang_up_gives_the_figures_and_is_ignored_under_nohup() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let first = talk.hear_of("SEND").unwrap();
        talk.receipt(&first);
        talk.hear_of("SEND");
        talk.be_silent();
    });
    let proxy = Proxy::harmless(peer.port());
    let words = ["-s", &proxy.url(), "send", "-l", "/queue/a"];
    let mut send = Stomp::new(words).open_input().start();
    send.write("a\nb\n");
    proxy.wait("a receipt", |tapes| {
        let tape = tapes.first()?;
        (count(&tape.up, "SEND") == 2 && count(&tape.down, "RECEIPT") == 1).then_some(())
    });
    send.signal(Signal::HUP);
    send.finish().code(129).stderr_has(&[
        "confirmed 1, unknown 1, not sent 0 of what was read\n",
        "the first line that is not confirmed: 2\n",
    ]);
    let broker = Embedded::start();
    let line = format!("nohup {} -s {} send -l /queue/a", env!("CARGO_BIN_EXE_stomp"), broker.url());
    let mut send = Stomp::other("sh", ["-c", &format!("exec {line}")]).open_input().start();
    send.write("a\n");
    crate::receiving::until("a message", || broker.depth("/queue/a") == 1);
    send.signal(Signal::HUP);
    send.write("b\n");
    crate::receiving::until("another", || broker.depth("/queue/a") == 2);
    send.finish().code(0);
}

#[test]
fn the_first_unconfirmed_line_is_the_one_that_the_user_counts() {
    let broker = Embedded::start();
    let envelope = "{\"destination\":\"/queue/a\",\"body\":\"x\"}\n";
    let wrong = "{}\n";
    // With --receipt last, the receipt of DISCONNECT proves that the first two were read.
    for (receipt, line) in [("all", 3), ("last", 3), ("none", 1)] {
        let input = [envelope, envelope, wrong, envelope].concat();
        let call = ["-s", &broker.url(), "send", "--jsonl", "--receipt", receipt];
        let said = format!("the first line that is not confirmed: {line}\n");
        Stomp::new(call).input(&input).run().code(8).stderr_has(&[&said, "message 3 of the input"]);
        // Over a connection that goes on, an empty transaction proves it.
        let script = format!("send --jsonl --receipt {receipt}");
        let (confirmed, unknown) = if line == 1 { (0, 2) } else { (2, 0) };
        let figures = format!("confirmed {confirmed}, unknown {unknown}, not sent 1");
        let script = Stomp::new(["-s", &broker.url(), "-e", &script]).input(input).run().code(8);
        script.stderr_has(&[&said, &figures, &format!("\n{figures}\n")]);
        let input = ["\n", envelope, "\n\n", envelope, " \n", wrong].concat();
        let said = format!("the first line that is not confirmed: {}\n", if line == 1 { 2 } else { 7 });
        Stomp::new(call).input(input).run().code(8).stderr_has(&[&said, "message 7 of the input"]);
        let call = ["-s", &broker.url(), "send", "--lines", "--template", "/queue/a", "--receipt", receipt];
        let said = format!("the first line that is not confirmed: {line}\n");
        Stomp::new(call).input("\na\n$nothing\nb\n").run().code(8).stderr_has(&[&said]);
    }
    // What is in a transaction is confirmed by COMMIT, which was never sent.
    let call = ["-s", &broker.url(), "send", "--jsonl", "--tx", "t"];
    Stomp::new(call).input([envelope, envelope, wrong].concat()).run().code(8).stderr_has(&[
        "confirmed 0, unknown 0, not sent 3 of what was read\n",
        "the first line that is not confirmed: 1\n",
    ]);
}

#[test]
fn with_a_rate_the_last_message_has_the_receipt_too() {
    let text = "send -l --rate 1000 --receipt last /queue/a @three\n";
    script(&[], text).done("");
}

#[test]
fn a_transaction_that_was_never_begun_is_refused_before_anything_is_sent() {
    let peer = confirming_all_but("", "");
    let proxy = Proxy::harmless(peer.port());
    for send in ["send --tx nope /queue/a x", "send --tx nope --repeat 2 /queue/a x"] {
        let refused = Stomp::new(["-s", &proxy.url(), "-e", send]).run().code(1);
        refused.stderr_has(&["error: there is no open transaction 'nope'\n", "hint: 'begin nope' opens it"]);
    }
    let text = "send /queue/a 1\nsend /queue/a 2\nsend --tx nope /queue/a 3\nsend /queue/a 4\n";
    let refused = Stomp::new(["-s", &proxy.url()]).input(text).run().code(1);
    assert!(refused.stderr.starts_with("stdin:3: error: there is no open transaction 'nope'\n"));
    refused.stderr_has(&["confirmed 2, unknown 0, not sent 0\n"]);
    let sent: Vec<_> = proxy.ended().iter().map(|tape| verbs(&tape.up).join(" ")).collect();
    assert_eq!(sent, ["CONNECT DISCONNECT", "CONNECT DISCONNECT", "CONNECT SEND SEND DISCONNECT"]);
}

/// What one-shots and scripts send without a receipt.
fn sent_without_a_receipt(url: &str, code: i32, said: &[&str]) {
    let calls = [
        &["send", "--receipt", "none", "/queue/a", "x"][..],
        &["send", "--receipt", "none", "-l", "/queue/a"],
        &["-e", "send --receipt none /queue/a x"],
        &["--step", "-e", "send --receipt none /queue/a x"],
        &["-e", "send --receipt none --repeat 1 /queue/a x"],
    ];
    // All at once, since some wait for seconds.
    let running: Vec<_> =
        calls.map(|call| Stomp::new(["-s", url]).args(call).input("x\n").start()).into_iter().collect();
    for running in running {
        let ended = running.finish().code(code).stderr_has(said);
        assert_eq!(code == 0, ended.stderr.is_empty(), "{}", ended.stderr);
    }
}

/// Follows the login with the answer to the first DISCONNECT.
fn answering_disconnect(answer: impl Fn(Talk, Came) + Send + Sync + 'static) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        if let Some(came) = talk.hear_of("DISCONNECT") {
            answer(talk, came);
        }
    })
}

#[test]
fn what_was_sent_without_a_receipt_is_unknown_unless_the_end_is_in_order() {
    const UNKNOWN: &str = "confirmed 0, unknown 1, not sent 0";
    let answered = answering_disconnect(|mut talk, came| {
        talk.receipt(&came);
    });
    sent_without_a_receipt(&answered.url(), 0, &[]);
    let reset = answering_disconnect(|talk, _| talk.reset());
    sent_without_a_receipt(&reset.url(), 6, &[UNKNOWN, "reset"]);
    let silent = answering_disconnect(|mut talk, _| drop(talk.be_silent()));
    sent_without_a_receipt(&silent.url(), 6, &[UNKNOWN, "the broker did not answer DISCONNECT"]);
    let error = answering_disconnect(|mut talk, _| {
        talk.say("ERROR\nmessage:full\n\n^");
    });
    sent_without_a_receipt(&error.url(), 5, &[UNKNOWN, "full"]);
    // A script's figures count them as unknown whatever comes.
    let wrong = Stomp::new(["-s", &answered.url()]).input("send --receipt none Q x\nsedn\n").run().code(1);
    wrong.stderr_has(&["confirmed 0, unknown 1, not sent 0\n"]);
}

#[test]
fn a_reset_leaves_the_figures_of_what_was_sent_without_a_receipt() {
    let broker = Embedded::start();
    for (after, messages) in [(2_000, 5_000), (300, 10)] {
        let proxy = Proxy::start(broker.port(), 0, move |_, _| Plan::up(Way::harm(after, Harm::Reset)));
        let call = ["-s", &proxy.url(), "send", "-l", "--receipt", "none", "/queue/a"];
        let ended = Stomp::new(call).input(lines(messages)).run().code(6);
        ended.stderr_has(&["confirmed 0, unknown ", "the first line that is not confirmed: 1\n"]);
    }
    // One that comes when all is sent and nothing is left to write.
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.hear_of("SEND");
        talk.reset();
    });
    let mut send =
        Stomp::new(["-s", &peer.url(), "send", "-l", "--receipt", "none", "/queue/a"]).open_input().start();
    send.write("a\n");
    crate::receiving::until("the reset", || peer.connections() == 1);
    send.finish().code(6).stderr_has(&["confirmed 0, unknown 1, not sent 0 of what was read\n"]);
}

#[test]
fn a_websocket_that_is_closed_with_an_error_proves_nothing() {
    let close = |code: u16, expected: i32, said: &[&str]| {
        let peer = Peer::start(move |mut talk, _| {
            let mut socket = accept(talk.stream().try_clone().unwrap()).unwrap();
            while let Ok(message) = socket.read() {
                let text = String::from_utf8_lossy(&message.into_data()).into_owned();
                if text.starts_with("CONNECT") {
                    let connected = "CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0";
                    socket.send(Message::text(connected)).unwrap();
                } else if text.contains("DISCONNECT") {
                    let frame = CloseFrame { code: code.into(), reason: "too big".into() };
                    socket.close(Some(frame)).unwrap();
                }
            }
        });
        sent_without_a_receipt(&peer.url().replace("stomp://", "ws://"), expected, said);
    };
    close(1009, 6, &["confirmed 0, unknown 1, not sent 0", "code 1009 (message too big): too big"]);
}

#[test]
fn nothing_ends_with_0_after_an_error() {
    let calls: [&[&str]; 4] = [
        &["send", "/queue/a", "x"],
        &["send", "-l", "/queue/a"],
        &["send", "--tx", "t", "/queue/a", "x"],
        &["-e", "send /queue/a x"],
    ];
    for asked in ["SEND", "COMMIT", "DISCONNECT"] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            while let Some(came) = talk.hear() {
                let error = if came.verb == asked { "ERROR\nmessage:odd\n\n^" } else { "" };
                if came.verb == "DISCONNECT" && asked == "DISCONNECT" {
                    talk.say(error);
                    return;
                }
                let receipt = came.has("receipt").then(|| came.header("receipt"));
                let receipt = receipt.map(|id| format!("RECEIPT\nreceipt-id:{id}\n\n^")).unwrap_or_default();
                talk.say(&format!("{receipt}{error}"));
            }
        });
        for call in calls {
            if asked == "COMMIT" && !call.contains(&"--tx") || asked == "SEND" && call.contains(&"--tx") {
                continue;
            }
            let ended = Stomp::new(["-s", &peer.url()]).args(call).input("x\n").run().code(5);
            assert_eq!(ended.stderr.matches("odd").count(), 1, "{call:?}: {}", ended.stderr);
            ended.stderr_has(&["confirmed 1, unknown 0, not sent 0"]);
        }
    }
}
