//! The handle: cloneable, sends requests to the owner task and waits for their answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::connect::{establish_at_first, log_in};
use super::request::{ClientRequest, Parting, ReplySender, StreamedBody};
use super::task::{TaskLink, start};
use super::{ClientError, ClientOptions, Events, Status};
use crate::protocol::{Batch, Frame, Headers};
use crate::session::{
    AckTarget, Bulk, BulkReport, Chunk, Confirm, Confirmation, Failure, LastAcks, MoveTransaction,
    ReceiptPolicy, Received, SendHead, Settled, Subscribe, WINDOW,
};
use crate::transport::{Dialed, Endpoint};

/// A handle on a connection. The connection is closed when its last handle is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    task: TaskLink,
}

impl Client {
    /// Connects, and tries again for `options.wait` while the broker cannot be reached. The events must be received,
    /// otherwise the client stops reading the socket.
    pub async fn connect(options: ClientOptions) -> Result<(Self, Events), ClientError> {
        let established = establish_at_first(&options).await?;
        let (task, events) = start(established, options)?;
        Ok((Self { task }, events))
    }

    /// Like [`Client::connect`] on a connection that the caller has dialled. Asks for `vhost` and no other.
    pub(crate) async fn log_in(
        dialed: Dialed,
        endpoint: &Endpoint,
        vhost: &str,
        options: ClientOptions,
    ) -> Result<(Self, Events), ClientError> {
        let established = log_in(dialed, endpoint, vhost, &options).await?;
        let (task, events) = start(established, options)?;
        Ok((Self { task }, events))
    }

