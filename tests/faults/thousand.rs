//! Forced reconnects by the hundred while messages are confirmed: none is lost, none is unknown that
//! was not reported. The judge is what the recording proxy passed on, and what the broker then holds.
//!
//! STOMP_TEST_RECONNECTS is the number of resets, a hundred where it is not set; 1,000 messages come
//! with each.

use std::collections::HashMap;

use stomp_shell::client::{Client, ClientOptions, Event, Reconnect, Target};
use stomp_shell::session::{Chunk, Confirm, SendHead};
use stomp_shell::transport::parse_list;

use crate::embedded::Embedded;
use crate::proxy::{Harm, Plan, Proxy, Tape, Way};
use crate::sending::{lines, sent_again};
use crate::stomp::Stomp;
use crate::tape::frames;

/// Messages for each reset.
const EACH: usize = 1_000;

fn resets() -> usize {
    std::env::var("STOMP_TEST_RECONNECTS").map_or(100, |count| count.parse().unwrap())
}

/// What the proxy says of the messages, which are their own numbers from 1.
#[derive(Debug, Default)]
struct Judge {
    /// For each message, how often it was passed on to the broker.
    sent: Vec<u32>,
    /// For each message, whether its receipt was passed on to the client.
    confirmed: Vec<bool>,
    /// Resets by the proxy, and those of them that fell while messages were unconfirmed.
    resets: usize,
    under_way: usize,
    /// SENDs that were passed on, in part at least, without their receipt.
    unanswered: usize,
}

impl Judge {
    fn hear(tapes: &[Tape], messages: usize) -> Self {
        let mut judge =
            Self { sent: vec![0; messages + 1], confirmed: vec![false; messages + 1], ..Self::default() };
        for tape in tapes {
            let mut open = HashMap::new();
            for seen in frames(&tape.up).filter(|seen| seen.verb == "SEND") {
                let number: usize = std::str::from_utf8(seen.body).unwrap().parse().unwrap();
                judge.sent[number] += 1;
                open.insert(seen.header("receipt").unwrap(), number);
            }
            for seen in frames(&tape.down).filter(|seen| seen.verb == "RECEIPT") {
                // The others are those of SUBSCRIBE and DISCONNECT.
                if let Some(number) = open.remove(seen.header("receipt-id").unwrap()) {
                    judge.confirmed[number] = true;
                }
            }
            let unanswered = open.len() + usize::from(frames(&tape.up).rest() > 0);
            if tape.harm == Some(Harm::Reset) {
                judge.resets += 1;
                judge.under_way += usize::from(unanswered > 0);
                judge.unanswered += unanswered;
            }
        }
        judge
    }

    /// What holds in every case. `there`: how often the broker has each message.
    #[track_caller]
    fn all_is_well(&self, resets: usize, resent: u64, perhaps_twice: u64, there: &[u32]) {
        // Each further time counted.
        let twice = |times: &[u32]| times[1..].iter().map(|times| u64::from(*times) - 1).sum::<u64>();
        assert!(there[1..].iter().all(|times| *times >= 1), "the broker does not have them all");
        assert!(self.confirmed[1..].iter().all(|confirmed| *confirmed), "a message was never confirmed");
        assert!(self.resets >= resets * 95 / 100, "only {} resets", self.resets);
        let under_way = self.under_way * 100 / self.resets;
        assert!(under_way >= 90, "only {under_way} % of the resets fell while messages were unconfirmed");
        // What reached the proxy twice was said to; what was said to may have been lost before it.
        let (came, has) = (twice(&self.sent), twice(there));
        assert!(came <= perhaps_twice, "{came} came twice, of {perhaps_twice} it was said");
        assert!(has <= came, "the broker has {has} twice, and got only {came} twice");
        assert!(perhaps_twice <= resent && resent <= (self.resets * EACH) as u64);
        println!(
            "{} messages, {} resets, {} of them with messages unconfirmed ({} in all); \
             sent again {resent}, perhaps twice {perhaps_twice}, came twice {came}, there twice {has}",
            self.confirmed.len() - 1,
            self.resets,
            self.under_way,
            self.unanswered,
        );
    }
}

/// A proxy that resets a connection somewhere in the next thousand messages, in either direction.
fn harsh(broker: &Embedded, seed: u64, resets: usize) -> Proxy {
    Proxy::start(broker.port(), seed, move |number, rng| {
        if number >= resets {
            return Plan::default();
        }
        // A SEND has some 70 bytes, a RECEIPT some 30; on average a thousand of them pass.
        if rng.bool() {
            Plan::up(Way::harm(rng.u64(100..140_000), Harm::Reset))
        } else {
            Plan::down(Way::harm(rng.u64(180..60_000), Harm::Reset))
        }
    })
}

