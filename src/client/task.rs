//! The owner: one connection after another, each with its session.

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
use super::link::Link;
use super::options::ClientOptions;
use super::request::{Reply, Request, Waiting};
use super::status::Status;
use super::{ClientError, Event, Events};
use crate::protocol::Version;
use crate::session::{BulkReport, Chunk, Failure, Session, Subscription};
use crate::transport::Endpoint;

/// Bytes that may wait for the socket before requests do.
pub(super) const OUTBOX: usize = 256 << 10;

/// How long to wait for what the broker still has to say after DISCONNECT, or an ERROR.
pub(super) const GOODBYE: Duration = Duration::from_secs(5);

/// How long a silent peer is looked at once more before it counts as dead. A timer may end before the
/// runtime has asked the system for what is there, as after the process stood still; this lets it ask.
pub(super) const LAST_LOOK: Duration = Duration::from_millis(10);

/// How many sessions there were: their numbers tell their ERRORs apart.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

/// A bulk under way.
pub(super) struct BulkRun {
    pub(super) chunks: mpsc::Receiver<(Chunk, bool)>,
    pub(super) confirmed: Arc<AtomicU64>,
    pub(super) reply: oneshot::Sender<BulkReport>,
}

/// A large body under way.
pub(super) struct StreamRun {
    pub(super) pieces: mpsc::Receiver<std::io::Result<Bytes>>,
    pub(super) left: u64,
    pub(super) then: Then,
}

/// What follows the end of a large body.
pub(super) enum Then {
    /// Nothing: the receipt is waited for already.
    Receipt,
    /// An answer, since no receipt was asked for.
    Answer(Reply<()>),
    /// The COMMIT of this transaction, whose receipt is the answer.
    Commit(String, Reply<()>),
}

/// Waits for room in the channel of events.
pub(super) type Reserving = Pin<Box<dyn Future<Output = Option<mpsc::OwnedPermit<Event>>> + Send>>;

/// Why a connection's turn is over.
pub(super) enum End {
    /// DISCONNECT was answered, or nobody holds the handle any more.
    Closed,
    /// The connection is gone.
    Lost(ClientError),
}

/// How the connection stands, as far as the task alone can know: whether it is logged in and whether
/// DISCONNECT was sent is known to the session.
pub(super) enum State {
    /// It works.
    Up,
    /// The peer has been silent for too long, and is looked at until then.
    Doubted(Instant),
    /// The socket takes nothing more, for this reason; what came before that is still read.
    Unwritable(String),
    /// A large body ended before its length. Its frame cannot be ended, so that the connection has to be.
    CutShort,
    /// DISCONNECT was answered, by its receipt or otherwise.
    Gone,
}

/// What the owner task owns.
pub(super) struct Task {
    pub(super) options: ClientOptions,
    pub(super) session: Session<Waiting>,
    pub(super) requests: mpsc::UnboundedReceiver<Request>,
    pub(super) events: mpsc::Sender<Event>,
    /// Events that the channel has no room for; reading stops while there is one.
    pub(super) backlog: VecDeque<Event>,
    pub(super) reserving: Option<Reserving>,
    pub(super) bulk: Option<BulkRun>,
    pub(super) stream: Option<StreamRun>,
    /// Requests that wait for the bulk or the large body before them, or for a connection.
    pub(super) waiting: VecDeque<Request>,
    /// Who waits for a SUBSCRIBE whose connection was lost before its receipt came.
    resubscribing: Vec<Waiting>,
    pub(super) goodbye: Option<Reply<bool>>,
    pub(super) endpoint: String,
    pub(super) at: Option<Endpoint>,
    pub(super) version: Version,
    pub(super) backoff: Backoff,
    pub(super) sleep: Pin<Box<Sleep>>,
    pub(super) state: State,
    /// What came of DISCONNECT.
    pub(super) parting: Result<bool, ClientError>,
}

/// Starts the task on a connection that is logged in; returns where it takes requests, and its events.
pub(super) fn start(
    Established { link, connected, endpoint, at }: Established,
    options: ClientOptions,
) -> Result<(mpsc::UnboundedSender<Request>, Events), ClientError> {
    let (sender, requests) = mpsc::unbounded_channel();
    let (events, receiver) = mpsc::channel(2);
    let now = Instant::now();
    let version = connected.version;
    let mut session = Session::new(options.receipt_timeout, now);
    session.id = SESSIONS.fetch_add(1, Ordering::Relaxed);
    session.outbox.keep_frames_apart(link.whole_frames);
    session.connected(connected, now, &[])?;
    let task = Task {
        backoff: Backoff::new(options.reconnect.unwrap_or_default(), now),
        options,
        session,
        requests,
        events,
        backlog: VecDeque::new(),
        reserving: None,
        bulk: None,
        stream: None,
        waiting: VecDeque::new(),
        resubscribing: Vec::new(),
        goodbye: None,
        endpoint,
        at,
        version,
        sleep: Box::pin(tokio::time::sleep(Duration::from_secs(3600))),
        state: State::Up,
        parting: Ok(false),
    };
    tokio::spawn(task.run(link));
    Ok((sender, receiver))
}

