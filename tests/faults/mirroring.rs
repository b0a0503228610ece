//! `mirror` and `move` while connections are reset: nothing is lost, and what came twice is said.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::sending::lines;
use crate::stomp::Stomp;

const MESSAGES: usize = 20_000;
const RESETS: usize = 15;

/// Resets the first connections somewhere in what comes through them, and with `both` in what goes.
fn harsh(broker: &Embedded, seed: u64, both: bool) -> Proxy {
    Proxy::start(broker.port(), seed, move |number, rng| match (number < RESETS, both && rng.bool()) {
        (false, _) => Plan::default(),
        (true, true) => Plan::up(Way::harm(rng.u64(100..60_000), Harm::Reset)),
        (true, false) => Plan::down(Way::harm(rng.u64(180..150_000), Harm::Reset)),
    })
}

/// All that is in a queue, each once, and how many there are in all.
fn drained(broker: &Embedded, queue: &str) -> (BTreeSet<usize>, usize) {
    let count = broker.depth(queue);
    let drained =
        Stomp::new(["-q", "-s", &broker.url(), "sub", "-c", &count.to_string(), queue]).run().code(0);
    (drained.lines().iter().map(|line| line.parse().unwrap()).collect(), count)
}

/// How many messages are said to be in the target twice.
fn said_twice(stderr: &str) -> usize {
    let Some((_, said)) = stderr.split_once("; up to ") else { return 0 };
    said.split_once(" may be in the target twice").unwrap().0.parse().unwrap()
}

fn filled() -> Embedded {
    let broker = Embedded::start();
    Stomp::new(["-s", &broker.url(), "send", "-l", "/queue/a"]).input(lines(MESSAGES)).run().done("");
    broker
}

#[test]
fn a_mirror_whose_connections_are_reset_on_both_sides_loses_nothing() {
    let (source, target) = (filled(), Embedded::start());
    let (here, there) = (harsh(&source, 11, false), harsh(&target, 12, true));
    let words = ["mirror", "/queue/a", "/queue/b", "--to", &there.url(), "--idle", "3"];
    let mirror =
        Stomp::new(["-s", &here.url(), "--reconnect", "--reconnect-delay", "0.001,0.01"]).args(words);
    let mirrored = mirror.run().code(0).stdout("");
    let (all, count) = drained(&target, "/queue/b");
    assert!(all.iter().copied().eq(1..=MESSAGES), "{} of {MESSAGES} are there", all.len());
    assert_eq!(source.depth("/queue/a"), 0);
    let resets =
        [here.ended(), there.ended()].map(|tapes| tapes.iter().filter(|tape| tape.harm.is_some()).count());
    assert!(resets.iter().all(|resets| *resets >= 5), "{resets:?} resets");
    let (twice, said) = (count - MESSAGES, said_twice(&mirrored.stderr));
    println!("{MESSAGES} messages, {resets:?} resets, {twice} there twice, up to {said} were said to be");
    assert!(twice <= said, "{twice} are there twice, {said} were said to be");
    mirrored.stderr_has(&["mirrored ", "trying again"]);
}

/// Three messages of a queue whose broker is lost after the ack for them, and gives them again over the next connection.
/// `processed`: it has confirmed the ack before.
fn forgetful(processed: bool) -> Peer {
    Peer::start(move |mut talk, number| {
        talk.login();
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&came);
        if number == 0 || !processed {
            for n in 1..=3 {
                talk.say(&format!(
                    "MESSAGE\nsubscription:1\nmessage-id:{n}\nack:{n}\ndestination:/queue/a\n\n{n}^"
                ));
            }
        }
        while let Some(came) = talk.hear() {
            let acks = number == 0 && came.verb == "ACK";
            if processed || !acks {
                talk.receipt(&came);
            }
            if acks && came.header("id") == "3" {
                return;
            }
        }
    })
}

#[test]
fn messages_whose_ack_was_lost_are_said_to_be_there_twice() {
    for (processed, count) in [(false, 6), (true, 3)] {
        let (source, target) = (forgetful(processed), Embedded::start());
        let words = ["mirror", "/queue/a", "/queue/b", "--to", &target.url(), "--idle", "0.5"];
        let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
        let mirrored = Stomp::new(["-s", &source.url()]).args(again).args(words).run().code(0);
        assert_eq!(target.depth("/queue/b"), count);
        let said = format!("mirrored {count} messages from /queue/a to /queue/b at {}", target.url());
        let mirrored = mirrored.stderr_has(&[&said]);
        assert_eq!(said_twice(&mirrored.stderr), count - 3, "{}", mirrored.stderr);
    }
}

