//! Sends of a script in flight, whose answers are taken in order.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::delivery::DeliveryReport;
use super::script_error::{SendFailed, SourceLocation};
use crate::client::ClientError;
use crate::session::{Confirmation, Failure, WINDOW};

#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    waiting: VecDeque<(SourceLocation, oneshot::Receiver<Result<Confirmation, ClientError>>)>,
    answered: DeliveryReport,
    failed: Option<SendFailed>,
}

impl Pipeline {
    /// Adds a send whose answer comes later. If the window is full, waits for the oldest answer.
    pub(crate) async fn push(
        &mut self,
        location: SourceLocation,
        answer: oneshot::Receiver<Result<Confirmation, ClientError>>,
    ) {
        self.waiting.push_back((location, answer));
        if self.waiting.len() > WINDOW as usize {
            self.wait_for_oldest().await;
            self.take_ready();
        }
    }

    /// Waits for the oldest answer. If the future is dropped, the answer stays in the window.
    async fn wait_for_oldest(&mut self) {
        let Some((_, answer)) = self.waiting.front_mut() else { return };
        let result = answer.await.unwrap_or(Err(ClientError::NotConnected));
        if let Some((location, _)) = self.waiting.pop_front() {
            self.record(location, result);
        }
    }

    /// Counts the outcomes that have arrived, without waiting.
    fn take_ready(&mut self) {
        while let Some((_, answer)) = self.waiting.front_mut() {
            let result = match answer.try_recv() {
                Ok(result) => result,
                Err(oneshot::error::TryRecvError::Empty) => return,
                Err(oneshot::error::TryRecvError::Closed) => Err(ClientError::NotConnected),
            };
            if let Some((location, _)) = self.waiting.pop_front() {
                self.record(location, result);
            }
        }
    }

    pub(crate) async fn flush(&mut self) {
        while !self.waiting.is_empty() {
            self.wait_for_oldest().await;
        }
    }

    fn record(&mut self, location: SourceLocation, result: Result<Confirmation, ClientError>) {
        self.answered.count(&result);
        let Err(error) = result else { return };
        match &mut self.failed {
            // An ERROR that names the send explains the failures of the others.
            Some(failed) if is_refused(&error) && !is_refused(&failed.error) => {
                *failed = SendFailed { location, until: None, error };
            }
            Some(failed) if !is_refused(&failed.error) && location.file == failed.location.file => {
                failed.until = Some(location.line);
            }
            Some(_) => {}
            None => self.failed = Some(SendFailed { location, until: None, error }),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    pub(crate) fn take_failed(&mut self) -> Option<SendFailed> {
        self.failed.take()
    }

    /// The outcome of all sends; those without an answer are unknown.
    pub(crate) fn report(&self) -> DeliveryReport {
        let unknown = self.answered.unknown + self.waiting.len() as u64;
        DeliveryReport { unknown, ..self.answered.clone() }
    }

    /// Adds sends that did not go through the window.
    pub(crate) fn add(&mut self, report: &DeliveryReport) {
        self.answered.add(report);
    }
}

fn is_refused(error: &ClientError) -> bool {
    matches!(error, ClientError::Failure(Failure::Refused { .. }) | ClientError::Session(_))
}