impl Task {
    /// Serves one connection after another until the last one has ended.
    async fn run(mut self, mut link: Link) {
        loop {
            let end = poll_fn(|cx| self.poll_connection(cx, &mut link)).await;
            let error = match end {
                End::Closed => {
                    let _ =
                        tokio::time::timeout(Duration::from_secs(1), poll_fn(|cx| link.poll_shutdown(cx)))
                            .await;
                    return self.end(&ClientError::NotConnected);
                }
                End::Lost(error) => error,
            };
            drop(link);
            let again = self.options.reconnect.is_some() && error.may_retry() && !self.is_abandoned();
            let unacked = self.session.subscriptions().iter().map(Subscription::unacked).sum();
            let aborted = self.lost(&error, again);
            self.announce(Event::Lost { error: error.clone(), aborted, unacked, again }).await;
            if !again {
                return self.end(&error);
            }
            match self.reconnect().await {
                Ok(new) => link = new,
                Err(error) => {
                    if let Some(bulk) = self.session.bulk() {
                        bulk.stop(Failure::unknown(error.to_string()));
                    }
                    let lost =
                        Event::Lost { error: error.clone(), aborted: Vec::new(), unacked: 0, again: false };
                    self.announce(lost).await;
                    return self.end(&error);
                }
            }
        }
    }

    /// The connection is gone: answers everyone who waits for something that it took with it. Returns
    /// the transactions among that.
    fn lost(&mut self, error: &ClientError, again: bool) -> Vec<String> {
        let reason = error.to_string();
        self.backoff.lost(Instant::now(), self.session.confirmed());
        let aborted = self.session.lost(&reason);
        match self.stream.take().map(|stream| stream.then) {
            // Its head at least was on its way.
            Some(Then::Answer(reply)) => drop(reply.send(Err(Failure::unknown(reason).into()))),
            Some(Then::Commit(_, reply)) => drop(reply.send(Err(Failure::NotSent { reason }.into()))),
            Some(Then::Receipt) | None => {}
        }
        for outcome in self.session.outcomes() {
            match (outcome.token, outcome.result) {
                // The session asks for it again by itself.
                (
                    waiting @ Waiting::Subscribed(..),
                    Err(Failure::Unknown { .. } | Failure::NotSent { .. }),
                ) if again => {
                    self.resubscribing.push(waiting);
                }
                // Whoever waited sees the frame that came in place of the receipt.
                (waiting @ Waiting::Subscribed(..), Err(Failure::Unknown { .. }))
                    if matches!(error, ClientError::Protocol(_)) =>
                {
                    waiting.answer(Err(error.clone()));
                }
                (Waiting::Goodbye, _) => {}
                (waiting, result) => {
                    waiting.answer(result.map_err(ClientError::from));
                }
            }
        }
        self.finish_bulk(false);
        aborted
    }

    /// There is a connection again.
    pub(super) fn connected_again(&mut self, established: &Established) -> Result<(), ClientError> {
        let Established { connected, endpoint, link, at } = established;
        self.at.clone_from(at);
        let now = Instant::now();
        self.session.outbox.keep_frames_apart(link.whole_frames);
        self.state = State::Up;
        self.version = connected.version;
        self.endpoint.clone_from(endpoint);
        self.backoff.connected(now, self.session.confirmed());
        let wanted: Vec<&str> = self.resubscribing.iter().filter_map(Waiting::subscription).collect();
        let asked = self.session.connected(connected.clone(), now, &wanted)?;
        for waiting in std::mem::take(&mut self.resubscribing) {
            match asked.iter().find(|(id, _)| waiting.subscription() == Some(id)) {
                Some((_, receipt)) => self.session.expect(*receipt, waiting),
                // Ended in the meantime.
                None => {
                    waiting.answer(Err(ClientError::NotConnected));
                }
            }
        }
        Ok(())
    }

    /// Answers everyone who still waits; nobody will hear more.
    fn end(mut self, error: &ClientError) {
        self.session.lost(&error.to_string());
        self.answer();
        for waiting in std::mem::take(&mut self.resubscribing) {
            waiting.answer(Err(error.clone()));
        }
        self.finish_bulk(true);
        if let Some(goodbye) = self.goodbye.take() {
            let _ = goodbye.send(self.parting.clone());
        }
        self.requests.close();
        let waiting = std::mem::take(&mut self.waiting);
        for request in waiting.into_iter().chain(std::iter::from_fn(|| self.requests.try_recv().ok())) {
            request.fail(error.clone());
        }
    }

    /// Whether nobody holds a handle any more, and all that was asked for has been looked at.
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
            transactions: self.session.transactions().to_vec(),
            received: self.session.received(),
            open_receipts: self.session.open_receipts(),
            connections: self.session.connections(),
        }
    }
}
