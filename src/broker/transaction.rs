//! A transaction: what its COMMIT will do.

use super::keys::{DeliveryKey, Destination};
use super::message::Message;
use super::refusal::{Refusal, Shown};

/// How a delivery is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done with.
    Ack,
    /// It goes back.
    Nack,
}

/// A frame that waits for COMMIT.
#[derive(Debug)]
pub(super) enum Step {
    /// A SEND; the message gets its number when it is sent.
    Send {
        /// Where to.
        destination: Destination,
        /// What.
        message: Message,
    },
    /// An ACK or a NACK.
    Settle {
        /// Which delivery.
        delivery: DeliveryKey,
        /// How.
        verdict: Verdict,
    },
}

/// What was done under one transaction's name since its BEGIN.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// In order.
    pub(super) steps: Vec<Step>,
    /// The receipts that its frames asked for, as they came: given at COMMIT, never after ABORT.
    pub(super) receipts: Vec<Box<[u8]>>,
    /// The size of its messages.
    pub(super) bytes: usize,
}

/// The ERROR for a frame in a transaction that is not open.
pub(super) fn unknown(verb: &str, name: &[u8]) -> Refusal {
    Refusal::new(
        format!("{verb} in transaction '{}', which is not open", Shown(name)),
        "A transaction is open from its BEGIN to its COMMIT or ABORT, on its own connection.",
    )
}
