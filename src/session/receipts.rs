//! Open receipts, in the order in which they were requested.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::protocol::{Frame, Verb, parse_decimal};

/// The default limit on messages that are sent and not confirmed, or received and not acknowledged. After a lost
/// connection, at most so many are sent twice.
pub const WINDOW: u32 = 1_000;

/// The time without any receipt after which a server that is not known to send them is doubted to send any.
pub const DOUBT_AFTER: Duration = Duration::from_secs(2);

/// Which frames ask for a receipt. DISCONNECT always does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptPolicy {
    /// All that have something to confirm, until it turns out that the server sends no receipts.
    #[default]
    Auto,
    /// The same, and a missing receipt is waited for up to the receipt timeout.
    Always,
    /// None.
    Never,
}

impl fmt::Display for ReceiptPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        })
    }
}

impl FromStr for ReceiptPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(format!("'{text}' is not auto, always or never")),
        }
    }
}

/// What is known of a frame that was sent and not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Its receipt arrived.
    Confirmed,
    /// It was handed to the socket. No receipt was requested, or the server seems to send none.
    Unconfirmed,
}

/// Identifies an ERROR frame in this process, so that a failure can refer to the one that caused it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErrorNumber {
    pub(super) session: u64,
    /// Counts the ERROR frames of the session from 1.
    pub(super) frame: u64,
}

/// Why a request has no receipt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum Failure {
    /// An ERROR named this frame, or only this frame was open.
    #[error("the broker refused it: {message}")]
    Refused { error: ErrorNumber, message: String },
    /// The frame was sent; whether the broker processed it is not known.
    #[error("the outcome is unknown: {reason}")]
    Unknown { reason: String, error: Option<ErrorNumber> },
    /// The server answered DISCONNECT, or closed the connection after it, and has confirmed nothing before.
    #[error("this server sends no receipts: the message was written, but cannot be confirmed")]
    NoReceipts,
    /// No byte of the frame was written to a socket.
    #[error("it was not sent: {reason}")]
    NotSent { reason: String },
}

impl Failure {
    /// An unknown outcome that no ERROR frame caused.
    pub(crate) fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into(), error: None }
    }

    /// The ERROR frame that caused the failure.
    pub(crate) fn error(&self) -> Option<ErrorNumber> {
        match self {
            Self::Refused { error, .. } => Some(*error),
            Self::Unknown { error, .. } => *error,
            Self::NoReceipts | Self::NotSent { .. } => None,
        }
    }
}

/// An ERROR frame of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerError {
    /// The failures that it caused have the same number.
    pub number: ErrorNumber,
    /// Its message and body in one line.
    pub line: String,
    /// The frame, with at most 64 KiB of its body.
    pub frame: Frame,
}

impl BrokerError {
    /// The failure of the frame that it refuses.
    pub(crate) fn refusal(&self) -> Failure {
        Failure::Refused { error: self.number, message: self.line.clone() }
    }
}

/// The result of a request with a receipt, for the caller that knows its token.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The token that was passed to [`super::Session::expect`].
    pub token: T,
    /// `Ok` if the RECEIPT arrived, or is not waited for any longer.
    pub result: Result<Confirmation, Failure>,
}

/// The kind of frame that a receipt confirms. A server may confirm some kinds and not others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiptKind {
    Send,
    /// SUBSCRIBE and UNSUBSCRIBE.
    Subscription,
    /// ACK and NACK.
    Ack,
    /// BEGIN, COMMIT and ABORT.
    Transaction,
    /// A SEND in a transaction. Some brokers confirm it only after COMMIT.
    SendInTransaction,
    Disconnect,
}

impl ReceiptKind {
    pub(super) const ALL: [Self; 6] = [
        Self::Send,
        Self::Subscription,
        Self::Ack,
        Self::Transaction,
        Self::SendInTransaction,
        Self::Disconnect,
    ];

