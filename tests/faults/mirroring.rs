//! `mirror` and `move` while connections are reset: nothing is lost, and what came twice is said.

use std::collections::BTreeSet;

use rustix::process::Signal;

use crate::embedded::Embedded;
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
    println!("{MESSAGES} messages, {resets:?} resets, {} there twice", count - MESSAGES);
    mirrored.stderr_has(&["mirrored ", "trying again"]);
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
