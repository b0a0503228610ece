//! What the task tells the world.

use std::time::Duration;

use tokio::sync::mpsc;

use super::ClientError;
use crate::protocol::{Batch, FrameRef, Verb, Version};
use crate::session::{BrokerError, Connected};

/// Something that came from the broker, or happened to the connection.
#[derive(Debug)]
pub enum Event {
    /// Messages arrived.
    Messages(Delivery),
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

/// What one read brought, with at least one MESSAGE, or part of a large one, in it.
#[derive(Debug)]
pub struct Delivery {
    /// All frames of that read, also those that are no MESSAGE.
    pub batch: Batch,
    /// The number of the first MESSAGE in it (whole ones and heads count), from 1 over the session's life.
    pub first: u64,
    /// How many there are.
    pub count: u64,
    /// The version they came in, which says how they are acked.
    pub version: Version,
    /// Which connection of the session they came over, from 1. What came over an earlier one cannot be acked
    /// any more.
    pub connection: u64,
}

impl Delivery {
    /// The MESSAGE frames, whole ones and parts, with their indexes in the batch.
    pub fn messages(&self) -> impl Iterator<Item = (u32, FrameRef<'_>)> {
        (0_u32..).zip(self.batch.iter()).filter(|(_, frame)| frame.verb() == Verb::Message)
    }
}

/// The receiving end of a connection's events. Whoever is slow to take them slows the reading of
/// the socket, and nothing is dropped.
pub type Events = mpsc::Receiver<Event>;
