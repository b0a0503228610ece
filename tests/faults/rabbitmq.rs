//! What RabbitMQ does otherwise than other brokers, by a peer that says it is one.

use crate::listing::management;
use crate::peer::{Came, Peer, Talk};
use crate::screen::Setting;
use crate::stomp::{Finished, Stomp};

/// Logs in as RabbitMQ.
fn login(talk: &mut Talk) {
    talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
}

/// Sends a subscription two messages.
fn deliver(talk: &mut Talk, subscribe: &Came) {
    let id = subscribe.header("id");
    for number in 1..=2 {
        talk.say(&format!(
            "MESSAGE\nsubscription:{id}\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n\n{number}^"
        ));
    }
}

/// Runs a script on a broker that confirms everything and delivers two messages to each subscription; the frames that
/// came, but for CONNECT and DISCONNECT, each as its verb and those of `headers` that it has.
fn run(script: &str, headers: &'static [&'static str]) -> (Finished, Vec<String>) {
    let (sender, frames) = std::sync::mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        login(&mut talk);
        while let Some(came) = talk.hear() {
            talk.receipt(&came);
            if came.verb == "SUBSCRIBE" {
                deliver(&mut talk, &came);
            }
            let has = headers.iter().filter(|name| came.has(name));
            let shown: Vec<_> = has.map(|name| format!("{name}:{}", came.header(name))).collect();
            let line = [&[came.verb.clone()][..], &shown].concat().join(" ");
            if came.verb == "DISCONNECT" {
                return;
            }
            sender.send(line).unwrap();
        }
    });
    let ended = Stomp::new(["-s", &peer.url()]).input(script).run().code(0);
    drop(peer);
    (ended, frames.into_iter().collect())
}

#[test]
fn settling_and_transactions_take_headers() {
    let script = "sub --ack client-individual /queue/a\nwait 2\nbegin -H a:1 t\nack -H a:2 1\nnack -H a:3 2\n\
        commit -H a:4\nbegin u\nabort -H a:5\n";
    let (_, frames) = run(script, &["a"]);
    assert_eq!(frames, ["SUBSCRIBE", "BEGIN a:1", "ACK a:2", "NACK a:3", "COMMIT a:4", "BEGIN", "ABORT a:5"]);
}

#[test]
fn headers_that_say_what_is_settled_are_refused() {
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        talk.confirm_all();
    });
    for line in ["ack -H id:1", "nack -H subscription:1", "begin -H transaction:t", "commit -H receipt:1"] {
        let refused = Stomp::new(["-s", &peer.url(), "-e", line]).run().code(1);
        refused.stderr_has(&["stomp sets the header '"]);
    }
}

#[test]
fn nack_discard_tells_the_broker_not_to_requeue() {
    let script = "sub --ack client-individual /queue/a\nwait 2\nnack --discard 1\nnack 2\n";
    let (_, frames) = run(script, &["requeue"]);
    assert_eq!(frames, ["SUBSCRIBE", "NACK requeue:false", "NACK"]);
}

#[test]
fn a_broker_that_cannot_discard_by_a_nack_is_not_asked_to() {
    let script = "send /queue/a x\nsub --ack client-individual /queue/a\nwait 1\nnack --discard\n";
    let refused = Stomp::new(["--embedded"]).input(script).run().code(1);
    refused.stderr_has(&["embedded broker has no NACK that discards a message", "hint: 'ack' takes"]);
}

#[test]
fn unsub_says_which_messages_the_broker_keeps_and_requeues_them_on_request() {
    let subscribe = "sub --ack client-individual /queue/a\nwait 2\nack 1\n";
    let (ended, frames) = run(&format!("{subscribe}unsub /queue/a\n"), &[]);
    assert_eq!(frames, ["SUBSCRIBE", "ACK", "UNSUBSCRIBE"]);
    ended.stderr_has(&["RabbitMQ keeps 1 unacknowledged message of '1' for this connection until it ends; 'unsub --give-back'"]);

    let (ended, frames) = run(&format!("{subscribe}unsub --give-back all\n"), &["ack", "id"]);
    let frames: Vec<_> = frames.iter().map(String::as_str).collect();
    let expected =
        ["SUBSCRIBE ack:client-individual id:1", "ACK id:1", "BEGIN", "NACK id:2", "UNSUBSCRIBE id:1"];
    assert_eq!(frames, [&expected[..], &["COMMIT"]].concat());
    ended.stderr("");

    let (ended, frames) = run(&format!("{subscribe}ack 2\nunsub /queue/a\n"), &[]);
    assert_eq!(frames, ["SUBSCRIBE", "ACK", "ACK", "UNSUBSCRIBE"]);
    ended.stderr("");
}

