//! Requests that a session refuses before they reach the wire.

use thiserror::Error;

use crate::protocol::{EncodeError, Version};

/// A request that cannot be carried out as it stands; nothing of it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionError {
    /// The id names a subscription already; brokers answer that differently, none of them well.
    #[error("subscription id '{id}' is in use, for {destination}")]
    DuplicateSubscription {
        /// The id.
        id: String,
        /// What it is subscribed to.
        destination: String,
    },
    /// No such subscription.
    #[error("there is no subscription '{name}'")]
    NoSubscription {
        /// The id or destination that was asked for.
        name: String,
    },
    /// A durable subscription that nobody here is subscribed to, on a broker that wants that.
    #[error(
        "there is no subscription '{name}', and {broker} deletes a durable one only from its subscriber: 'sub DEST --durable {name}' comes first"
    )]
    DeletedBySubscriber {
        /// The name that was asked for.
        name: String,
        /// What to call the broker.
        broker: &'static str,
    },
    /// The transaction is open already.
    #[error("transaction '{name}' is open already")]
    DuplicateTransaction {
        /// Its name.
        name: String,
    },
    /// No such transaction.
    #[error("there is no open transaction '{name}'")]
    NoTransaction {
        /// Its name.
        name: String,
    },
    /// Nothing waits for an ack.
    #[error("no message waits for an ack or a nack")]
    NothingUnacked,
    /// This message does not wait for an ack.
    #[error(
        "message {which} does not wait for an ack: it was settled, came in auto mode, or came over an earlier connection"
    )]
    NotUnacked {
        /// The number or id that was asked for.
        which: String,
    },
    /// STOMP 1.0 has no NACK.
    #[error("STOMP {version} has no {what}")]
    NotInVersion {
        /// What it lacks.
        what: &'static str,
        /// The version in force.
        version: Version,
    },
    /// DISCONNECT was sent: nothing may follow it (STOMP 1.2, "DISCONNECT").
    #[error("nothing can be sent after DISCONNECT")]
    Disconnecting,
    /// A header that this version cannot carry.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
