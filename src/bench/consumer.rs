//! Takes what comes: how long it was under way, whether it was there before; and acks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::watch;

use super::run::told;
use super::stamp::Stamp;
use super::tally::Tally;
use crate::client::{Client, ClientError, Event, Events};
use crate::protocol::{Batch, Verb, Version};
use crate::session::AckMode;

/// Latencies in nanoseconds, to three digits.
pub(super) type Latencies = Histogram<u64>;

/// The longest latency that is told from longer ones: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// No latencies yet.
pub(super) fn latencies() -> Result<Latencies, hdrhistogram::CreationError> {
    Histogram::new_with_bounds(1_000, LONGEST, 3)
}

/// What all consumers count together, for whoever waits.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Messages that came for the first time.
    pub(super) new: AtomicU64,
    /// Messages that came.
    pub(super) all: AtomicU64,
}

/// A consumer.
pub(super) struct Consumer {
    pub(super) client: Client,
    pub(super) ack: AckMode,
    pub(super) run: u32,
    pub(super) begun: Instant,
    pub(super) arrivals: Arc<Arrivals>,
}

/// What a consumer saw.
pub(super) struct Seen {
    pub(super) tally: Tally,
    pub(super) latencies: Latencies,
    /// Messages that an ack was written for, and whether the broker has read them all.
    pub(super) acked: u64,
    pub(super) proven: bool,
    /// Messages that were not ours.
    pub(super) foreign: u64,
    /// Since the run began.
    pub(super) last: Option<Duration>,
    pub(super) failure: Option<ClientError>,
}

impl Consumer {
    /// Takes what comes until it is told to stop, or something fails.
    pub(super) async fn run(
        self,
        mut events: Events,
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
        loop {
            let event = tokio::select! {
                biased;
                event = events.recv() => event,
                () = told(&mut stop) => break,
            };
            match event {
                Some(Event::Messages { batch, version, connection, .. }) => {
                    self.take(batch, version, connection, &mut seen);
                    if seen.foreign > 0 {
                        break;
                    }
                }
                Some(Event::Error(error)) => {
                    seen.failure = Some(error.refusal().into());
                    break;
                }
                Some(Event::Lost { error, again: false, .. }) => {
                    seen.failure = Some(error);
                    break;
                }
                Some(_) => {}
                None => {
                    seen.failure = Some(ClientError::NotConnected);
                    break;
                }
            }
        }
        drop(events);
        // Its receipt proves the acks.
        seen.proven = matches!(self.client.disconnect().await, Ok(true));
        seen
    }

    fn take(&self, batch: Batch, version: Version, connection: u64, seen: &mut Seen) {
        let now = self.begun.elapsed();
        let mut acks: Vec<u32> = Vec::new();
        let (mut new, mut all) = (0, 0);
        for (index, frame) in (0_u32..).zip(batch.iter()) {
            if frame.verb() != Verb::Message {
                continue;
            }
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
        if self.ack == AckMode::Client && version > Version::V1_0 && acks.len() > 1 {
            acks.drain(..acks.len() - 1);
        }
        if !acks.is_empty() {
            self.client.ack_frames(batch, acks, connection);
        }
    }
}