#[test]
fn unsub_asks_at_the_prompt_whether_to_requeue() {
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        for (answer, expected) in
            [("n", &["UNSUBSCRIBE"][..]), ("y", &["BEGIN", "NACK", "NACK", "UNSUBSCRIBE", "COMMIT"])]
        {
            let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
            talk.receipt(&subscribe);
            deliver(&mut talk, &subscribe);
            for verb in expected {
                let came = talk.hear().unwrap();
                assert_eq!(came.verb, *verb, "after '{answer}'");
                talk.receipt(&came);
            }
        }
        talk.confirm_all();
    });
    let mut screen = Setting::new(&["-s", &peer.url()]).start();
    screen.last_row("127.0.0.1>");
    for (asked, answer, said) in [(1, "n", "unsubscribed 1"), (2, "y", "unsubscribed 2; 2 messages requeued")]
    {
        screen.line("sub --ack client-individual /queue/a");
        screen.until("both messages", |rows| {
            (rows.concat().matches("1 byte").count() == 2 * asked).then_some(())
        });
        // The prompt is painted anew.
        screen.line("");
        screen.last_row("127.0.0.1 [2 unacked]>");
        screen.line("unsub all");
        screen.until("the question", |rows| {
            (rows.concat().matches("Requeue? [y/N]").count() == asked).then_some(())
        });
        screen.line(answer);
        screen.shows(said);
        screen.last_row("127.0.0.1>");
    }
}

/// What RabbitMQ answers to a SUBSCRIBE for a queue that does not exist.
const NOT_FOUND: &str = "ERROR\nmessage:not_found\n\nNOT_FOUND - no queue 'a' in vhost '/'^";

/// The commands that read a whole queue.
const READING: [&[&str]; 5] = [
    &["peek", "--give-back", "/queue/a"],
    &["drain", "/queue/a"],
    &["purge", "/queue/a"],
    &["dump", "--take", "/queue/a"],
    &["move", "/queue/a", "/queue/b"],
];

#[test]
fn a_queue_that_does_not_exist_is_not_created_by_reading_it() {
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        assert_eq!(subscribe.header("destination"), "/amq/queue/a");
        talk.say(NOT_FOUND);
        talk.receipt(&subscribe);
    });
    for command in READING {
        let refused = Stomp::new(["-s", &peer.url(), "-q"]).args(command).run().code(5).stdout("");
        refused.stderr_has(&["no queue 'a' in vhost '/'\n", "hint: /queue/a creates the queue", "--create"]);
    }
    assert_eq!(peer.connections(), READING.len());
}

#[test]
fn a_queue_is_created_on_request_and_as_ever_by_other_brokers() {
    for (server, more) in [("RabbitMQ/3.10.8", &["--create"][..]), ("ActiveMQ/5.17.2", &[])] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login_with(&format!("server:{server}\nheart-beat:0,0\n"));
            let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
            assert_eq!(subscribe.header("destination"), "/queue/a");
            talk.receipt(&subscribe);
            talk.confirm_all();
        });
        for command in &READING[1..] {
            let call = Stomp::new(["-s", &peer.url(), "-q"]).args(*command).args(more);
            call.args(["--idle", "0.1"]).run().code(0);
        }
    }
}

