//! Sends over the current connection: into the window of a script, or each waiting for its receipt.

use anyhow::Result;
use bytes::Bytes;

use super::context::Context;
use super::pipeline::SettledBy;
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
        let transaction = frame.header("transaction").map(|name| String::from_utf8_lossy(name).into_owned());
        let settled_by = self.settled_by(transaction, receipt);
        let answer = client.send_later(frame, text, receipt);
        let Some(pipeline) = &mut self.pipeline else {
            return answer.await.unwrap_or(Err(ClientError::NotConnected));
        };
        pipeline.push(self.location.clone(), settled_by, answer).await;
        Ok(())
    }

    /// What decides the outcome of a send over the current connection, in the transaction of this name if there is one.
    pub(super) fn settled_by(&self, transaction: Option<String>, receipt: bool) -> SettledBy {
        let (connection, losses) =
            self.connection().map_or((0, 0), |connection| (connection.id, connection.link.borrow().losses));
        match transaction {
            Some(name) => SettledBy::Transaction { connection, name },
            None if receipt => SettledBy::Receipt,
            None => SettledBy::Disconnect { connection, losses },
        }
    }

    /// Counts a script's sends in a transaction as unknown before its COMMIT, and returns how many there are.
    pub(super) fn committing(&mut self, transaction: &str) -> u64 {
        let connection = self.connection().map_or(0, |connection| connection.id);
        self.pipeline.as_mut().map_or(0, |pipeline| pipeline.committing(connection, transaction))
    }

    /// Counts them by the answer to COMMIT.
    pub(super) fn committed(&mut self, sends: u64, result: &Result<(), ClientError>) {
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.committed(sends, result);
        }
    }

    /// Counts a script's sends in a transaction as not sent, since it will never be committed.
    pub(super) fn forget_sends_in(&mut self, transaction: &str) {
        let connection = self.connection().map_or(0, |connection| connection.id);
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.aborted(connection, transaction);
        }
    }
}
