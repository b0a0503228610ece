//! Open transactions.

use super::error_frame::{ErrorFrame, Printable};
use super::keys::{DeliveryKey, Destination};
use super::message::OwnedMessage;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settlement {
    Ack,
    Nack,
}

/// A frame that takes effect with COMMIT.
#[derive(Debug)]
pub(super) enum TransactionStep {
    /// The message gets its number with COMMIT.
    Send {
        destination: Destination,
        message: OwnedMessage,
    },
    Settle {
        delivery: DeliveryKey,
        settlement: Settlement,
    },
}

#[derive(Debug, Default)]
pub(super) struct Transaction {
    pub(super) steps: Vec<TransactionStep>,
    /// The `receipt` headers of its frames in their escaped form, answered with COMMIT and never after
    /// ABORT.
    pub(super) receipts: Vec<Box<[u8]>>,
    /// The size of all messages in `steps`, which is limited.
    pub(super) bytes: usize,
}

pub(super) fn unknown_transaction(verb: &str, name: &[u8]) -> ErrorFrame {
    ErrorFrame::new(
        format!("{verb} in transaction '{}', which is not open", Printable(name)),
        "A transaction is open from its BEGIN to its COMMIT or ABORT, on its own connection.",
    )
}
