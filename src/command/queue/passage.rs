//! Messages of a queue on their way to another one: taken here, sent there, and only then off the source.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::Instant;

use super::arrivals::{SourceItem, SourceMessages, Window};
use crate::client::{Client, ClientError};
use crate::command::delivery::DeliveryReport;
use crate::command::send::{FileBody, say_stopping};
use crate::command::signals::{PATIENCE, Signals};
use crate::command::sub::until;
use crate::command::transaction::unique_name;
use crate::protocol::{Frame, Headers, Verb, Version};
use crate::render::is_of_one_delivery;
use crate::session::{
    AckMode, Chunk, Confirm, Confirmation, Failure, Forward, LastAcks, MoveTransaction, Received, SendHead,
    WINDOW,
};

/// The prefetch of the source: while one window is confirmed, the next one arrives.
pub(super) const PREFETCH: u32 = 2 * WINDOW;

/// The number of bytes of bodies after which a window takes no more messages.
const BYTES_AT_ONCE: usize = 8 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// In one transaction with the sends; source and target are one connection.
    InTransactions,
    /// By acks that follow the target's receipts.
    AfterReceipts,
    Staying,
}

#[derive(Debug, Default)]
pub(super) struct Passed {
    /// Messages that are confirmed by the target and consumed from the source.
    pub(super) done: u64,
    /// Messages that the target may have; the source still has them, or redelivers them.
    pub(super) unknown: u64,
    /// Messages that the target has and the source may redeliver, since its connection was lost before the ack, or before
    /// the receipt of the ack.
    pub(super) again: u64,
    /// Messages that were resent after the connection to the target was lost: it may have them twice.
    pub(super) twice: u64,
    /// Messages that the target has and that could not be acked, since they have no ack header, which 1.2 needs for that.
    unackable: u64,
    /// Acks whose receipts have not come, and for how many messages each is. If they do not come, the source may give
    /// those messages once more.
    open: VecDeque<(u64, oneshot::Receiver<Result<Confirmation, ClientError>>)>,
}

impl Passed {
    /// Counts the acks whose receipts have come, or will not come.
    fn take_answers(&mut self) {
        for (count, mut answer) in std::mem::take(&mut self.open) {
            match answer.try_recv() {
                Ok(result) => self.acked(count, &result),
                Err(TryRecvError::Empty) => self.open.push_back((count, answer)),
                Err(TryRecvError::Closed) => self.acked(count, &Err(ClientError::NotConnected)),
            }
        }
    }

    /// Counts an ack for so many messages by its answer.
    fn acked(&mut self, count: u64, result: &Result<Confirmation, ClientError>) {
        self.again += if matches!(result, Ok(Confirmation::Confirmed)) { 0 } else { count };
        let unsent = |error: &ClientError| {
            error.is_not_connected() || matches!(error, ClientError::Failure(Failure::NotSent { .. }))
        };
        if result.as_ref().is_err_and(unsent) {
            self.done -= count;
        }
    }

    /// Waits for the receipts of all acks.
    async fn wait_for_answers(&mut self) {
        while let Some((count, answer)) = self.open.front_mut() {
            let (count, result) = (*count, answer.await.unwrap_or(Err(ClientError::NotConnected)));
            self.open.pop_front();
            self.acked(count, &result);
        }
    }

    /// Whether the source has confirmed all acks.
    pub(super) fn is_proven(&self) -> bool {
        self.again == 0 && self.open.is_empty()
    }

    /// Takes the end of the source's connection into account: whether it proves the acks without a receipt.
    pub(super) fn leave(&mut self, proven: bool) {
        let open: u64 = std::mem::take(&mut self.open).iter().map(|(count, _)| count).sum();
        self.again += if proven { 0 } else { open };
    }

    /// A remark about the messages that the target may have twice, if there are any.
    pub(super) fn doubles(&self) -> String {
        let mut remark = String::new();
        if self.again + self.twice > 0 {
            remark.push_str(&format!(
                "; up to {} may be in the target twice, now or when the source delivers them again: a connection was \
                 lost before a receipt came",
                self.again + self.twice
            ));
        }
        if self.unackable > 0 {
            remark.push_str(&format!(
                "; {} came without an ack header and could not be acked: the source may deliver them again",
                self.unackable
            ));
        }
        remark
    }
}

#[derive(Debug)]
pub(super) enum PassageEnd {
    /// The source is empty, or enough have passed.
    Done,
    Signal(u8),
    Failed(anyhow::Error),
}

pub(super) struct Passage {
    pub(super) source: Client,
    pub(super) target: Client,
    /// Whether they are the same connection, on which messages come while receipts are waited for.
    pub(super) same: bool,
    pub(super) leaving: Leaving,
    /// How the messages are acked.
    pub(super) ack: AckMode,
    /// Where messages go, and which headers they have there.
    pub(super) forward: Arc<Forward>,
    pub(super) most: u64,
    /// Whether the subscription ends with the acks of the last messages, so that the source delivers no others in their
    /// place.
    pub(super) ends_with_acks: bool,
    /// Where fewer messages than this have arrived, more are waited for.
    pub(super) full: u64,
    /// How long each of those may take.
    pub(super) linger: Duration,
    /// The source has ended when nothing comes for so long.
    pub(super) idle: Option<Duration>,
    /// Whether to go on after a reconnect.
    pub(super) retain: bool,
    pub(super) quiet: bool,
    /// How many have passed, for the progress bar.
    pub(super) progress: Arc<AtomicU64>,
}

