//! Messages of a queue on their way to another one: taken here, sent there, and only then off the source.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;

use crate::client::{Client, ClientError, Event};
use crate::command::diagnosis;
use crate::command::exit::{self, Problem};
use crate::command::inflow::Inflow;
use crate::command::losses;
use crate::command::send::{PATIENCE, say_stopping};
use crate::command::signals::Signals;
use crate::protocol::{Batch, Frame, Part, Verb, Version};
use crate::render::is_of_one_delivery;
use crate::session::{BulkReport, Chunk, Confirm, Dialect, Failure, SendHead, Session, Which};

/// Messages that are passed on together at most.
pub(super) const AT_ONCE: u32 = 1_000;

/// Octets of bodies that are passed on together, give or take a read.
const OCTETS_AT_ONCE: usize = 8 << 20;

/// How messages leave the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// In one transaction with the sends; source and target are one connection.
    InTransactions,
    /// By acks that follow the target's receipts.
    AfterReceipts,
    /// Not at all.
    Staying,
}

/// What became of the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// The target has them, and the source has them no more.
    pub(super) done: u64,
    /// It is not known whether the target has them; the source has them still, or gives them again.
    pub(super) unknown: u64,
    /// The target has them, and the source gives them once more: its connection was lost before the ack.
    pub(super) again: u64,
    /// Sent to the target once more after its connection was lost: it may have them twice.
    pub(super) twice: u64,
}

/// Why the passing ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The source is empty, or enough have passed.
    Done,
    /// A signal came.
    Signal(u8),
    /// Something failed.
    Failed(anyhow::Error),
}

/// The way from one queue to another.
pub(super) struct Passage<'a> {
    pub(super) source: Client,
    pub(super) target: Client,
    /// Whether they are the same connection, on which messages come while receipts are waited for.
    pub(super) same: bool,
    pub(super) leaving: Leaving,
    pub(super) to: &'a str,
    /// Headers that are added or replaced.
    pub(super) header: &'a [(String, String)],
    /// The source's broker.
    pub(super) dialect: &'static Dialect,
    pub(super) most: u64,
    /// The source has ended when nothing comes for so long.
    pub(super) idle: Option<Duration>,
    /// Whether what has no receipt is sent again after a reconnect of the target.
    pub(super) retain: bool,
    pub(super) quiet: bool,
    /// Counts on, for showing progress.
    pub(super) progress: Arc<AtomicU64>,
}

/// Messages on their way, in the order in which they came.
#[derive(Default)]
struct Hand {
    /// Each with whether it goes without content-length, as it came.
    messages: Vec<(Frame, bool)>,
    /// What they came in, and which of it they are.
    taken: Vec<Taken>,
    octets: usize,
    /// Whether the broker has shown all.
    ended: bool,
}

struct Taken {
    batch: Batch,
    frames: Vec<u32>,
    version: Version,
    connection: u64,
}

impl Hand {
    fn has_room(&self, most: u64) -> bool {
        let count = self.messages.len();
        !self.ended && count < AT_ONCE as usize && (count as u64) < most && self.octets < OCTETS_AT_ONCE
    }

    fn connection(&self) -> Option<u64> {
        self.taken.last().map(|taken| taken.connection)
    }
}