/// Takes all messages from the broker, and says for each how often it was there.
fn drain(broker: &Embedded, messages: usize) -> Vec<u32> {
    let waiting = broker.depth("/queue/all").to_string();
    let drained = Stomp::new(["-q", "-s", &broker.url(), "sub", "-c", &waiting, "/queue/all"]).run().code(0);
    let mut there = vec![0; messages + 1];
    for line in drained.lines() {
        there[line.parse::<usize>().unwrap()] += 1;
    }
    there
}

#[test]
fn forced_reconnects_lose_no_confirmed_message_of_the_program() {
    let resets = resets();
    let messages = resets * EACH;
    let broker = Embedded::start();
    let proxy = harsh(&broker, 1, resets);
    let url = proxy.url();
    let sent = Stomp::new([
        "-s",
        &url,
        "--reconnect",
        "--reconnect-delay",
        "0.001,0.01",
        "send",
        "-l",
        "/queue/all",
    ])
    .input(lines(messages))
    .run()
    .code(0);
    let judge = Judge::hear(&proxy.ended(), messages);
    let (resent, perhaps_twice) = sent_again(&sent.stderr);
    judge.all_is_well(resets, resent, perhaps_twice, &drain(&broker, messages));
    // Each loss and each new connection was told.
    assert_eq!(sent.stderr.matches("connected again").count(), judge.resets);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forced_reconnects_lose_no_confirmed_message_of_the_library() {
    let resets = resets() / 2;
    let messages = resets * EACH;
    let broker = tokio::task::spawn_blocking(Embedded::start).await.unwrap();
    let proxy = harsh(&broker, 2, resets);
    let mut options = ClientOptions::new(Target::Remote(parse_list(&proxy.url()).unwrap()));
    let second = std::time::Duration::from_secs(1);
    options.reconnect = Some(Reconnect { min: second / 1_000, max: second / 100, resend: true });
    let (client, mut events) = Client::connect(options).await.unwrap();
    let counting = tokio::spawn(async move {
        let (mut lost, mut connected) = (0, 0);
        while let Some(event) = events.recv().await {
            lost += usize::from(matches!(event, Event::Lost { again: true, .. }));
            connected += usize::from(matches!(event, Event::Connected(_)));
        }
        (lost, connected)
    });
    let headers = [("destination", "/queue/all")].into();
    let sender = client.bulk(SendHead { headers, text: false }, Confirm::All, true);
    let chunks = sender.chunks();
    let feeding = tokio::spawn(async move {
        for first in (1..=messages).step_by(500) {
            let mut data = Vec::new();
            let ranges = (first..(first + 500).min(messages + 1)).map(|number| {
                let start = u32::try_from(data.len()).unwrap();
                data.extend_from_slice(number.to_string().as_bytes());
                start..u32::try_from(data.len()).unwrap()
            });
            let ranges: Vec<_> = ranges.collect();
            let last = first + 500 > messages;
            chunks.send((Chunk::Bodies(data.into(), ranges), last)).await.unwrap();
        }
    });
    let report = sender.report().await;
    feeding.await.unwrap();
    assert_eq!((report.confirmed, report.unknown, report.not_sent), (messages as u64, 0, 0), "{report:?}");
    assert_eq!((report.failure, report.first_unconfirmed), (None, None));
    let _ = client.disconnect().await;
    let (lost, connected) = counting.await.unwrap();
    let judge = Judge::hear(&proxy.ended(), messages);
    assert_eq!((lost, connected), (judge.resets, judge.resets));
    tokio::task::spawn_blocking(move || {
        judge.all_is_well(resets, report.resent, report.perhaps_twice, &drain(&broker, messages));
        drop((proxy, broker));
    })
    .await
    .unwrap();
}

#[test]
fn forced_reconnects_over_websocket_lose_nothing() {
    const RESETS: usize = 20;
    let broker = Embedded::start();
    // The handshake comes first; its bytes and the masks are no frames that a judge could read.
    let proxy = Proxy::start(broker.port(), 3, |number, rng| match number {
        0..RESETS => Plan::up(Way::harm(rng.u64(400..40_000), Harm::Reset)),
        _ => Plan::default(),
    });
    let messages = RESETS * 300;
    let url = format!("ws://127.0.0.1:{}/", proxy.port());
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sent =
        Stomp::new(["-s", &url, "send", "-l", "/queue/all"]).args(again).input(lines(messages)).run().code(0);
    let tapes = proxy.ended();
    let resets = tapes.iter().filter(|tape| tape.harm == Some(Harm::Reset)).count();
    assert!(resets >= RESETS / 2, "only {resets} resets: {}", sent.stderr);
    let there = drain(&broker, messages);
    assert!(there[1..].iter().all(|times| *times >= 1), "the broker does not have them all");
}
