//! A transaction: what its COMMIT will do.

use super::error_frame::{ErrorFrame, Printable};
use super::keys::{DeliveryKey, Destination};
use super::message::Message;

/// Whether a delivery was acknowledged or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settlement {
    Ack,
    Nack,
}

/// A frame that waits for COMMIT.
#[derive(Debug)]
pub(super) enum TransactionStep {
    /// A SEND; the message gets its number when it is sent.
    Send {
        destination: Destination,
        message: Message,
    },
    Settle {
        delivery: DeliveryKey,
        settlement: Settlement,
    },
}

/// What was done under one transaction's name since its BEGIN.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    pub(super) steps: Vec<TransactionStep>,
    /// The receipts that its frames asked for, as they came: given at COMMIT, never after ABORT.
    pub(super) receipts: Vec<Box<[u8]>>,
    /// The size of all messages in `steps`, which has a limit.
    pub(super) bytes: usize,
}

/// The ERROR for a frame in a transaction that is not open.
pub(super) fn unknown(verb: &str, name: &[u8]) -> ErrorFrame {
    ErrorFrame::new(
        format!("{verb} in transaction '{}', which is not open", Printable(name)),
        "A transaction is open from its BEGIN to its COMMIT or ABORT, on its own connection.",
    )
}
