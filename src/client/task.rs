//! The task: serves one connection after another with one session.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;

use super::backoff::Backoff;
use super::connect::Established;
use super::framed_stream::FramedStream;
use super::options::ClientOptions;
use super::request::{ClientRequest, Parting, ReceiptWaiter, ReplySender};
use super::status::Status;
use super::{ClientError, Event, Events};
use crate::protocol::Version;
use crate::session::{
    BulkReport, Chunk, Confirmation, Failure, MoveTransaction, SPRING_CHUNK, Session, Subscription,
};
use crate::transport::{Endpoint, WebSocketClose};

/// Requests wait while the outbox holds this many bytes.
pub(super) const OUTBOX_LIMIT: usize = 256 << 10;

/// The longest time without progress while DISCONNECT is sent and its receipt is awaited.
pub(super) const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to read once more before a silent or unwritable connection counts as lost. After the process was stopped, a
/// timer may end before the runtime has asked the system for bytes that arrived meanwhile.
pub(super) const FINAL_READ_TIMEOUT: Duration = Duration::from_millis(10);

/// The number of the next session, by which the ERRORs of different sessions are distinguished.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

pub(super) struct BulkRun {
    pub(super) chunks: mpsc::Receiver<(Chunk, bool)>,
    pub(super) confirmed: Arc<AtomicU64>,
    pub(super) reply: oneshot::Sender<BulkReport>,
}

/// The large body that is being sent. No other frame can be sent before its end.
pub(super) struct LargeBody {
    pub(super) pieces: mpsc::Receiver<std::io::Result<Bytes>>,
    /// The bytes still to be read from `pieces`.
    pub(super) left: u64,
    pub(super) after: AfterBody,
}

/// What to do at the end of a large body.
pub(super) enum AfterBody {
    /// Nothing: the session already waits for the receipt.
    Receipt,
    /// Reply at once, since no receipt was asked for.
    Answer(ReplySender<Confirmation>),
    /// Send the ACK and then the COMMIT of this transaction, and reply with the receipt of that.
    Commit(MoveTransaction, ReplySender<Confirmation>),
}

/// Resolves when the channel of events has room, to `None` if its receiver was dropped.
pub(super) type EventPermit = Pin<Box<dyn Future<Output = Option<mpsc::OwnedPermit<Event>>> + Send>>;

pub(super) enum ConnectionEnd {
    /// After DISCONNECT, or because the last handle was dropped.
    Closed,
    Lost(ClientError),
}

/// What the task knows about the connection. The session knows whether it is logged in and whether DISCONNECT was sent.
pub(super) enum ConnectionState {
    Up,
    /// No heart-beat came in time. The connection is read until this instant before it counts as lost.
    Silent(Instant),
    /// Writing failed for this reason. What has already arrived is still read.
    Unwritable(String),
    /// A large body ended before its content-length. Only closing the connection can end its frame.
    CutShort,
    /// The connection ends at once, since nobody waits for the broker any longer.
    Cut,
    /// DISCONNECT has its receipt, or an ERROR came instead.
    Disconnected,
}

pub(super) struct Task {
    pub(super) options: ClientOptions,
    pub(super) session: Session<ReceiptWaiter>,
    pub(super) requests: mpsc::UnboundedReceiver<ClientRequest>,
    pub(super) events: mpsc::Sender<Event>,
    /// Events for which the channel has no room. The socket is not read while there is one.
    pub(super) backlog: VecDeque<Event>,
    pub(super) event_permit: Option<EventPermit>,
    pub(super) bulk: Option<BulkRun>,
    pub(super) large_body: Option<LargeBody>,
    /// Requests that wait for the end of a bulk or a large body, for room in the outbox, or for a connection.
    pub(super) queued: VecDeque<ClientRequest>,
    /// Subscriptions whose receipt had not come when the connection was lost. The session subscribes again.
    resubscribing: Vec<ReceiptWaiter>,
    /// Subscriptions without a receipt, with the times of their SUBSCRIBEs, as long as no other frame followed and no
    /// message came for them: an ERROR refuses them.
    pub(super) unproven: Vec<(String, Instant)>,
    /// Those that may have been refused, to be watched once they are renewed.
    pub(super) suspects: Vec<String>,
    pub(super) disconnect_reply: Option<ReplySender<Parting>>,
    pub(super) endpoint: String,
    pub(super) at: Option<Endpoint>,
    pub(super) version: Version,
    pub(super) backoff: Backoff,
    pub(super) sleep: Pin<Box<Sleep>>,
    /// Ends when an ERROR that is incomplete or held back counts as it is.
    pub(super) error_grace: Option<Pin<Box<Sleep>>>,
    /// Whether a MESSAGE with a wrong content-length was reported, as it is once.
    pub(super) told_wrong_length: bool,
    pub(super) state: ConnectionState,
    /// The longest time without progress while DISCONNECT is sent and its receipt is awaited.
    pub(super) disconnect_timeout: Duration,
    /// Whether DISCONNECT was sent to find out if this server sends receipts.
    pub(super) probing: bool,
    /// The reply to DISCONNECT: an error after the first ERROR of this connection, or its loss.
    pub(super) disconnect_result: Result<Parting, ClientError>,
    /// Whether acks without a receipt were sent over this connection.
    pub(super) acked: bool,
    /// Why those of an earlier connection may not have been processed, until others are sent.
    pub(super) unproven_acks: Option<ClientError>,
    /// Why there is no connection, after a loss.
    pub(super) loss: Option<ClientError>,
    /// For [`Client::late_receipts`].
    pub(super) late_receipts: Arc<AtomicU64>,
}

