//! Receives messages: measures their latency, counts duplicates, and acknowledges them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::watch;

use super::stamp::Stamp;
use super::tally::DeliveryTally;
use crate::client::{Client, ClientError, Delivery, Events, Messages};
use crate::session::AckMode;

/// Latencies in nanoseconds, to three significant digits.
pub(super) type Latencies = Histogram<u64>;

/// The longest latency that the histogram can hold: an hour in nanoseconds.
const MAX_LATENCY: u64 = 3_600_000_000_000;

pub(super) fn latencies() -> Result<Latencies, hdrhistogram::CreationError> {
    Histogram::new_with_bounds(1_000, MAX_LATENCY, 3)
}

/// Totals of all consumers, which decide when a run is complete.
#[derive(Debug, Default)]
pub(super) struct ReceivedCounts {
    pub(super) distinct: AtomicU64,
    /// Duplicates included.
    pub(super) all: AtomicU64,
}

pub(super) struct Consumer {
    pub(super) client: Client,
    pub(super) ack: AckMode,
    pub(super) run: u32,
    pub(super) begun: Instant,
    pub(super) received: Arc<ReceivedCounts>,
}

pub(super) struct ConsumerResult {
    pub(super) tally: DeliveryTally,
    pub(super) latencies: Latencies,
    /// The number of messages that were acknowledged.
    pub(super) acked: u64,
    /// Whether the broker confirmed that it has read the acknowledgements.
    pub(super) acks_confirmed: bool,
    /// Messages of another run or another program.
    pub(super) foreign: u64,
    /// When the last message was received, measured from the start of the run.
    pub(super) last_received: Option<Duration>,
    pub(super) failure: Option<ClientError>,
}

impl Consumer {
    /// Receives messages until `stop` is set, a message of another run is received, or the connection fails.
    pub(super) async fn run(
        self,
        events: Events,
        latencies: Latencies,
        mut stop: watch::Receiver<bool>,
    ) -> ConsumerResult {
        let mut result = ConsumerResult {
            tally: DeliveryTally::default(),
            latencies,
            acked: 0,
            acks_confirmed: false,
            foreign: 0,
            last_received: None,
            failure: None,
        };
        let mut messages = Messages::new(events).across_losses(|_| ());
        while result.foreign == 0 {
            let delivery = tokio::select! {
                biased;
                delivery = messages.next() => delivery,
                () = stop_requested(&mut stop) => break,
            };
            match delivery {
                Ok(delivery) => self.handle(delivery, &mut result),
                Err(error) => {
                    result.failure = Some(error);
                    break;
                }
            }
        }
        drop(messages);
        // The broker answers DISCONNECT after it has read the acknowledgements before it.
        result.acks_confirmed = matches!(self.client.disconnect().await, Ok(true));
        result
    }

    fn handle(&self, delivery: Delivery, result: &mut ConsumerResult) {
        let now = self.begun.elapsed();
        let mut acks: Vec<u32> = Vec::new();
        let (mut distinct, mut all) = (0, 0);
        for (index, frame) in delivery.messages() {
            let Some(stamp) = Stamp::read(frame.body()).filter(|stamp| stamp.run == self.run) else {
                // It is not acknowledged, so that the broker requeues it; `run` ends after this delivery.
                result.foreign += 1;
                continue;
            };
            all += 1;
            distinct += u64::from(result.tally.add(stamp.producer, stamp.number));
            let latency = u64::try_from(now.saturating_sub(stamp.due).as_nanos()).unwrap_or(MAX_LATENCY);
            result.latencies.saturating_record(latency);
            if self.ack != AckMode::Auto {
                acks.push(index);
            }
        }
        if all > 0 {
            result.last_received = Some(now);
            self.received.distinct.fetch_add(distinct, Ordering::Relaxed);
            self.received.all.fetch_add(all, Ordering::Relaxed);
        }
        if result.foreign > 0 && self.ack == AckMode::Client {
            // A cumulative ACK of a later message would consume it.
            acks.clear();
        }
        result.acked += acks.len() as u64;
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
