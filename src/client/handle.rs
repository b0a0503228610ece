//! The handle: cloneable, sends requests to the owner task and waits for their answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::request::{Reply, Request, StreamedBody};
use super::{ClientError, Status};
use crate::protocol::{Batch, Frame};
use crate::session::{
    Bulk, BulkReport, Chunk, Confirm, Failure, Received, SendHead, Settled, Subscribe, Transfer, WINDOW,
    Which,
};

/// A handle on a connection.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) requests: mpsc::UnboundedSender<Request>,
}

impl Client {
    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(request(reply)).is_err() {
            return Err(ClientError::NotConnected);
        }
        answer.await.unwrap_or(Err(ClientError::NotConnected))
    }

    /// Sends a message. With `receipt`, the answer comes when the broker has confirmed it; without,
    /// when it is on its way. `text` leaves content-length out.
    pub async fn send(&self, frame: Frame, text: bool, receipt: bool) -> Result<(), ClientError> {
        self.ask(|reply| Request::Send { frame, text, receipt, reply }).await
    }

    /// The same, but the answer is waited for elsewhere: messages can be pipelined.
    pub fn send_later(
        &self,
        frame: Frame,
        text: bool,
        receipt: bool,
    ) -> oneshot::Receiver<Result<(), ClientError>> {
        let (reply, answer) = oneshot::channel();
        // Where the task has ended, the reply is dropped, which the receiver sees.
        let _ = self.requests.send(Request::Send { frame, text, receipt, reply });
        answer
    }

    /// Sends a message whose body comes in pieces; nothing else is sent meanwhile.
    pub async fn send_stream(
        &self,
        frame: Frame,
        body: StreamedBody,
        receipt: bool,
    ) -> Result<(), ClientError> {
        self.ask(|reply| Request::SendStream { frame, body, receipt, reply }).await
    }

    /// Takes messages from their queue and sends them to another one, in one transaction; with a `body`, a
    /// single one whose body comes in pieces. The answer comes with the COMMIT's receipt. An error that is
    /// no [`Failure::Unknown`] says that the transaction was not carried out.
    pub async fn transact(&self, transfer: Transfer, body: Option<StreamedBody>) -> Result<(), ClientError> {
        self.ask(|reply| Request::Transact { transfer, body, reply }).await
    }

    /// Subscribes; returns the id.
    pub async fn subscribe(&self, options: Subscribe) -> Result<String, ClientError> {
        self.ask(|reply| Request::Subscribe { options, reply }).await
    }

    /// Ends a subscription, named by its id or destination; returns its id.
    pub async fn unsubscribe(&self, name: &str, durable: bool) -> Result<String, ClientError> {
        let name = name.to_owned();
        self.ask(|reply| Request::Unsubscribe { name, durable, reply }).await
    }

    /// Acks or nacks.
    pub async fn settle(&self, which: Which, nack: bool, tx: Option<String>) -> Result<Settled, ClientError> {
        self.ask(|reply| Request::Settle { which, nack, transaction: tx, reply }).await
    }

    /// Acks by what [`crate::protocol::FrameRef::ack_token`] found in a message; without a receipt and
    /// without waiting. What came over an earlier connection is passed over.
    pub fn ack_token(&self, subscription: &Arc<str>, token: &[u8], nack: bool, connection: u64) {
        let subscription = Arc::clone(subscription);
        let request = Request::Ack { subscription, token: token.into(), nack, connection };
        // Without a connection there is nothing to ack any more.
        let _ = self.requests.send(request);
    }

    /// Acks messages of a batch by their indexes, without a receipt and without waiting. What came
    /// over an earlier connection is passed over.
    pub fn ack_frames(&self, batch: impl Into<Arc<Batch>>, frames: Vec<u32>, connection: u64) {
        let received = Received { batch: batch.into(), frames, connection };
        // Without a connection there is nothing to ack any more.
        let _ = self.requests.send(Request::AckFrames(received));
    }

    /// Opens a transaction.
    pub async fn begin(&self, name: &str) -> Result<(), ClientError> {
        let name = name.to_owned();
        self.ask(|reply| Request::Begin { name, reply }).await
    }

    /// Carries a transaction out.
    pub async fn commit(&self, name: &str) -> Result<(), ClientError> {
        let name = name.to_owned();
        self.ask(|reply| Request::EndTransaction { name, commit: true, reply }).await
    }

    /// Drops a transaction.
    pub async fn abort(&self, name: &str) -> Result<(), ClientError> {
        let name = name.to_owned();
        self.ask(|reply| Request::EndTransaction { name, commit: false, reply }).await
    }

    /// What the connection is and has done.
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.ask(|reply| Request::Status { reply }).await
    }

    /// Says goodbye and waits for the receipt, which proves that all before it was processed; an end
    /// of the connection is taken in its stead. Whether the receipt itself came is the answer. An error:
    /// the broker refused something that was sent before without a receipt, or it never went out.
    pub async fn disconnect(&self) -> Result<bool, ClientError> {
        self.ask(|reply| Request::Disconnect { reply }).await
    }

    /// Ends the input of the bulk under way: what is in flight may still be answered.
    fn stop_bulk(&self) {
        // Without a connection there is no bulk.
        let _ = self.requests.send(Request::StopBulk { now: false });
    }

    /// Ends the bulk under way: its report comes at once.
    fn cut_bulk(&self) {
        // As above.
        let _ = self.requests.send(Request::StopBulk { now: true });
    }

    /// Begins to send many messages. With `retain`, those without a receipt are sent again after a
    /// reconnect.
    pub fn bulk(&self, head: SendHead, confirm: Confirm, retain: bool) -> BulkSender {
        let (chunks, incoming) = mpsc::channel(2);
        let (reply, report) = oneshot::channel();
        let confirmed = Arc::new(AtomicU64::new(0));
        let bulk = Bulk::new(head, confirm, u64::from(WINDOW), retain);
        let request = Request::Bulk {
            bulk: Box::new(bulk),
            chunks: incoming,
            confirmed: Arc::clone(&confirmed),
            reply,
        };
        if let Err(unsent) = self.requests.send(request) {
            unsent.0.fail(ClientError::NotConnected);
        }
        BulkSender { chunks, report, confirmed }
    }
}