/// Why requests fail after DISCONNECT was sent to find out if this server sends receipts, and they came.
const GIVEN_UP: &str = "it was given up since the first receipt took so long; --receipts always waits for it";

/// The reply to DISCONNECT before there is an answer.
fn unproven() -> Parting {
    Parting::Unproven(ClientError::Lost { reason: "the connection ended before".to_owned() })
}

/// What a handle has of the task.
#[derive(Clone, Debug)]
pub(super) struct TaskLink {
    pub(super) requests: mpsc::UnboundedSender<ClientRequest>,
    pub(super) late_receipts: Arc<AtomicU64>,
}

/// Starts the task on a connection that is logged in.
pub(super) fn start(
    Established { stream, connected, endpoint, at }: Established,
    options: ClientOptions,
) -> Result<(TaskLink, Events), ClientError> {
    let (sender, requests) = mpsc::unbounded_channel();
    let link = TaskLink { requests: sender, late_receipts: Arc::default() };
    let (events, receiver) = mpsc::channel(2);
    let now = Instant::now();
    let version = connected.version;
    let mut session = Session::new(options.receipt_timeout, now);
    session.id = SESSIONS.fetch_add(1, Ordering::Relaxed);
    session.holds_errors = options.reconnect.is_some_and(|policy| policy.resend);
    session.outbox.keep_frames_apart(stream.whole_frames);
    session.set_relayed(stream.whole_frames);
    session.set_receipts(options.receipts, options.doubt_receipts_after);
    // A command of its own connection needs all of them; a shell goes on without.
    session.set_doubts_kinds(!options.disconnects_in_doubt);
    session.connected(connected, now, &[])?;
    let task = Task {
        backoff: Backoff::new(options.reconnect.unwrap_or_default(), now),
        options,
        session,
        requests,
        events,
        backlog: VecDeque::new(),
        event_permit: None,
        bulk: None,
        large_body: None,
        queued: VecDeque::new(),
        resubscribing: Vec::new(),
        unproven: Vec::new(),
        suspects: Vec::new(),
        disconnect_reply: None,
        endpoint,
        at,
        version,
        sleep: Box::pin(tokio::time::sleep(Duration::from_secs(3600))),
        error_grace: None,
        told_wrong_length: false,
        state: ConnectionState::Up,
        disconnect_timeout: DISCONNECT_TIMEOUT,
        probing: false,
        disconnect_result: Ok(unproven()),
        acked: false,
        unproven_acks: None,
        loss: None,
        late_receipts: Arc::clone(&link.late_receipts),
    };
    tokio::spawn(task.run(stream));
    Ok((link, receiver))
}

