//! Carries out the requests of handles.

use std::task::{Context, Poll};
use std::time::Instant;

use super::ClientError;
use super::request::{ClientRequest, ReceiptWaiter, ReplySender, StreamedBody};
use super::task::{AfterBody, BulkRun, ConnectionState, DISCONNECT_TIMEOUT, LargeBody, OUTBOX_LIMIT, Task};
use crate::session::{BulkReport, Failure, MoveTransaction, SessionError};

impl Task {
    /// Carries out requests, and queues those that cannot be sent now. The channel is read even if the socket accepts
    /// nothing, so that a bulk can be stopped and the status can be read.
    pub(super) fn poll_requests(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while !self.session.is_disconnecting() && !matches!(self.state, ConnectionState::CutShort) {
            let ready =
                self.queued.iter().enumerate().position(|(index, request)| self.may_start(request, index));
            let request = match ready {
                Some(index) => self.queued.remove(index),
                None => match self.requests.poll_recv(cx) {
                    Poll::Ready(request) => request,
                    Poll::Pending => None,
                },
            };
            let Some(request) = request else { break };
            moved = true;
            if ready.is_some() || self.may_start(&request, self.queued.len()) {
                self.handle(request);
            } else {
                self.queued.push_back(request);
            }
        }
        moved
    }

    /// Whether a request may be carried out now, with `before` others queued before it. A frame waits for the end of a
    /// large body and for room in the outbox, a bulk also for the bulk before it, and DISCONNECT for everything. Frames
    /// do not overtake each other, since all wait for the same.
    fn may_start(&self, request: &ClientRequest, before: usize) -> bool {
        let room = self.large_body.is_none() && self.session.outbox.len() < OUTBOX_LIMIT;
        match request {
            ClientRequest::StopBulk { .. } | ClientRequest::Status { .. } => true,
            // The user has cancelled the large body.
            ClientRequest::Disconnect { .. } if self.large_body.is_some() => true,
            ClientRequest::Disconnect { .. } => before == 0 && self.bulk.is_none(),
            ClientRequest::Bulk { .. } => room && self.bulk.is_none(),
            _ => room,
        }
    }

