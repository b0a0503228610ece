//! Which receipts are open, in the order they were asked for.

use std::collections::VecDeque;

use thiserror::Error;

use crate::protocol::parse_decimal;

/// Messages that may be in flight at a time by default: sent and not confirmed yet, or received and not
/// acked yet. After a lost connection, at most so many are sent twice.
pub const WINDOW: u32 = 1_000;

/// Tells the ERROR frames apart that this process receives, so that a failure can name the one that caused
/// it. No two of them have the same number, whatever their texts are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErrorNumber {
    /// The session that received it.
    pub(super) session: u64,
    /// How many ERRORs that session had received then, with this one.
    pub(super) frame: u64,
}

/// Why the outcome of a frame is not a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The broker refused this very frame.
    #[error("the broker refused it: {message}")]
    Refused {
        /// The ERROR frame's number.
        error: ErrorNumber,
        /// The ERROR frame's message and body in one line.
        message: String,
    },
    /// It was sent, and whether the broker took it is not known.
    #[error("the outcome is unknown: {reason}")]
    Unknown {
        /// What came in place of the receipt.
        reason: String,
        /// The ERROR frame that came in its place, where it was one.
        error: Option<ErrorNumber>,
    },
    /// No byte of it was given to the socket.
    #[error("it was not sent: {reason}")]
    NotSent {
        /// Why.
        reason: String,
    },
}

impl Failure {
    /// An unknown outcome that is not due to an ERROR frame.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into(), error: None }
    }

    /// The ERROR frame that caused it, where one did.
    pub fn error(&self) -> Option<ErrorNumber> {
        match self {
            Self::Refused { error, .. } => Some(*error),
            Self::Unknown { error, .. } => *error,
            Self::NotSent { .. } => None,
        }
    }
}

/// The answer to a request that asked for a receipt.
#[derive(Debug)]
pub struct Outcome<T> {
    /// What [`super::Session::expect`] was given.
    pub token: T,
    /// A receipt, or what came in its place.
    pub result: Result<(), Failure>,
}

/// Who waits for a receipt.
#[derive(Debug)]
pub(super) enum ReceiptSlot<T> {
    /// It came, or nobody waits any more.
    Closed,
    /// The caller of one request, once it has said what it wants back, and where the frame begins in the
    /// stream of bytes.
    Request(Option<T>, u64),
    /// A message of the bulk sender, by its index.
    Bulk(u64),
}

/// The open receipts. Ids on the wire are decimal numbers in the order of asking, so that an answer
/// is found by subtraction.
#[derive(Debug)]
pub(super) struct Receipts<T> {
    first: u64,
    slots: VecDeque<ReceiptSlot<T>>,
    open: usize,
}

impl<T> Receipts<T> {
    pub(super) fn new() -> Self {
        Self { first: 1, slots: VecDeque::new(), open: 0 }
    }

    /// Opens a receipt for one request whose frame begins here in the stream of bytes; returns its id on
    /// the wire.
    pub(super) fn ask(&mut self, start: u64) -> u64 {
        self.open(ReceiptSlot::Request(None, start))
    }

    /// Opens a receipt for this message of the bulk; returns its id on the wire.
    #[inline]
    pub(super) fn ask_for_bulk(&mut self, index: u64) -> u64 {
        self.open(ReceiptSlot::Bulk(index))
    }

    #[inline]
    fn open(&mut self, slot: ReceiptSlot<T>) -> u64 {
        self.slots.push_back(slot);
        self.open += 1;
        self.first + self.slots.len() as u64 - 1
    }

    /// Gives up a receipt whose frame was not written.
    pub(super) fn cancel(&mut self, id: Option<u64>) {
        id.and_then(|id| self.take(id));
    }

    /// Keeps a token for the outcome of one request.
    pub(super) fn expect(&mut self, id: u64, token: T) {
        let index = id.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(ReceiptSlot::Request(kept, _)) = index.and_then(|index| self.slots.get_mut(index)) {
            *kept = Some(token);
        }
    }

    /// How many are open.
    pub(super) fn count(&self) -> usize {
        self.open
    }

    /// Takes the one with this id, if it is open.
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
        while matches!(self.slots.front(), Some(ReceiptSlot::Closed)) {
            self.slots.pop_front();
            self.first += 1;
        }
        Some(slot)
    }

    /// Takes all that are open, the oldest first. Their ids are not used again.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = ReceiptSlot<T>> + use<T> {
        self.first += self.slots.len() as u64;
        self.open = 0;
        std::mem::take(&mut self.slots).into_iter().filter(|slot| !matches!(slot, ReceiptSlot::Closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_may_come_in_any_order_and_count_once() {
        let mut receipts = Receipts::new();
        let ids: Vec<u64> = [10, 20, 30].map(|start| receipts.ask(start)).to_vec();
        for (id, name) in ids.iter().zip(["a", "b", "c"]) {
            receipts.expect(*id, name);
        }
        assert_eq!(ids, [1, 2, 3]);
        assert!(matches!(receipts.answer(b"2"), Some(ReceiptSlot::Request(Some("b"), 20))));
        assert!(receipts.answer(b"2").is_none());
        assert!(receipts.answer(b"9").is_none());
        assert!(receipts.answer(b"x").is_none());
        assert!(matches!(receipts.answer(b"1"), Some(ReceiptSlot::Request(Some("a"), 10))));
        assert_eq!(receipts.count(), 1);
        assert_eq!(receipts.drain().count(), 1);
        assert_eq!(receipts.ask(40), 4);
    }

    #[test]
    fn a_receipt_that_is_given_up_is_not_open_and_its_id_is_not_used_again() {
        let mut receipts = Receipts::<&str>::new();
        let id = receipts.ask(10);
        receipts.cancel(Some(id));
        receipts.cancel(None);
        assert_eq!(receipts.count(), 0);
        assert!(receipts.answer(b"1").is_none());
        assert_eq!(receipts.ask_for_bulk(0), 2);
    }
}
