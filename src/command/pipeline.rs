//! Sends of a script in flight: a window of receipts, and what became of them.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::delivery::DeliveryReport;
use super::script_error::{SendFailed, SourceLocation};
use crate::client::ClientError;
use crate::session::{Failure, WINDOW};

#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    waiting: VecDeque<(SourceLocation, oneshot::Receiver<Result<(), ClientError>>)>,
    answered: DeliveryReport,
    failed: Option<SendFailed>,
}

impl Pipeline {
    /// Takes a send whose answer comes later; where the window is full, waits for the oldest.
    pub(crate) async fn push(
        &mut self,
        place: SourceLocation,
        answer: oneshot::Receiver<Result<(), ClientError>>,
    ) {
        self.waiting.push_back((place, answer));
        if self.waiting.len() > WINDOW as usize {
            self.oldest().await;
            self.take_ready();
        }
    }

    /// Waits for the oldest answer. Whoever waits may be stopped, and then it is still waited for.
    async fn oldest(&mut self) {
        let Some((_, answer)) = self.waiting.front_mut() else { return };
        let result = answer.await.unwrap_or(Err(ClientError::NotConnected));
        if let Some((place, _)) = self.waiting.pop_front() {
            self.note(place, result);
        }
    }

    /// Takes the answers that are there.
    fn take_ready(&mut self) {
        while let Some((_, answer)) = self.waiting.front_mut() {
            let result = match answer.try_recv() {
                Ok(result) => result,
                Err(oneshot::error::TryRecvError::Empty) => return,
                Err(oneshot::error::TryRecvError::Closed) => Err(ClientError::NotConnected),
            };
            if let Some((place, _)) = self.waiting.pop_front() {
                self.note(place, result);
            }
        }
    }

    pub(crate) async fn flush(&mut self) {
        while !self.waiting.is_empty() {
            self.oldest().await;
        }
    }

    fn note(&mut self, place: SourceLocation, result: Result<(), ClientError>) {
        self.answered.count(&result);
        let Err(error) = result else { return };
        match &mut self.failed {
            // What the broker refused by name explains the rest.
            Some(failed) if is_refused(&error) && !is_refused(&failed.error) => {
                *failed = SendFailed { place, until: None, error };
            }
            Some(failed) if !is_refused(&failed.error) && place.file == failed.place.file => {
                failed.until = Some(place.line);
            }
            Some(_) => {}
            None => self.failed = Some(SendFailed { place, until: None, error }),
        }
    }

    /// Whether a send is known to have failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Takes the failure that explains the others.
    pub(crate) fn take_failed(&mut self) -> Option<SendFailed> {
        self.failed.take()
    }

    /// What became of all sends; one without an answer is unknown.
    pub(crate) fn report(&self) -> DeliveryReport {
        let waiting = DeliveryReport { unknown: self.waiting.len() as u64, ..DeliveryReport::default() };
        let mut report = self.answered.clone();
        report.add(&waiting);
        report
    }

    /// Counts sends that were answered elsewhere.
    pub(crate) fn add(&mut self, report: &DeliveryReport) {
        self.answered.add(report);
    }
}

fn is_refused(error: &ClientError) -> bool {
    matches!(error, ClientError::Failure(Failure::Refused { .. }) | ClientError::Session(_))
}