    fn handle(&mut self, request: ClientRequest) {
        self.session.start_receipt_timer(Instant::now());
        match request {
            ClientRequest::Send { frame, text, receipt, reply } => {
                let sent = self.session.send(frame, text, receipt);
                self.expect(sent, reply);
            }
            ClientRequest::SendStream { frame, body, receipt, reply } => {
                let after = match self.session.send_head(&frame, body.content_length(), receipt) {
                    Ok(Some(receipt)) => {
                        self.session.expect(receipt, ReceiptWaiter::Done(reply));
                        AfterBody::Receipt
                    }
                    Ok(None) => AfterBody::Answer(reply),
                    Err(error) => return drop(reply.send(Err(error.into()))),
                };
                self.large_body = Some(LargeBody { pieces: body.pieces, left: body.length, after });
            }
            ClientRequest::Transact { transaction, body, reply } => self.transact(transaction, body, reply),
            ClientRequest::Subscribe { options, reply } => match self.session.subscribe(options) {
                Ok((id, receipt)) => self.session.expect(receipt, ReceiptWaiter::Subscribed(reply, id)),
                Err(error) => drop(reply.send(Err(error.into()))),
            },
            ClientRequest::Unsubscribe { name, durable, reply } => {
                match self.session.unsubscribe(&name, durable) {
                    Ok((id, receipt)) => self.session.expect(receipt, ReceiptWaiter::Unsubscribed(reply, id)),
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
            }
            ClientRequest::Settle { which, nack, transaction, reply } => {
                match self.session.settle(&which, nack, transaction.as_deref()) {
                    Ok(settled) => {
                        self.unproven_acks = None;
                        match settled.receipt {
                            Some(receipt) => {
                                self.session.expect(receipt, ReceiptWaiter::Settled(reply, settled));
                            }
                            None => drop(reply.send(Ok(settled))),
                        }
                    }
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
            }
            ClientRequest::Ack { subscription, token, nack, connection } => {
                if self.may_ack(connection) {
                    // The token came in a MESSAGE of this connection, so it can be encoded.
                    let _ = self.session.settle_token(&subscription, &token, nack);
                }
            }
            ClientRequest::AckFrames(received, None) => {
                if self.may_ack(received.connection) {
                    // So can these.
                    let _ = self.session.ack_frames(&received.batch, &received.frames, false);
                }
            }
            ClientRequest::AckFrames(received, Some(reply)) => {
                if received.connection != self.session.connections() {
                    return drop(reply.send(Err(over_earlier_connection().into())));
                }
                let acked = self.session.ack_frames(&received.batch, &received.frames, true);
                self.expect(acked, reply);
            }
            ClientRequest::AckLast { acks, reply } => {
                if acks.connection != self.session.connections() {
                    return drop(reply.send(Err(over_earlier_connection().into())));
                }
                let acked = self.session.ack_last(&acks);
                self.expect(acked, reply);
            }
            ClientRequest::Begin { name, reply } => {
                let begun = self.session.begin(&name).map(Some);
                self.expect(begun, reply);
            }
            ClientRequest::EndTransaction { name, commit, reply } => {
                let ended = self.session.end_transaction(&name, commit).map(Some);
                self.expect(ended, reply);
            }
            ClientRequest::Bulk { bulk, chunks, confirmed, reply } => match self.session.begin_bulk(*bulk) {
                Ok(()) => self.bulk = Some(BulkRun { chunks, confirmed, reply }),
                Err(error) => {
                    let failure = Failure::NotSent { reason: error.to_string() };
                    drop(reply.send(BulkReport { failure: Some(failure), ..BulkReport::default() }));
                }
            },
            ClientRequest::StopBulk { now } => self.stop_bulk(now),
            ClientRequest::Status { reply } => drop(reply.send(Ok(self.status()))),
            ClientRequest::Disconnect { reply } => {
                self.disconnect_reply = Some(reply);
                self.release_errors();
                if self.large_body.is_some() {
                    // No frame can be sent in the middle of a body.
                    self.state = ConnectionState::CutShort;
                    return;
                }
                // Encoding cannot fail: the frame holds nothing that a user typed.
                if let Ok(receipt) = self.session.disconnect() {
                    self.session.expect(receipt, ReceiptWaiter::Disconnect);
                }
                self.sleep.as_mut().reset(tokio::time::Instant::now() + DISCONNECT_TIMEOUT);
            }
        }
    }

    /// Whether acks for messages of this connection can be sent.
    fn may_ack(&mut self, connection: u64) -> bool {
        if connection == self.session.connections() {
            (self.acked, self.unproven_acks) = (true, None);
            return true;
        }
        let lost = || ClientError::Lost { reason: "it ended before an ack was sent".to_owned() };
        self.unproven_acks.get_or_insert_with(lost);
        false
    }

    /// Encodes a transaction, up to the head of the message if that is large.
    fn transact(&mut self, transaction: MoveTransaction, body: Option<StreamedBody>, reply: ReplySender<()>) {
        if !transaction.came_over_connection(self.session.connections()) {
            return drop(reply.send(Err(over_earlier_connection().into())));
        }
        let Some(body) = body else {
            let written = self.session.transact(&transaction).map(Some);
            return self.expect(written, reply);
        };
        match self.session.transact_head(&transaction, body.content_length()) {
            Ok(()) => {
                let after = AfterBody::Commit(transaction.name, reply);
                self.large_body = Some(LargeBody { pieces: body.pieces, left: body.length, after });
            }
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// Adds no more messages to the bulk. With `now`, does not wait for receipts either.
    pub(super) fn stop_bulk(&mut self, now: bool) {
        if let Some(bulk) = self.session.bulk() {
            bulk.stop_input();
            if now && !bulk.is_over() {
                bulk.stop(Failure::unknown("it was not waited for any longer"));
            }
        }
        self.finish_bulk(false);
    }

    pub(super) fn expect(&mut self, sent: Result<Option<u64>, SessionError>, reply: ReplySender<()>) {
        match sent {
            Ok(Some(receipt)) => self.session.expect(receipt, ReceiptWaiter::Done(reply)),
            Ok(None) => drop(reply.send(Ok(()))),
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }
}

/// The failure of an ack that no connection can carry any more.
fn over_earlier_connection() -> Failure {
    Failure::NotSent { reason: "its messages came over an earlier connection".to_owned() }
}
