//! ACK and NACK.

use std::sync::Arc;

use super::dialect::LastAckOrder;
use super::receipts::{AwaitedBy, LastAck, ReceiptKind};
use super::subscription::TransactedAck;
use super::{AckMode, Session, SessionError};
use crate::protocol::{Batch, Headers, Verb, Version, push_decimal};

/// The messages that an ACK or a NACK is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AckTarget {
    /// The unacknowledged message received last.
    Newest,
    /// Every unacknowledged message.
    All,
    /// Every unacknowledged message of the subscription with this id.
    Subscription(String),
    /// The message with this number ([`super::BatchSummary::first`]).
    Number(u64),
    /// The message with this `ack` or `message-id` header, escaped or not.
    Id(String),
}

/// The acks with which a subscription ends.
#[derive(Debug, Default)]
pub(crate) struct LastAcks {
    /// The id of the subscription.
    pub(crate) subscription: Arc<str>,
    /// As of [`crate::protocol::FrameRef::ack_token`].
    pub(crate) tokens: Vec<Box<[u8]>>,
    /// The number of the session's connection that received the messages.
    pub(crate) connection: u64,
    /// For a transaction, or for another subscription.
    pub(crate) name: String,
}

impl LastAcks {
    /// None yet.
    pub(crate) fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Adds messages of a batch that came over this connection, but for those that cannot be acked.
    pub(crate) fn add(&mut self, batch: &Batch, frames: &[u32], version: Version, connection: u64) {
        self.connection = connection;
        for message in frames.iter().filter_map(|index| batch.get(*index as usize)) {
            self.tokens.extend(message.ack_token(version).map(Box::from));
            if let Some(id) = message.text("subscription").filter(|id| **id != *self.subscription) {
                self.subscription = id.into();
            }
        }
    }
}

/// The messages that an ACK or a NACK settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The number of messages, including those before the named one in `client` mode.
    pub messages: u64,
    /// Whether more than the named message were settled because the mode is cumulative.
    pub cumulative: bool,
    /// The requested receipt, for [`Session::expect`]; none in a transaction.
    pub receipt: Option<u64>,
    /// Whether the receipt has arrived.
    pub confirmed: bool,
}

impl<T> Session<T> {
    /// Sends an ACK or a NACK, in a transaction if one is named.
    pub fn settle(
        &mut self,
        which: &AckTarget,
        nack: bool,
        transaction: Option<&str>,
    ) -> Result<Settled, SessionError> {
        self.settle_with(which, nack, transaction, &Headers::new())
    }

    /// Like [`Session::settle`], with additional headers.
    pub fn settle_with(
        &mut self,
        which: &AckTarget,
        nack: bool,
        transaction: Option<&str>,
        headers: &Headers,
    ) -> Result<Settled, SessionError> {
        self.check_open()?;
        if nack && !self.encoder.version().has_nack() {
            return Err(SessionError::NotInVersion { what: "NACK", version: self.encoder.version() });
        }
        let mut total = Settled { messages: 0, cumulative: false, receipt: None, confirmed: false };
        if let AckTarget::All | AckTarget::Subscription(_) = which {
            for index in 0..self.subscriptions.len() {
                if matches!(which, AckTarget::Subscription(id) if *id != self.subscriptions[index].id) {
                    continue;
                }
                let cumulative = self.subscriptions[index].options.ack == AckMode::Client;
                while let Some(last) = self.subscriptions[index].unacked.len().checked_sub(1) {
                    let at = if cumulative { last } else { 0 };
                    let settled = self.settle_at(index, at, nack, transaction, headers)?;
                    total.messages += settled.messages;
                    total.receipt = settled.receipt;
                }
            }
            return if total.messages == 0 { Err(SessionError::NothingUnacked) } else { Ok(total) };
        }
        let found = self.find_unacked(which);
        let Some((index, at)) = found else {
            return Err(match which {
                AckTarget::Newest | AckTarget::All | AckTarget::Subscription(_) => {
                    SessionError::NothingUnacked
                }
                AckTarget::Number(number) => SessionError::NotUnacked { which: number.to_string() },
                AckTarget::Id(id) => SessionError::NotUnacked { which: id.clone() },
            });
        };
        self.settle_at(index, at, nack, transaction, headers)
    }

