//! What handles ask for, carried out.

use std::task::{Context, Poll};
use std::time::Instant;

use super::request::{Reply, Request, Waiting};
use super::task::{BulkRun, GOODBYE, OUTBOX, StreamRun, Task};
use crate::session::{BulkReport, Failure};

impl Task {
    /// Takes what the handles ask for. What cannot be sent now waits; the channel is always looked
    /// at, so that a bulk can be stopped and a status be told while the socket takes nothing.
    pub(super) fn poll_requests(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while !self.session.is_disconnecting() && !self.cut_short {
            let ready = self.waiting.iter().enumerate().position(|(place, own)| self.may_start(own, place));
            let request = match ready {
                Some(place) => self.waiting.remove(place),
                None if self.handles_gone => None,
                None => match self.requests.poll_recv(cx) {
                    Poll::Ready(None) => {
                        self.handles_gone = true;
                        None
                    }
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
                self.goodbye = Some(reply);
                if self.stream.is_some() {
                    // In the middle of a body there is no place for a DISCONNECT.
                    self.handles_gone = true;
                    self.cut_short = true;
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
