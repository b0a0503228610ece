//! One connection's turns: write, read, hand events on, look at the clock, until nothing can go on.

use std::future::Future as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::sync::mpsc::error::TrySendError;

use super::link::Link;
use super::options::Direction;
use super::request::Waiting;
use super::task::{End, GOODBYE, LAST_LOOK, OUTBOX, State, Task, Then};
use super::{ClientError, Delivery, Event};
use crate::protocol::{Batch, Part, Verb};
use crate::session::{Chunk, Failure, Overdue};

impl Task {
    /// One turn: requests, bulk, write, read, events, timers, until none of them can go on.
    pub(super) fn poll_connection(&mut self, cx: &mut Context<'_>, link: &mut Link) -> Poll<End> {
        loop {
            if let State::Unwritable(reason) = &self.state {
                let reason = reason.clone();
                let mut read = self.poll_read(cx, link);
                while let Poll::Ready(Ok(true)) = read {
                    read = self.poll_read(cx, link);
                }
                if read.is_ready() || self.sleep.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(self.lost_by(&reason));
                }
                return Poll::Pending;
            }
            let mut moved = self.poll_requests(cx);
            moved |= self.poll_body(cx);
            moved |= self.poll_bulk(cx);
            match self.poll_write(cx, link) {
                Ok(more) => moved |= more,
                Err(error) => {
                    // What the broker said before it closed is worth more than the failed write; the runtime
                    // may not know yet that it is there.
                    self.state = State::Unwritable(error.to_string());
                    self.sleep.as_mut().reset((Instant::now() + LAST_LOOK).into());
                    continue;
                }
            }
            match self.poll_events(cx).is_ready().then(|| self.poll_read(cx, link)) {
                Some(Poll::Ready(Ok(more))) => moved |= more,
                Some(Poll::Ready(Err(end))) => return Poll::Ready(end),
                Some(Poll::Pending) | None => {}
            }
            self.answer();
            if matches!(self.state, State::Gone) {
                return Poll::Ready(End::Closed);
            }
            self.finish_bulk(false);
            let idle = self.requests_are_over()
                && self.session.open_receipts() == 0
                && self.session.outbox.is_empty();
            if idle && self.is_abandoned() && !self.session.is_disconnecting() {
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

    pub(super) fn requests_are_over(&self) -> bool {
        self.bulk.is_none() && self.stream.is_none() && self.waiting.is_empty()
    }

    /// Moves a large body towards the socket.
    pub(super) fn poll_body(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while let Some(stream) = &mut self.stream {
            if self.session.outbox.len() >= OUTBOX {
                break;
            }
            if stream.left == 0 {
                self.session.send_end();
                match self.stream.take().map(|stream| stream.then) {
                    Some(Then::Answer(reply)) => drop(reply.send(Ok(()))),
                    Some(Then::Commit(name, reply)) => {
                        let ended = self.session.end_transaction(&name, true).map(Some);
                        self.expect(ended, reply);
                    }
                    Some(Then::Receipt) | None => {}
                }
                return true;
            }
            match stream.pieces.poll_recv(cx) {
                Poll::Ready(Some(Ok(piece))) => {
                    let piece = &piece[..piece.len().min(usize::try_from(stream.left).unwrap_or(usize::MAX))];
                    stream.left -= piece.len() as u64;
                    self.session.send_piece(piece);
                    moved = true;
                }
                // The frame's head promised more: the frame cannot be ended any more, so the
                // connection has to be. What cut it short is in the reader's hands.
                Poll::Ready(Some(Err(_)) | None) => {
                    self.state = State::CutShort;
                    break;
                }
                Poll::Pending => break,
            }
        }
        moved
    }

    pub(super) fn poll_bulk(&mut self, cx: &mut Context<'_>) -> bool {
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

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, link: &mut Link) -> std::io::Result<bool> {
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
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, link: &mut Link) -> Poll<Result<bool, End>> {
        let count = match std::task::ready!(link.poll_read(cx)) {
            Ok(count) => count,
            Err(error) => return Poll::Ready(Err(self.lost_by(&error.to_string()))),
        };
        let now = Instant::now();
        if count == 0 {
            let what = if link.is_inside_a_frame() { ", in the middle of a frame" } else { "" };
            return Poll::Ready(Err(self.lost_by(&format!("the broker closed it{what}"))));
        }
        self.session.bytes_in(now);
        if matches!(self.state, State::Doubted(_)) {
            self.state = State::Up;
        }
        let mut batch = Batch::default();
        let decoded = link.decode(&mut batch);
        self.take_in(batch, now);
        if let Err(error) = decoded {
            return Poll::Ready(Err(End::Lost(ClientError::Protocol(Arc::new(error)))));
        }
        Poll::Ready(Ok(true))
    }

    pub(super) fn take_in(&mut self, batch: Batch, now: Instant) {
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
            self.parting = Err(error.refusal().into());
        }
        let parts = arrived.messages > 0
            || batch.iter().any(|frame| frame.verb() == Verb::Message && frame.part() != Part::Whole);
        if parts && !self.session.is_disconnecting() {
            let (first, count) = (arrived.first, arrived.messages);
            let (version, connection) = (self.version, self.session.connections());
            self.backlog.push_back(Event::Messages(Delivery { batch, first, count, version, connection }));
        }
        self.backlog.extend(arrived.errors.into_iter().map(Event::Error));
    }

    /// The connection is gone; after DISCONNECT that is as good as its receipt (STOMP 1.2,
    /// "DISCONNECT"), unless something before it never went out.
    pub(super) fn lost_by(&mut self, reason: &str) -> End {
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
    pub(super) fn poll_events(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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

    /// Hands outcomes on; whether anybody heard one.
    pub(super) fn answer(&mut self) -> bool {
        let mut heard = false;
        for outcome in self.session.outcomes() {
            match (outcome.token, outcome.result) {
                (Waiting::Goodbye, result) => {
                    self.state = State::Gone;
                    // An end of the connection is as good as the receipt; what an ERROR means has been
                    // seen where it came.
                    match result {
                        Ok(()) if self.parting.is_ok() => self.parting = Ok(true),
                        Err(refused @ Failure::Refused { .. }) => self.parting = Err(refused.into()),
                        Ok(()) | Err(_) => {}
                    }
                }
                (waiting, result) => {
                    if let (Waiting::Subscribed(_, id), Err(Failure::Refused { .. })) = (&waiting, &result) {
                        self.session.forget_subscription(id);
                    }
                    heard |= waiting.answer(result.map_err(ClientError::from));
                }
            }
        }
        heard
    }

    /// Heart-beats and time-outs.
    pub(super) fn poll_timer(&mut self, cx: &mut Context<'_>, moved: &mut bool) -> Option<End> {
        if matches!(self.state, State::CutShort) {
            let error = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it ended before its length");
            return Some(End::Lost(ClientError::Body(Arc::new(error))));
        }
        if self.session.is_disconnecting() {
            let patient = self.sleep.as_mut().poll(cx).is_pending();
            return (!patient).then(|| self.lost_by("the broker took no more bytes"));
        }
        let due = self.session.deadline()?;
        let deadline = if let State::Doubted(until) = self.state { due.max(until) } else { due };
        if self.sleep.deadline() != deadline.into() {
            self.sleep.as_mut().reset(deadline.into());
        }
        if self.sleep.as_mut().poll(cx).is_pending() {
            return None;
        }
        *moved = true;
        match self.session.tick(Instant::now()) {
            None => None,
            Some(Overdue::HeartBeat(_)) if matches!(self.state, State::Up) => {
                self.state = State::Doubted(Instant::now() + LAST_LOOK);
                None
            }
            Some(Overdue::HeartBeat(silence)) => {
                let reason = format!("no sign of life from the broker for {:.1} s", silence.as_secs_f64());
                Some(self.lost_by(&reason))
            }
            Some(Overdue::Receipts(waited)) => {
                let told = self.answer() || self.bulk.is_some();
                self.backlog.push_back(Event::NoReceipts { waited, told });
                None
            }
        }
    }
}