    pub(super) fn of(verb: Verb) -> Self {
        match verb {
            Verb::Subscribe | Verb::Unsubscribe => Self::Subscription,
            Verb::Ack | Verb::Nack => Self::Ack,
            Verb::Begin | Verb::Commit | Verb::Abort => Self::Transaction,
            Verb::Disconnect => Self::Disconnect,
            _ => Self::Send,
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ReceiptKinds(u8);

impl ReceiptKinds {
    /// All but DISCONNECT, which every server answers that sends receipts.
    pub(super) const ALL: Self = Self((1 << ReceiptKind::Disconnect as u8) - 1);

    pub(super) fn contains(self, kind: ReceiptKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    pub(super) fn insert(&mut self, kind: ReceiptKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Those that are in neither of two other sets.
    pub(super) fn without(self, others: Self, more: Self) -> Self {
        Self(self.0 & !others.0 & !more.0)
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(super) fn remove(&mut self, kind: ReceiptKind) {
        self.0 &= !(1 << kind as u8);
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What is known of the last ACK that only DISCONNECT waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastAck {
    /// It asked for no receipt.
    Unasked,
    /// It asked for this receipt.
    Asked(u64),
    /// The receipt came: the broker has processed this ACK, and those before it.
    Confirmed,
}

/// The request that waits for a receipt.
#[derive(Debug)]
pub(super) enum ReceiptSlot<T> {
    /// The receipt arrived or was cancelled.
    Closed,
    /// One request: its token, once [`Receipts::expect`] was called, the kind of its frame and the position of that in
    /// the stream.
    Request(Option<T>, ReceiptKind, u64),
    /// A message of the bulk, by its index.
    Bulk(u64),
    /// A frame whose sender does not wait for it.
    Unawaited(ReceiptKind, AwaitedBy),
}

/// What waits for a receipt that the sender of the frame does not wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AwaitedBy {
    /// DISCONNECT could overtake the frame, or shows too late that it failed.
    Disconnect,
    /// The outcome of COMMIT of the transaction with this number.
    Commit(u64),
}

/// The open receipts of a transaction's frames.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TransactionReceipts {
    pub(super) sends: usize,
    pub(super) acks: usize,
}

/// The open receipts. Their ids are consecutive decimal numbers, so that an answer is found by subtraction.
#[derive(Debug)]
pub(super) struct Receipts<T> {
    first: u64,
    slots: VecDeque<ReceiptSlot<T>>,
    open: usize,
    /// How many only DISCONNECT waits for.
    open_unawaited: usize,
    /// Those that COMMIT waits for, of each transaction that has some, by its number.
    open_in: Vec<(u64, TransactionReceipts)>,
    /// How many of each [`ReceiptKind`] are open, except for those whose sender does not wait for them.
    open_kinds: [usize; 6],
}

impl TransactionReceipts {
    pub(super) fn count(self) -> usize {
        self.sends + self.acks
    }

    fn of(&mut self, kind: ReceiptKind) -> &mut usize {
        if kind == ReceiptKind::Ack { &mut self.acks } else { &mut self.sends }
    }

    /// Without those of given kinds.
    pub(super) fn without(self, kinds: ReceiptKinds) -> Self {
        let unless = |kind, count| if kinds.contains(kind) { 0 } else { count };
        Self {
            sends: unless(ReceiptKind::SendInTransaction, self.sends),
            acks: unless(ReceiptKind::Ack, self.acks),
        }
    }
}

impl<T> ReceiptSlot<T> {
    pub(super) fn kind(&self) -> Option<ReceiptKind> {
        match self {
            Self::Request(_, kind, _) | Self::Unawaited(kind, _) => Some(*kind),
            Self::Bulk(_) => Some(ReceiptKind::Send),
            Self::Closed => None,
        }
    }

    /// The same of a receipt that somebody waits for.
    fn awaited_kind(&self) -> Option<ReceiptKind> {
        self.kind().filter(|_| !matches!(self, Self::Unawaited(..)))
    }
}

impl<T> Receipts<T> {
    pub(super) fn new() -> Self {
        Self {
            first: 1,
            slots: VecDeque::new(),
            open: 0,
            open_unawaited: 0,
            open_in: Vec::new(),
            open_kinds: [0; 6],
        }
    }

    /// Opens a receipt for a request whose frame begins at `start` in the stream; returns its id.
    pub(super) fn ask(&mut self, kind: ReceiptKind, start: u64) -> u64 {
        self.open(ReceiptSlot::Request(None, kind, start))
    }

    /// Opens a receipt for a message of the bulk; returns its id.
    #[inline]
    pub(super) fn ask_for_bulk(&mut self, index: u64) -> u64 {
        self.open(ReceiptSlot::Bulk(index))
    }

    /// Opens a receipt that the sender of the frame does not wait for; returns its id.
    pub(super) fn ask_unawaited(&mut self, kind: ReceiptKind, by: AwaitedBy) -> u64 {
        match by {
            AwaitedBy::Disconnect => self.open_unawaited += 1,
            AwaitedBy::Commit(number) => {
                let known = self.open_in.iter().rposition(|(other, _)| *other == number);
                let index = known.unwrap_or_else(|| {
                    self.open_in.push((number, TransactionReceipts::default()));
                    self.open_in.len() - 1
                });
                *self.open_in[index].1.of(kind) += 1;
            }
        }
        self.open(ReceiptSlot::Unawaited(kind, by))
    }

    /// Closes those that this waits for.
    pub(super) fn forget_unawaited(&mut self, by: AwaitedBy) {
        let is_one = |slot: &ReceiptSlot<T>| matches!(slot, ReceiptSlot::Unawaited(_, other) if *other == by);
        let found = (self.first..).zip(&self.slots).filter(|(_, slot)| is_one(slot));
        for id in found.map(|(id, _)| id).collect::<Vec<_>>() {
            self.take(id);
        }
    }

    /// The number of open receipts that only DISCONNECT waits for.
    pub(super) fn open_unawaited(&self) -> usize {
        self.open_unawaited
    }

    /// The open receipts that COMMIT of this transaction waits for.
    pub(super) fn open_in(&self, number: u64) -> TransactionReceipts {
        let found = self.open_in.iter().rfind(|(other, _)| *other == number);
        found.map(|(_, open)| *open).unwrap_or_default()
    }

    #[inline]
    fn open(&mut self, slot: ReceiptSlot<T>) -> u64 {
        if let Some(kind) = slot.awaited_kind() {
            self.open_kinds[kind as usize] += 1;
        }
        self.slots.push_back(slot);
        self.open += 1;
        self.first + self.slots.len() as u64 - 1
    }

    /// Closes a receipt whose frame could not be encoded.
    pub(super) fn cancel(&mut self, id: Option<u64>) {
        id.and_then(|id| self.take(id));
    }

    pub(super) fn expect(&mut self, id: u64, token: T) {
        let index = id.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(ReceiptSlot::Request(slot, ..)) = index.and_then(|index| self.slots.get_mut(index)) {
            *slot = Some(token);
        }
    }

    /// Takes the tokens of all open requests of some kinds. Their receipts stay open.
    pub(super) fn take_tokens(&mut self, takes: impl Fn(ReceiptKind) -> bool) -> Vec<T> {
        let token = |slot: &mut ReceiptSlot<T>| match slot {
            ReceiptSlot::Request(token, kind, _) if takes(*kind) => token.take(),
            _ => None,
        };
        self.slots.iter_mut().filter_map(token).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.open
    }

    /// The number of open receipts of a kind, except for those whose sender does not wait for them.
    pub(super) fn count_of(&self, kind: ReceiptKind) -> usize {
        self.open_kinds[kind as usize]
    }

    /// The kinds, but for DISCONNECT, of which a receipt is open that its sender waits for.
    pub(super) fn open_kinds(&self) -> ReceiptKinds {
        let mut kinds = ReceiptKinds::default();
        for kind in ReceiptKind::ALL.into_iter().filter(|kind| self.count_of(*kind) > 0) {
            kinds.insert(kind);
        }
        ReceiptKinds(kinds.0 & ReceiptKinds::ALL.0)
    }

    /// The kind of an open receipt.
    pub(super) fn kind(&self, id: u64) -> Option<ReceiptKind> {
        let index = usize::try_from(id.checked_sub(self.first)?).ok()?;
        self.slots.get(index)?.kind()
    }

    /// The id of the last receipt, if all others are closed.
    pub(super) fn only_last(&self) -> Option<u64> {
        (self.slots.len() == 1).then_some(self.first)
    }

    /// Closes the receipt with this `receipt-id`; `None` if it is not open.
    #[inline]
    pub(super) fn answer(&mut self, id: &[u8]) -> Option<ReceiptSlot<T>> {
        self.take(parse_decimal(id)?)
    }

    #[inline]
    fn take(&mut self, id: u64) -> Option<ReceiptSlot<T>> {
        let index = usize::try_from(id.checked_sub(self.first)?).ok()?;
        let slot = std::mem::replace(self.slots.get_mut(index)?, ReceiptSlot::Closed);
        if matches!(slot, ReceiptSlot::Closed) {
            return None;
        }
        self.open -= 1;
        if let Some(kind) = slot.awaited_kind() {
            self.open_kinds[kind as usize] -= 1;
        }
        match slot {
            ReceiptSlot::Unawaited(_, AwaitedBy::Disconnect) => self.open_unawaited -= 1,
            ReceiptSlot::Unawaited(kind, AwaitedBy::Commit(number)) => {
                if let Some(index) = self.open_in.iter().rposition(|(other, _)| *other == number) {
                    *self.open_in[index].1.of(kind) -= 1;
                    if self.open_in[index].1.count() == 0 {
                        self.open_in.remove(index);
                    }
                }
            }
            _ => {}
        }
        while matches!(self.slots.front(), Some(ReceiptSlot::Closed)) {
            self.slots.pop_front();
            self.first += 1;
        }
        Some(slot)
    }

    /// Closes all open receipts, the oldest first. Their ids are not used again.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = ReceiptSlot<T>> + use<T> {
        self.first += self.slots.len() as u64;
        (self.open, self.open_unawaited, self.open_kinds) = (0, 0, [0; 6]);
        self.open_in.clear();
        std::mem::take(&mut self.slots).into_iter().filter(|slot| !matches!(slot, ReceiptSlot::Closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_may_come_in_any_order_and_count_once() {
        let mut receipts = Receipts::new();
        let ids: Vec<u64> = [10, 20, 30].map(|start| receipts.ask(ReceiptKind::Send, start)).to_vec();
        for (id, name) in ids.iter().zip(["a", "b", "c"]) {
            receipts.expect(*id, name);
        }
        assert_eq!(ids, [1, 2, 3]);
        assert!(matches!(receipts.answer(b"2"), Some(ReceiptSlot::Request(Some("b"), _, 20))));
        assert_eq!(receipts.only_last(), None);
        assert!(receipts.answer(b"2").is_none());
        assert!(receipts.answer(b"9").is_none());
        assert!(receipts.answer(b"x").is_none());
        assert!(matches!(receipts.answer(b"1"), Some(ReceiptSlot::Request(Some("a"), _, 10))));
        assert_eq!((receipts.count(), receipts.only_last()), (1, Some(3)));
        assert_eq!(receipts.drain().count(), 1);
        assert_eq!(receipts.ask(ReceiptKind::Send, 40), 4);
    }

    #[test]
    fn a_receipt_that_is_given_up_is_not_open_and_its_id_is_not_used_again() {
        let mut receipts = Receipts::<&str>::new();
        let id = receipts.ask(ReceiptKind::Send, 10);
        receipts.cancel(Some(id));
        receipts.cancel(None);
        assert_eq!(receipts.count(), 0);
        assert!(receipts.answer(b"1").is_none());
        assert_eq!(receipts.ask_for_bulk(0), 2);
    }
}
