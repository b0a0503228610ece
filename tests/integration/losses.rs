//! Connections that are reset in the middle of many messages, by the proxy of the tests of faults: exact figures, and
//! with `--reconnect` nothing lost and nothing twice of which it was not said.

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{On, sequence};
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::support::stomp::Finished;
use crate::tape::count;

/// Messages of a run.
const ALL: u32 = 3_000;

pub fn cases() -> Vec<Case> {
    let needs = [Need::Queues, Need::Acks, Need::Tcp];
    vec![
        case!(a_loss_in_the_middle_leaves_the_figures_of_what_came_through).needs(&needs),
        case!(losses_in_the_middle_are_made_good_with_reconnect).needs(&needs),
    ]
}

/// The broker's URL by way of this proxy, and the proxy.
fn by_way_of(
    on: &On,
    plan: impl FnMut(usize, &mut fastrand::Rng) -> Plan + Send + 'static,
) -> (String, Proxy) {
    let address = on.url.rsplit(['/', '@']).find(|part| part.contains(':')).unwrap();
    let proxy = Proxy::start(address.rsplit(':').next().unwrap().parse().unwrap(), 11, plan);
    (on.url.replace(address, &format!("127.0.0.1:{}", proxy.port())), proxy)
}

/// Takes all messages off the queue; how often each number was there.
fn there(on: &On, queue: &str) -> Vec<u32> {
    let drained = on.stomp(["-q", "sub", queue, "--idle", "2"]).run().code(0);
    let mut there = vec![0; ALL as usize + 1];
    for line in drained.lines() {
        there[line.parse::<usize>().unwrap()] += 1;
    }
    there
}

/// The numbers in the first line that begins so.
fn numbers(ended: &Finished, begins: &str) -> Vec<u32> {
    let line = ended.stderr.lines().find(|line| line.starts_with(begins));
    let line = line.unwrap_or_else(|| panic!("no '{begins}' in {}", ended.stderr));
    line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
}

fn a_loss_in_the_middle_leaves_the_figures_of_what_came_through(on: &On) {
    let queue = on.queue();
    let (url, proxy) = by_way_of(on, |_, _| Plan::down(Way::harm(20_000, Harm::Close)));
    let sent = on.program(["-s", &url, "send", "-l", &queue.name]).input(sequence(1..=ALL)).run().code(6);
    // A broker may have refused the first choice of a virtual host.
    let tape = proxy.ended().pop().unwrap();
    let figures = numbers(&sent, "confirmed ");
    // The last receipt may have been cut off: then it counts for nothing.
    assert_eq!(figures[0] as usize, count(&tape.down, "RECEIPT"), "{figures:?}");
    assert!(figures[1] > 0 && figures.iter().sum::<u32>() <= ALL, "{figures:?}");
    let first = numbers(&sent, "the first line that is not confirmed: ")[0];
    let there = there(on, &queue.name);
    // What was called confirmed is there, and nothing is there that was called unsent.
    let wrong: Vec<_> =
        (1..first as usize).filter(|number| there[*number] != 1).map(|at| (at, there[at])).collect();
    assert!(wrong.is_empty(), "{figures:?}: not there once: {wrong:?}");
    assert!(there.iter().sum::<u32>() <= figures[0] + figures[1], "{figures:?}");
    assert!(there.iter().sum::<u32>() >= figures[0], "{figures:?}");
}

fn losses_in_the_middle_are_made_good_with_reconnect(on: &On) {
    let queue = on.queue();
    let (url, proxy) = by_way_of(on, |number, rng| match number {
        0 | 1 => Plan::down(Way::harm(rng.u64(5_000..30_000), Harm::Reset)),
        2 => Plan::up(Way::harm(rng.u64(5_000..60_000), Harm::Reset)),
        _ => Plan::default(),
    });
    let again = ["--reconnect", "--reconnect-delay", "0.01,0.1"];
    let sent = on
        .program(["-s", &url, "send", "-l", &queue.name])
        .args(again)
        .input(sequence(1..=ALL))
        .run()
        .code(0);
    assert!(proxy.ended().len() >= 3, "{}", sent.stderr);
    let there = there(on, &queue.name);
    let missing = there[1..].iter().filter(|times| **times == 0).count();
    let twice: u32 = there[1..].iter().map(|times| times.saturating_sub(1)).sum();
    let said = numbers(&sent, "sent again after a reconnect: ");
    assert_eq!(missing, 0, "{}", sent.stderr);
    assert!(twice <= *said.last().unwrap(), "{twice} twice: {}", sent.stderr);
}
