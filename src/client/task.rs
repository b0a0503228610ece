//! The owner: one connection after another, each with its session.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;

use super::backoff::Backoff;
use super::connect::{Established, establish};
use super::handle::Status;
use super::link::Link;
use super::options::{ClientOptions, Direction};
use super::request::{Reply, Request, Waiting};
use super::{Client, ClientError, Event, Events};
use crate::protocol::{Batch, Part, Verb, Version};
use crate::session::{BulkReport, Chunk, Failure, Overdue, Session};

/// Octets that may wait for the socket before requests do.
const OUTBOX: usize = 256 << 10;

/// How long to wait for what the broker still has to say after DISCONNECT, or an ERROR.
const GOODBYE: Duration = Duration::from_secs(5);

/// A bulk under way.
struct BulkRun {
    chunks: mpsc::Receiver<(Chunk, bool)>,
    confirmed: Arc<AtomicU64>,
    reply: oneshot::Sender<BulkReport>,
}

/// A large body under way.
struct StreamRun {
    body: mpsc::Receiver<std::io::Result<Bytes>>,
    left: u64,
    /// Who waits for the end of the body, where no receipt was asked for.
    reply: Option<Reply<()>>,
}

/// Waits for room in the channel of events.
pub(super) type Reserving = Pin<Box<dyn Future<Output = Option<mpsc::OwnedPermit<Event>>> + Send>>;

/// Why a connection's turn is over.
enum End {
    /// DISCONNECT was answered, or nobody holds the handle any more.
    Closed,
    /// The connection is gone.
    Lost(ClientError),
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
    bulk: Option<BulkRun>,
    stream: Option<StreamRun>,
    /// Requests that wait for the bulk or the large body before them, or for a connection.
    pub(super) waiting: VecDeque<Request>,
    /// Who waits for a SUBSCRIBE whose connection was lost before its receipt came.
    resubscribing: Vec<Waiting>,
    pub(super) goodbye: Option<Reply<bool>>,
    pub(super) endpoint: String,
    pub(super) version: Version,
    pub(super) backoff: Backoff,
    sleep: Pin<Box<Sleep>>,
    pub(super) handles_gone: bool,
    /// Whether a large body ended before its length.
    cut_short: bool,
    /// What came of DISCONNECT.
    parting: Result<bool, ClientError>,
}

/// Connects, and starts the task.
pub(super) async fn start(options: ClientOptions) -> Result<(Client, Events), ClientError> {
    let Established { link, connected, endpoint } = establish(&options).await?;
    let (sender, requests) = mpsc::unbounded_channel();
    let (events, receiver) = mpsc::channel(2);
    let now = Instant::now();
    let version = connected.version;
    let mut session = Session::new(options.receipt_timeout, now);
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
        version,
        sleep: Box::pin(tokio::time::sleep(Duration::from_secs(3600))),
        handles_gone: false,
        cut_short: false,
        parting: Ok(false),
    };
    tokio::spawn(task.run(link));
    Ok((Client { requests: sender }, receiver))
}

