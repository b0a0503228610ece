//! What `sub` takes off a queue, and what it leaves untouched.

use std::sync::{Arc, Mutex};

use rustix::process::Signal;

use crate::embedded::Embedded;
use crate::peer::{Peer, Talk};
use crate::sending::lines;
use crate::stomp::Stomp;

/// Writes messages with these numbers, which are their ids, at once.
fn deliver(talk: &mut Talk, numbers: impl IntoIterator<Item = usize>) {
    let message = |number| {
        format!(
            "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n\n{number}^"
        )
    };
    talk.say(&numbers.into_iter().map(message).collect::<String>());
}

#[test]
fn a_sub_with_browser_true_acks_nothing_and_ends_at_the_end_of_the_queue() {
    for (server, mode) in
        [("ActiveMQ/5.17.2", "auto"), ("RabbitMQ/3.10.8", "client-individual"), ("", "client-individual")]
    {
        let peer = Peer::start(move |mut talk, _| {
            let named = if server.is_empty() { String::new() } else { format!("server:{server}\n") };
            talk.login_with(&format!("{named}heart-beat:0,0\n"));
            while let Some(came) = talk.hear() {
                talk.receipt(&came);
                if came.verb == "SUBSCRIBE" {
                    assert_eq!(
                        (came.header("browser").as_str(), came.header("ack").as_str()),
                        ("true", mode)
                    );
                    deliver(&mut talk, 1..=2);
                    talk.say(
                        "MESSAGE\nsubscription:1\nmessage-id:e\nack:e\ndestination:/q\nbrowser:end\n\n^",
                    );
                } else {
                    assert_eq!(came.verb, "DISCONNECT");
                }
            }
        });
        let words = ["sub", "-H", "browser:true", "/queue/a"];
        let browsed = Stomp::new(["-s", &peer.url()]).args(words).run().code(0).stdout("1\n2\n");
        let warned = browsed.stderr.contains("is not known to browse; messages are not acked");
        assert_eq!(warned, mode != "auto", "{}", browsed.stderr);
        let line = words.join(" ");
        Stomp::new(["-q", "-s", &peer.url(), "-e", &line]).run().code(0).stdout("1\n2\n");
    }
}

/// A broker that names itself so, with ten messages. The frames that arrive after SUBSCRIBE, each with its headers that
/// are looked for, until the client has ended.
fn ten_messages(server: &'static str) -> (Peer, Arc<Mutex<Vec<String>>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let peer = Peer::start(move |mut talk, _| {
        talk.login_with(&format!("server:{server}\nheart-beat:0,0\n"));
        while let Some(came) = talk.hear() {
            talk.receipt(&came);
            let looked_for = ["prefetch-count", "activemq.prefetchSize", "activemq.exclusive", "id"];
            let shown = looked_for.into_iter().filter(|name| came.has(name)).map(|name| {
                let value = came.header(name);
                if value.starts_with("sub-") { format!("{name}=NAME") } else { format!("{name}={value}") }
            });
            let shown: Vec<_> = std::iter::once(came.verb.clone()).chain(shown).collect();
            heard.lock().unwrap().push(shown.join(" "));
            if came.verb == "SUBSCRIBE" && !came.has("activemq.exclusive") {
                deliver(&mut talk, 1..=10);
            }
        }
    });
    (peer, said)
}

#[test]
fn a_sub_that_counts_ends_its_subscription_before_the_broker_delivers_others() {
    let cases: [(&str, &[&str], &[&str]); 4] = [
        (
            "RabbitMQ/3.10.8",
            &[],
            &["SUBSCRIBE prefetch-count=10 id=1", "BEGIN", "ACK id=10", "UNSUBSCRIBE id=1", "COMMIT"],
        ),
        (
            "ActiveMQ/5.17.2",
            &[],
            &[
                "SUBSCRIBE activemq.prefetchSize=10 id=1",
                "SUBSCRIBE activemq.prefetchSize=0 activemq.exclusive=true id=NAME",
                "ACK id=10",
                "UNSUBSCRIBE id=1",
                "UNSUBSCRIBE id=NAME",
            ],
        ),
        // A prefetch above the count is the user's wish.
        ("RabbitMQ/3.10.8", &["--prefetch", "20"], &["SUBSCRIBE prefetch-count=20 id=1", "ACK id=10"]),
        ("peer/1", &[], &["SUBSCRIBE prefetch-count=10 activemq.prefetchSize=10 id=1", "ACK id=10"]),
    ];
    for (server, more, expected) in cases {
        let (peer, said) = ten_messages(server);
        let took = Stomp::new(["-q", "-s", &peer.url(), "sub", "-c", "10", "/queue/a"]).args(more).run();
        took.done((1..=10).map(|number| format!("{number}\n")).collect::<String>());
        let said: Vec<_> = std::mem::take(&mut *said.lock().unwrap());
        let said: Vec<_> = said.iter().map(String::as_str).collect();
        assert_eq!(said, [expected, &["DISCONNECT"]].concat(), "{server}");
    }
}

#[test]
fn with_exec_each_ack_follows_its_command_and_one_message_is_asked_for_at_a_time() {
    let (peer, said) = ten_messages("RabbitMQ/3.10.8");
    let words = ["sub", "-c", "3", "--exec", "cat", "--ack", "client-individual", "/queue/a"];
    Stomp::new(["-s", &peer.url()]).args(words).run().code(0).stdout("123");
    let said = std::mem::take(&mut *said.lock().unwrap());
    let expected = [
        "SUBSCRIBE prefetch-count=1 id=1",
        "ACK id=1",
        "ACK id=2",
        "BEGIN",
        "ACK id=3",
        "UNSUBSCRIBE id=1",
        "COMMIT",
        "DISCONNECT",
    ];
    assert_eq!(said, expected);
}

