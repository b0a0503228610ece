//! The same faults as a person sees them: in the shell, and where a one-shot writes to a terminal.

use rustix::process::Signal;

use crate::peer::{ClosedPort, Peer};
use crate::receiving::{body, message, subscribed};
use crate::screen::{Screen, Setting};

/// A shell at this broker, whose prompt is there.
fn at(url: &str, options: &[&str]) -> Screen {
    let screen = Setting::new(&[&["-s", url], options].concat()).start();
    screen.last_row("127.0.0.1>");
    screen
}

#[test]
fn a_password_that_is_asked_for_is_not_shown_and_a_signal_gives_the_echo_back() {
    // A signal may be there before keys that were pressed earlier: they have none with it.
    for (keys, signal, code) in [("cAnArY\x03", None, 130), ("", Some(Signal::TERM), 143)] {
        let call = ["-s", "stomp://127.0.0.1:1", "-U", "me", "-W", "send", "/queue/a", "x"];
        let mut screen = Setting::new(&call).start();
        screen.shows("Password:");
        screen.until_modes("without echo", |modes| !modes.contains("ECHO |"));
        screen.keys(keys);
        if let Some(signal) = signal {
            screen.signal(signal);
        }
        // The modes are as before.
        screen.ends(code);
        assert!(!screen.rows().concat().contains("cAnArY"), "{:?}", screen.rows());
    }
}

#[test]
fn half_a_large_message_is_not_shown_on_a_terminal() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        message(&mut talk, 1, b"small");
        let large = body(3 << 20);
        talk.write(
            b"MESSAGE\nsubscription:1\nmessage-id:2\nack:2\ndestination:/queue/a\ncontent-length:3145728\n\n",
        );
        talk.write(&large[..2 << 20]);
    });
    for form in ["--raw", "--headers", "--hex"] {
        let mut screen = Setting::new(&["-q", "-s", &peer.url(), "sub", form, "/queue/a"]).start();
        screen.shows("the connection to the broker is lost");
        screen.ends(3);
        let rows = screen.rows();
        assert!(rows.len() < 20 && !rows.concat().contains("message-id: 2"), "{rows:?}");
    }
}