impl Task {
    async fn run(mut self, mut stream: FramedStream) {
        loop {
            let end = poll_fn(|cx| self.poll_connection(cx, &mut stream)).await;
            let ConnectionEnd::Lost(mut error) = end else {
                let shutdown = poll_fn(|cx| stream.poll_shutdown(cx));
                let _ = tokio::time::timeout(Duration::from_secs(1), shutdown).await;
                if let Some(error) = self.given_up_on_slow_server() {
                    let lost = Event::Lost { error, aborted: Vec::new(), unacked: 0, again: false };
                    self.announce(lost).await;
                }
                return self.end(&ClientError::NotConnected).await;
            };
            drop(stream);
            let mut again =
                self.options.reconnect.is_some() && self.may_retry(&error) && !self.is_abandoned();
            if let Some(held) = self.session.held_error() {
                let received = (self.session.open_receipts() == 0).then(|| self.session.received());
                let progress = (self.session.confirmed(), received);
                again = again && self.backoff.outlasts_error(Instant::now(), progress);
                if again {
                    error = ClientError::Broker(Box::new(held.clone()));
                } else {
                    self.release_errors();
                }
            }
            self.fail_disconnect(|| error.clone());
            if self.acked {
                self.unproven_acks = self.disconnect_result.clone().err();
            }
            self.loss = Some(error.clone()).filter(|error| !error.is_not_connected());
            let unacked = self.session.subscriptions().iter().map(Subscription::unacked).sum();
            let aborted = self.fail_pending(&error, again);
            self.announce(Event::Lost { error: error.clone(), aborted, unacked, again }).await;
            if !again {
                self.stop_lost_bulk(&error);
                return self.end(&error).await;
            }
            match self.reconnect().await {
                Ok(new) => stream = new,
                Err(error) => {
                    self.stop_lost_bulk(&error);
                    self.loss = Some(error.clone()).filter(|error| !error.is_not_connected()).or(self.loss);
                    let lost =
                        Event::Lost { error: error.clone(), aborted: Vec::new(), unacked: 0, again: false };
                    self.announce(lost).await;
                    return self.end(&error).await;
                }
            }
        }
    }

    /// The failure of requests after DISCONNECT was sent to find out if this server sends receipts, and they came.
    fn given_up_on_slow_server(&self) -> Option<ClientError> {
        let slow = self.probing && !self.session.has_confirmed_nothing();
        slow.then(|| ClientError::Lost { reason: GIVEN_UP.to_owned() })
    }

    /// Ends a bulk that was to go on after a reconnect.
    fn stop_lost_bulk(&mut self, error: &ClientError) {
        if let Some(bulk) = self.session.bulk() {
            bulk.stop(Failure::unknown(error.to_string()));
        }
    }

    /// Whether the next connection may be better. If this one ended because a WebSocket message was too big, the next
    /// one sends smaller ones; a server that refuses those as well would refuse them for ever.
    fn may_retry(&mut self, error: &ClientError) -> bool {
        let too_big =
            matches!(error, ClientError::WebSocketClosed(close) if close.code == WebSocketClose::TOO_BIG);
        let was_whole = self.options.websocket_chunk.is_none();
        if too_big && was_whole {
            self.options.websocket_chunk = Some(SPRING_CHUNK);
        }
        error.may_retry() && (!too_big || was_whole)
    }

    /// Replies to all requests that were lost with the connection, and returns the names of the transactions that the
    /// broker aborts.
    fn fail_pending(&mut self, error: &ClientError, again: bool) -> Vec<String> {
        let reason = error.to_string();
        self.backoff.lost(Instant::now(), self.session.confirmed());
        let aborted = self.session.lost(&reason);
        match self.large_body.take().map(|body| body.after) {
            // At least its head was sent.
            Some(AfterBody::Answer(reply)) => drop(reply.send(Err(Failure::unknown(reason).into()))),
            Some(AfterBody::Commit(_, reply)) => drop(reply.send(Err(Failure::NotSent { reason }.into()))),
            Some(AfterBody::Receipt) | None => {}
        }
        for outcome in self.session.outcomes() {
            match (outcome.token, outcome.result) {
                (
                    waiter @ ReceiptWaiter::Subscribed(..),
                    Err(Failure::Unknown { .. } | Failure::NotSent { .. }),
                ) if again => self.resubscribing.push(waiter),
                // The error names the malformed frame that came instead of the receipt.
                (waiter @ ReceiptWaiter::Subscribed(..), Err(Failure::Unknown { .. }))
                    if matches!(error, ClientError::Protocol(_)) =>
                {
                    waiter.reply(Err(error.clone()));
                }
                (ReceiptWaiter::Disconnect, _) => {}
                (waiter, result) => drop(waiter.reply(result.map_err(ClientError::from))),
            }
        }
        self.finish_bulk(false);
        aborted
    }

