//! Transactions: BEGIN, COMMIT, ABORT, and moves of messages between queues in a transaction.

use std::sync::Arc;

use super::dialect::{HeldReceipts, LastAckOrder};
use super::forward::{Forward, Received, end_forwarded};
use super::receipts::{AwaitedBy, ReceiptKind};
use super::{AckMode, Session, SessionError};
use crate::protocol::{Headers, Verb, push_decimal};

/// Messages that are consumed and sent to another queue in one transaction.
#[derive(Debug)]
pub(crate) struct MoveTransaction {
    pub name: String,
    /// The oldest unacknowledged messages of one subscription in `client` mode, without gaps, since an ACK
    /// includes those before it.
    pub received: Vec<Received>,
    pub forward: Arc<Forward>,
    /// Whether the subscription ends with them, so that the broker delivers no others in their place.
    pub last: bool,
}

impl MoveTransaction {
    /// Whether the connection with this number received all messages, so that they can be acknowledged.
    pub(crate) fn came_over_connection(&self, connection: u64) -> bool {
        self.received.iter().all(|received| received.connection == connection)
    }
}

impl<T> Session<T> {
    /// Sends BEGIN and returns the id of its receipt. Fails if a transaction of this name is open.
    pub fn begin(&mut self, name: &str) -> Result<Option<u64>, SessionError> {
        self.begin_with(name, &Headers::new())
    }

    /// Like [`Session::begin`], with additional headers.
    pub fn begin_with(&mut self, name: &str, headers: &Headers) -> Result<Option<u64>, SessionError> {
        self.open_transaction(name, true, headers)
    }

    pub(super) fn open_transaction(
        &mut self,
        name: &str,
        receipt: bool,
        more: &Headers,
    ) -> Result<Option<u64>, SessionError> {
        if self.transaction(name.as_bytes()).is_some() {
            return Err(SessionError::DuplicateTransaction { name: name.to_owned() });
        }
        let mut headers = Headers::from([("transaction", name)]);
        headers.overlay(more);
        let receipt = self.send_control(Verb::Begin, headers, receipt)?;
        self.opened_transaction(name);
        Ok(receipt)
    }

    /// Sends COMMIT or ABORT; returns the receipt.
    pub fn end_transaction(&mut self, name: &str, commit: bool) -> Result<Option<u64>, SessionError> {
        self.end_transaction_with(name, commit, &Headers::new())
    }

    /// Like [`Session::end_transaction`], with additional headers.
    pub fn end_transaction_with(
        &mut self,
        name: &str,
        commit: bool,
        more: &Headers,
    ) -> Result<Option<u64>, SessionError> {
        let Some(index) = self.transactions.iter().position(|open| open.name == name) else {
            return Err(self.no_transaction(name.as_bytes()));
        };
        let verb = if commit { Verb::Commit } else { Verb::Abort };
        let mut headers = Headers::from([("transaction", name)]);
        headers.overlay(more);
        let last_of = self.transactions[index].last_of.take();
        let committed_last = self.dialect.last_acks == LastAckOrder::CommittedLast;
        let (before, after) = if committed_last { (last_of, None) } else { (None, last_of) };
        if let Some(subscription) = before {
            self.end_subscription(&subscription, name)?;
        }
        let receipt = self.send_control(verb, headers, true)?;
        if let Some(subscription) = after {
            self.end_subscription(&subscription, name)?;
        }
        let ended = self.transactions.remove(index);
        self.ended_transaction(&ended, receipt.filter(|_| commit));
        let settled = self.transacted_acks.extract_if(.., |ack| ack.transaction == name);
        for ack in settled.filter(|_| !commit) {
            let mut subscriptions = self.subscriptions.iter_mut();
            if let Some(subscription) = subscriptions.find(|other| other.id == ack.subscription) {
                subscription.restore(ack.unacked);
            }
        }
        Ok(receipt)
    }

    /// Encodes a transaction up to its COMMIT: BEGIN, the SEND of each message, and ACKs for all of them. The last
    /// ACK asks for a receipt, which is returned: since brokers process frames in order, an ERROR about any of them
    /// arrives before it, unless they are carried out at COMMIT. The outcome of that waits for the receipts of the SENDs.
    /// On an error, nothing is encoded.
    pub(crate) fn transact(&mut self, transaction: &MoveTransaction) -> Result<Option<u64>, SessionError> {
        self.write_transaction(transaction, |session| {
            let mut common = Vec::new();
            session.begin_send_in(&mut common, transaction)?;
            for message in transaction.received.iter().flat_map(Received::iter) {
                let receipt = session.ask_for_send_in(&transaction.name);
                let out = session.outbox.buffer();
                out.extend_from_slice(&common);
                push_receipt(out, receipt);
                transaction.forward.keep(session.encoder, out, message, "transaction")?;
                end_forwarded(out, message);
                session.outbox.end_frame();
            }
            session.ack_in(transaction)
        })
    }