#[test]
fn the_shell_says_that_no_receipt_came_and_stays() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        // The first message gets no receipt, the second one does.
        talk.hear_of("SEND").unwrap();
        let came = talk.hear_of("SEND").unwrap();
        talk.receipt(&came);
        talk.confirm_all();
    });
    let mut screen = at(&peer.url(), &["--receipt-timeout", "0.2"]);
    screen.line("send /queue/a one");
    screen.shows("error: the outcome is unknown: no receipt for 0.2 s");
    screen.last_row("127.0.0.1>");
    screen.line("send /queue/a two");
    screen.line("status");
    let rows = screen.until("the status", |rows| {
        rows.iter().any(|row| row.starts_with("received")).then(|| rows.to_vec())
    });
    // It was said once, and the second message is confirmed.
    assert_eq!(rows.iter().filter(|row| row.contains("no receipt")).count(), 1, "{rows:#?}");
    // And once that this broker gives no heart-beats.
    assert_eq!(rows.iter().filter(|row| row.contains("gives no heart-beats")).count(), 1, "{rows:#?}");
    screen.line("quit");
    screen.ends(0);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn a_receipt_that_nobody_waits_for_any_more_is_missed_all_the_same() {
    let (heard, sent) = std::sync::mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        talk.login();
        talk.hear_of("SEND").unwrap();
        heard.send(()).unwrap();
        talk.confirm_all();
    });
    let mut screen = at(&peer.url(), &["--receipt-timeout", "1.5"]);
    screen.line("send /queue/a one");
    sent.recv().unwrap();
    screen.keys("\x03");
    screen.shows("no receipt for 1.5 s");
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn the_shell_survives_an_error_in_any_state_and_shows_that_it_is_disconnected() {
    let closed = ClosedPort::new();
    let peer = Peer::start(|mut talk, number| {
        if number > 0 {
            return;
        }
        talk.login();
        let came = talk.hear_of("SEND").unwrap();
        let receipt = came.header("receipt");
        // As ActiveMQ writes the text of an exception.
        talk.say(&format!("ERROR\nmessage:no such\n\tqueue\nreceipt-id:{receipt}\n\n^"));
    });
    let list = format!("{},{}", peer.url(), closed.url());
    let mut screen = at(&list, &["--reconnect-delay", "1000,1000"]);
    screen.line("send /queue/a one");
    screen.shows("error: the broker refused it: no such queue");
    screen.shows("; trying again");
    // The prompt is as of its last repaint.
    screen.line("");
    screen.last_row("127.0.0.1 [reconnecting]>");
    screen.line("send /queue/a two");
    screen.shows("error: not connected");
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn a_broker_that_restarts_under_the_shell_leaves_nothing_unsaid() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&came);
        if number == 0 {
            talk.say("MESSAGE\nsubscription:1\nmessage-id:m\nack:m\ndestination:/queue/a\n\nhello^");
            let begin = talk.hear_of("BEGIN").unwrap();
            talk.receipt(&begin);
            // In the transaction, and so without a receipt of its own; then it is gone.
            talk.hear_of("SEND").unwrap();
            return;
        }
        let came = talk.confirm_all();
        assert!(!came.iter().any(|came| came.verb == "ACK" || came.verb == "SEND"), "{came:?}");
    });
    let mut screen = at(&peer.url(), &["--reconnect-delay", "0.01,0.1"]);
    screen.line("sub --ack client /queue/a");
    screen.shows("hello");
    screen.line("begin t1");
    screen.last_row("127.0.0.1 [t1, 1 unacked]>");
    screen.line("send /queue/b x");
    screen.shows("gone with it: transaction t1; 1 unacked message cannot be acked any more");
    screen.shows("connected again, subscribed again");
    screen.line("ack 1");
    screen.shows("earlier connection");
    screen.line("commit t1");
    screen.shows("error: transaction 't1' was aborted: its connection was lost");
    screen.last_row("127.0.0.1>");
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn a_shell_that_goes_on_at_the_second_of_a_list_says_where_it_is_and_speaks_as_that_broker_does() {
    let (gone, proceed) = std::sync::mpsc::channel::<()>();
    let proceed = std::sync::Mutex::new(proceed);
    let first = Peer::start(move |mut talk, number| {
        if number == 0 {
            talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
            let _ = proceed.lock().unwrap().recv();
        }
    });
    let second = Peer::start(|mut talk, _| {
        talk.login_with("server:ActiveMQ/6.1.7\nheart-beat:0,0\n");
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        assert_eq!(came.header("activemq.prefetchSize"), "1000");
        talk.receipt(&came);
        talk.confirm_all();
    });
    let list = format!("{},stomp://localhost:{}", first.url(), second.port());
    let mut screen = at(&list, &["--reconnect-delay", "0.01,0.1"]);
    gone.send(()).unwrap();
    screen.shows("connected again");
    screen.line("");
    screen.last_row("localhost>");
    screen.line("sub --ack client /queue/a");
    screen.shows("subscribed to /queue/a as 1");
    // What this broker does not know is not refused as by the one before.
    screen.line("sub --selector 'a = 1' /queue/b");
    screen.shows("subscribed to /queue/b as 2");
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn what_a_shell_sent_without_a_receipt_is_unknown_and_is_not_sent_again() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        if number == 0 {
            talk.hear_of("SEND").unwrap();
            return;
        }
        assert!(!talk.confirm_all().iter().any(|came| came.verb == "SEND"));
    });
    let mut screen = at(&peer.url(), &["--reconnect-delay", "0.01,0.1"]);
    screen.line("send /queue/a x");
    screen.shows("error: the outcome is unknown: ");
    screen.shows("connected again");
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn a_signal_ends_a_shell_whose_command_waits() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut screen = at(&peer.url(), &[]);
        screen.line("send /queue/a x");
        screen.until_modes("cooked", |modes| modes.contains("ISIG"));
        screen.signal(signal);
        screen.ends(code);
    }
}

#[test]
fn two_errors_with_the_same_text_are_two() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let send = talk.hear_of("SEND").unwrap();
        let id = send.header("receipt");
        talk.say(&format!("ERROR\nmessage:no\nreceipt-id:{id}\n\n^ERROR\nmessage:no\n\n^"));
        talk.be_silent();
    });
    let mut screen = at(&peer.url(), &[]);
    screen.line("send /queue/a x");
    screen.shows("error: the broker refused it: no");
    screen.shows("error: the broker sent an ERROR: no");
    screen.last_row("127.0.0.1>");
    assert_eq!(screen.rows().concat().matches("error: ").count(), 2, "{:#?}", screen.rows());
}

#[test]
fn an_error_behind_an_unknown_outcome_is_shown_once() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.hear_of("SEND").unwrap();
        talk.say("ERROR\nmessage:no\nreceipt-id:other\n\n^");
        talk.be_silent();
    });
    let mut screen = at(&peer.url(), &[]);
    screen.line("send /queue/a x");
    screen.shows("error: the outcome is unknown: the broker sent an ERROR: no");
    screen.last_row("127.0.0.1>");
    screen.line("!echo done");
    screen.until("the next prompt", |rows| {
        let [.., done, prompt] = rows else { return None };
        (done == "done" && prompt == "127.0.0.1>").then_some(())
    });
    assert_eq!(screen.rows().concat().matches("ERROR: no").count(), 1, "{:#?}", screen.rows());
}

