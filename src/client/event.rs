//! What the task reports to the owner of a connection.

use std::time::Duration;

use tokio::sync::mpsc;

use super::ClientError;
use crate::protocol::{Batch, FrameRef, Verb, Version, WrongLength};
use crate::session::{BrokerError, Connected, Unsolicited};

/// Something that the broker sent, or that happened to the connection.
#[derive(Debug)]
pub enum Event {
    /// One read brought messages, or parts of them.
    Messages(Delivery),
    /// The broker sent an ERROR. The loss of the connection usually follows.
    Error(BrokerError),
    /// A message came for a subscription that was never made, and is left out. Reported once for each such subscription.
    Unsolicited(Unsolicited),
    /// A SUBSCRIBE that asked for no receipt was followed by an ERROR. The subscription is not renewed on later connections.
    Refused {
        /// The id of the subscription.
        subscription: String,
        /// What it subscribed to.
        destination: String,
    },
    /// A MESSAGE in a WebSocket text message is longer or shorter than its content-length: the server has replaced bytes
    /// of its body that are not UTF-8. Reported once.
    WrongLength(WrongLength),
    /// The client has reconnected and subscribed again.
    Connected(Connected),
    /// The connection was lost. [`Event::Connected`] follows once the client has reconnected.
    Lost {
        /// Why it was lost.
        error: ClientError,
        /// The names of the transactions that the broker aborts.
        aborted: Vec<String>,
        /// The number of messages that can no longer be acked, of those that the session remembers.
        unacked: usize,
        /// Whether the client tries to reconnect.
        again: bool,
    },
    /// An attempt to reconnect failed.
    Retry {
        /// Why it failed.
        error: ClientError,
        /// The time until the next attempt.
        pause: Duration,
    },
    /// The receipt timeout passed. The connection stays open.
    NoReceipts {
        /// The time without a receipt.
        waited: Duration,
        /// Whether a failed request has already reported it.
        reported: bool,
    },
}

/// The frames of one read, with at least one MESSAGE or a part of one among them.
#[derive(Debug)]
pub struct Delivery {
    /// All frames of the read, including those that are no MESSAGE.
    pub batch: Batch,
    /// The number of the first MESSAGE that begins in the batch. The session counts from 1 across reconnects.
    pub first: u64,
    /// How many messages begin in the batch.
    pub count: u64,
    /// The version of the connection, on which it depends how messages are acked.
    pub version: Version,
    /// The number of the connection, from 1. Messages of an earlier connection can no longer be acked.
    pub connection: u64,
}

impl Delivery {
    /// The MESSAGE frames, whole ones and parts, with their indexes in the batch.
    pub fn messages(&self) -> impl Iterator<Item = (u32, FrameRef<'_>)> {
        (0_u32..).zip(self.batch.iter()).filter(|(_, frame)| frame.verb() == Verb::Message)
    }
}

/// The receiver of a connection's events. While it is full, the client does not read the socket, so nothing is dropped.
pub type Events = mpsc::Receiver<Event>;
