//! Carries out the requests of handles.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::request::{ClientRequest, ReceiptWaiter, ReplySender, StreamedBody};
use super::task::{AfterBody, BulkRun, ConnectionState, DISCONNECT_TIMEOUT, LargeBody, OUTBOX_LIMIT, Task};
use super::{ClientError, Event};
use crate::session::{
    BulkReport, Confirmation, Failure, MoveTransaction, ReceiptPolicy, SessionError, Subscribe,
};

impl Task {
    /// Carries out requests, and queues those that cannot be sent now. The channel is read even if the socket accepts
    /// nothing, so that a bulk can be stopped and the status can be read.
    pub(super) fn poll_requests(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while (self.probing || !self.session.is_disconnecting())
            && !matches!(self.state, ConnectionState::CutShort | ConnectionState::Cut)
        {
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
                match &request {
                    ClientRequest::Disconnect { .. } => self.session.leave_soon(Instant::now()),
                    ClientRequest::EndTransaction { name, commit: true, .. } => {
                        self.session.commit_waits(name, Instant::now());
                    }
                    _ => {}
                }
                self.queued.push_back(request);
            }
        }
        moved
    }

    /// Whether a request may be carried out now, with `before` others queued before it. A frame waits for the end of a
    /// large body and for room in the outbox, a bulk also for the bulk before it, COMMIT for what it could overtake, and
    /// DISCONNECT for everything. Other frames do not overtake each other, nor a COMMIT.
    fn may_start(&self, request: &ClientRequest, before: usize) -> bool {
        let room = self.large_body.is_none()
            && self.session.outbox.len() < OUTBOX_LIMIT
            && !self.queued.iter().take(before).any(|earlier| self.holds(earlier));
        match request {
            ClientRequest::StopBulk { .. }
            | ClientRequest::Status { .. }
            | ClientRequest::SetReceipts(_)
            | ClientRequest::Cut => true,
            // DISCONNECT was sent already.
            _ if self.probing => false,
            // The user has cancelled the large body.
            ClientRequest::Disconnect { .. } if self.large_body.is_some() => true,
            ClientRequest::Disconnect { .. } => {
                before == 0 && self.bulk.is_none() && !self.awaits_last_receipts()
            }
            ClientRequest::Bulk { .. } => room && self.bulk.is_none(),
            _ => room && !self.holds(request),
        }
    }

    /// Whether this is a COMMIT that waits for receipts of its transaction.
    fn holds(&self, request: &ClientRequest) -> bool {
        matches!(request, ClientRequest::EndTransaction { name, commit: true, .. } if self.session.holds_commit(name))
    }

    fn handle(&mut self, request: ClientRequest) {
        self.session.start_receipt_timer(Instant::now());
        self.note_frame_behind_subscriptions(&request);
        match request {
            ClientRequest::Send { frame, text, receipt, reply } => {
                let sent = self.session.send(frame, text, receipt);
                self.expect(sent, reply);
            }
            ClientRequest::SendStream { frame, body, receipt, reply } => {
                let after = match self.session.send_head(&frame, body.content_length(), receipt) {
                    Ok(Some(receipt)) => {
                        self.session.expect(Some(receipt), ReceiptWaiter::Done(reply));
                        AfterBody::Receipt
                    }
                    Ok(None) => AfterBody::Answer(reply),
                    Err(error) => return drop(reply.send(Err(error.into()))),
                };
                self.large_body = Some(LargeBody { pieces: body.pieces, left: body.length, after });
            }
            ClientRequest::Transact { transaction, body, reply } => self.transact(transaction, body, reply),
            ClientRequest::Subscribe { options, reply } => self.subscribe(options, reply),
            ClientRequest::Unsubscribe { name, durable, reply } => {
                match self.session.unsubscribe(&name, durable) {
                    Ok((id, receipt)) => self.session.expect(receipt, ReceiptWaiter::Unsubscribed(reply, id)),
                    Err(error) => drop(reply.send(Err(error.into()))),
                }
            }
            ClientRequest::Settle { which, nack, transaction, headers, reply } => {
                match self.session.settle_with(&which, nack, transaction.as_deref(), &headers) {
                    Ok(settled) => {
                        self.unproven_acks = None;
                        self.session.expect(settled.receipt, ReceiptWaiter::Settled(reply, settled));
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
            ClientRequest::AckFrames(received, last, None) => {
                if self.may_ack(received.connection) {
                    // So can these.
                    let _ = self.session.ack_frames(&received.batch, &received.frames, last, false);
                }
            }
            ClientRequest::AckFrames(received, last, Some(reply)) => {
                if received.connection != self.session.connections() {
                    return drop(reply.send(Err(over_earlier_connection().into())));
                }
                let acked = self.session.ack_frames(&received.batch, &received.frames, last, true);
                self.expect(acked, reply);
            }
            ClientRequest::AckLast { acks, reply } => {
                if acks.connection != self.session.connections() {
                    return drop(reply.send(Err(over_earlier_connection().into())));
                }
                let acked = self.session.ack_last(&acks);
                self.expect(acked, reply);
            }
            ClientRequest::Begin { name, headers, reply } => {
                let begun = self.session.begin_with(&name, &headers);
                self.expect(begun, reply);
            }
            ClientRequest::EndTransaction { name, commit, headers, reply } => {
                let ended = self.session.end_transaction_with(&name, commit, &headers);
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
            ClientRequest::SetReceipts(policy) => self.set_receipts(policy),
            ClientRequest::Status { reply } => drop(reply.send(Ok(self.status()))),
            ClientRequest::Cut => self.state = ConnectionState::Cut,
            ClientRequest::Disconnect { reply } => {
                self.disconnect_reply = Some(reply);
                self.release_errors();
                if self.large_body.is_some() {
                    // No frame can be sent in the middle of a body.
                    self.state = ConnectionState::CutShort;
                    return;
                }
                self.send_disconnect(DISCONNECT_TIMEOUT);
            }
        }
    }

    /// Whether DISCONNECT waits for receipts of frames that it could overtake.
    pub(super) fn awaits_last_receipts(&self) -> bool {
        self.session.open_unawaited() > 0 && self.session.confirms_acks()
    }

    /// Whether nobody receives events any more, since DISCONNECT is sent or waits for the end of other requests.
    pub(super) fn is_leaving(&self) -> bool {
        self.session.is_disconnecting() || self.is_asked_to_leave()
    }

    /// The same, but for a DISCONNECT of the task's own.
    pub(super) fn is_asked_to_leave(&self) -> bool {
        let asked = |request: &ClientRequest| matches!(request, ClientRequest::Disconnect { .. });
        self.disconnect_reply.is_some() || self.queued.iter().any(asked)
    }

    fn subscribe(&mut self, options: Subscribe, reply: ReplySender<String>) {
        match self.session.subscribe(options) {
            Ok((id, receipt)) => {
                if !self.session.is_awaited(receipt) {
                    self.unproven.push((id.clone(), Instant::now()));
                }
                self.session.expect(receipt, ReceiptWaiter::Subscribed(reply, id));
            }
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// An ERROR after another frame than SUBSCRIBE may refuse that frame.
    fn note_frame_behind_subscriptions(&mut self, request: &ClientRequest) {
        let is_other = !matches!(
            request,
            ClientRequest::Subscribe { .. }
                | ClientRequest::StopBulk { .. }
                | ClientRequest::SetReceipts(_)
                | ClientRequest::Status { .. }
        );
        if is_other {
            self.unproven.clear();
        }
    }

    /// Forgets the subscription that an ERROR has refused, which no receipt tells: renewing it would bring the ERROR again.
    /// Of several it is taken to be the last; if it was another, the next connection shows that.
    pub(super) fn drop_refused_subscription(&mut self) {
        /// How long an ERROR after SUBSCRIBE may take to be taken for its refusal.
        const SOON: Duration = Duration::from_secs(5);
        let mut recent = std::mem::take(&mut self.unproven);
        recent.retain(|(_, sent)| sent.elapsed() < SOON);
        if let Some((id, _)) = recent.pop()
            && let Some(refused) = self.session.forget_subscription(&id)
        {
            let destination = refused.options.destination;
            self.backlog.push_back(Event::Refused { subscription: id, destination });
        }
        self.suspects = recent.into_iter().map(|(id, _)| id).collect();
    }

    pub(super) fn set_receipts(&mut self, policy: ReceiptPolicy) {
        self.options.receipts = policy;
        self.session.set_receipts(policy, self.options.doubt_receipts_after);
    }

    fn send_disconnect(&mut self, timeout: Duration) {
        // Encoding cannot fail: the frame holds nothing that a user typed.
        let _ = self.session.disconnect(ReceiptWaiter::Disconnect);
        self.disconnect_timeout = timeout;
        self.sleep.as_mut().reset(tokio::time::Instant::now() + timeout);
    }

    /// Receipts have not arrived in time. Where none has over this connection, and the options allow it, DISCONNECT finds
    /// out why.
    pub(super) fn doubt_receipts(&mut self) {
        let probes = self.options.disconnects_in_doubt && self.session.has_confirmed_nothing();
        if !probes || self.large_body.is_some() {
            return self.session.give_up_receipts();
        }
        if let Some(bulk) = self.session.bulk() {
            bulk.stop_input_because(
                "it was not known whether this server sends receipts; --receipts always does not ask",
            );
        }
        self.probing = true;
        self.send_disconnect(self.options.receipt_timeout.max(DISCONNECT_TIMEOUT));
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
    fn transact(
        &mut self,
        transaction: MoveTransaction,
        body: Option<StreamedBody>,
        reply: ReplySender<Confirmation>,
    ) {
        if !transaction.came_over_connection(self.session.connections()) {
            return drop(reply.send(Err(over_earlier_connection().into())));
        }
        let Some(body) = body else {
            let written = self.session.transact(&transaction);
            return self.expect_before_commit(written, transaction.name, reply);
        };
        match self.session.transact_head(&transaction, body.content_length()) {
            Ok(()) => {
                let after = AfterBody::Commit(transaction, reply);
                self.large_body = Some(LargeBody { pieces: body.pieces, left: body.length, after });
            }
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }

    /// Sends COMMIT once this receipt has arrived, which comes after any ERROR about the transaction; at once where there
    /// is none.
    pub(super) fn expect_before_commit(
        &mut self,
        written: Result<Option<u64>, SessionError>,
        name: String,
        reply: ReplySender<Confirmation>,
    ) {
        match written {
            Ok(Some(receipt)) => self.session.expect(Some(receipt), ReceiptWaiter::Commit(name, reply)),
            Ok(None) => {
                let ended = self.session.end_transaction(&name, true);
                self.expect(ended, reply);
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

    pub(super) fn expect(
        &mut self,
        sent: Result<Option<u64>, SessionError>,
        reply: ReplySender<Confirmation>,
    ) {
        match sent {
            Ok(receipt) => self.session.expect(receipt, ReceiptWaiter::Done(reply)),
            Err(error) => drop(reply.send(Err(error.into()))),
        }
    }
}

/// The failure of an ack that no connection can carry any more.
fn over_earlier_connection() -> Failure {
    Failure::NotSent { reason: "its messages came over an earlier connection".to_owned() }
}
