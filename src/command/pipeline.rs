//! Sends of a script in flight, whose answers are taken in order, and what is known of those before them.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::delivery::DeliveryReport;
use super::script_error::{SendFailed, SourceLocation};
use crate::client::ClientError;
use crate::session::{Confirmation, Failure, WINDOW};

type Answer = oneshot::Receiver<Result<Confirmation, ClientError>>;

/// What decides the outcome of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettledBy {
    /// Its own receipt.
    Receipt,
    /// The end of the transaction of this name on this connection of the shell.
    Transaction { connection: u64, name: String },
    /// Nothing confirms it, but the end of this connection shows whether the broker has read it. A connection that was
    /// lost meanwhile has another number of `losses`.
    Disconnect { connection: u64, losses: u64 },
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    /// How many answers may be open before the next command runs.
    window: usize,
    waiting: VecDeque<(SourceLocation, SettledBy, Answer)>,
    answered: DeliveryReport,
    /// How many sends were handed to the socket without a receipt of their own.
    unsettled: Vec<(SettledBy, u64)>,
    failed: Option<SendFailed>,
}

impl Pipeline {
    /// With `step`, each answer is waited for.
    pub(crate) fn new(step: bool) -> Self {
        Self {
            window: if step { 0 } else { WINDOW as usize },
            waiting: VecDeque::new(),
            answered: DeliveryReport::default(),
            unsettled: Vec::new(),
            failed: None,
        }
    }

    /// Adds a send whose answer comes later. If the window is full, waits for the oldest answer.
    pub(crate) async fn push(&mut self, location: SourceLocation, settled_by: SettledBy, answer: Answer) {
        self.waiting.push_back((location, settled_by, answer));
        if self.waiting.len() > self.window {
            self.wait_for_oldest().await;
            self.take_ready();
        }
    }

    /// Waits for the oldest answer. If the future is dropped, the answer stays in the window.
    async fn wait_for_oldest(&mut self) {
        let Some((_, _, answer)) = self.waiting.front_mut() else { return };
        let result = answer.await.unwrap_or(Err(ClientError::NotConnected));
        self.record(result);
    }

    /// Counts the outcomes that have arrived, without waiting.
    fn take_ready(&mut self) {
        while let Some((_, _, answer)) = self.waiting.front_mut() {
            let result = match answer.try_recv() {
                Ok(result) => result,
                Err(oneshot::error::TryRecvError::Empty) => return,
                Err(oneshot::error::TryRecvError::Closed) => Err(ClientError::NotConnected),
            };
            self.record(result);
        }
    }

    pub(crate) async fn flush(&mut self) {
        while !self.waiting.is_empty() {
            self.wait_for_oldest().await;
        }
    }

