//! Sends over the current connection: into the window of a script, or each waiting for its receipt.

use anyhow::Result;
use bytes::Bytes;

use super::context::Context;
use crate::client::ClientError;
use crate::protocol::{Frame, Headers, Verb};
use crate::session::Caveat;

impl Context {
    /// Sends a body to a destination, without options.
    pub(super) async fn send_plain(&mut self, destination: &[u8], body: Bytes) -> Result<()> {
        let mut headers = Headers::from([("destination", destination)]);
        if let Some(transaction) = self.transaction() {
            headers.push("transaction", transaction);
        }
        if self.run_options.interactive {
            self.remember(&String::from_utf8_lossy(destination));
        }
        self.hand_over(Frame { verb: Verb::Send, headers, body }, false, true).await
    }

    /// What is to be said of a send that is confirmed, once for each connection. A script is told only of
    /// what it may lose.
    pub(super) fn caveat(&self, frame: &Frame, receipt: bool) -> Option<Caveat> {
        if !receipt || frame.header("transaction").is_some() {
            return None;
        }
        let dialect = self.connection().ok()?.dialect;
        let told = self.run_options.interactive || dialect.may_drop(frame);
        told.then(|| dialect.caveat(frame)).flatten()
    }

    pub(super) fn advise(&mut self, caveat: Option<Caveat>) {
        let Some(Caveat { about, text }) = caveat else { return };
        if self.run_options.interactive {
            self.note_once(about, &text);
        } else {
            self.warn_once(about, &text);
        }
    }

    /// Sends a frame: into the window of a script, or waiting for its receipt.
    pub(super) async fn hand_over(&mut self, frame: Frame, text: bool, receipt: bool) -> Result<()> {
        let place = self.place.clone();
        let caveat = self.caveat(&frame, receipt);
        let client = &self.connection()?.client;
        let answer = client.send_later(frame, text, receipt);
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.push(place, answer).await;
        } else {
            answer.await.unwrap_or(Err(ClientError::NotConnected))?;
        }
        self.advise(caveat);
        Ok(())
    }
}