#[test]
fn a_move_without_transactions_says_what_may_be_there_twice() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&came);
        talk.say("MESSAGE\nsubscription:1\nmessage-id:m\nack:m\ndestination:/queue/a\n\none^");
        let came = talk.hear().unwrap();
        assert_eq!((came.verb.as_str(), came.has("transaction")), ("SEND", false));
        if number > 0 {
            talk.receipt(&came);
            // It is sent once more because it was delivered once more, and not by itself.
            let rest: Vec<_> = talk.confirm_all().into_iter().map(|came| came.verb).collect();
            assert_eq!(rest, ["ACK", "DISCONNECT"]);
        }
    });
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let words = ["move", "/queue/a", "/queue/b", "--idle", "0.5"];
    let moved = Stomp::new(["-s", &peer.url()]).args(again).args(words).run().code(0);
    let moved =
        moved.stderr_has(&["moved 1 message from /queue/a to /queue/b; up to 1 may be in the target twice"]);
    assert!(!moved.stderr.contains("not known"), "{}", moved.stderr);
}

#[test]
fn a_move_whose_connection_is_reset_loses_and_doubles_nothing() {
    let broker = filled();
    let proxy = harsh(&broker, 13, true);
    let words = ["move", "/queue/a", "/queue/b", "--idle", "3"];
    let moving =
        Stomp::new(["-s", &proxy.url(), "--reconnect", "--reconnect-delay", "0.001,0.01"]).args(words);
    moving.run().code(0).stdout("").stderr_has(&["moved "]);
    // The broker puts both sides into one transaction.
    let (all, count) = drained(&broker, "/queue/b");
    assert!(all.iter().copied().eq(1..=MESSAGES), "{} of {MESSAGES} are there", all.len());
    assert_eq!((count, broker.depth("/queue/a")), (MESSAGES, 0));
}

/// Large messages, each of one digit, behind small ones.
fn filled_with_large() -> Embedded {
    let broker = Embedded::start();
    for digit in 0..10_u8 {
        let send = |body: Vec<u8>| {
            Stomp::new(["-s", &broker.url(), "send", "/queue/a"]).input(body).run().done("");
        };
        send(vec![b'a' + digit; 10]);
        send(vec![b'0' + digit; (1 << 20) + 1 + usize::from(digit)]);
    }
    broker
}

/// What is in a queue: of each message its first byte and its length.
fn drained_bodies(broker: &Embedded, queue: &str) -> Vec<(u8, usize)> {
    let count = broker.depth(queue).to_string();
    let drained = Stomp::new(["-q", "-s", &broker.url(), "sub", "-c", &count, queue]).run().code(0);
    drained
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|body| Some((*body.first()?, body.len())))
        .collect()
}

fn small_and_large() -> Vec<(u8, usize)> {
    (0..10_u8).flat_map(|d| [(b'a' + d, 10), (b'0' + d, (1 << 20) + 1 + usize::from(d))]).collect()
}

#[test]
fn a_move_of_large_messages_whose_connection_is_reset_loses_and_doubles_nothing() {
    let broker = filled_with_large();
    let proxy = Proxy::start(broker.port(), 17, |number, rng| match (number < 6, rng.bool()) {
        (false, _) => Plan::default(),
        (true, true) => Plan::up(Way::harm(rng.u64(100..4_000_000), Harm::Reset)),
        (true, false) => Plan::down(Way::harm(rng.u64(180..9_000_000), Harm::Reset)),
    });
    let words = ["move", "/queue/a", "/queue/b", "--idle", "3"];
    let moving =
        Stomp::new(["-s", &proxy.url(), "--reconnect", "--reconnect-delay", "0.001,0.01"]).args(words);
    moving.run().code(0).stdout("").stderr_has(&["moved ", "trying again"]);
    let mut there = drained_bodies(&broker, "/queue/b");
    there.sort_unstable();
    let mut all = small_and_large();
    all.sort_unstable();
    assert_eq!((there, broker.depth("/queue/a")), (all, 0));
}

#[test]
fn a_mirror_of_large_messages_whose_target_is_reset_loses_nothing() {
    let (source, target) = (filled_with_large(), Embedded::start());
    let proxy = Proxy::start(target.port(), 18, |number, rng| {
        if number < 4 { Plan::up(Way::harm(rng.u64(100..4_000_000), Harm::Reset)) } else { Plan::default() }
    });
    let words = ["mirror", "/queue/a", "/queue/b", "--to", &proxy.url(), "--idle", "3"];
    let mirror =
        Stomp::new(["-s", &source.url(), "--reconnect", "--reconnect-delay", "0.001,0.01"]).args(words);
    mirror.run().code(0).stdout("").stderr_has(&["mirrored ", "trying again"]);
    let there: BTreeSet<_> = drained_bodies(&target, "/queue/b").into_iter().collect();
    assert_eq!(there, small_and_large().into_iter().collect());
    assert_eq!(source.depth("/queue/a"), 0);
}