/// The sending end of a bulk.
#[derive(Debug)]
pub struct BulkSender {
    chunks: mpsc::Sender<(Chunk, bool)>,
    report: oneshot::Receiver<BulkReport>,
    confirmed: Arc<AtomicU64>,
}

impl BulkSender {
    /// The channel that takes chunks, for a thread that reads them; `true` with the last one.
    /// Dropping it without a last one stops the bulk. It is closed when the bulk has failed.
    pub fn chunks(&self) -> mpsc::Sender<(Chunk, bool)> {
        self.chunks.clone()
    }

    /// How many messages are confirmed so far.
    pub fn confirmed(&self) -> u64 {
        self.confirmed.load(Ordering::Relaxed)
    }

    /// A counter of confirmed messages, for showing progress.
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.confirmed)
    }

    /// Waits until all are answered or the bulk has failed.
    pub async fn report(self) -> BulkReport {
        drop(self.chunks);
        self.report.await.unwrap_or_else(|_| BulkReport {
            failure: Some(Failure::unknown("the connection ended")),
            ..BulkReport::default()
        })
    }

    /// The same, until `stopped`: then no more is sent, and what is in flight has `patience` to be answered.
    pub async fn report_until(
        self,
        client: &Client,
        stopped: impl Future<Output = ()>,
        patience: Duration,
    ) -> BulkReport {
        let mut report = std::pin::pin!(self.report());
        tokio::select! {
            report = &mut report => return report,
            () = stopped => client.stop_bulk(),
        }
        if let Ok(report) = tokio::time::timeout(patience, &mut report).await {
            return report;
        }
        client.cut_bulk();
        report.await
    }
}