impl Task {
    /// Serves one connection after another until the last one has ended.
    async fn run(mut self, mut link: Link) {
        loop {
            self.session.outbox.keep_frames_apart(link.whole_frames);
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
            let again = self.options.reconnect.is_some() && error.may_retry() && !self.handles_gone;
            let aborted = self.lost(&error, again);
            self.announce(Event::Lost { error: error.clone(), aborted, again }).await;
            if !again {
                return self.end(&error);
            }
            match self.reconnect().await {
                Ok(new) => link = new,
                Err(error) => {
                    if let Some(bulk) = self.session.bulk() {
                        bulk.stop(Failure::Unknown { reason: error.to_string() });
                    }
                    self.announce(Event::Lost { error: error.clone(), aborted: Vec::new(), again: false })
                        .await;
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
        if let Some(StreamRun { reply: Some(reply), .. }) = self.stream.take() {
            // Its head at least was on its way.
            let _ = reply.send(Err(Failure::Unknown { reason }.into()));
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
                (waiting, result) => waiting.answer(result.map_err(ClientError::from)),
            }
        }
        self.finish_bulk(false);
        aborted
    }

    /// There is a connection again.
    pub(super) fn connected_again(&mut self, established: &Established) -> Result<(), ClientError> {
        let Established { connected, endpoint, .. } = established;
        let now = Instant::now();
        self.version = connected.version;
        self.endpoint.clone_from(endpoint);
        self.backoff.connected(now, self.session.confirmed());
        let wanted: Vec<&str> = self.resubscribing.iter().filter_map(Waiting::subscription).collect();
        let asked = self.session.connected(connected.clone(), now, &wanted)?;
        for waiting in std::mem::take(&mut self.resubscribing) {
            match asked.iter().find(|(id, _)| waiting.subscription() == Some(id)) {
                Some((_, receipt)) => self.session.expect(*receipt, waiting),
                // Ended in the meantime.
                None => waiting.answer(Err(ClientError::NotConnected)),
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

    pub(super) fn status(&self) -> Status {
        Status {
            connected: self.session.connection().cloned(),
            dialect: self.session.dialect(),
            endpoint: self.endpoint.clone(),
            subscriptions: self.session.subscriptions().to_vec(),
            transactions: self.session.transactions().to_vec(),
            received: self.session.received(),
            open_receipts: self.session.open_receipts(),
            connections: self.session.connections(),
        }
    }

    /// One turn: requests, bulk, write, read, events, timers, until none of them can go on.
    fn poll_connection(&mut self, cx: &mut Context<'_>, link: &mut Link) -> Poll<End> {
        loop {
            let mut moved = self.poll_requests(cx);
            moved |= self.poll_body(cx);
            moved |= self.poll_bulk(cx);
            match self.poll_write(cx, link) {
                Ok(more) => moved |= more,
                Err(error) => {
                    // What the broker said before it closed is worth more than the failed write.
                    while let Poll::Ready(Ok(true)) = self.poll_read(cx, link) {}
                    return Poll::Ready(self.lost_by(&error.to_string()));
                }
            }
            match self.poll_events(cx).is_ready().then(|| self.poll_read(cx, link)) {
                Some(Poll::Ready(Ok(more))) => moved |= more,
                Some(Poll::Ready(Err(end))) => return Poll::Ready(end),
                Some(Poll::Pending) | None => {}
            }
            self.answer();
            self.finish_bulk(false);
            let idle = self.requests_are_over()
                && self.session.open_receipts() == 0
                && self.session.outbox.is_empty();
            if idle && self.handles_gone && !self.session.is_disconnecting() {
                return Poll::Ready(End::Closed);
            }
            if let Some(end) = self.poll_timer(cx, &mut moved) {
                return Poll::Ready(end);
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    fn requests_are_over(&self) -> bool {
        self.bulk.is_none() && self.stream.is_none() && self.waiting.is_empty()
    }

    fn poll_requests(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while self.stream.is_none() && self.session.outbox.len() < OUTBOX && !self.session.is_disconnecting()
        {
            let ready = self.waiting.front().is_some_and(|request| self.may_start(request));
            let request = if ready {
                self.waiting.pop_front()
            } else if self.handles_gone {
                None
            } else {
                match self.requests.poll_recv(cx) {
                    Poll::Ready(Some(request)) => Some(request),
                    Poll::Ready(None) => {
                        self.handles_gone = true;
                        None
                    }
                    Poll::Pending => None,
                }
            };
            let Some(request) = request else { break };
            moved = true;
            if self.may_start(&request) {
                self.handle(request);
            } else {
                self.waiting.push_back(request);
            }
        }
        moved
    }

    /// Whether nothing that is under way stands before this request.
    fn may_start(&self, request: &Request) -> bool {
        match request {
            Request::Bulk { .. } => self.bulk.is_none(),
            Request::Disconnect { .. } => self.bulk.is_none() && self.waiting.is_empty(),
            _ => true,
        }
    }

    fn handle(&mut self, request: Request) {
        self.session.begin_wait(Instant::now());
        match request {
            Request::Send { frame, text, receipt, reply } => {
                let sent = self.session.send(frame, text, receipt);
                self.expect(sent, reply);
            }
            Request::SendStream { frame, length, receipt, body, reply } => {
                match self.session.send_head(&frame, length, receipt) {
                    Ok(Some(receipt)) => {
                        self.session.expect(receipt, Waiting::Done(reply));
                        self.stream = Some(StreamRun { body, left: length, reply: None });
                    }
                    Ok(None) => self.stream = Some(StreamRun { body, left: length, reply: Some(reply) }),
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
            }
            Request::Subscribe { options, reply } => match self.session.subscribe(options) {
                Ok((id, receipt)) => self.session.expect(receipt, Waiting::Subscribed(reply, id)),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Request::Unsubscribe { name, durable, reply } => match self.session.unsubscribe(&name, durable) {
                Ok((id, receipt)) => self.session.expect(receipt, Waiting::Unsubscribed(reply, id)),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            Request::Settle { which, nack, transaction, reply } => {
                match self.session.settle(&which, nack, transaction.as_deref()) {
                    Ok(settled) => match settled.receipt {
                        Some(receipt) => self.session.expect(receipt, Waiting::Settled(reply, settled)),
                        None => drop(reply.send(Ok(settled))),
                    },
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
            }
            Request::Ack { subscription, token, nack, connection } => {
                if connection == self.session.connections() {
                    // Its id was on the wire before; the version cannot refuse it.
                    let _ = self.session.ack_token_of(&subscription, &token, nack);
                }
            }
            Request::AckFrames { batch, frames, connection } => {
                if connection == self.session.connections() {
                    // As above.
                    let _ = self.session.ack_frames(&batch, &frames);
                }
            }
            Request::Begin { name, reply } => {
                let begun = self.session.begin(&name).map(Some);
                self.expect(begun, reply);
            }
            Request::EndTransaction { name, commit, reply } => {
                let ended = self.session.end_transaction(&name, commit).map(Some);
                self.expect(ended, reply);
            }
            Request::Bulk { bulk, chunks, confirmed, reply } => match self.session.begin_bulk(*bulk) {
                Ok(()) => self.bulk = Some(BulkRun { chunks, confirmed, reply }),
                Err(error) => {
                    let failure = Failure::NotSent { reason: error.to_string() };
                    drop(reply.send(BulkReport { failure: Some(failure), ..BulkReport::default() }));
                }
            },
            Request::StopBulk { now } => self.stop_bulk(now),
            Request::Status { reply } => drop(reply.send(Ok(self.status()))),
            Request::Disconnect { reply } => {
                // An encoding cannot fail: there is nothing of the user's in it.
                let _ = self.session.disconnect();
                self.goodbye = Some(reply);
                self.sleep.as_mut().reset(tokio::time::Instant::now() + GOODBYE);
            }
        }
    }

    /// Takes no more messages into the bulk; `now`: does not wait for receipts either.
    pub(super) fn stop_bulk(&mut self, now: bool) {
        if let Some(bulk) = self.session.bulk() {
            bulk.stop_input();
            if now && !bulk.is_over() {
                bulk.stop(Failure::Unknown { reason: "it was not waited for any longer".to_owned() });
            }
        }
        self.finish_bulk(false);
    }

    fn expect(&mut self, sent: Result<Option<u64>, crate::session::SessionError>, reply: Reply<()>) {
        match sent {
            Ok(Some(receipt)) => self.session.expect(receipt, Waiting::Done(reply)),
            Ok(None) => drop(reply.send(Ok(()))),
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// Moves a large body towards the socket.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while let Some(stream) = &mut self.stream {
            if self.session.outbox.len() >= OUTBOX {
                break;
            }
            if stream.left == 0 {
                self.session.send_end();
                if let Some(StreamRun { reply: Some(reply), .. }) = self.stream.take() {
                    let _ = reply.send(Ok(()));
                }
                return true;
            }
            match stream.body.poll_recv(cx) {
                Poll::Ready(Some(Ok(piece))) => {
                    let piece = &piece[..piece.len().min(usize::try_from(stream.left).unwrap_or(usize::MAX))];
                    stream.left -= piece.len() as u64;
                    self.session.send_piece(piece);
                    moved = true;
                }
                // The frame's head promised more: the frame cannot be ended any more, so the
                // connection has to be. What cut it short is in the reader's hands.
                Poll::Ready(Some(Err(_)) | None) => {
                    self.cut_short = true;
                    break;
                }
                Poll::Pending => break,
            }
        }
        moved
    }

    fn poll_bulk(&mut self, cx: &mut Context<'_>) -> bool {
        if self.stream.is_some() {
            return false;
        }
        let mut moved = false;
        while let Some(run) = &mut self.bulk {
            self.session.begin_wait(Instant::now());
            self.session.pump(OUTBOX);
            let wants = self.session.bulk().is_some_and(|bulk| bulk.wants_chunk());
            if !wants || self.session.outbox.len() >= OUTBOX {
                break;
            }
            match run.chunks.poll_recv(cx) {
                Poll::Ready(Some((chunk, last))) => self.session.push_bulk(chunk, last),
                // The reader gave up: what was read is sent, and there is no more.
                Poll::Ready(None) => self.session.push_bulk(Chunk::Frames(Vec::new()), true),
                Poll::Pending => break,
            }
            moved = true;
        }
        moved
    }

    fn finish_bulk(&mut self, anyway: bool) {
        let Some(run) = &self.bulk else { return };
        let Some(bulk) = self.session.bulk() else { return };
        run.confirmed.store(bulk.confirmed(), Ordering::Relaxed);
        let report = if anyway {
            if !bulk.is_over() {
                bulk.stop(Failure::Unknown { reason: "the connection ended".to_owned() });
            }
            Some(bulk.report())
        } else {
            self.session.finish_bulk()
        };
        if let Some(report) = report
            && let Some(run) = self.bulk.take()
        {
            let _ = run.reply.send(report);
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, link: &mut Link) -> std::io::Result<bool> {
        let mut moved = false;
        while !self.session.outbox.is_empty() {
            let tracer = self.options.tracer.as_deref();
            match link.poll_write(cx, &self.session.outbox, tracer, self.version) {
                Poll::Ready(Ok(count)) => {
                    self.session.given(count, Instant::now());
                    if self.session.is_disconnecting() {
                        self.sleep.as_mut().reset(tokio::time::Instant::now() + GOODBYE);
                    }
                    moved = true;
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => break,
            }
        }
        match link.poll_flush(cx) {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(moved),
        }
    }

    /// Reads once and takes in what came.
    fn poll_read(&mut self, cx: &mut Context<'_>, link: &mut Link) -> Poll<Result<bool, End>> {
        let count = match std::task::ready!(link.poll_read(cx)) {
            Ok(count) => count,
            Err(error) => return Poll::Ready(Err(self.lost_by(&error.to_string()))),
        };
        let now = Instant::now();
        if count == 0 {
            let what = if link.is_inside_a_frame() { ", in the middle of a frame" } else { "" };
            return Poll::Ready(Err(self.lost_by(&format!("the broker closed it{what}"))));
        }
        self.session.octets_in(now);
        let mut batch = Batch::default();
        let decoded = link.decode(&mut batch);
        self.take_in(batch, now);
        if let Err(error) = decoded {
            return Poll::Ready(Err(End::Lost(ClientError::Protocol(Arc::new(error)))));
        }
        if self.session.is_disconnecting() && self.session.open_receipts() == 0 {
            if self.parting.is_ok() {
                self.parting = Ok(true);
            }
            return Poll::Ready(Err(End::Closed));
        }
        Poll::Ready(Ok(true))
    }

    fn take_in(&mut self, batch: Batch, now: Instant) {
        if let Some(tracer) = self.options.tracer.as_ref().filter(|tracer| tracer.is_on()) {
            for frame in batch.iter() {
                tracer.frame(Direction::In, frame);
            }
        }
        let arrived = self.session.arrived(&batch, now);
        if self.session.is_disconnecting()
            && let Some(error) = arrived.errors.first()
        {
            // It cannot be the DISCONNECT that displeased; something before it was refused.
            self.parting = Err(Failure::Refused { message: error.line.clone() }.into());
        }
        let parts = arrived.messages > 0
            || batch.iter().any(|frame| frame.verb() == Verb::Message && frame.part() != Part::Whole);
        if parts && !self.session.is_disconnecting() {
            let (first, count) = (arrived.first, arrived.messages);
            let connection = self.session.connections();
            self.backlog.push_back(Event::Messages {
                batch,
                first,
                count,
                version: self.version,
                connection,
            });
        }
        self.backlog.extend(arrived.errors.into_iter().map(Event::Error));
    }

    /// The connection is gone; after DISCONNECT that is as good as its receipt (STOMP 1.2,
    /// "DISCONNECT"), unless something before it never went out.
    fn lost_by(&mut self, reason: &str) -> End {
        if self.session.is_disconnecting() {
            if !self.session.outbox.is_empty() && self.parting.is_ok() {
                self.parting = Err(ClientError::Lost { reason: reason.to_owned() });
            }
            End::Closed
        } else {
            End::Lost(ClientError::Lost { reason: reason.to_owned() })
        }
    }

    /// Hands events on; `Pending`: there is no room, and reading waits.
    fn poll_events(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.session.is_disconnecting() {
            // Whoever said goodbye does not listen any more; the receipt is still to be read.
            self.backlog.clear();
            self.reserving = None;
        }
        while let Some(event) = self.backlog.pop_front() {
            if let Some(reserving) = &mut self.reserving {
                let Poll::Ready(permit) = reserving.as_mut().poll(cx) else {
                    self.backlog.push_front(event);
                    return Poll::Pending;
                };
                self.reserving = None;
                if let Some(permit) = permit {
                    drop(permit.send(event));
                }
                continue;
            }
            match self.events.try_send(event) {
                Ok(()) => self.session.set_reading(true, Instant::now()),
                // Nobody wants events: whoever only sends does not listen.
                Err(TrySendError::Closed(_)) => {}
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    self.session.set_reading(false, Instant::now());
                    let events = self.events.clone();
                    self.reserving = Some(Box::pin(async move { events.reserve_owned().await.ok() }));
                }
            }
        }
        self.session.set_reading(true, Instant::now());
        Poll::Ready(())
    }

    fn answer(&mut self) {
        for outcome in self.session.outcomes() {
            if let (Waiting::Subscribed(_, id), Err(Failure::Refused { .. })) =
                (&outcome.token, &outcome.result)
            {
                self.session.forget_subscription(id);
            }
            outcome.token.answer(outcome.result.map_err(ClientError::from));
        }
    }

    /// Heart-beats and time-outs.
    fn poll_timer(&mut self, cx: &mut Context<'_>, moved: &mut bool) -> Option<End> {
        if self.cut_short {
            let error = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it ended before its length");
            return Some(End::Lost(ClientError::Body(Arc::new(error))));
        }
        if self.session.is_disconnecting() {
            return self.sleep.as_mut().poll(cx).is_ready().then_some(End::Closed);
        }
        let deadline = self.session.deadline()?;
        if self.sleep.deadline() != deadline.into() {
            self.sleep.as_mut().reset(deadline.into());
        }
        if self.sleep.as_mut().poll(cx).is_pending() {
            return None;
        }
        *moved = true;
        match self.session.tick(Instant::now()) {
            None => None,
            Some(Overdue::HeartBeat(silence)) => {
                let reason = format!("no sign of life from the broker for {:.1} s", silence.as_secs_f64());
                Some(self.lost_by(&reason))
            }
            Some(Overdue::Receipts(waited)) => {
                self.backlog.push_back(Event::NoReceipts(waited));
                None
            }
        }
    }
}