#[test]
fn where_only_the_destination_that_creates_is_passed_on_that_is_said() {
    // As Spring's relay with the prefix /queue/ does.
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        while let Some(came) = talk.hear() {
            let passed = came.verb != "SUBSCRIBE" || came.header("destination") == "/queue/a";
            if passed {
                talk.receipt(&came);
            }
            if passed && came.verb == "SUBSCRIBE" {
                deliver(&mut talk, &came);
            }
        }
    });
    let drained = Stomp::new(["-s", &peer.url(), "drain", "/queue/a", "--idle", "0.1"]).run().code(0);
    let said = "warning: /amq/queue/a was not answered, so whether the queue existed is not known; reading /queue/a, \
        which creates it\n";
    drained.stdout("1\n2\n").stderr_has(&[said]);
}

#[test]
fn a_queue_that_was_declared_otherwise_is_named_as_it_can_be_reached() {
    let error = "ERROR\nmessage:precondition_failed\n\nPRECONDITION_FAILED - inequivalent arg 'durable' for queue 'a' \
        in vhost '/': received 'true' but current is 'false'^";
    let peer = Peer::start(move |mut talk, _| {
        login(&mut talk);
        let came = talk.hear().unwrap();
        talk.say(error);
        if came.verb == "SUBSCRIBE" {
            talk.receipt(&came);
        }
    });
    for command in [&["send", "/queue/a", "x"][..], &["sub", "-c", "1", "/queue/a"], &["-e", "sub /queue/a"]]
    {
        let refused = Stomp::new(["-s", &peer.url()]).args(command).run();
        assert_ne!(refused.code, Some(0));
        refused.stderr_has(&["hint: the queue was declared with other properties: use /amq/queue/a\n"]);
    }
}

/// What RabbitMQ answers to a SUBSCRIBE for a private queue whose name another queue has.
const TAKEN: &str = "ERROR\nmessage:resource_locked\n\nRESOURCE_LOCKED - cannot obtain exclusive access to locked queue \
    'b' in vhost '/'. It could be originally declared on another connection^";

/// The commands that send to /amq/queue/b, with `to` after those that need it.
fn writing(url: &str, target: &str, envelopes: &str) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut commands = vec![
        words(&["move", "--idle", "0.1", "/queue/a", target]),
        words(&["mirror", "--idle", "0.1", "/queue/a", target, "--to", url]),
        words(&["restore", "--to", target, envelopes]),
    ];
    // Who sends to a topic knows that it keeps nothing.
    commands.extend((!target.starts_with("/topic/")).then(|| words(&["send", target, "x"])));
    commands
}

/// Runs each of these commands on a broker that confirms everything but a SUBSCRIBE for a private queue, to which it says
/// `answer`, or else gives the receipt.
fn write_to(target: &str, answer: Option<&'static str>, code: i32, said: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("envelopes");
    std::fs::write(&file, "{\"destination\":\"/queue/a\",\"headers\":[],\"body\":\"x\"}\n").unwrap();
    let (sender, frames) = std::sync::mpsc::channel();
    let peer = Peer::start(move |mut talk, _| {
        login(&mut talk);
        while let Some(came) = talk.hear() {
            if came.verb == "SUBSCRIBE" && came.has("exclusive") {
                assert_eq!(came.header("destination"), "/queue/b");
                if let Some(answer) = answer {
                    talk.say(answer);
                    return;
                }
            } else if came.verb == "SUBSCRIBE" || came.verb == "SEND" {
                sender.send(format!("{} {}", came.verb, came.header("destination"))).unwrap();
            }
            talk.receipt(&came);
        }
    });
    for command in writing(&peer.url(), target, file.to_str().unwrap()) {
        Stomp::new(["-s", &peer.url()]).args(&command).run().code(code).stderr_has(said);
    }
    drop(peer);
    frames.into_iter().collect()
}

#[test]
fn messages_are_not_sent_to_a_queue_that_would_drop_them() {
    let said =
        ["no queue /amq/queue/b: RabbitMQ would confirm the messages and drop them\nhint: /queue/b creates"];
    assert!(write_to("/amq/queue/b", None, 5, &said).is_empty());
}