    async fn ask<T>(&self, request: impl FnOnce(ReplySender<T>) -> ClientRequest) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        if self.task.requests.send(request(reply)).is_err() {
            return Err(ClientError::NotConnected);
        }
        answer.await.unwrap_or(Err(ClientError::NotConnected))
    }

    /// Sends a message. With `receipt`, waits until the broker has confirmed it, as far as
    /// [`ClientOptions::receipts`] allows; without, until it is in the send buffer. `text` omits content-length.
    pub async fn send(&self, frame: Frame, text: bool, receipt: bool) -> Result<Confirmation, ClientError> {
        self.ask(|reply| ClientRequest::Send { frame, text, receipt, reply }).await
    }

    /// Like [`Client::send`], but returns at once with a receiver of the result, so that sends can be pipelined.
    pub fn send_later(
        &self,
        frame: Frame,
        text: bool,
        receipt: bool,
    ) -> oneshot::Receiver<Result<Confirmation, ClientError>> {
        let (reply, answer) = oneshot::channel();
        // If the task has ended, dropping the request closes the receiver.
        let _ = self.task.requests.send(ClientRequest::Send { frame, text, receipt, reply });
        answer
    }

    /// Sends a message whose body is read in pieces. All other frames wait until it has been sent.
    pub async fn send_stream(
        &self,
        frame: Frame,
        body: StreamedBody,
        receipt: bool,
    ) -> Result<Confirmation, ClientError> {
        self.ask(|reply| ClientRequest::SendStream { frame, body, receipt, reply }).await
    }

    /// Acks messages and sends them to another destination in one transaction, and waits for the receipt of COMMIT.
    /// `body` is the body of a single large message. With any error but [`Failure::Unknown`], nothing was committed.
    pub(crate) async fn transact(
        &self,
        transaction: MoveTransaction,
        body: Option<StreamedBody>,
    ) -> Result<Confirmation, ClientError> {
        self.ask(|reply| ClientRequest::Transact { transaction, body, reply }).await
    }

    /// Subscribes, waits for the receipt, and returns the subscription's id.
    pub async fn subscribe(&self, options: Subscribe) -> Result<String, ClientError> {
        self.subscribe_later(options).await.unwrap_or(Err(ClientError::NotConnected))
    }

    /// Like [`Client::subscribe`], but returns at once with a receiver of the result.
    pub(crate) fn subscribe_later(
        &self,
        options: Subscribe,
    ) -> oneshot::Receiver<Result<String, ClientError>> {
        let (reply, answer) = oneshot::channel();
        // If the task has ended, dropping the request closes the receiver.
        let _ = self.task.requests.send(ClientRequest::Subscribe { options, reply });
        answer
    }

    /// Ends the subscription with this id or destination, waits for the receipt, and returns its id.
    pub async fn unsubscribe(&self, name: &str, durable: bool) -> Result<String, ClientError> {
        let name = name.to_owned();
        self.ask(|reply| ClientRequest::Unsubscribe { name, durable, reply }).await
    }

    /// Sends an ACK, or a NACK, for messages that the session remembers, in a transaction if `tx` names one.
    pub async fn settle(
        &self,
        which: AckTarget,
        nack: bool,
        tx: Option<String>,
    ) -> Result<Settled, ClientError> {
        self.settle_with(which, nack, tx, Headers::new()).await
    }

    /// Like [`Client::settle`], with additional headers.
    pub(crate) async fn settle_with(
        &self,
        which: AckTarget,
        nack: bool,
        transaction: Option<String>,
        headers: Headers,
    ) -> Result<Settled, ClientError> {
        self.ask(|reply| ClientRequest::Settle { which, nack, transaction, headers, reply }).await
    }

    /// Acks the message with this [`crate::protocol::FrameRef::ack_token`], without waiting; [`Client::disconnect`] waits for
    /// its receipt.
    /// Does nothing if the message came over an earlier connection.
    pub fn ack_token(&self, subscription: &Arc<str>, token: &[u8], nack: bool, connection: u64) {
        let subscription = Arc::clone(subscription);
        self.post(ClientRequest::Ack { subscription, token: token.into(), nack, connection });
    }

    /// Acks messages of a batch by their indexes, without waiting. Does nothing if they came over an earlier connection.
    /// [`Client::disconnect`] waits for the receipts of the `last` acks, which it could overtake on some servers.
    pub(crate) fn ack_frames(
        &self,
        batch: impl Into<Arc<Batch>>,
        frames: Vec<u32>,
        connection: u64,
        last: bool,
    ) {
        let received = Received { batch: batch.into(), frames, connection };
        self.post(ClientRequest::AckFrames(received, last, None));
    }

    /// Like [`Client::ack_frames`], with a receipt for the last of them, and returns at once with a receiver of the result.
    pub(crate) fn ack_frames_later(
        &self,
        received: Received,
    ) -> oneshot::Receiver<Result<Confirmation, ClientError>> {
        let (reply, answer) = oneshot::channel();
        // If the task has ended, dropping the request closes the receiver.
        self.post(ClientRequest::AckFrames(received, true, Some(reply)));
        answer
    }

    /// Sends the last acks of a subscription, ends it, and waits for the receipt.
    pub(crate) async fn ack_last(&self, acks: LastAcks) -> Result<Confirmation, ClientError> {
        self.ask(|reply| ClientRequest::AckLast { acks, reply }).await
    }

    /// Sends BEGIN and waits for its receipt.
    pub async fn begin(&self, name: &str) -> Result<Confirmation, ClientError> {
        self.begin_with(name, Headers::new()).await
    }

    /// Like [`Client::begin`], with additional headers.
    pub(crate) async fn begin_with(&self, name: &str, headers: Headers) -> Result<Confirmation, ClientError> {
        let name = name.to_owned();
        self.ask(|reply| ClientRequest::Begin { name, headers, reply }).await
    }

    /// Sends COMMIT and waits for its receipt.
    pub async fn commit(&self, name: &str) -> Result<Confirmation, ClientError> {
        self.end_transaction(name, true, Headers::new()).await
    }

    /// Sends ABORT and waits for its receipt.
    pub async fn abort(&self, name: &str) -> Result<Confirmation, ClientError> {
        self.end_transaction(name, false, Headers::new()).await
    }

    /// Sends COMMIT, or ABORT, with additional headers.
    pub(crate) async fn end_transaction(
        &self,
        name: &str,
        commit: bool,
        headers: Headers,
    ) -> Result<Confirmation, ClientError> {
        let name = name.to_owned();
        self.ask(|reply| ClientRequest::EndTransaction { name, commit, headers, reply }).await
    }

    /// The number of sends whose outcome was given as [`Confirmation::Unconfirmed`] and whose receipts came after that.
    pub(crate) fn late_receipts(&self) -> u64 {
        self.task.late_receipts.load(Ordering::Relaxed)
    }

    /// Sets which frames ask for receipts from now on.
    pub(crate) fn set_receipts(&self, policy: ReceiptPolicy) {
        self.post(ClientRequest::SetReceipts(policy));
    }

    /// Asks the task for the state of the connection. It answers also while the client reconnects.
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.ask(|reply| ClientRequest::Status { reply }).await
    }

    /// Sends DISCONNECT and waits until its receipt comes, which proves that the broker has processed all frames before
    /// it, or the connection ends. Returns whether the receipt came. It is an error if the broker has sent an ERROR over
    /// this connection before, or if a frame was never sent.
    pub async fn disconnect(&self) -> Result<bool, ClientError> {
        Ok(matches!(self.part().await?, Parting::Receipt))
    }

    /// Like [`Client::disconnect`], and tells an orderly end of the connection from others.
    pub(crate) async fn part(&self) -> Result<Parting, ClientError> {
        self.ask(|reply| ClientRequest::Disconnect { reply }).await
    }

    /// Ends the connection at once, without DISCONNECT. All requests are answered as far as their outcome is known.
    pub(crate) fn cut(&self) {
        self.post(ClientRequest::Cut);
    }

    /// Stops reading messages for the current bulk and waits for the receipts of those that were sent.
    fn stop_bulk(&self) {
        self.post(ClientRequest::StopBulk { now: false });
    }

    /// Ends the current bulk at once, without waiting for receipts.
    fn cut_bulk(&self) {
        self.post(ClientRequest::StopBulk { now: true });
    }

    /// Sends a request that has no reply. After the end of the task there is nothing left to ack or to stop.
    fn post(&self, request: ClientRequest) {
        let _ = self.task.requests.send(request);
    }

    /// Begins to send many messages. With `retain`, those that have no receipt yet are resent after a reconnect.
    pub fn bulk(&self, head: SendHead, confirm: Confirm, retain: bool) -> BulkSender {
        let (chunks, incoming) = mpsc::channel(2);
        let (reply, report) = oneshot::channel();
        let confirmed = Arc::new(AtomicU64::new(0));
        let bulk = Bulk::new(head, confirm, u64::from(WINDOW), retain);
        let request = ClientRequest::Bulk {
            bulk: Box::new(bulk),
            chunks: incoming,
            confirmed: Arc::clone(&confirmed),
            reply,
        };
        if let Err(unsent) = self.task.requests.send(request) {
            unsent.0.fail(ClientError::NotConnected);
        }
        BulkSender { chunks, report, confirmed }
    }
}

/// Passes the messages of a [`Client::bulk`] to the client, and waits for its report.
#[derive(Debug)]
pub struct BulkSender {
    chunks: mpsc::Sender<(Chunk, bool)>,
    report: oneshot::Receiver<BulkReport>,
    confirmed: Arc<AtomicU64>,
}

impl BulkSender {
    /// The channel for chunks of messages, each with `true` if it is the last one. The bulk stops if all senders are
    /// dropped without a last chunk. The channel is closed when the bulk has failed.
    pub fn chunks(&self) -> mpsc::Sender<(Chunk, bool)> {
        self.chunks.clone()
    }

    /// The number of messages confirmed so far, which the task keeps up to date.
    pub(crate) fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.confirmed)
    }

    /// Waits until all messages are confirmed or refused, or the bulk has failed.
    pub async fn report(self) -> BulkReport {
        drop(self.chunks);
        self.report.await.unwrap_or_else(|_| BulkReport {
            failure: Some(Failure::unknown("the connection ended")),
            ..BulkReport::default()
        })
    }

    /// The same, until `stopped`: then no more is sent, and what is in flight has `patience` to be answered.
    pub(crate) async fn report_until(
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