/// How messages are sent to `to`, with `headers` laid over theirs.
pub(super) fn forward(to: &str, headers: Headers) -> Arc<Forward> {
    Arc::new(Forward::new(to, headers, is_of_one_delivery))
}

impl Passage {
    /// Passes messages on until the source is empty, the limit is reached, or a failure or signal ends it.
    pub(super) async fn run(
        &self,
        arrivals: &mut SourceMessages,
        signals: &mut Signals,
    ) -> (Passed, PassageEnd) {
        let mut passed = Passed::default();
        let ended = match self.pass_all(arrivals, signals, &mut passed).await {
            Ok(None) => PassageEnd::Done,
            Ok(Some(code)) => PassageEnd::Signal(code),
            Err(error) => PassageEnd::Failed(error),
        };
        // Where frames are not handled in order, DISCONNECT must not overtake the last acks.
        let _ = tokio::time::timeout(PATIENCE, arrivals.during(passed.wait_for_answers())).await;
        (passed, ended)
    }

    /// Returns the signal's exit status if a signal ended it.
    async fn pass_all(
        &self,
        arrivals: &mut SourceMessages,
        signals: &mut Signals,
        passed: &mut Passed,
    ) -> Result<Option<u8>> {
        // Since when nothing has arrived and nothing was done.
        let mut calm = Instant::now();
        while passed.done < self.most {
            // What arrived before can no longer be acked.
            if let Some(failure) = arrivals.failure() {
                return Err(failure.clone().into());
            }
            let arrival = tokio::select! {
                biased;
                code = signals.first() => return Ok(Some(code)),
                arrival = arrivals.next() => arrival?,
                // A queue is not empty because its broker cannot be reached.
                () = until(self.idle.map(|idle| calm + idle)) => {
                    if arrivals.was_connected_since(&mut calm) {
                        return Ok(None);
                    }
                    continue;
                }
            };
            let window = match arrival {
                SourceItem::Messages(first) => self.window(first, self.most - passed.done, arrivals).await,
                SourceItem::Large(head, body) => Window::large(head, body),
                SourceItem::Shown => return Ok(None),
            };
            let mut signalled = None;
            let count = window.count;
            let done = {
                let passing = self.pass(window, arrivals, passed);
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
            calm = Instant::now();
            self.progress.store(passed.done, Ordering::Relaxed);
            if signalled.is_some() {
                return Ok(signalled);
            }
        }
        Ok(None)
    }

    /// These messages and those that arrive behind them over the same connection, at most `most` in all. A
    /// COMMIT costs a broker as much for few messages as for many, so that more are waited for.
    async fn window(&self, first: Received, most: u64, arrivals: &mut SourceMessages) -> Window {
        let (most, connection) = (most.min(u64::from(WINDOW)), first.connection);
        let same = |next: &SourceItem| matches!(next, SourceItem::Messages(r) if r.connection == connection);
        let mut window = Window::default();
        let mut rest = window.add(first, most, BYTES_AT_ONCE);
        while rest.is_none() && window.count < most {
            if window.count < self.full {
                match tokio::time::timeout(self.linger, arrivals.next()).await {
                    Ok(Ok(next)) => arrivals.put_back(next),
                    // The source returns the failure again when it is asked next.
                    Ok(Err(_)) | Err(_) => break,
                }
            }
            let Some(SourceItem::Messages(next)) = arrivals.next_if(same) else { break };
            rest = window.add(next, most, BYTES_AT_ONCE);
        }
        if let Some(rest) = rest {
            arrivals.put_back(SourceItem::Messages(rest));
        }
        window
    }

    async fn pass(&self, window: Window, arrivals: &mut SourceMessages, passed: &mut Passed) -> Result<()> {
        if self.leaving == Leaving::InTransactions {
            return arrivals.during(self.commit(window, passed)).await;
        }
        let connection = window.connection();
        let Window { received, body, .. } = window;
        let sending = async {
            match body {
                Some(body) => self.confirm_large(&received, body).await,
                None => self.confirm(&received).await,
            }
        };
        let report = if self.same { arrivals.during(sending).await } else { sending.await };
        passed.twice += report.perhaps_twice;
        passed.done += report.confirmed;
        if self.leaving == Leaving::AfterReceipts {
            // Those before the first that is not confirmed; where receipts do not come in order, a few others are
            // there too, and are given again.
            let certain =
                report.first_unconfirmed.map_or(report.confirmed, |first| first.min(report.confirmed));
            // The source may be telling of its loss, which somebody has to hear.
            let acking = self.ack(received, certain, passed);
            let stale = arrivals.during(acking).await + report.confirmed - certain;
            passed.again += stale;
            passed.done -= stale;
            passed.take_answers();
        }
        let Some(error) = report.error else { return Ok(()) };
        if self.same && self.leaving == Leaving::AfterReceipts && self.goes_on_after(connection).await {
            // The source gives all of them again, also those that were stored.
            passed.again += report.unknown;
            return Ok(());
        }
        passed.unknown += report.unknown;
        Err(error.into())
    }

    /// Sends and acks in one transaction, so that no message is lost or doubled.
    async fn commit(&self, window: Window, passed: &mut Passed) -> Result<()> {
        let (count, connection) = (window.count, window.connection());
        let name = unique_name("move");
        let forward = Arc::clone(&self.forward);
        let last = self.ends_with_acks && passed.done + count == self.most;
        let transaction = MoveTransaction { name, received: window.received, forward, last };
        let committed = match window.body {
            Some(body) => body.feed(|pieces| self.source.transact(transaction, Some(pieces))).await,
            None => self.source.transact(transaction, None).await,
        };
        let error = match committed {
            Ok(Confirmation::Confirmed) => {
                passed.done += count;
                return Ok(());
            }
            Ok(Confirmation::Unconfirmed) => ClientError::from(Failure::NoReceipts),
            Err(error) => error,
        };
        passed.unknown += match error {
            ClientError::Failure(Failure::Unknown { .. } | Failure::NoReceipts) => count,
            _ => 0,
        };
        // The source gives again what was not carried out.
        if self.goes_on_after(connection).await { Ok(()) } else { Err(error.into()) }
    }

    /// Whether a failure was the loss of this connection of the source, which is made again.
    async fn goes_on_after(&self, connection: Option<u64>) -> bool {
        self.retain && self.connection().await.map(|(number, _)| number) != connection
    }

    /// Whether what has no receipt is sent again. Where the source is the same connection, it gives that again.
    fn resends(&self) -> bool {
        self.retain && !self.same
    }

    async fn confirm(&self, received: &[Received]) -> DeliveryReport {
        let sender = self.target.bulk(SendHead::default(), Confirm::All, self.resends());
        let chunks = sender.chunks();
        for (left, received) in (0..received.len()).rev().zip(received) {
            let chunk = Chunk::Received(received.clone(), Arc::clone(&self.forward));
            // A bulk that cannot begin, or go on, says why in its report.
            let _ = chunks.send((chunk, left == 0)).await;
        }
        drop(chunks);
        sender.report().await.into()
    }

    /// Sends a large message, and waits for its receipt.
    async fn confirm_large(&self, received: &[Received], body: FileBody) -> DeliveryReport {
        let message = received.iter().flat_map(Received::iter).next();
        let headers = message.into_iter().flat_map(|message| self.forward.headers(message));
        let headers = headers.collect();
        let head = Frame { headers, ..Frame::new(Verb::Send) };
        let (mut resent, mut perhaps_twice) = (0, 0);
        let result = if self.resends() {
            body.send_patiently(&self.target, &head, &mut resent, &mut perhaps_twice).await
        } else {
            body.send(&self.target, head, true).await
        };
        DeliveryReport { resent, perhaps_twice, ..DeliveryReport::of(&result) }
    }

    /// The number of the source's connection and its version, while there is one.
    async fn connection(&self) -> Option<(u64, Version)> {
        let status = self.source.status().await.ok()?;
        status.connected.map(|connected| (status.connections, connected.version))
    }

    /// Acks the first so many; how many of them came over a connection that is gone, which makes an ack
    /// impossible.
    async fn ack(&self, received: Vec<Received>, mut certain: u64, passed: &mut Passed) -> u64 {
        let now = self.connection().await;
        let ends = self.ends_with_acks && passed.done == self.most;
        let mut last = LastAcks::new(unique_name("move"));
        let (mut stale, mut acked_last) = (0, 0);
        for Received { batch, mut frames, connection } in received {
            let count = certain.min(frames.len() as u64);
            certain -= count;
            frames.truncate(usize::try_from(count).unwrap_or(usize::MAX));
            let Some((_, version)) = now.filter(|(number, _)| *number == connection) else {
                stale += count;
                continue;
            };
            let messages = frames.iter().filter_map(|index| batch.get(*index as usize));
            let unackable = messages.filter(|message| message.ack_token(version).is_none()).count() as u64;
            passed.unackable += unackable;
            let named = self.ack.to_ack(version, &batch, frames.into_iter(), 1);
            if ends {
                last.add(&batch, &named, version, connection);
                acked_last += count - unackable;
            } else if !named.is_empty() {
                let received = Received { batch, frames: named, connection };
                passed.open.push_back((count - unackable, self.source.ack_frames_later(received)));
            }
        }
        if !last.tokens.is_empty() {
            passed.acked(acked_last, &self.source.ack_last(last).await);
        }
        stale
    }
}
