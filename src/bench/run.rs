//! Connects, lets all of it go, waits for the last message, and cleans up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::consumer::{Arrivals, Consumer, Seen, latencies, stop_requested};
use super::destination::Destination;
use super::plan::{Amount, Plan};
use super::producer::{Producer, Sent};
use super::report::Report;
use super::stamp::Stamp;
use crate::client::{BulkSender, Client, ClientError, ClientOptions, Events, Messages};
use crate::protocol::FrameRef;
use crate::session::{AckMode, Confirm, Subscribe, WINDOW};

/// How long to wait for receipts after a signal.
const HURRY: Duration = Duration::from_secs(5);

/// How often the progress is checked.
const LOOK: Duration = Duration::from_millis(20);

/// A queue counts as empty after this long without a message.
const EMPTY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Outcome {
    /// Covers what was sent and received until the end, even an early one.
    pub report: Report,
    /// The first failure of a connection, if one ended the run early.
    pub failure: Option<ClientError>,
}

/// Carries a plan out. `stopped` ends it early, with the report so far; `progress` counts messages that came, or
/// were confirmed where nobody receives, or seconds. `begin` hears of the broker and of the destination.
pub(crate) async fn run(
    plan: &Plan,
    options: &ClientOptions,
    stopped: impl Future<Output = ()>,
    progress: &AtomicU64,
    begin: impl FnOnce(&str, &str),
) -> Result<Outcome> {
    let mut options = options.clone();
    // A body is looked at as a whole, however large.
    options.limits.stream_above = u64::MAX;
    let run = fastrand::u32(..);
    let mut producing = vec![Client::connect(options.clone()).await?];
    let status = producing[0].0.status().await?;
    let server = status.connected.as_ref().and_then(|connected| connected.server.clone());
    let broker = server.unwrap_or_else(|| "a broker that does not say its name".to_owned());
    let destination = Destination::new(plan, status.dialect, run);
    let mut consuming = Vec::new();
    for _ in 0..plan.consumers {
        let (client, events) = Client::connect(options.clone()).await?;
        client.subscribe(destination.subscribe.clone()).await?;
        consuming.push((client, events));
    }
    while producing.len() < usize::from(plan.producers) {
        producing.push(Client::connect(options.clone()).await?);
    }
    begin(&broker, &destination.name);

    let begun = Instant::now();
    let (stop, stopping) = watch::channel(false);
    let arrivals = Arc::new(Arrivals::default());
    let mut consumers = JoinSet::new();
    for (client, events) in consuming {
        let arrivals = Arc::clone(&arrivals);
        let consumer = Consumer { client, ack: plan.ack, run, begun, arrivals };
        consumers.spawn(consumer.run(events, latencies()?, stopping.clone()));
    }
    let retain = options.reconnect.is_some_and(|reconnect| reconnect.resend);
    let confirm = if plan.receipts { Confirm::All } else { Confirm::None };
    let mut senders = JoinSet::new();
    let mut confirmed = Vec::new();
    for (number, (client, events)) in (0..plan.producers).zip(producing) {
        let bulk = client.bulk(destination.head.clone(), confirm, retain);
        confirmed.push(bulk.progress());
        let (producer, chunks) = (Producer::new(plan, run, number, begun), bulk.chunks());
        std::thread::spawn(move || producer.run(&chunks));
        senders.spawn(send(client, events, bulk, begun, stopping.clone()));
    }
    let mut work = Work {
        plan,
        begun,
        copies: destination.copies,
        arrivals: &arrivals,
        confirmed,
        progress,
        seen: Vec::new(),
    };
    let (sent, early) = work.wait(senders, &mut consumers, &stop, stopped).await;
    // Where nobody listens any more, all have ended.
    let _ = stop.send(true);
    while let Some(one) = consumers.join_next().await {
        work.seen.extend(one.ok());
    }
    let Work { mut seen, .. } = work;
    let failure = sent.iter().find_map(|sent| sent.failure.clone());
    let failure = failure.or_else(|| seen.iter_mut().find_map(|seen| seen.failure.take()));
    let report = Report::of(plan, broker, &destination, &sent, &seen, early)?;
    // What stays behind is nobody's.
    if !destination.is_topic && (early || plan.consumers == 0 || report.lost() > 0) {
        // Where the broker is gone, nothing can be cleaned up.
        let _ = empty(&destination, run, options).await;
    }
    Ok(Outcome { report, failure })
}

