//! Connects, starts producers and consumers, waits for the last message, and cleans up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::consumer::{Consumer, ConsumerResult, ReceivedCounts, latencies, stop_requested};
use super::destination::Destination;
use super::plan::{BenchAmount, BenchPlan};
use super::producer::{Producer, ProducerResult};
use super::report::BenchReport;
use super::stamp::Stamp;
use crate::client::{BulkSender, Client, ClientError, ClientOptions, Events, Messages};
use crate::protocol::FrameRef;
use crate::session::{AckMode, Confirm, Subscribe, WINDOW};

/// How long to wait for receipts after a run was stopped.
const RECEIPT_GRACE: Duration = Duration::from_secs(5);

const PROGRESS_INTERVAL: Duration = Duration::from_millis(20);

/// A queue counts as empty after this long without a message.
const EMPTY_AFTER: Duration = Duration::from_secs(1);

/// The same while messages of the run are missing: the broker may be busy.
const MISSING_AFTER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct BenchOutcome {
    /// What was sent and received until the end, even an early one.
    pub report: BenchReport,
    /// The first failure of a connection.
    pub failure: Option<ClientError>,
}

/// Runs a benchmark. `stopped` ends it early, with the report so far. `progress` counts received messages, or
/// confirmed ones if there are no consumers, or seconds if the plan has a duration. `begin` is called once with the
/// broker's name and the destination.
pub(crate) async fn run(
    plan: &BenchPlan,
    options: &ClientOptions,
    stopped: impl Future<Output = ()>,
    progress: &AtomicU64,
    begin: impl FnOnce(&str, &str),
) -> Result<BenchOutcome> {
    let mut options = options.clone();
    // The stamp is read from a whole body, however large.
    options.limits.stream_above = u64::MAX;
    let run = fastrand::u32(..);
    let mut producer_connections = vec![Client::connect(options.clone()).await?];
    options.connect.remove_client_id();
    let status = producer_connections[0].0.status().await?;
    let server = status.connected.as_ref().and_then(|connected| connected.server.clone());
    let broker = server.unwrap_or_else(|| "a broker that does not say its name".to_owned());
    let destination = Destination::new(plan, status.dialect, run);
    let mut consumer_connections = Vec::new();
    for _ in 0..plan.consumers {
        let (client, events) = Client::connect(options.clone()).await?;
        client.subscribe(destination.subscribe.clone()).await?;
        consumer_connections.push((client, events));
    }
    while producer_connections.len() < usize::from(plan.producers) {
        producer_connections.push(Client::connect(options.clone()).await?);
    }
    begin(&broker, &destination.name);

    let begun = Instant::now();
    let (stop, stop_receiver) = watch::channel(false);
    let received = Arc::new(ReceivedCounts::default());
    let mut consumers = JoinSet::new();
    for (client, events) in consumer_connections {
        let received = Arc::clone(&received);
        let consumer = Consumer { client, ack: plan.ack, run, begun, received };
        consumers.spawn(consumer.run(events, latencies()?, stop_receiver.clone()));
    }
    let retain = options.reconnect.is_some_and(|reconnect| reconnect.resend);
    let confirm = if plan.receipts { Confirm::All } else { Confirm::None };
    let mut producers = JoinSet::new();
    let mut confirmed = Vec::new();
    for (number, (client, events)) in (0..plan.producers).zip(producer_connections) {
        let bulk = client.bulk(destination.head.clone(), confirm, retain);
        confirmed.push(bulk.progress());
        let (producer, chunks) = (Producer::new(plan, run, number, begun), bulk.chunks());
        std::thread::spawn(move || producer.run(&chunks));
        producers.spawn(send(client, events, bulk, begun, stop_receiver.clone()));
    }
    let mut bench = BenchRun {
        plan,
        begun,
        copies: destination.copies,
        received: &received,
        confirmed,
        progress,
        consumed: Vec::new(),
    };
    let (produced, stopped_early) = bench.wait(producers, &mut consumers, &stop, stopped).await;
    // Fails if all consumers have ended.
    let _ = stop.send(true);
    while let Some(result) = consumers.join_next().await {
        bench.consumed.extend(result.ok());
    }
    let BenchRun { mut consumed, .. } = bench;
    let failure = produced.iter().find_map(|producer| producer.failure.clone());
    let failure = failure.or_else(|| consumed.iter_mut().find_map(|consumer| consumer.failure.take()));
    let report = BenchReport::of(plan, broker, &destination, &produced, &consumed, stopped_early)?;
    if !destination.is_topic && (stopped_early || plan.consumers == 0 || report.lost() > 0) {
        let left = if plan.consumers == 0 { report.outcomes.confirmed } else { report.lost() };
        // The broker may be unreachable; the report matters more.
        let _ = drain(&destination, run, left, options).await;
    }
    Ok(BenchOutcome { report, failure })
}

