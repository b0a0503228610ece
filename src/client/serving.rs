//! What handles ask for, carried out.

use std::task::{Context, Poll};
use std::time::Instant;

use super::request::{Reply, Request, StreamedBody, Waiting};
use super::task::{BulkRun, GOODBYE, OUTBOX, State, StreamRun, Task, Then};
use crate::session::{BulkReport, Failure, Transfer};

impl Task {
    /// Takes what the handles ask for. What cannot be sent now waits; the channel is always looked
    /// at, so that a bulk can be stopped and a status be told while the socket takes nothing.
    pub(super) fn poll_requests(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while !self.session.is_disconnecting() && !matches!(self.state, State::CutShort) {
            let ready = self.waiting.iter().enumerate().position(|(place, own)| self.may_start(own, place));
            let request = match ready {
                Some(place) => self.waiting.remove(place),
                None => match self.requests.poll_recv(cx) {
                    Poll::Ready(request) => request,
                    Poll::Pending => None,
                },
            };
            let Some(request) = request else { break };
            moved = true;
            if ready.is_some() || self.may_start(&request, self.waiting.len()) {
                self.handle(request);
            } else {
                self.waiting.push_back(request);
            }
        }
        moved
    }

    /// Whether a request may be carried out now, so many others waiting before it. What makes a frame
    /// waits for a large body's end and for room in the outbox, a bulk for the bulk before it, and a
    /// goodbye for everything. Frames do not overtake each other: all of them wait for the same.
    pub(super) fn may_start(&self, request: &Request, before: usize) -> bool {
        let room = self.stream.is_none() && self.session.outbox.len() < OUTBOX;
        match request {
            Request::StopBulk { .. } | Request::Status { .. } => true,
            // Whoever leaves in the middle of a body does not want the rest of it sent.
            Request::Disconnect { .. } if self.stream.is_some() => true,
            Request::Disconnect { .. } => before == 0 && self.bulk.is_none(),
            Request::Bulk { .. } => room && self.bulk.is_none(),
            _ => room,
        }
    }

    pub(super) fn handle(&mut self, request: Request) {
        self.session.begin_wait(Instant::now());
        match request {
            Request::Send { frame, text, receipt, reply } => {
                let sent = self.session.send(frame, text, receipt);
                self.expect(sent, reply);
            }
            Request::SendStream { frame, body, receipt, reply } => {
                let then = match self.session.send_head(&frame, body.content_length(), receipt) {
                    Ok(Some(receipt)) => {
                        self.session.expect(receipt, Waiting::Done(reply));
                        Then::Receipt
                    }
                    Ok(None) => Then::Answer(reply),
                    Err(error) => return drop(reply.send(Err(error.into()))),
                };
                self.stream = Some(StreamRun { pieces: body.pieces, left: body.length, then });
            }
            Request::Transact { transfer, body, reply } => self.transact(transfer, body, reply),
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
            Request::AckFrames(received) => {
                if received.connection == self.session.connections() {
                    // As above.
                    let _ = self.session.ack_frames(&received.batch, &received.frames);
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
                self.goodbye = Some(reply);
                if self.stream.is_some() {
                    // In the middle of a body there is no place for a DISCONNECT.
                    self.state = State::CutShort;
                    return;
                }
                // An encoding cannot fail: there is nothing of the user's in it.
                if let Ok(receipt) = self.session.disconnect() {
                    self.session.expect(receipt, Waiting::Goodbye);
                }
                self.sleep.as_mut().reset(tokio::time::Instant::now() + GOODBYE);
            }
        }
    }

    /// Writes a transaction; where its message is large, the first part of it.
    fn transact(&mut self, transfer: Transfer, body: Option<StreamedBody>, reply: Reply<()>) {
        if !transfer.came_over(self.session.connections()) {
            let reason = "its messages came over an earlier connection".to_owned();
            return drop(reply.send(Err(Failure::NotSent { reason }.into())));
        }
        let Some(body) = body else {
            let written = self.session.transact(&transfer).map(Some);
            return self.expect(written, reply);
        };
        match self.session.transact_head(&transfer, body.content_length()) {
            Ok(()) => {
                let then = Then::Commit(transfer.name, reply);
                self.stream = Some(StreamRun { pieces: body.pieces, left: body.length, then });
            }
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// Takes no more messages into the bulk; `now`: does not wait for receipts either.
    pub(super) fn stop_bulk(&mut self, now: bool) {
        if let Some(bulk) = self.session.bulk() {
            bulk.stop_input();
            if now && !bulk.is_over() {
                bulk.stop(Failure::unknown("it was not waited for any longer"));
            }
        }
        self.finish_bulk(false);
    }

    pub(super) fn expect(
        &mut self,
        sent: Result<Option<u64>, crate::session::SessionError>,
        reply: Reply<()>,
    ) {
        match sent {
            Ok(Some(receipt)) => self.session.expect(receipt, Waiting::Done(reply)),
            Ok(None) => drop(reply.send(Ok(()))),
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }
}