#[test]
fn acks_that_are_held_are_sent_when_no_more_messages_arrive() {
    let (peer, said) = ten_messages("RabbitMQ/3.10.8");
    let mut sub = Stomp::new(["-s", &peer.url(), "sub", "-c", "11", "/queue/a"]).start();
    sub.wait_for_lines(10);
    crate::receiving::until("the ack", || said.lock().unwrap().iter().any(|frame| frame == "ACK id=10"));
    sub.signal(Signal::INT);
    sub.finish().code(130);
    assert_eq!(said.lock().unwrap()[1..], ["ACK id=10", "DISCONNECT"]);
}

#[test]
fn a_commit_of_the_last_acks_that_is_refused_is_5() {
    let peer = Peer::start(|mut talk, _| {
        talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
        while let Some(came) = talk.hear() {
            if came.verb == "COMMIT" {
                talk.say("ERROR\nmessage:unknown delivery tag\n\n^");
                return;
            }
            talk.receipt(&came);
            if came.verb == "SUBSCRIBE" {
                deliver(&mut talk, 1..=1);
            }
        }
    });
    let ended = Stomp::new(["-s", &peer.url(), "sub", "-c", "1", "/queue/a"]).run().code(5).stdout("1\n");
    ended.stderr_has(&["the last ACK is not confirmed: ", "unknown delivery tag"]);
}

#[test]
fn a_sub_that_counts_leaves_the_others_untouched() {
    let broker = Embedded::start();
    for (queue, more) in [("/queue/a", &[][..]), ("/queue/b", &["--ack", "client-individual"])] {
        Stomp::new(["-s", &broker.url(), "send", "-l", queue]).input(lines(30)).run().done("");
        Stomp::new(["-s", &broker.url(), "sub", "-c", "10", queue]).args(more).run().done(lines(10));
        let rest = Stomp::new(["-s", &broker.url(), "drain", "--idle", "0.2", "--headers", queue]).run();
        let rest = String::from_utf8(rest.code(0).stdout).unwrap();
        let redelivered = rest.lines().filter(|line| line.contains("redelivered: true")).count();
        assert_eq!((rest.matches("message-id:").count(), redelivered), (20, 0), "{rest}");
    }
}

#[test]
fn what_has_no_ack_header_is_neither_acked_nor_called_taken() {
    let calls: [&[&str]; 5] = [
        &["sub", "-c", "2", "/app/a"],
        &["drain", "--idle", "0.1", "/app/a"],
        &["purge", "--idle", "0.1", "/app/a"],
        &["dump", "--take", "--idle", "0.1", "/app/a"],
        &["mirror", "--idle", "0.1", "/app/a", "/queue/b"],
    ];
    for server in ["RabbitMQ/3.10.8", "peer/1"] {
        for call in calls {
            let acks = Arc::new(Mutex::new(Vec::new()));
            let heard = Arc::clone(&acks);
            let peer = Peer::start(move |mut talk, _| {
                talk.login_with(&format!("server:{server}\nheart-beat:0,0\n"));
                while let Some(came) = talk.hear() {
                    talk.receipt(&came);
                    if came.verb == "SUBSCRIBE" {
                        let first = "MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/app/a\n\n1^";
                        talk.say(&format!("{first}{}", first.replace("ack:1\n", "")));
                    } else if came.verb == "ACK" {
                        heard.lock().unwrap().push(came.header("id"));
                    }
                }
            });
            let url = peer.url();
            let more = if call[0] == "mirror" { &["--to", &url][..] } else { &[] };
            let ended = Stomp::new(["-s", &url]).args(call).args(more).run().code(0);
            assert_eq!(acks.lock().unwrap().len(), 1, "{call:?}");
            assert!(!ended.stderr.contains("taken off"), "{}", ended.stderr);
            let said = "came without an ack header and could not be acked";
            assert_eq!(ended.stderr.contains(said), call[0] != "sub", "{call:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_queue_is_not_called_empty_before_all_of_it_was_looked_at() {
    let (subscribed, begun) = std::sync::mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        subscribed.send(()).unwrap();
        talk.receipt(&subscribe);
        talk.confirm_all();
    });
    let folder = tempfile::tempdir().unwrap();
    let call = ["-s", &peer.url(), "dump", "--take", "--idle", "60", "-o", "out", "/queue/a"];
    let dump = Stomp::new(call).folder(folder.path()).start();
    begun.recv().unwrap();
    dump.signal(Signal::TERM);
    let said = "dumped 0 messages of /queue/a; not all of it was looked at\n";
    dump.finish().code(143).stderr_has(&[said]);
}

#[test]
fn a_queue_is_not_called_empty_while_its_broker_cannot_be_reached() {
    let calls: [&[&str]; 2] = [&["drain", "/queue/a"], &["move", "/queue/a", "/queue/b"]];
    for call in calls {
        let (sender, came) = std::sync::mpsc::channel();
        let peer = Peer::start(move |mut talk, number| {
            if number == 1 {
                // Longer than --idle.
                std::thread::sleep(std::time::Duration::from_millis(600));
            }
            talk.login();
            let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
            talk.receipt(&subscribe);
            if number == 1 {
                deliver(&mut talk, 1..=1);
                sender.send(talk.confirm_all().iter().any(|came| came.verb == "ACK")).unwrap();
            }
        });
        let call =
            Stomp::new(["--reconnect", "--reconnect-delay", "0.001,0.01", "-s", &peer.url()]).args(call);
        call.args(["--idle", "0.3"]).run().code(0);
        assert!(came.recv().unwrap());
    }
}