#[test]
fn a_move_counts_what_was_committed_before_an_error_and_nothing_else() {
    let committed = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&committed);
    let peer = Peer::start(move |mut talk, _| {
        talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        assert_eq!(came.header("prefetch-count"), "2000");
        talk.receipt(&came);
        let messages: Vec<String> = (1..=2_500)
            .map(|n| {
                format!("MESSAGE\nsubscription:1\nmessage-id:m{n}\nack:{n}\ndestination:/queue/a\n\n{n}^")
            })
            .collect();
        talk.say(&messages.concat());
        let mut sent = 0;
        let mut acks = Vec::new();
        let (mut commits, mut sends) = (0, Vec::new());
        while commits < 2 {
            let came = talk.hear().unwrap();
            match came.verb.as_str() {
                "BEGIN" => assert!(!came.has("receipt")),
                "SEND" => {
                    sent += 1;
                    assert!(came.has("transaction"));
                    assert_eq!(came.body(), sent.to_string().as_bytes());
                    sends.push(came);
                }
                "ACK" => {
                    assert!(came.has("transaction"));
                    talk.receipt(&came);
                    acks.push(came.header("id").parse::<usize>().unwrap());
                }
                "COMMIT" if commits == 0 => {
                    commits += 1;
                    // All of the transaction is acked in it, by one ACK for each read.
                    assert_eq!((acks.last(), sent <= 1_000), (Some(&sent), true));
                    counted.store(sent, Ordering::SeqCst);
                    talk.receipt(&came);
                    for send in sends.drain(..) {
                        talk.receipt(&send);
                    }
                }
                "COMMIT" => {
                    commits += 1;
                    talk.say("ERROR\nmessage:no room\n\n^");
                }
                other => panic!("a {other}"),
            }
        }
    });
    let moved = Stomp::new(["-s", &peer.url(), "move", "/queue/a", "/queue/b"]).run().code(5).stdout("");
    // RabbitMQ may have carried out a part of the second one.
    let committed = committed.load(Ordering::SeqCst);
    let said = format!("moved {committed} messages from /queue/a to /queue/b; of ");
    moved.stderr_has(&[&said, "no room"]);
}

#[test]
fn a_mirror_whose_target_is_gone_leaves_the_rest_where_it_was() {
    let (source, target) = (filled(), Embedded::start());
    let proxy = Proxy::start(target.port(), 14, |_, _| Plan::up(Way::harm(300_000, Harm::Reset)));
    let mirror = Stomp::new(["-s", &source.url(), "mirror", "/queue/a", "--to", &proxy.url()]);
    let ended = mirror.run().stdout("");
    assert!(matches!(ended.code, Some(3 | 6)), "{:?}\n{}", ended.code, ended.stderr);
    ended.stderr_has(&["the target", "mirrored "]);
    let (there, _) = drained(&target, "/queue/a");
    let (here, _) = drained(&source, "/queue/a");
    assert!(!there.is_empty() && !here.is_empty());
    assert_eq!(there.union(&here).count(), MESSAGES);
}

#[test]
fn a_signal_in_the_middle_of_a_move_leaves_each_message_in_one_queue() {
    let broker = filled();
    // Slow enough for a signal to come in the middle.
    let proxy =
        Proxy::start(broker.port(), 15, |_, _| Plan::up(Way { rate: Some(400_000), ..Way::default() }));
    let moving = Stomp::new(["-s", &proxy.url(), "move", "/queue/a", "/queue/b"]).start();
    proxy.wait("a COMMIT", |tapes| {
        tapes.first().filter(|tape| crate::tape::count(&tape.up, "COMMIT") > 1).map(|_| ())
    });
    moving.signal(Signal::INT);
    let ended = moving.finish().code(130).stdout("").stderr_has(&["moved "]);
    let (there, count) = drained(&broker, "/queue/b");
    let (here, left) = drained(&broker, "/queue/a");
    assert_eq!((count + left, there.union(&here).count()), (MESSAGES, MESSAGES));
    assert!(left > 0, "the signal came too late");
    let known = ended.stderr.contains(&format!("moved {count} messages"));
    assert!(known || ended.stderr.contains("not known"), "{count} are there: {}", ended.stderr);
}