    /// Records the answer to the oldest send.
    fn record(&mut self, result: Result<Confirmation, ClientError>) {
        let Some((location, settled_by, _)) = self.waiting.pop_front() else { return };
        match &result {
            Ok(Confirmation::Unconfirmed) if settled_by != SettledBy::Receipt => self.unsettle(settled_by, 1),
            _ => self.answered.count(&result),
        }
        let Err(error) = result else { return };
        match &mut self.failed {
            // An ERROR that names the send explains the failures of the others.
            Some(failed) if is_refused(&error) && !is_refused(&failed.error) => {
                *failed = SendFailed { location, until: None, error, loss: None };
            }
            Some(failed) if !is_refused(&failed.error) && location.file == failed.location.file => {
                failed.until = Some(location.line);
            }
            Some(_) => {}
            None => self.failed = Some(SendFailed { location, until: None, error, loss: None }),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    pub(crate) fn take_failed(&mut self) -> Option<SendFailed> {
        self.failed.take()
    }

    /// The outcome of all sends; those without an answer are unknown. Call it when no transaction can be committed any
    /// more: what was sent in an open one counts as not sent.
    pub(crate) fn report(&self) -> DeliveryReport {
        let mut report = self.answered.clone();
        report.unknown += self.waiting.len() as u64;
        for (settled_by, count) in &self.unsettled {
            match settled_by {
                SettledBy::Transaction { .. } => report.not_sent += count,
                SettledBy::Disconnect { .. } | SettledBy::Receipt => report.unknown += count,
            }
        }
        report
    }

    /// How many sends asked for a receipt, or were in a transaction whose COMMIT did, that is not waited for any longer.
    pub(crate) fn given_up(&self) -> u64 {
        self.answered.unasked
    }

    /// How many asked for none, and nothing proves that the broker did not take them.
    pub(crate) fn unasked(&self) -> u64 {
        let asked_none = |settled_by: &SettledBy| matches!(settled_by, SettledBy::Disconnect { .. });
        self.unsettled.iter().filter(|(settled_by, _)| asked_none(settled_by)).map(|(_, count)| count).sum()
    }

    /// Counts sends as confirmed whose receipts came when they were not waited for any longer.
    pub(crate) fn confirm_late(&mut self, receipts: u64) {
        let late = receipts.min(self.answered.unasked);
        self.answered.unasked -= late;
        self.answered.unknown -= late;
        self.answered.confirmed += late;
    }

    /// Adds sends that did not go through the window. Those without a receipt of their own are unknown in `report`.
    pub(crate) fn add(&mut self, report: &DeliveryReport, settled_by: SettledBy) {
        let mut report = report.clone();
        if settled_by != SettledBy::Receipt {
            self.unsettle(settled_by, std::mem::take(&mut report.unknown));
        }
        self.answered.add(&report);
    }

    fn unsettle(&mut self, settled_by: SettledBy, count: u64) {
        match self.unsettled.iter_mut().rev().find(|(other, _)| *other == settled_by) {
            Some((_, sends)) => *sends += count,
            None if count > 0 => self.unsettled.push((settled_by, count)),
            None => {}
        }
    }

    /// Forgets the sends that `settled_by` decides, and returns how many there were.
    fn take_unsettled(&mut self, settled_by: &SettledBy) -> u64 {
        let taken = self.unsettled.extract_if(.., |(other, _)| other == settled_by);
        taken.map(|(_, count)| count).sum()
    }

    /// Counts the sends of a transaction as unknown, since its COMMIT is about to be sent. Returns their number, for
    /// [`Pipeline::committed`].
    pub(crate) fn committing(&mut self, connection: u64, name: &str) -> u64 {
        let sends = self.take_unsettled(&SettledBy::Transaction { connection, name: name.to_owned() });
        self.answered.unknown += sends;
        sends
    }

    /// Counts the sends of a transaction by the answer to its COMMIT; without one, by `settled_by`.
    pub(crate) fn committed(
        &mut self,
        sends: u64,
        result: &Result<Confirmation, ClientError>,
        settled_by: SettledBy,
    ) {
        self.answered.unknown -= sends;
        if matches!(result, Ok(Confirmation::Unconfirmed)) && settled_by != SettledBy::Receipt {
            return self.unsettle(settled_by, sends);
        }
        let one = DeliveryReport::of(result);
        self.answered.confirmed += one.confirmed * sends;
        self.answered.unknown += one.unknown * sends;
        self.answered.unasked += one.unasked * sends;
        self.answered.refused += one.refused * sends;
        self.answered.not_sent += one.not_sent * sends;
    }

    /// Counts the sends of a transaction that will never be committed.
    pub(crate) fn aborted(&mut self, connection: u64, name: &str) {
        self.answered.not_sent +=
            self.take_unsettled(&SettledBy::Transaction { connection, name: name.to_owned() });
    }

    /// How many sends the end of a connection does not prove to be read, of those that nothing else confirms. `proven`:
    /// the broker has read all of them since its last loss, of which there were `losses`.
    pub(crate) fn unproven(&self, connection: u64, losses: u64, proven: bool) -> u64 {
        let unproven = |settled_by: &SettledBy| match *settled_by {
            SettledBy::Disconnect { connection: other, losses: before } => {
                other == connection && !(proven && before == losses)
            }
            SettledBy::Receipt | SettledBy::Transaction { .. } => false,
        };
        self.unsettled.iter().filter(|(settled_by, _)| unproven(settled_by)).map(|(_, count)| count).sum()
    }
}

fn is_refused(error: &ClientError) -> bool {
    matches!(error, ClientError::Failure(Failure::Refused { .. }) | ClientError::Session(_))
}