struct BenchRun<'a> {
    plan: &'a BenchPlan,
    begun: Instant,
    copies: u64,
    received: &'a ReceivedCounts,
    /// The number of confirmed messages of each producer.
    confirmed: Vec<Arc<AtomicU64>>,
    progress: &'a AtomicU64,
    consumed: Vec<ConsumerResult>,
}

impl BenchRun<'_> {
    /// Waits for the producers, and then for the messages still to be received. Returns the results of the producers,
    /// and whether a failure or `stopped` ended the run early.
    async fn wait(
        &mut self,
        mut producers: JoinSet<ProducerResult>,
        consumers: &mut JoinSet<ConsumerResult>,
        stop: &watch::Sender<bool>,
        stopped: impl Future<Output = ()>,
    ) -> (Vec<ProducerResult>, bool) {
        let mut stopped = std::pin::pin!(stopped);
        let mut progress = tokio::time::interval(PROGRESS_INTERVAL);
        let mut produced: Vec<ProducerResult> = Vec::new();
        let mut stopped_early = false;
        // The number of messages received, and when it last changed.
        let (mut received, mut last_change) = (0, Instant::now());
        loop {
            tokio::select! {
                () = &mut stopped, if !stopped_early => stopped_early = true,
                Some(result) = producers.join_next(), if !producers.is_empty() => {
                    produced.extend(result.ok());
                    last_change = Instant::now();
                    stopped_early |= produced.iter().any(|producer| producer.failure.is_some());
                }
                // A consumer that ends by itself has failed.
                Some(result) = consumers.join_next(), if !consumers.is_empty() => {
                    self.consumed.extend(result.ok());
                    stopped_early = true;
                }
                _ = progress.tick() => {}
            }
            self.update_progress();
            let now = self.received.all.load(Ordering::Relaxed);
            if now != received {
                (received, last_change) = (now, Instant::now());
            }
            if stopped_early {
                // The producers stop sending, and wait a while for their receipts.
                let _ = stop.send(true);
                while let Some(result) = producers.join_next().await {
                    produced.extend(result.ok());
                }
                return (produced, true);
            }
            if producers.is_empty() {
                let sent: u64 =
                    produced.iter().map(|producer| producer.report.confirmed + producer.report.unknown).sum();
                let all = self.received.distinct.load(Ordering::Relaxed) >= sent * self.copies;
                if all || last_change.elapsed() >= self.plan.idle_timeout {
                    return (produced, false);
                }
            }
        }
    }

    fn update_progress(&self) {
        let now = match (self.plan.amount, self.plan.consumers) {
            (BenchAmount::Duration(_), _) => self.begun.elapsed().as_secs(),
            (BenchAmount::Count(_), 0) => {
                self.confirmed.iter().map(|confirmed| confirmed.load(Ordering::Relaxed)).sum()
            }
            (BenchAmount::Count(_), _) => self.received.distinct.load(Ordering::Relaxed) / self.copies.max(1),
        };
        self.progress.store(now, Ordering::Relaxed);
    }
}

/// Waits until the outcome of all messages of a producer is known, or `stop` is set.
async fn send(
    client: Client,
    mut events: Events,
    bulk: BulkSender,
    begun: Instant,
    mut stop: watch::Receiver<bool>,
) -> ProducerResult {
    // Events must be received, or the client stops reading.
    let reader = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let report = bulk.report_until(&client, stop_requested(&mut stop), RECEIPT_GRACE).await;
    let end = begun.elapsed();
    // Without receipts, an ERROR may only be received now.
    let disconnected = client.disconnect().await;
    reader.abort();
    let failure = report.failure.clone().map(ClientError::from).or_else(|| disconnected.err());
    ProducerResult { report, end, failure }
}

/// Consumes the remaining messages of this run, at most `left`; messages of others are not acknowledged, so they are
/// requeued.
async fn drain(destination: &Destination, run: u32, mut left: u64, options: ClientOptions) -> Result<()> {
    let (client, events) = Client::connect(options).await?;
    let subscribe =
        Subscribe { ack: AckMode::ClientIndividual, prefetch: Some(WINDOW), ..destination.subscribe.clone() };
    let mut messages = Messages::new(events);
    messages.during(client.subscribe(subscribe)).await?;
    let patience = |left| if left > 0 { MISSING_AFTER } else { EMPTY_AFTER };
    while let Ok(Ok(delivery)) = tokio::time::timeout(patience(left), messages.next()).await {
        let ours = |frame: FrameRef<'_>| Stamp::read(frame.body()).is_some_and(|stamp| stamp.run == run);
        let frames = delivery.messages().filter(|(_, frame)| ours(*frame));
        let frames: Vec<u32> = frames.map(|(index, _)| index).collect();
        left = left.saturating_sub(frames.len() as u64);
        client.ack_frames(delivery.batch, frames, delivery.connection, false);
    }
    client.disconnect().await?;
    Ok(())
}
