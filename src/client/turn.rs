//! Polls one connection: requests, write, read, events and timers, until all of them are pending.

use std::future::Future as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::sync::mpsc::error::TrySendError;

use super::framed_stream::FramedStream;
use super::options::Direction;
use super::request::{Parting, ReceiptWaiter};
use super::task::{AfterBody, ConnectionEnd, ConnectionState, FINAL_READ_TIMEOUT, OUTBOX_LIMIT, Task};
use super::{ClientError, Delivery, Event};
use crate::protocol::{Batch, FrameRef, Part, Verb};
use crate::session::{Chunk, Confirmation, Failure, Overdue};

impl Task {
    pub(super) fn poll_connection(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut FramedStream,
    ) -> Poll<ConnectionEnd> {
        loop {
            if let ConnectionState::Unwritable(reason) = &self.state {
                let reason = reason.clone();
                let mut read = self.poll_read(cx, stream);
                while let Poll::Ready(Ok(true)) = read {
                    read = self.poll_read(cx, stream);
                }
                if read.is_ready() || self.sleep.as_mut().poll(cx).is_ready() {
                    self.end_error(stream);
                    return Poll::Ready(self.end_because(&reason));
                }
                return Poll::Pending;
            }
            let mut moved = self.poll_requests(cx);
            moved |= self.poll_body(cx);
            moved |= self.poll_bulk(cx);
            match self.poll_write(cx, stream) {
                Ok(more) => moved |= more,
                Err(error) => {
                    // An ERROR that the broker sent before it closed says more than the failed write. The runtime may
                    // not know yet that it has arrived.
                    self.state = ConnectionState::Unwritable(error.to_string());
                    self.sleep.as_mut().reset((Instant::now() + FINAL_READ_TIMEOUT).into());
                    continue;
                }
            }
            match self.poll_events(cx).is_ready().then(|| self.poll_read(cx, stream)) {
                Some(Poll::Ready(Ok(more))) => moved |= more,
                Some(Poll::Ready(Err(end))) => return Poll::Ready(end),
                Some(Poll::Pending) | None => {}
            }
            self.deliver_outcomes();
            if matches!(self.state, ConnectionState::Disconnected) {
                return Poll::Ready(ConnectionEnd::Closed);
            }
            self.finish_bulk(false);
            let idle = self.bulk.is_none()
                && self.large_body.is_none()
                && self.queued.is_empty()
                && self.session.open_receipts() == 0
                && self.session.outbox.is_empty();
            if idle && self.is_abandoned() && !self.session.is_disconnecting() {
                return Poll::Ready(ConnectionEnd::Closed);
            }
            if let Some(end) = self.poll_timer(cx, stream, &mut moved) {
                return Poll::Ready(end);
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Moves pieces of the large body into the outbox.
    pub(super) fn poll_body(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while let Some(body) = &mut self.large_body {
            if self.session.outbox.len() >= OUTBOX_LIMIT {
                break;
            }
            if body.left == 0 {
                self.session.send_end();
                match self.large_body.take().map(|body| body.after) {
                    Some(AfterBody::Answer(reply)) => drop(reply.send(Ok(Confirmation::Unconfirmed))),
                    Some(AfterBody::Commit(transaction, reply)) => {
                        let acked = self.session.ack_in(&transaction);
                        if acked.is_err() {
                            // Its names are encoded already, so that an ABORT can be.
                            let _ = self.session.end_transaction(&transaction.name, false);
                        }
                        self.expect_before_commit(acked, transaction.name, reply);
                    }
                    Some(AfterBody::Receipt) | None => {}
                }
                return true;
            }
            match body.pieces.poll_recv(cx) {
                Poll::Ready(Some(Ok(piece))) => {
                    let piece = &piece[..piece.len().min(usize::try_from(body.left).unwrap_or(usize::MAX))];
                    body.left -= piece.len() as u64;
                    self.session.send_piece(piece);
                    moved = true;
                }
                // Whoever reads the body reports why it is too short.
                Poll::Ready(Some(Err(_)) | None) => {
                    self.state = ConnectionState::CutShort;
                    break;
                }
                Poll::Pending => break,
            }
        }
        moved
    }

    pub(super) fn poll_bulk(&mut self, cx: &mut Context<'_>) -> bool {
        if self.large_body.is_some() {
            return false;
        }
        let mut moved = false;
        if let Some(run) = &mut self.bulk
            && run.reply.poll_closed(cx).is_ready()
        {
            // Nobody waits for it any more.
            self.stop_bulk(true);
            moved = true;
        }
        while let Some(run) = &mut self.bulk {
            self.session.start_receipt_timer(Instant::now());
            self.session.pump(OUTBOX_LIMIT);
            let wants = self.session.bulk().is_some_and(|bulk| bulk.wants_chunk());
            if !wants || self.session.outbox.len() >= OUTBOX_LIMIT {
                break;
            }
            match run.chunks.poll_recv(cx) {
                Poll::Ready(Some((chunk, last))) => self.session.push_bulk(chunk, last),
                // The reader stopped early. What it read is still sent.
                Poll::Ready(None) => self.session.push_bulk(Chunk::Frames(Vec::new()), true),
                Poll::Pending => break,
            }
            moved = true;
        }
        moved
    }

    /// Reports the bulk if all its messages have their receipts, or, with `anyway`, as far as it came.
    pub(super) fn finish_bulk(&mut self, anyway: bool) {
        let Some(run) = &self.bulk else { return };
        let Some(bulk) = self.session.bulk() else { return };
        run.confirmed.store(bulk.confirmed(), Ordering::Relaxed);
        let report = if anyway {
            if !bulk.is_over() {
                bulk.stop(Failure::unknown("the connection ended"));
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

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut FramedStream,
    ) -> std::io::Result<bool> {
        let mut moved = false;
        while !self.session.outbox.is_empty() {
            let tracer = self.options.tracer.as_deref();
            match stream.poll_write(cx, &self.session.outbox, tracer, self.version) {
                Poll::Ready(Ok(count)) => {
                    self.session.note_written(count, Instant::now());
                    if self.session.is_disconnecting() {
                        self.sleep.as_mut().reset(tokio::time::Instant::now() + self.disconnect_timeout);
                    }
                    moved = true;
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => break,
            }
        }
        match stream.poll_flush(cx) {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(moved),
        }
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut FramedStream,
    ) -> Poll<Result<bool, ConnectionEnd>> {
        let count = match ready!(stream.poll_read(cx)) {
            Ok(count) => count,
            Err(error) => {
                self.end_error(stream);
                return Poll::Ready(Err(self.end_with(ClientError::of_read(&error, stream.secrets()))));
            }
        };
        let now = Instant::now();
        if count == 0 {
            self.end_error(stream);
            let what = if stream.is_inside_a_frame() { ", in the middle of a frame" } else { "" };
            let reason = format!("the broker closed it{what}");
            let end = self.end_because(&reason);
            let dialect = self.session.dialect();
            // From a broker that is known to answer DISCONNECT, closing the connection instead is no answer.
            let answers = dialect.is_known() && dialect.answers_disconnect;
            if what.is_empty() && !answers && self.disconnect_result.is_ok() {
                self.disconnect_result = Ok(Parting::Closed);
            }
            return Poll::Ready(Err(end));
        }
        self.session.bytes_in(now);
        if matches!(self.state, ConnectionState::Silent(_)) {
            self.state = ConnectionState::Up;
        }
        let mut batch = Batch::default();
        let decoded = stream.decode(&mut batch);
        if let Some(length) = stream.take_wrong_length()
            && !std::mem::replace(&mut self.told_wrong_length, true)
        {
            self.backlog.push_back(Event::WrongLength(length));
        }
        self.handle_batch(batch, now);
        self.wait_after_error(stream);
        if let Err(error) = decoded
            && !self.session.is_disconnected()
        {
            return Poll::Ready(Err(ConnectionEnd::Lost(ClientError::Protocol(Arc::new(error)))));
        }
        Poll::Ready(Ok(true))
    }

    pub(super) fn handle_batch(&mut self, mut batch: Batch, now: Instant) {
        if let Some(tracer) = self.options.tracer.as_ref().filter(|tracer| tracer.is_on()) {
            for frame in batch.iter() {
                tracer.frame(Direction::In, frame);
            }
        }
        let leaving = self.is_leaving();
        let arrived = self.session.receive(&batch, now);
        self.late_receipts.store(self.session.late_receipts(), Ordering::Relaxed);
        if let Some(error) = arrived.errors.first() {
            // Also while DISCONNECT is open, which no broker refuses: the ERROR is about an earlier frame.
            self.fail_disconnect(|| ClientError::Broker(Box::new(error.clone())));
        }
        if !self.unproven.is_empty() {
            self.unproven.retain(|(id, _)| {
                let proves = |frame: FrameRef<'_>| {
                    frame.verb() == Verb::Message
                        && frame.header("subscription").is_some_and(|of| *of == *id.as_bytes())
                };
                !batch.iter().any(proves)
            });
        }
        if !arrived.unsolicited.is_empty() {
            batch.remove(&arrived.unsolicited);
            self.backlog.extend(arrived.reports.into_iter().map(Event::Unsolicited));
        }
        let parts = arrived.messages > 0
            || batch.iter().any(|frame| frame.verb() == Verb::Message && frame.part() != Part::Whole);
        if parts && !leaving {
            let (first, count) = (arrived.first, arrived.messages);
            let (version, connection) = (self.version, self.session.connections());
            self.backlog.push_back(Event::Messages(Delivery { batch, first, count, version, connection }));
        }
        let refused = !arrived.errors.is_empty();
        self.backlog.extend(arrived.errors.into_iter().map(Event::Error));
        if refused {
            self.drop_refused_subscription();
        }
    }

    /// What the loss of the connection means: after DISCONNECT there is nothing to make again, but the broker may not
    /// have read everything.
    pub(super) fn end_because(&mut self, reason: &str) -> ConnectionEnd {
        self.end_with(ClientError::Lost { reason: reason.to_owned() })
    }

    fn end_with(&mut self, error: ClientError) -> ConnectionEnd {
        if !self.session.is_disconnecting() {
            return ConnectionEnd::Lost(error);
        }
        if !self.session.outbox.is_empty() {
            self.fail_disconnect(|| error);
        } else if self.disconnect_result.is_ok() {
            let proven = self.session.is_proven();
            self.disconnect_result = Ok(if proven { Parting::Closed } else { Parting::Unproven(error) });
        }
        ConnectionEnd::Closed
    }

    /// Sends the events of the backlog. `Pending` if the channel is full: reading has to wait.
    pub(super) fn poll_events(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_leaving() {
            // After DISCONNECT nobody receives events, and a full channel must not keep the receipt from being read.
            self.backlog.clear();
            self.event_permit = None;
        }
        while let Some(event) = self.backlog.pop_front() {
            if let Some(future) = &mut self.event_permit {
                let Poll::Ready(permit) = future.as_mut().poll(cx) else {
                    self.backlog.push_front(event);
                    return Poll::Pending;
                };
                self.event_permit = None;
                if let Some(permit) = permit {
                    drop(permit.send(event));
                }
                continue;
            }
            match self.events.try_send(event) {
                Ok(()) => self.session.set_reading(true, Instant::now()),
                // A command that only sends receives no events.
                Err(TrySendError::Closed(_)) => {}
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    self.session.set_reading(false, Instant::now());
                    let events = self.events.clone();
                    self.event_permit = Some(Box::pin(async move { events.reserve_owned().await.ok() }));
                }
            }
        }
        self.session.set_reading(true, Instant::now());
        Poll::Ready(())
    }

    /// Replies to whoever waits for a receipt that has been decided. Returns whether somebody received a reply.
    pub(super) fn deliver_outcomes(&mut self) -> bool {
        let mut received = false;
        for outcome in self.session.outcomes() {
            match (outcome.token, outcome.result) {
                (ReceiptWaiter::Disconnect, result) => {
                    self.state = ConnectionState::Disconnected;
                    if result.is_ok() && self.disconnect_result.is_ok() {
                        self.disconnect_result = Ok(Parting::Receipt);
                    }
                }
                (ReceiptWaiter::Commit(name, reply), Ok(_)) => {
                    let ended = self.session.end_transaction(&name, true);
                    self.expect(ended, reply);
                }
                (ReceiptWaiter::Commit(name, reply), Err(failure)) => {
                    // Where the connection is gone, so is the transaction.
                    let _ = self.session.end_transaction(&name, false);
                    received |= ReceiptWaiter::Commit(name, reply).reply(Err(failure.into()));
                }
                (waiter, result) => {
                    if let (ReceiptWaiter::Subscribed(_, id), Err(Failure::Refused { .. })) =
                        (&waiter, &result)
                    {
                        self.session.forget_subscription(id);
                    }
                    received |= waiter.reply(result.map_err(ClientError::from));
                }
            }
        }
        received
    }

    /// Checks heart-beats and time limits.
    pub(super) fn poll_timer(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut FramedStream,
        moved: &mut bool,
    ) -> Option<ConnectionEnd> {
        if matches!(self.state, ConnectionState::Cut) {
            return Some(ConnectionEnd::Lost(ClientError::NotConnected));
        }
        if matches!(self.state, ConnectionState::CutShort) {
            let error = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it ended before its length");
            return Some(ConnectionEnd::Lost(ClientError::Body(Arc::new(error))));
        }
        *moved |= self.poll_error_grace(cx, stream);
        if self.session.is_disconnecting() {
            let timed_out = self.sleep.as_mut().poll(cx).is_ready();
            return timed_out.then(|| {
                let waited = self.disconnect_timeout.as_secs();
                let taken = self.session.outbox.is_empty();
                let what = if taken { "did not answer DISCONNECT" } else { "took no more bytes" };
                self.end_because(&format!("the broker {what} for {waited} s"))
            });
        }
        let due = self.session.deadline()?;
        let deadline = if let ConnectionState::Silent(until) = self.state { due.max(until) } else { due };
        if self.sleep.deadline() != deadline.into() {
            self.sleep.as_mut().reset(deadline.into());
        }
        if self.sleep.as_mut().poll(cx).is_pending() {
            return None;
        }
        *moved = true;
        if self.session.is_overdue(Instant::now()) {
            self.end_error(stream);
        }
        let leaves_after_acks = self.is_leaving() && self.awaits_last_receipts();
        match self.session.tick(Instant::now()) {
            None => None,
            Some(Overdue::HeartBeat(_)) if matches!(self.state, ConnectionState::Up) => {
                self.state = ConnectionState::Silent(Instant::now() + FINAL_READ_TIMEOUT);
                None
            }
            Some(Overdue::HeartBeat(silence)) => {
                let reason = format!("no sign of life from the broker for {:.1} s", silence.as_secs_f64());
                Some(self.end_because(&reason))
            }
            Some(Overdue::AnyReceipt) => {
                self.doubt_receipts();
                None
            }
            Some(Overdue::Receipts(waited)) => {
                if leaves_after_acks {
                    self.disconnect_result = Err(Failure::unknown("the last acks were not confirmed").into());
                }
                let reported = self.deliver_outcomes() || self.bulk.is_some();
                self.backlog.push_back(Event::NoReceipts { waited, reported });
                None
            }
        }
    }
}