/// A shell that sends many messages, of which the broker confirms each if it `confirms`, and the bodies that come.
fn sending_many(confirms: bool) -> (Peer, Screen, std::sync::mpsc::Receiver<Vec<u8>>) {
    let (heard, sent) = std::sync::mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        talk.login();
        while let Some(came) = talk.hear() {
            if confirms || came.verb != "SEND" {
                talk.receipt(&came);
            }
            if came.verb == "SEND" {
                let _ = heard.send(came.body());
            }
        }
    });
    let mut screen = at(&peer.url(), &[]);
    screen.line("send --repeat 1000000 --rate 50 /queue/a x");
    assert_eq!(sent.recv().unwrap(), b"x");
    (peer, screen, sent)
}

#[test]
fn many_messages_that_are_stopped_at_the_prompt_leave_figures_and_no_more_is_sent() {
    let (_peer, mut screen, sent) = sending_many(true);
    screen.keys("\x03");
    screen.shows("stopping: ");
    screen.shows(", unknown 0, not sent 9");
    screen.last_row("127.0.0.1>");
    screen.line("send /queue/a last");
    let last = sent.iter().position(|body| body == b"last").unwrap();
    assert!(last < 1_000_000);
    screen.last_row("127.0.0.1>");
    screen.line("quit");
    screen.ends(0);
    // Nothing comes behind it.
    assert_eq!(sent.try_iter().count(), 0);
}

#[test]
fn a_signal_gives_the_figures_of_many_messages_and_ends_the_shell() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let (_peer, mut screen, _sent) = sending_many(true);
        screen.signal(signal);
        screen.ends(code);
        let rows = screen.rows();
        assert!(rows.iter().any(|row| row.contains(", unknown 0, not sent 9")), "{rows:#?}");
    }
}

#[test]
fn many_messages_that_nobody_waits_for_any_more_are_not_sent() {
    let (_peer, mut screen, sent) = sending_many(false);
    screen.keys("\x03");
    screen.shows("stopping: ");
    screen.keys("\x03");
    screen.shows("cancelled");
    screen.line("begin t1");
    screen.shows("127.0.0.1 [t1");
    assert!(sent.try_iter().count() < 1_000);
    screen.line("abort");
    screen.line("quit");
    screen.ends(0);
    assert_eq!(sent.try_iter().count(), 0);
}

#[test]
fn a_refused_subscription_without_a_receipt_is_not_renewed() {
    // Whichever of the two is refused: the first after the second was given up in vain.
    for (refused, connections) in [("/queue/b", 2), ("/queue/a", 3)] {
        let peer = Peer::start(move |mut talk, number| {
            talk.login();
            let asked: Vec<_> = (0..2_usize.saturating_sub(number)).filter_map(|_| talk.hear()).collect();
            if asked.iter().any(|came| came.header("destination") == refused) {
                talk.say("ERROR\nmessage:access refused\n\n^");
                return;
            }
            let none = !talk.confirm_all().iter().any(|came| came.verb == "SUBSCRIBE");
            assert!(none, "it was renewed");
        });
        let mut screen = at(&peer.url(), &["--receipts", "never", "--reconnect-delay", "0.01,0.1"]);
        screen.line("sub /queue/a /queue/b");
        screen.shows("error: the broker sent an ERROR: access refused");
        screen.shows(&format!("to '{refused}' was refused, and is not renewed"));
        crate::receiving::until("the last connection", || peer.connections() == connections);
        screen.line("quit");
        screen.ends(0);
        assert_eq!(peer.connections(), connections);
    }
}

#[test]
fn a_subscription_ends_while_there_is_no_connection() {
    let closed = ClosedPort::new();
    let peer = Peer::start(|mut talk, number| {
        if number == 0 {
            subscribed(&mut talk, "heart-beat:0,0\n");
        }
    });
    let list = format!("{},{}", peer.url(), closed.url());
    let mut screen = at(&list, &["--reconnect-delay", "1000,1000"]);
    screen.line("sub /queue/a");
    screen.shows("; trying again");
    screen.line("unsub /queue/a");
    screen.shows("unsubscribed 1");
    screen.line("unsub /queue/a");
    screen.shows("there is no subscription '/queue/a'");
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn options_for_scripts_are_refused_at_the_prompt() {
    for option in ["--keep-going", "--step"] {
        let mut screen = Setting::new(&["--embedded", option]).start();
        screen.shows(&format!("error: {option} has no effect at the prompt"));
        screen.ends(2);
    }
}

#[test]
fn a_shell_whose_output_is_closed_ends_quietly() {
    let line = format!("{} --embedded | true; echo code ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_stomp"));
    let mut screen = Setting::other("bash", &["-c", &line]).start();
    screen.shows("code 141");
    screen.ends(0);
    assert!(!screen.rows().concat().contains("error"), "{:#?}", screen.rows());
}
