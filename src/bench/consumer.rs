//! Receives messages: measures their latency, counts duplicates, and acknowledges them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::watch;

use super::stamp::Stamp;
use super::tally::Tally;
use crate::client::{Client, ClientError, Delivery, Events, Messages};
use crate::session::AckMode;

/// Latencies in nanoseconds, to three digits.
pub(super) type Latencies = Histogram<u64>;

/// The longest latency that the histogram can hold: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// An empty histogram.
pub(super) fn latencies() -> Result<Latencies, hdrhistogram::CreationError> {
    Histogram::new_with_bounds(1_000, LONGEST, 3)
}

/// Totals of all consumers, which decide when a run is complete.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Messages without duplicates.
    pub(super) new: AtomicU64,
    /// All messages, duplicates included.
    pub(super) all: AtomicU64,
}

pub(super) struct Consumer {
    pub(super) client: Client,
    pub(super) ack: AckMode,
    pub(super) run: u32,
    pub(super) begun: Instant,
    pub(super) arrivals: Arc<Arrivals>,
}

/// The result of one consumer.
pub(super) struct Seen {
    pub(super) tally: Tally,
    pub(super) latencies: Latencies,
    /// Messages that were acknowledged; `proven` if the broker confirmed that it has read the
    /// acknowledgements.
    pub(super) acked: u64,
    pub(super) proven: bool,
    /// Messages of another run or another program.
    pub(super) foreign: u64,
    /// When the last message came, measured from the start of the run.
    pub(super) last: Option<Duration>,
    pub(super) failure: Option<ClientError>,
}

impl Consumer {
    /// Receives messages until `stop` is set, a message of another run comes, or the connection fails.
    pub(super) async fn run(
        self,
        events: Events,
        latencies: Latencies,
        mut stop: watch::Receiver<bool>,
    ) -> Seen {
        let mut seen = Seen {
            tally: Tally::default(),
            latencies,
            acked: 0,
            proven: false,
            foreign: 0,
            last: None,
            failure: None,
        };
        let mut messages = Messages::new(events).across_losses(|_| ());
        while seen.foreign == 0 {
            let delivery = tokio::select! {
                biased;
                delivery = messages.next() => delivery,
                () = stop_requested(&mut stop) => break,
            };
            match delivery {
                Ok(delivery) => self.take(delivery, &mut seen),
                Err(error) => {
                    seen.failure = Some(error);
                    break;
                }
            }
        }
        drop(messages);
        // Its receipt proves the acks.
        seen.proven = matches!(self.client.disconnect().await, Ok(true));
        seen
    }

    fn take(&self, delivery: Delivery, seen: &mut Seen) {
        let now = self.begun.elapsed();
        let mut acks: Vec<u32> = Vec::new();
        let (mut new, mut all) = (0, 0);
        for (index, frame) in delivery.messages() {
            let Some(stamp) = Stamp::read(frame.body()).filter(|stamp| stamp.run == self.run) else {
                // It goes back to where it was, where acks are ours to give; and it is the end.
                seen.foreign += 1;
                continue;
            };
            all += 1;
            new += u64::from(seen.tally.see(stamp.producer, stamp.number));
            let latency = u64::try_from(now.saturating_sub(stamp.due).as_nanos()).unwrap_or(LONGEST);
            seen.latencies.saturating_record(latency);
            if self.ack != AckMode::Auto {
                acks.push(index);
            }
        }
        if all > 0 {
            seen.last = Some(now);
            self.arrivals.new.fetch_add(new, Ordering::Relaxed);
            self.arrivals.all.fetch_add(all, Ordering::Relaxed);
        }
        if seen.foreign > 0 && self.ack == AckMode::Client {
            // An ack for what comes behind it would take it.
            acks.clear();
        }
        seen.acked += acks.len() as u64;
        let Delivery { batch, version, connection, .. } = delivery;
        let acks = self.ack.to_ack(version, &batch, acks.into_iter(), 1);
        if !acks.is_empty() {
            self.client.ack_frames(batch, acks, connection);
        }
    }
}

/// Waits until `stop` is set, or its sender is dropped.
pub(super) async fn stop_requested(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