/// The state of a run while it is under way.
struct Work<'a> {
    plan: &'a Plan,
    begun: Instant,
    copies: u64,
    arrivals: &'a Arrivals,
    confirmed: Vec<Arc<AtomicU64>>,
    progress: &'a AtomicU64,
    seen: Vec<Seen>,
}

impl Work<'_> {
    /// Waits for the producers, and then for what is still under way; whether something ended it early.
    async fn wait(
        &mut self,
        mut senders: JoinSet<Sent>,
        consumers: &mut JoinSet<Seen>,
        stop: &watch::Sender<bool>,
        stopped: impl Future<Output = ()>,
    ) -> (Vec<Sent>, bool) {
        let mut stopped = std::pin::pin!(stopped);
        let mut look = tokio::time::interval(LOOK);
        let mut sent: Vec<Sent> = Vec::new();
        let mut early = false;
        // How much had come when something came last, and when that was.
        let (mut before, mut last) = (0, Instant::now());
        loop {
            tokio::select! {
                () = &mut stopped, if !early => early = true,
                Some(one) = senders.join_next(), if !senders.is_empty() => {
                    sent.extend(one.ok());
                    last = Instant::now();
                    early |= sent.iter().any(|sent| sent.failure.is_some());
                }
                // A consumer that ends by itself has failed.
                Some(one) = consumers.join_next(), if !consumers.is_empty() => {
                    self.seen.extend(one.ok());
                    early = true;
                }
                _ = look.tick() => {}
            }
            self.show();
            let now = self.arrivals.all.load(Ordering::Relaxed);
            if now != before {
                (before, last) = (now, Instant::now());
            }
            if early {
                // The producers stop, and have a while for their receipts.
                let _ = stop.send(true);
                while let Some(one) = senders.join_next().await {
                    sent.extend(one.ok());
                }
                return (sent, true);
            }
            if senders.is_empty() {
                let given: u64 = sent.iter().map(|sent| sent.report.confirmed + sent.report.unknown).sum();
                let all = self.arrivals.new.load(Ordering::Relaxed) >= given * self.copies;
                if all || last.elapsed() >= self.plan.patience {
                    return (sent, false);
                }
            }
        }
    }

    fn show(&self) {
        let now = match (self.plan.amount, self.plan.consumers) {
            (Amount::Duration(_), _) => self.begun.elapsed().as_secs(),
            (Amount::Count(_), 0) => self.confirmed.iter().map(|one| one.load(Ordering::Relaxed)).sum(),
            (Amount::Count(_), _) => self.arrivals.new.load(Ordering::Relaxed) / self.copies.max(1),
        };
        self.progress.store(now, Ordering::Relaxed);
    }
}

/// Waits for what became of a producer's messages, or stops them.
async fn send(
    client: Client,
    mut events: Events,
    bulk: BulkSender,
    begun: Instant,
    mut stop: watch::Receiver<bool>,
) -> Sent {
    // Somebody has to hear of what happens to the connection.
    let hearing = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let report = bulk.report_until(&client, stop_requested(&mut stop), HURRY).await;
    let end = begun.elapsed();
    // Where no receipts were asked for, an ERROR may come only now.
    let parting = client.disconnect().await;
    hearing.abort();
    let failure = report.failure.clone().map(ClientError::from).or_else(|| parting.err());
    Sent { report, end, failure }
}

/// Takes off what is left of our messages; those of others go back to where they were.
async fn empty(destination: &Destination, run: u32, options: ClientOptions) -> Result<()> {
    let (client, events) = Client::connect(options).await?;
    let subscribe =
        Subscribe { ack: AckMode::ClientIndividual, prefetch: Some(WINDOW), ..destination.subscribe.clone() };
    let mut messages = Messages::new(events);
    messages.during(client.subscribe(subscribe)).await?;
    while let Ok(Ok(delivery)) = tokio::time::timeout(EMPTY, messages.next()).await {
        let ours = |frame: FrameRef<'_>| Stamp::read(frame.body()).is_some_and(|stamp| stamp.run == run);
        let frames = delivery.messages().filter(|(_, frame)| ours(*frame));
        let frames: Vec<u32> = frames.map(|(index, _)| index).collect();
        client.ack_frames(delivery.batch, frames, delivery.connection);
    }
    client.disconnect().await?;
    Ok(())
}