    pub(super) fn connected_again(&mut self, established: &Established) -> Result<(), ClientError> {
        let Established { connected, endpoint, stream, at } = established;
        self.at.clone_from(at);
        let now = Instant::now();
        self.session.outbox.keep_frames_apart(stream.whole_frames);
        self.session.set_relayed(stream.whole_frames);
        self.state = ConnectionState::Up;
        (self.error_grace, self.loss) = (None, None);
        (self.disconnect_result, self.acked) = (Ok(unproven()), false);
        self.version = connected.version;
        self.endpoint.clone_from(endpoint);
        self.backoff.connected(now, self.session.confirmed());
        let wanted: Vec<&str> = self.resubscribing.iter().filter_map(ReceiptWaiter::subscription).collect();
        let asked = self.session.connected(connected.clone(), now, &wanted)?;
        self.unproven = std::mem::take(&mut self.suspects).into_iter().map(|id| (id, now)).collect();
        for waiter in std::mem::take(&mut self.resubscribing) {
            match asked.iter().find(|(id, _)| waiter.subscription() == Some(id)) {
                Some((_, receipt)) => self.session.expect(Some(*receipt), waiter),
                // It was unsubscribed meanwhile.
                None => {
                    waiter.reply(Err(ClientError::NotConnected));
                }
            }
        }
        Ok(())
    }

    /// Replies with `error` to all requests without a reply, and fails those that come later.
    async fn end(mut self, error: &ClientError) {
        let given_up = self.given_up_on_slow_server();
        if self.probing {
            self.session.fail_unanswered(&match &self.disconnect_result {
                Ok(_) if given_up.is_some() => Failure::unknown(GIVEN_UP),
                Ok(Parting::Receipt | Parting::Closed) => Failure::NoReceipts,
                Ok(Parting::Unproven(error)) => {
                    let reason = error.reason_of_loss();
                    Failure::unknown(format!("the server answered neither this nor DISCONNECT: {reason}"))
                }
                Err(error) => Failure::unknown(error.to_string()),
            });
        }
        self.session.lost(&error.to_string());
        self.deliver_outcomes();
        for waiter in std::mem::take(&mut self.resubscribing) {
            waiter.reply(Err(error.clone()));
        }
        self.finish_bulk(true);
        if let Some(error) = self.unproven_acks.take() {
            self.fail_disconnect(|| error);
        }
        if let Some(reply) = self.disconnect_reply.take() {
            let _ = reply.send(self.disconnect_result.clone());
        }
        let result = self.disconnect_result.clone();
        let later = given_up.unwrap_or_else(|| self.not_connected());
        let error = if self.probing { &later } else { error };
        let (mut requests, queued) = self.into_requests();
        for request in queued.into_iter().chain(std::iter::from_fn(|| requests.try_recv().ok())) {
            request.fail_at_end(error, &result);
        }
        // A command that was done before may learn only now, from its DISCONNECT, that the broker refused something.
        while let Some(request) = requests.recv().await {
            request.fail_at_end(&later, &result);
        }
    }

    /// The failure of a request while there is no connection.
    pub(super) fn not_connected(&self) -> ClientError {
        let loss = self.loss.clone().map(Box::new);
        loss.map_or(ClientError::NotConnected, ClientError::LostBefore)
    }

    /// Drops all else, with the sender of the events.
    fn into_requests(self) -> (mpsc::UnboundedReceiver<ClientRequest>, VecDeque<ClientRequest>) {
        (self.requests, self.queued)
    }

    /// Whether all handles were dropped and the channel of requests is empty.
    pub(super) fn is_abandoned(&self) -> bool {
        self.requests.is_closed() && self.requests.is_empty()
    }

    pub(super) fn status(&self) -> Status {
        Status {
            connected: self.session.connection().cloned(),
            dialect: self.session.dialect(),
            endpoint: self.endpoint.clone(),
            at: self.at.clone(),
            client_id: self.options.connect.client_id(),
            subscriptions: self.session.subscriptions().to_vec(),
            transactions: self.session.transactions(),
            received: self.session.received(),
            open_receipts: self.session.open_receipts(),
            receipts: self.session.receipt_policy(),
            seems_without_receipts: self.session.seems_without_receipts(),
            in_order: self.session.is_in_order(),
            connections: self.session.connections(),
        }
    }
}