    fn find_unacked(&self, which: &AckTarget) -> Option<(usize, usize)> {
        let subscriptions = self.subscriptions.iter().enumerate();
        let all = subscriptions
            .flat_map(|(index, from)| from.unacked.iter().enumerate().map(move |(at, u)| (index, at, u)));
        let found = match which {
            AckTarget::Newest | AckTarget::All | AckTarget::Subscription(_) => {
                all.max_by_key(|(_, _, unacked)| unacked.number)
            }
            AckTarget::Number(number) => all.into_iter().find(|(_, _, unacked)| unacked.number == *number),
            AckTarget::Id(id) => all.into_iter().find(|(_, _, unacked)| unacked.is_called(id.as_bytes())),
        };
        found.map(|(index, at, _)| (index, at))
    }

    fn settle_at(
        &mut self,
        index: usize,
        at: usize,
        nack: bool,
        tx: Option<&str>,
        headers: &Headers,
    ) -> Result<Settled, SessionError> {
        let verb = if nack { Verb::Nack } else { Verb::Ack };
        let subscription = &self.subscriptions[index];
        let cumulative = subscription.options.ack == AckMode::Client;
        let Some(unacked) = subscription.unacked.get(at) else { return Err(SessionError::NothingUnacked) };
        let token = unacked.token.clone();
        let receipt =
            (tx.is_none() && self.asks()).then(|| self.receipts.ask(ReceiptKind::Ack, self.outbox.end()));
        // Where frames are handled in order, the receipt of COMMIT proves as much.
        let in_transaction = tx.filter(|_| !self.is_in_order());
        let asked = receipt.or_else(|| self.ask_in(in_transaction?, ReceiptKind::Ack));
        if let Err(error) = self.write_settle(verb, index, &token, tx, asked, headers) {
            self.receipts.cancel(asked);
            return Err(error);
        }
        let subscription = &mut self.subscriptions[index];
        let first = if cumulative { 0 } else { at };
        let settled = subscription.unacked.drain(first..=at);
        let messages = settled.len() as u64;
        // Known brokers that ignore the transaction of an ACK carry it out at once.
        if let Some(transaction) = tx.filter(|_| self.dialect.transacts_acks || !self.dialect.is_known()) {
            self.transacted_acks.extend(settled.map(|unacked| TransactedAck {
                transaction: transaction.to_owned(),
                subscription: subscription.id.clone(),
                unacked,
            }));
        }
        Ok(Settled { messages, cumulative: cumulative && messages > 1, receipt, confirmed: false })
    }

    /// Encodes an ACK or NACK. The token is sent back with its escapes as received. On an error, nothing is
    /// encoded.
    pub(super) fn write_settle(
        &mut self,
        verb: Verb,
        index: usize,
        token: &[u8],
        transaction: Option<&str>,
        receipt: Option<u64>,
        headers: &Headers,
    ) -> Result<(), SessionError> {
        self.check_open()?;
        let by_id = self.encoder.version().acks_by_id();
        let encoder = self.encoder;
        let out = self.outbox.buffer();
        let before = out.len();
        out.extend_from_slice(verb.name().as_bytes());
        out.extend_from_slice(if by_id { b"\nid:" } else { b"\nmessage-id:" });
        out.extend_from_slice(token);
        out.push(b'\n');
        let id = self.subscriptions[index].id.as_bytes();
        let more = [
            (!by_id).then_some((&b"subscription"[..], id)),
            transaction.map(|name| (&b"transaction"[..], name.as_bytes())),
        ];
        for (name, value) in more.into_iter().flatten().chain(headers.iter()) {
            if let Err(error) = encoder.header(out, verb, name, value) {
                out.truncate(before);
                return Err(error.into());
            }
        }
        if let Some(receipt) = receipt {
            out.extend_from_slice(b"receipt:");
            push_decimal(out, receipt);
            out.push(b'\n');
        }
        out.extend_from_slice(b"\n\0");
        self.outbox.end_frame();
        Ok(())
    }

    /// Sends an ACK or a NACK for [`crate::protocol::FrameRef::ack_token`], whose receipt DISCONNECT waits for. It is skipped if
    /// the subscription has ended in the meantime: no ACK follows an UNSUBSCRIBE.
    pub(crate) fn settle_token(
        &mut self,
        subscription: &str,
        token: &[u8],
        nack: bool,
    ) -> Result<(), SessionError> {
        let Some(index) = self.subscriptions.iter().position(|other| other.id == subscription) else {
            return Ok(());
        };
        self.write_unawaited(if nack { Verb::Nack } else { Verb::Ack }, index, token, true)
    }