impl Passage<'_> {
    /// Passes messages on until something ends it.
    pub(super) async fn run(&self, inflow: &mut Inflow, signals: &mut Signals) -> (Passed, Ended) {
        let mut passed = Passed::default();
        let ended = match self.pass_all(inflow, signals, &mut passed).await {
            Ok(None) => Ended::Done,
            Ok(Some(code)) => Ended::Signal(code),
            Err(error) => Ended::Failed(error),
        };
        (passed, ended)
    }

    /// `Some`: a signal ended it.
    async fn pass_all(
        &self,
        inflow: &mut Inflow,
        signals: &mut Signals,
        passed: &mut Passed,
    ) -> Result<Option<u8>> {
        // A queue is not empty because its broker cannot be reached.
        let mut up = true;
        loop {
            let idle = async {
                match self.idle.filter(|_| up) {
                    Some(idle) => tokio::time::sleep(idle).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                biased;
                code = signals.first() => return Ok(Some(code)),
                event = inflow.next() => event.ok_or(ClientError::NotConnected)?,
                () = idle => return Ok(None),
            };
            let Event::Messages { batch, version, connection, .. } = event else {
                up = match event {
                    Event::Lost { .. } => false,
                    Event::Connected(_) => true,
                    _ => up,
                };
                self.other(event)?;
                continue;
            };
            let left = self.most - passed.done;
            let mut hand = Hand::default();
            self.take(batch, version, connection, left, &mut hand)?;
            // What has come meanwhile goes along: a COMMIT may cost a broker a write to its disk.
            while hand.has_room(left) {
                let same = hand.connection();
                let wanted = |event: &Event| matches!(event, Event::Messages { connection, .. } if same.is_none_or(|own| own == *connection));
                let Some(Event::Messages { batch, version, connection, .. }) = inflow.next_if(wanted) else {
                    break;
                };
                self.take(batch, version, connection, left, &mut hand)?;
            }
            let ended = hand.ended;
            let mut signalled = None;
            if !hand.messages.is_empty() {
                let count = hand.messages.len() as u64;
                let done = {
                    let passing = self.pass(hand, inflow, passed);
                    let mut passing = std::pin::pin!(passing);
                    tokio::select! {
                        done = &mut passing => Some(done),
                        code = signals.first() => {
                            signalled = Some(code);
                            say_stopping(self.quiet);
                            tokio::time::timeout(PATIENCE, &mut passing).await.ok()
                        }
                    }
                };
                match done {
                    Some(done) => done?,
                    None => passed.unknown += count,
                }
            }
            self.progress.store(passed.done, Ordering::Relaxed);
            if signalled.is_some() {
                return Ok(signalled);
            }
            if ended || passed.done >= self.most {
                return Ok(None);
            }
        }
    }

    /// An event that is no message.
    fn other(&self, event: Event) -> Result<()> {
        match event {
            Event::Error(error) => Err(Problem::BrokerError(error.line).into()),
            // What is shown once more would be copied twice.
            Event::Lost { error, again, .. } if !again || self.leaving == Leaving::Staying => {
                Err(error.into())
            }
            event => {
                if !self.quiet {
                    losses::say(&event);
                }
                Ok(())
            }
        }
    }

    /// Takes the messages of a batch in hand, until there are `most`.
    fn take(
        &self,
        batch: Batch,
        version: Version,
        connection: u64,
        most: u64,
        hand: &mut Hand,
    ) -> Result<()> {
        let mut frames = Vec::new();
        for (index, frame) in (0_u32..).zip(batch.iter()) {
            if frame.verb() != Verb::Message {
                continue;
            }
            if frame.part() != Part::Whole {
                let message = "a message came in pieces, and cannot be passed on";
                return Err(Problem::Input(message.to_owned()).into());
            }
            if self.leaving == Leaving::Staying && self.dialect.is_browser_end(frame) {
                hand.ended = true;
                break;
            }
            if hand.messages.len() as u64 >= most {
                break;
            }
            hand.octets += frame.body().len();
            hand.messages.push((self.readdress(&frame.to_frame()), frame.content_length().is_none()));
            frames.push(index);
        }
        hand.taken.push(Taken { batch, frames, version, connection });
        Ok(())
    }

    /// The message as it is sent to the target. A header that came twice as it stands, as Artemis has
    /// it, goes once.
    fn readdress(&self, message: &Frame) -> Frame {
        let replaced = |name: &[u8]| self.header.iter().any(|(own, _)| own.as_bytes() == name);
        let mut headers = vec![(b"destination".to_vec(), self.to.as_bytes().to_vec())];
        let mut seen: HashSet<(&[u8], &[u8])> = HashSet::new();
        for (name, value) in &message.headers {
            let ours = matches!(name.as_slice(), b"destination" | b"content-length");
            if !ours && !is_of_one_delivery(name) && !replaced(name) && seen.insert((name, value)) {
                headers.push((name.clone(), value.clone()));
            }
        }
        headers.extend(self.header.iter().map(|(name, value)| (name.clone().into(), value.clone().into())));
        Frame { verb: Verb::Send, headers, body: message.body.clone() }
    }

    async fn pass(&self, hand: Hand, inflow: &mut Inflow, passed: &mut Passed) -> Result<()> {
        if self.leaving == Leaving::InTransactions {
            return inflow.during(self.commit(hand, passed)).await;
        }
        let Hand { messages, taken, .. } = hand;
        let sending = self.confirm(messages);
        let report = if self.same { inflow.during(sending).await } else { sending.await };
        passed.twice += report.perhaps_twice;
        passed.unknown += report.unknown;
        passed.done += report.confirmed;
        if self.leaving == Leaving::AfterReceipts {
            // Those before the first that is not confirmed; where receipts do not come in order, a few others are
            // there too, and are given again.
            let certain =
                report.first_unconfirmed.map_or(report.confirmed, |first| first.min(report.confirmed));
            // The source may be telling of its loss, which somebody has to hear.
            let stale = inflow.during(self.ack(taken, certain)).await + report.confirmed - certain;
            passed.again += stale;
            passed.done -= stale;
        }
        match failed(&report) {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }

    /// Sends and acks in one transaction, so that no message is lost or doubled.
    async fn commit(&self, hand: Hand, passed: &mut Passed) -> Result<()> {
        let (count, connection) = (hand.messages.len() as u64, hand.connection());
        let mut committing = false;
        let Err(error) = self.transact(hand, &mut committing).await else {
            passed.done += count;
            return Ok(());
        };
        // Before the COMMIT nothing has happened; after it, nobody knows.
        let answered = diagnosis::client_code(&error) == exit::REFUSED;
        passed.unknown += if committing && !answered { count } else { 0 };
        // The source gives again what was not carried out.
        let gone = self.connection().await != connection;
        if gone && self.retain { Ok(()) } else { Err(error.into()) }
    }

    async fn transact(&self, hand: Hand, committing: &mut bool) -> Result<(), ClientError> {
        let client = &self.source;
        let name = format!("move-{}", uuid::Uuid::new_v4().simple());
        client.begin(&name).await?;
        let tokens = hand.taken.iter().flat_map(|taken| {
            let frames = taken.frames.iter().filter_map(|index| taken.batch.get(*index as usize));
            frames.map(|frame| Session::<()>::ack_token(taken.version, frame).unwrap_or_default())
        });
        for ((frame, text), token) in hand.messages.into_iter().zip(tokens) {
            let which = Which::Id(String::from_utf8_lossy(token).into_owned());
            client.settle(which, false, Some(name.clone())).await?;
            client.send(frame.with("transaction", name.clone()), text, false).await?;
        }
        *committing = true;
        client.commit(&name).await
    }

    /// Sends, and waits for the receipts.
    async fn confirm(&self, messages: Vec<(Frame, bool)>) -> BulkReport {
        let sender = self.target.bulk(SendHead::default(), Confirm::All, self.retain);
        // A bulk that cannot begin says why in its report.
        let _ = sender.chunks().send((Chunk::Frames(messages), true)).await;
        sender.report().await
    }

    /// The number of the source's connection, while there is one.
    async fn connection(&self) -> Option<u64> {
        let status = self.source.status().await.ok()?;
        status.connected.map(|_| status.connections)
    }

    /// Acks the first so many; how many of them came over a connection that is gone, which makes an ack
    /// impossible.
    async fn ack(&self, taken: Vec<Taken>, mut certain: u64) -> u64 {
        let now = self.connection().await;
        let mut stale = 0;
        for Taken { batch, mut frames, version, connection } in taken {
            let count = certain.min(frames.len() as u64);
            certain -= count;
            frames.truncate(usize::try_from(count).unwrap_or(usize::MAX));
            if now != Some(connection) {
                stale += count;
                continue;
            }
            // Acks are cumulative; in 1.0 brokers read that either way.
            let last = frames.len().saturating_sub(1);
            let named = if version > Version::V1_0 { frames.split_off(last) } else { frames };
            if !named.is_empty() {
                self.source.ack_frames(batch, named, connection);
            }
        }
        stale
    }
}

/// Why not all were confirmed.
fn failed(report: &BulkReport) -> Option<Problem> {
    let failure = report.failure.as_ref()?;
    let code = match failure {
        Failure::Refused { .. } => exit::REFUSED,
        Failure::NotSent { .. } => exit::UNREACHABLE,
        Failure::Unknown { .. } => exit::UNKNOWN,
    };
    Some(Problem::Sending { reason: failure.to_string(), code })
}
