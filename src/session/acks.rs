//! ACK and NACK.

use super::{AckMode, Session, SessionError};
use crate::protocol::{Batch, Verb, push_decimal};

/// The messages that an ACK or a NACK is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AckTarget {
    /// The unacknowledged message received last.
    Newest,
    /// Every unacknowledged message.
    All,
    /// The message with this number ([`super::BatchSummary::first`]).
    Number(u64),
    /// The message with this `ack` or `message-id` header, escaped or not.
    Id(String),
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
        self.check_open()?;
        if nack && !self.encoder.version().has_nack() {
            return Err(SessionError::NotInVersion { what: "NACK", version: self.encoder.version() });
        }
        let mut total = Settled { messages: 0, cumulative: false, receipt: None, confirmed: false };
        if *which == AckTarget::All {
            for index in 0..self.subscriptions.len() {
                let cumulative = self.subscriptions[index].options.ack == AckMode::Client;
                while let Some(last) = self.subscriptions[index].unacked.len().checked_sub(1) {
                    let settled =
                        self.settle_at(index, if cumulative { last } else { 0 }, nack, transaction)?;
                    total.messages += settled.messages;
                    total.receipt = settled.receipt;
                }
            }
            return if total.messages == 0 { Err(SessionError::NothingUnacked) } else { Ok(total) };
        }
        let found = self.find_unacked(which);
        let Some((index, at)) = found else {
            return Err(match which {
                AckTarget::Newest | AckTarget::All => SessionError::NothingUnacked,
                AckTarget::Number(number) => SessionError::NotUnacked { which: number.to_string() },
                AckTarget::Id(id) => SessionError::NotUnacked { which: id.clone() },
            });
        };
        self.settle_at(index, at, nack, transaction)
    }

    fn find_unacked(&self, which: &AckTarget) -> Option<(usize, usize)> {
        let subscriptions = self.subscriptions.iter().enumerate();
        let all = subscriptions
            .flat_map(|(index, from)| from.unacked.iter().enumerate().map(move |(at, u)| (index, at, u)));
        let found = match which {
            AckTarget::Newest | AckTarget::All => all.max_by_key(|(_, _, unacked)| unacked.number),
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
    ) -> Result<Settled, SessionError> {
        let verb = if nack { Verb::Nack } else { Verb::Ack };
        let subscription = &self.subscriptions[index];
        let cumulative = subscription.options.ack == AckMode::Client;
        let Some(unacked) = subscription.unacked.get(at) else { return Err(SessionError::NothingUnacked) };
        let token = unacked.token.clone();
        let receipt = (tx.is_none() && self.asks()).then(|| self.receipts.ask(self.outbox.end()));
        if let Err(error) = self.write_settle(verb, index, &token, tx, receipt) {
            self.receipts.cancel(receipt);
            return Err(error);
        }
        let unacked = &mut self.subscriptions[index].unacked;
        let messages = if cumulative {
            unacked.drain(..=at).count() as u64
        } else {
            unacked.remove(at);
            1
        };
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
        for (name, value) in more.into_iter().flatten() {
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

    /// Encodes an ACK or NACK that only DISCONNECT waits for, if it asks for a receipt: the `last` ones do, and all where
    /// DISCONNECT could overtake them.
    fn write_unawaited(
        &mut self,
        verb: Verb,
        index: usize,
        token: &[u8],
        last: bool,
    ) -> Result<(), SessionError> {
        let asks = (last || self.relayed) && self.asks() && !self.unanswered;
        let receipt = asks.then(|| self.receipts.ask_unawaited());
        let written = self.write_settle(verb, index, token, None, receipt);
        written.inspect_err(|_| self.receipts.cancel(receipt))
    }

    /// Sends ACKs for messages of a batch by their indexes, as [`Session::settle_token`] does.
    pub(crate) fn ack_frames(
        &mut self,
        batch: &Batch,
        frames: &[u32],
        last: bool,
    ) -> Result<(), SessionError> {
        let version = self.encoder.version();
        for frame in frames.iter().filter_map(|index| batch.get(*index as usize)) {
            if let (Some(index), Some(token)) = (self.subscription_of(frame), frame.ack_token(version)) {
                self.write_unawaited(Verb::Ack, index, token, last)?;
            }
        }
        Ok(())
    }
}