#[test]
fn messages_are_sent_to_a_queue_that_exists_or_perhaps_exists() {
    let read = "SUBSCRIBE /amq/queue/a";
    let expected = [read, read, "SEND /amq/queue/b", "SEND /amq/queue/b"];
    assert_eq!(write_to("/amq/queue/b", Some(TAKEN), 0, &[]), expected);
    let refused =
        "ERROR\nmessage:access_refused\n\nACCESS_REFUSED - access to queue 'b' in vhost '/' refused^";
    let said = ["warning: whether the queue /amq/queue/b exists is not known (", "ACCESS_REFUSED"];
    assert_eq!(write_to("/amq/queue/b", Some(refused), 0, &said), expected);
}

#[test]
fn a_script_warns_of_a_queue_that_may_be_missing() {
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        talk.confirm_all();
    });
    let said = "warning: confirmed, but RabbitMQ drops it if there is no such queue; /queue/b creates it\n";
    for line in ["send /amq/queue/b x", "send -H k:v /amq/queue/b x"] {
        Stomp::new(["-s", &peer.url(), "-e", line]).run().code(0).stderr(said);
    }
}

#[test]
fn a_target_that_stores_nothing_is_warned_of() {
    let said = [
        "warning: /topic/b stores no messages: those that no queue and no subscriber receives are dropped\n",
    ];
    let frames = write_to("/topic/b", None, 0, &said);
    assert_eq!(frames, ["SUBSCRIBE /amq/queue/a", "SUBSCRIBE /amq/queue/a", "SEND /topic/b"]);
}

/// Runs each of these on a RabbitMQ whose management says this of the queue; whether a subscription was asked for.
fn leave_some(queue: &'static str, more: &[&str], code: i32) -> Vec<bool> {
    let url = management(200, queue);
    let leaving: [&[&str]; 6] = [
        &["peek", "--give-back", "/queue/a"],
        &["dump", "--give-back", "/queue/a"],
        &["dump", "--take", "-c", "1", "/queue/a"],
        &["drain", "-c", "1", "/queue/a"],
        &["purge", "--filter", "a=b", "/queue/a"],
        &["move", "-c", "1", "/queue/a", "/queue/b"],
    ];
    let run = |command: &&[&str]| {
        let (sender, subscribed) = std::sync::mpsc::channel();
        let peer = Peer::start(move |mut talk, _| {
            login(&mut talk);
            sender.send(talk.confirm_all().iter().any(|came| came.verb == "SUBSCRIBE")).unwrap();
        });
        let call = ["-s", &peer.url(), "--management", &url];
        let ended = Stomp::new(call).args(more).args(*command).args(["--idle", "0.1"]).run().code(code);
        if code != 0 {
            ended.stderr_has(&[
                "/queue/a is declared auto-delete and has no other subscriber",
                "hint: --yes does it",
            ]);
        }
        subscribed.recv().unwrap()
    };
    leaving.iter().map(run).collect()
}

#[test]
fn messages_are_not_left_in_a_queue_that_is_deleted_with_its_last_subscriber() {
    let alone = r#"{"name":"a","auto_delete":true,"consumers":0}"#;
    assert_eq!(leave_some(alone, &[], 2), [false; 6]);
    assert_eq!(leave_some(alone, &["--yes"], 0), [true; 6]);
    assert_eq!(leave_some(r#"{"name":"a","auto_delete":true,"consumers":1}"#, &[], 0), [true; 6]);
    assert_eq!(leave_some(r#"{"name":"a","auto_delete":false}"#, &[], 0), [true; 6]);
    assert_eq!(leave_some("no JSON", &[], 0), [true; 6]);
}

#[test]
fn a_stream_is_not_taken_for_an_empty_queue() {
    let url = management(200, r#"{"name":"a","arguments":{"x-queue-type":"stream"}}"#);
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        talk.confirm_all();
    });
    for command in [&["drain", "/queue/a"][..], &["move", "/queue/a", "/queue/b"]] {
        let call = ["-s", &peer.url(), "--management", &url];
        let ended = Stomp::new(call).args(command).args(["--idle", "0.1"]).run().code(0);
        ended.stderr_has(&[
            "warning: /queue/a is a stream: nothing is taken off it\n",
            "sub --ack client-individual -H 'x-stream-offset: first' /amq/queue/a\n",
        ]);
    }
}
