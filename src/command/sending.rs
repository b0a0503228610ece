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
        self.send_frame(&client, frame, false, true).await?;
        self.show_caveat(caveat);
        Ok(())
    }

    /// What a receipt of this frame does not confirm. Outside of the prompt, only the risk of a loss counts.
    pub(super) fn caveat(&self, dialect: &Dialect, frame: &Frame) -> Option<Caveat> {
        let shown = self.run_options.interactive || dialect.may_drop(frame);
        shown.then(|| dialect.caveat(frame)).flatten()
    }

    /// Shows the caveat once for each connection: as a remark at the prompt, elsewhere as a warning.
    pub(super) fn show_caveat(&mut self, caveat: Option<Caveat>) {
        let Some(Caveat { about, text }) = caveat else { return };
        if self.run_options.interactive {
            self.note_once(about, &text);
        } else {
            self.warn_once(about, &text);
        }
    }

    /// Sends a frame. A script puts it into its window, so that `Ok` does not mean that it is confirmed; elsewhere the
    /// receipt is awaited.
    pub(super) async fn send_frame(
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
        pipeline.push(self.location.clone(), answer).await;
        Ok(())
    }
}
