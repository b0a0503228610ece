//! Sends over the current connection: into the window of a script, or each waiting for its receipt.

use anyhow::Result;
use bytes::Bytes;

use super::context::Context;
use crate::client::{Client, ClientError};
use crate::protocol::{Frame, Headers, Verb};
use crate::session::{Caveat, Dialect};

impl Context {
    /// Sends a body to a destination, without options.
    pub(super) async fn send_plain(&mut self, destination: &[u8], body: Bytes) -> Result<()> {
        let mut headers = Headers::from([("destination", destination)]);
        let transaction = self.transaction();
        let in_transaction = transaction.is_some();
        headers.extend(transaction.map(|name| ("transaction", name)));
        if self.run_options.interactive {
            self.remember(&String::from_utf8_lossy(destination));
        }
        let frame = Frame { verb: Verb::Send, headers, body };
        let (client, dialect) = (self.client()?, self.connection()?.dialect);
        let caveat = if in_transaction { None } else { self.caveat(dialect, &frame) };
        self.hand_over(&client, frame, false, true).await?;
        self.advise(caveat);
        Ok(())
    }

    /// What a receipt of this frame leaves open. Only someone at a prompt is told more than what may be lost.
    pub(super) fn caveat(&self, dialect: &Dialect, frame: &Frame) -> Option<Caveat> {
        let told = self.run_options.interactive || dialect.may_drop(frame);
        told.then(|| dialect.caveat(frame)).flatten()
    }

    /// Tells it once for each connection: a note at a prompt, else a warning.
    pub(super) fn advise(&mut self, caveat: Option<Caveat>) {
        let Some(Caveat { about, text }) = caveat else { return };
        if self.run_options.interactive {
            self.note_once(about, &text);
        } else {
            self.warn_once(about, &text);
        }
    }

    /// Sends a frame: into the window of a script, or waiting for its receipt.
    pub(super) async fn hand_over(
        &mut self,
        client: &Client,
        frame: Frame,
        text: bool,
        receipt: bool,
    ) -> Result<(), ClientError> {
        let answer = client.send_later(frame, text, receipt);
        let Some(pipeline) = &mut self.pipeline else {
            return answer.await.unwrap_or(Err(ClientError::NotConnected));
        };
        pipeline.push(self.place.clone(), answer).await;
        Ok(())
    }
}
