//! Subscriptions and their unacked messages.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use crate::protocol::{Batch, FrameRef, Headers, Version};

/// How messages of a subscription are settled (STOMP 1.2, "SUBSCRIBE ack Header").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AckMode {
    /// The broker counts a message as taken when it has sent it.
    #[default]
    Auto,
    /// An ack settles the message and all before it in the subscription.
    Client,
    /// An ack settles one message (1.1 on).
    ClientIndividual,
}

impl AckMode {
    /// The text in the `ack` header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Client => "client",
            Self::ClientIndividual => "client-individual",
        }
    }

    /// Which of these messages of a batch ACKs have to name so that all of them are acked: where an ACK
    /// settles those before it, the last one of each subscription; in 1.0 each, since brokers read its
    /// `client` mode either way. `subscriptions`: how many there are at most.
    pub fn to_ack(
        self,
        version: Version,
        batch: &Batch,
        frames: impl DoubleEndedIterator<Item = u32>,
        subscriptions: usize,
    ) -> Vec<u32> {
        if self == Self::Auto {
            return Vec::new();
        }
        if self == Self::ClientIndividual || version == Version::V1_0 {
            return frames.collect();
        }
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut last = Vec::new();
        for index in frames.rev() {
            let id = batch.get(index as usize).and_then(|frame| frame.raw_header("subscription"));
            let id = id.unwrap_or_default();
            if !seen.contains(&id) {
                seen.push(id);
                last.push(index);
            }
            if seen.len() == subscriptions {
                break;
            }
        }
        // RabbitMQ's cumulative acks reach over all subscriptions: after a later one, an earlier one
        // would be of a message that is settled.
        last.reverse();
        last
    }
}

impl fmt::Display for AckMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AckMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "client" => Ok(Self::Client),
            "client-individual" | "individual" => Ok(Self::ClientIndividual),
            _ => Err(format!("'{text}' is not auto, client or client-individual")),
        }
    }
}

/// What to subscribe to, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscribe {
    /// The destination.
    pub destination: String,
    /// The id; made by the session where there is none.
    pub id: Option<String>,
    /// The ack mode.
    pub ack: AckMode,
    /// How many unacked messages to ask for, in the broker's own header.
    pub prefetch: Option<u32>,
    /// A durable subscription of that name, in the broker's own headers.
    pub durable: Option<String>,
    /// More headers, which are laid over ours.
    pub headers: Headers,
    /// Whether the session counts its messages and keeps the ids of unacked ones, so that they can be settled by
    /// number. Who settles by tokens of its own has no need.
    pub tracked: bool,
}

/// A message that waits for its ack.
#[derive(Debug, Clone)]
pub(super) struct Unacked {
    /// Its number, as [`super::BatchSummary`] counts.
    pub(super) number: u64,
    /// What the ACK has to name, as it came on the wire.
    pub(super) token: Box<[u8]>,
    /// The `ack` and `message-id` headers as people see them.
    pub(super) names: [Option<Box<[u8]>>; 2],
}

impl Unacked {
    /// A MESSAGE with this number, that is acked by this token.
    pub(super) fn new(number: u64, token: &[u8], message: FrameRef<'_>) -> Self {
        let name = |header: &str| Some(message.header(header)?.into());
        let names = [name("ack"), name("message-id")];
        Self { number, token: token.into(), names }
    }

    /// Whether somebody may mean this message by such an id.
    pub(super) fn is_called(&self, id: &[u8]) -> bool {
        *self.token == *id || self.names.iter().flatten().any(|name| **name == *id)
    }
}

/// A subscription of this connection.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Its id on the wire.
    pub id: String,
    /// What was asked for.
    pub options: Subscribe,
    /// How many messages arrived, if it is tracked.
    pub received: u64,
    pub(super) unacked: VecDeque<Unacked>,
    /// Headers of the SUBSCRIBE, so that UNSUBSCRIBE and a reconnect can repeat them.
    pub(super) headers: Headers,
}

impl Subscription {
    /// How many messages wait for an ack, as far as the session tracks them.
    pub fn unacked(&self) -> usize {
        self.unacked.len()
    }

    /// The numbers of the messages that wait for an ack, the oldest first.
    pub fn unacked_numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.unacked.iter().map(|unacked| unacked.number)
    }
}
