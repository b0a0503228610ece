//! Requests that a session refuses before they reach the wire.

use thiserror::Error;

use crate::protocol::{EncodeError, Version};

/// A request that the session refuses; no part of it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message of each variant explains it
pub enum SessionError {
    /// RabbitMQ answers a repeated id with an ERROR and closes; ActiveMQ delivers every message twice.
    #[error("subscription id '{id}' is in use, for {destination}")]
    DuplicateSubscription { id: String, destination: String },
    #[error("there is no subscription '{name}'")]
    NoSubscription { name: String },
    #[error(
        "there is no subscription '{name}', and {broker} deletes a durable one only from its subscriber: 'sub DEST --durable {name}' comes first"
    )]
    DeletedBySubscriber { name: String, broker: &'static str },
    #[error("transaction '{name}' is open already")]
    DuplicateTransaction { name: String },
    #[error("there is no open transaction '{name}'")]
    NoTransaction { name: String },
    #[error("transaction '{name}' was aborted: its connection was lost")]
    LostTransaction { name: String },
    #[error("no message waits for an ack or a nack")]
    NothingUnacked,
    #[error(
        "message {which} does not wait for an ack: it was settled, came in auto mode, or came over an earlier connection"
    )]
    NotUnacked { which: String },
    #[error("STOMP {version} has no {what}")]
    NotInVersion { what: &'static str, version: Version },
    /// STOMP 1.2, "DISCONNECT".
    #[error("nothing can be sent after DISCONNECT")]
    Disconnecting,
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
