//! What an ERROR means for the connection: it may be incomplete, held back, or the answer to DISCONNECT.

use std::future::Future as _;
use std::task::Context;
use std::time::Instant;

use super::framed_stream::{ERROR_GRACE, FramedStream};
use super::task::Task;
use super::{ClientError, Event};
use crate::protocol::Batch;

impl Task {
    /// After a read, waits for the rest of an incomplete ERROR, and for what follows one that is held back.
    pub(super) fn wait_after_error(&mut self, stream: &FramedStream) {
        let grace = || Box::pin(tokio::time::sleep(ERROR_GRACE));
        if stream.is_inside_error() {
            self.error_grace = Some(grace());
        } else if self.session.held_error().is_some() {
            self.error_grace.get_or_insert_with(grace);
        }
    }

    /// Makes ERRORs count after which nothing has come for a while. Returns whether there may be any.
    pub(super) fn poll_error_grace(&mut self, cx: &mut Context<'_>, stream: &mut FramedStream) -> bool {
        let Some(grace) = &mut self.error_grace else { return false };
        if grace.as_mut().poll(cx).is_pending() {
            return false;
        }
        self.error_grace = None;
        self.release_errors();
        self.end_error(stream);
        self.wait_after_error(stream);
        true
    }

    /// Takes an incomplete ERROR as it is.
    pub(super) fn end_error(&mut self, stream: &mut FramedStream) {
        let mut batch = Batch::default();
        if stream.end_error(&mut batch) {
            self.handle_batch(batch, Instant::now());
        }
    }

    /// Makes the ERRORs count that were held back.
    pub(super) fn release_errors(&mut self) {
        let held = self.session.release_errors();
        if let Some(error) = held.first() {
            self.fail_disconnect(|| ClientError::Broker(Box::new(error.clone())));
        }
        self.backlog.extend(held.into_iter().map(Event::Error));
    }

    /// Notes why the end of this connection proves nothing; the first reason is the one that counts.
    pub(super) fn fail_disconnect(&mut self, error: impl FnOnce() -> ClientError) {
        if self.disconnect_result.is_ok() {
            self.disconnect_result = Err(error());
        }
    }
}