    /// Sends ACKs and ends their subscription, in an order in which the broker delivers no other messages in their place.
    /// Returns the receipt of the last frame.
    pub(crate) fn ack_last(&mut self, acks: &LastAcks) -> Result<Option<u64>, SessionError> {
        let LastAcks { subscription, tokens, name, .. } = acks;
        let Some(index) = self.subscriptions.iter().position(|other| *other.id == **subscription) else {
            return Err(SessionError::NoSubscription { name: subscription.to_string() });
        };
        let transaction = (self.dialect.last_acks == LastAckOrder::CommittedLast).then_some(name.as_str());
        if transaction.is_some() {
            self.open_transaction(name, false, &Headers::new())?;
        }
        self.shield(index, name)?;
        for token in tokens {
            self.write_settle(Verb::Ack, index, token, transaction, None, &Headers::new())?;
        }
        let ended = self.end_subscription(subscription, name)?;
        if transaction.is_some() { self.end_transaction(name, true) } else { Ok(ended) }
    }

    /// Makes a subscription the last to which its queue delivers, where acks alone would bring other messages.
    pub(super) fn shield(&mut self, index: usize, name: &str) -> Result<(), SessionError> {
        if let LastAckOrder::Shielded(headers) = self.dialect.last_acks {
            let destination = self.subscriptions[index].options.destination.as_str();
            let mut shield = Headers::from([("id", name), ("destination", destination)]);
            shield.extend(headers.iter().copied());
            self.send_control(Verb::Subscribe, shield, false)?;
        }
        Ok(())
    }

    /// Ends a subscription and then its shield of this name. Returns the receipt of the last frame.
    pub(super) fn end_subscription(
        &mut self,
        subscription: &str,
        shield: &str,
    ) -> Result<Option<u64>, SessionError> {
        let ended = self.unsubscribe(subscription, false)?.1;
        match self.dialect.last_acks {
            LastAckOrder::Shielded(_) => self.send_control(Verb::Unsubscribe, [("id", shield)].into(), true),
            _ => Ok(ended),
        }
    }

    /// Encodes an ACK or NACK that only DISCONNECT waits for, if it asks for a receipt: the `last` ones do, and all where
    /// DISCONNECT could overtake them.
    fn write_unawaited(
        &mut self,
        verb: Verb,
        index: usize,
        token: &[u8],
        last: bool,
    ) -> Result<(), SessionError> {
        let asks = (last || self.relayed) && self.asks() && !self.given_up.contains(ReceiptKind::Ack);
        let receipt = asks.then(|| self.receipts.ask_unawaited(ReceiptKind::Ack, AwaitedBy::Disconnect));
        self.last_ack = receipt.map_or(LastAck::Unasked, LastAck::Asked);
        let written = self.write_settle(verb, index, token, None, receipt, &Headers::new());
        written.inspect_err(|_| self.receipts.cancel(receipt))
    }

    /// Sends ACKs for messages of a batch by their indexes, as [`Session::settle_token`] does. If they are `awaited`, the
    /// last one asks for a receipt, which is returned; DISCONNECT waits for those of the `last` ones.
    pub(crate) fn ack_frames(
        &mut self,
        batch: &Batch,
        frames: &[u32],
        last: bool,
        awaited: bool,
    ) -> Result<Option<u64>, SessionError> {
        let version = self.encoder.version();
        let mut asked = None;
        for (left, frame) in (0..frames.len()).rev().zip(frames) {
            let Some(frame) = batch.get(*frame as usize) else { continue };
            if let (Some(index), Some(token)) = (self.subscription_of(frame), frame.ack_token(version)) {
                if awaited && left == 0 && self.asks() {
                    asked = Some(self.receipts.ask(ReceiptKind::Ack, self.outbox.end()));
                    let written = self.write_settle(Verb::Ack, index, token, None, asked, &Headers::new());
                    written.inspect_err(|_| self.receipts.cancel(asked))?;
                } else {
                    self.write_unawaited(Verb::Ack, index, token, last && !awaited)?;
                }
            }
        }
        Ok(asked)
    }
}
