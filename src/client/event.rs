//! What the task tells the world.

use std::time::Duration;

use tokio::sync::mpsc;

use super::ClientError;
use crate::protocol::{Batch, Version};
use crate::session::{BrokerError, Connected};

/// Something that came from the broker, or happened to the connection.
#[derive(Debug)]
pub enum Event {
    /// What one read brought, with at least one MESSAGE, or part of a large one, in it.
    Messages {
        /// All frames of that read; those that are no MESSAGE are to be passed over.
        batch: Batch,
        /// The number of the first MESSAGE in it (whole ones and heads count).
        first: u64,
        /// How many there are.
        count: u64,
        /// The version they came in, which says how they are acked.
        version: Version,
        /// Which connection of the session they came over, from 1: what came over an earlier one
        /// cannot be acked any more.
        connection: u64,
    },
    /// An ERROR frame.
    Error(BrokerError),
    /// The connection is there again, subscriptions asked for.
    Connected(Connected),
    /// The connection is gone.
    Lost {
        /// Why.
        error: ClientError,
        /// Transactions that are gone with it.
        aborted: Vec<String>,
        /// Messages, as far as the session keeps their ids, that cannot be acked any more.
        unacked: usize,
        /// Whether it is going to be made again.
        again: bool,
    },
    /// Another try failed; the next one comes after this pause.
    Retry {
        /// Why.
        error: ClientError,
        /// The pause.
        pause: Duration,
    },
    /// No receipt came for so long; the connection stays.
    NoReceipts {
        /// The time without one.
        waited: Duration,
        /// Whether somebody who waited for one has been told by the failure of what was asked.
        told: bool,
    },
}

/// The receiving end of a connection's events. Whoever is slow to take them slows the reading of
/// the socket, and nothing is dropped.
pub type Events = mpsc::Receiver<Event>;