    /// Begins a transaction with one large message: BEGIN and the head of its SEND. The body follows as after
    /// [`Session::send_head`], and then [`Session::ack_in`]. On an error, nothing is encoded.
    pub(crate) fn transact_head(
        &mut self,
        transaction: &MoveTransaction,
        length: Option<u64>,
    ) -> Result<(), SessionError> {
        self.write_transaction(transaction, |session| {
            let mut head = Vec::new();
            session.begin_send_in(&mut head, transaction)?;
            push_receipt(&mut head, session.ask_for_send_in(&transaction.name));
            for message in transaction.received.iter().flat_map(Received::iter) {
                transaction.forward.keep(session.encoder, &mut head, message, "transaction")?;
            }
            session.outbox.buffer().append(&mut head);
            session.begin_body(length);
            Ok(())
        })
    }

    /// Encodes BEGIN and the rest; if that fails, removes what it has encoded.
    fn write_transaction<R>(
        &mut self,
        transaction: &MoveTransaction,
        rest: impl FnOnce(&mut Self) -> Result<R, SessionError>,
    ) -> Result<R, SessionError> {
        let start = self.outbox.end();
        self.open_transaction(&transaction.name, false, &Headers::new())?;
        let opened = self.end_with(transaction).and_then(|()| rest(self));
        opened.inspect_err(|_| {
            if let Some(number) =
                self.transactions.pop_if(|open| open.name == transaction.name).map(|open| open.number)
            {
                self.receipts.forget_unawaited(AwaitedBy::Commit(number));
            }
            self.outbox.withdraw(start);
        })
    }

    /// Notes that the subscription ends with the transaction, if these are its last messages.
    fn end_with(&mut self, transaction: &MoveTransaction) -> Result<(), SessionError> {
        let first = transaction.received.iter().flat_map(Received::iter).next();
        let Some(index) = first.filter(|_| transaction.last).and_then(|first| self.subscription_of(first))
        else {
            return Ok(());
        };
        self.shield(index, &transaction.name)?;
        let id = self.subscriptions[index].id.clone();
        if let Some(open) = self.transactions.iter_mut().find(|open| open.name == transaction.name) {
            open.last_of = Some(id);
        }
        Ok(())
    }

    /// The same as [`Session::ask_in`] for a SEND, if the receipt of COMMIT does not prove as much.
    fn ask_for_send_in(&mut self, name: &str) -> Option<u64> {
        self.doubts_commit().then(|| self.ask_in(name, ReceiptKind::SendInTransaction)).flatten()
    }

    /// Opens the receipt of a frame in an open transaction, for which the outcome of COMMIT waits; returns its id. `None` if
    /// nothing asks for receipts.
    pub(super) fn ask_in(&mut self, name: &str, kind: ReceiptKind) -> Option<u64> {
        let number = self.transaction(name.as_bytes()).filter(|_| self.asks())?.number;
        Some(self.receipts.ask_unawaited(kind, AwaitedBy::Commit(number)))
    }

    /// Appends the start that the SENDs of all messages share.
    fn begin_send_in(&self, out: &mut Vec<u8>, transaction: &MoveTransaction) -> Result<(), SessionError> {
        transaction.forward.begin(self.encoder, out, "transaction")?;
        Ok(self.encoder.header(out, Verb::Send, b"transaction", transaction.name.as_bytes())?)
    }

    /// Encodes the ACKs of a transaction, the last one with a receipt, which is returned.
    pub(crate) fn ack_in(&mut self, transaction: &MoveTransaction) -> Result<Option<u64>, SessionError> {
        let version = self.encoder.version();
        let none = Headers::new();
        let mut receipt = None;
        for (left, Received { batch, frames, .. }) in
            (0..transaction.received.len()).rev().zip(&transaction.received)
        {
            let mut messages = frames.iter().filter_map(|index| batch.get(*index as usize));
            if let Some(message) = messages.find(|message| message.ack_token(version).is_none()) {
                let which = message.text("message-id").unwrap_or_default().into_owned();
                return Err(SessionError::NotUnacked { which });
            }
            let named = AckMode::Client.to_ack(version, batch, frames.iter().copied(), 1);
            let messages = named.iter().filter_map(|index| batch.get(*index as usize));
            for (after, message) in (0..named.len()).rev().zip(messages) {
                let token = message.ack_token(version);
                let (Some(index), Some(token)) = (self.subscription_of(message), token) else {
                    let which = message.text("message-id").unwrap_or_default().into_owned();
                    return Err(SessionError::NotUnacked { which });
                };
                if left == 0 && after == 0 && self.dialect.held_receipts != HeldReceipts::All {
                    receipt = Some(self.receipts.ask(ReceiptKind::Ack, self.outbox.end()));
                }
                let written =
                    self.write_settle(Verb::Ack, index, token, Some(&transaction.name), receipt, &none);
                written.inspect_err(|_| self.receipts.cancel(receipt))?;
            }
        }
        Ok(receipt)
    }
}

/// Appends the header that asks for this receipt.
fn push_receipt(out: &mut Vec<u8>, receipt: Option<u64>) {
    if let Some(receipt) = receipt {
        out.extend_from_slice(b"receipt:");
        push_decimal(out, receipt);
        out.push(b'\n');
    }
}
