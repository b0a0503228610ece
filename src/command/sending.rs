//! Sends over the current connection: into the window of a script, or each waiting for its receipt.

use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;

use super::connections::ShellConnection;
use super::context::Context;
use super::pipeline::SettledBy;
use crate::client::{Client, ClientError};
use crate::protocol::{Frame, Headers, Verb};
use crate::session::{Caveat, Confirmation, DOUBT_AFTER, Dialect, ReceiptPolicy};

/// How long the prompt waits for a receipt. A server that is doubted to send any is doubted before.
const PROMPT_PATIENCE: Duration = DOUBT_AFTER.saturating_add(Duration::from_millis(500));

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
        let mut caveat = if in_transaction { None } else { self.caveat(dialect, &frame) };
        if !self.run_options.interactive {
            // A script takes the receipt later.
            self.show_caveat(caveat.take());
        }
        if self.send_frame(&client, frame, false, true).await? == Confirmation::Confirmed {
            self.show_caveat(caveat);
        }
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

    /// Sends a frame. A script puts it into its window, which counts the answer later; elsewhere the receipt is awaited.
    pub(super) async fn send_frame(
        &mut self,
        client: &Client,
        frame: Frame,
        text: bool,
        receipt: bool,
    ) -> Result<Confirmation, ClientError> {
        let transaction = frame.header("transaction").map(|name| String::from_utf8_lossy(name).into_owned());
        let asks = receipt && transaction.is_none();
        let settled_by = self.settled_by(transaction, receipt);
        let answer = client.send_later(frame, text, receipt);
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.push(self.location.clone(), settled_by, answer).await;
            return Ok(Confirmation::Unconfirmed);
        }
        let answer = async { answer.await.unwrap_or(Err(ClientError::NotConnected)) };
        let confirmation = self.patiently(client, answer).await?.unwrap_or(Confirmation::Unconfirmed);
        if asks && confirmation == Confirmation::Unconfirmed {
            self.note_unconfirmed(client).await?;
        }
        Ok(confirmation)
    }

    /// Waits for the receipt of a request. The prompt is not held for long: there the result may be `None`, and what
    /// becomes of the request is shown when it is known.
    pub(super) async fn patiently<T>(
        &mut self,
        client: &Client,
        request: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<Option<T>, ClientError> {
        if !self.run_options.interactive {
            return request.await.map(Some);
        }
        if let Ok(result) = tokio::time::timeout(PROMPT_PATIENCE, request).await {
            return result.map(Some);
        }
        self.note_unconfirmed(client).await?;
        Ok(None)
    }

    /// Says that what was sent is not confirmed, unless nothing asks for receipts.
    pub(super) async fn note_unconfirmed(&mut self, client: &Client) -> Result<(), ClientError> {
        let status = client.status().await?;
        if status.receipts == ReceiptPolicy::Never {
            return Ok(());
        }
        if status.seems_without_receipts {
            let text = "this server seems to send no receipts, so nothing that is sent is confirmed; \
                        'set receipts never' stops asking for them";
            self.note_once("receipts", text);
        } else {
            self.note("no receipt yet; the prompt shows how many are open");
        }
        Ok(())
    }

    /// What decides the outcome of a send over the current connection, in the transaction of this name if there is one.
    pub(super) fn settled_by(&self, transaction: Option<String>, receipt: bool) -> SettledBy {
        let (connection, losses) =
            self.connection().map_or((0, 0), |connection| (connection.id, connection.link.borrow().losses));
        match transaction {
            Some(name) => SettledBy::Transaction { connection, name },
            None if receipt && !self.asks_for_nothing() => SettledBy::Receipt,
            None => SettledBy::Disconnect { connection, losses },
        }
    }

    /// Whether no frame over the current connection asks for a receipt.
    pub(crate) fn asks_for_nothing(&self) -> bool {
        self.connection().is_ok_and(|connection| self.never_asks(connection))
    }

    /// The same of any connection.
    pub(super) fn never_asks(&self, connection: &ShellConnection) -> bool {
        self.settings.receipts.unwrap_or(connection.receipts) == ReceiptPolicy::Never
    }

    /// Counts a script's sends in a transaction as unknown before its COMMIT, and returns how many there are.
    pub(super) fn committing(&mut self, transaction: &str) -> u64 {
        let connection = self.connection().map_or(0, |connection| connection.id);
        self.pipeline.as_mut().map_or(0, |pipeline| pipeline.committing(connection, transaction))
    }

    /// Counts them by the answer to COMMIT.
    pub(super) fn committed(&mut self, sends: u64, result: &Result<Confirmation, ClientError>) {
        let settled_by = self.settled_by(None, true);
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.committed(sends, result, settled_by);
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
