//! The state of a connection: negotiation, subscriptions, receipts, unacknowledged messages, transactions and
//! heart-beats.
//!
//! A session does no I/O and has no clock: bytes come in as batches and go out through the [`Outbox`], and time is
//! an argument.
//!
//! ```text
//! connect.rs       CONNECT, and CONNECTED or ERROR as its answer
//! state.rs         the session itself: connecting, losing the connection, deadlines
//! sending.rs       SEND, bulks                        subscribing.rs  SUBSCRIBE, UNSUBSCRIBE
//! forward.rs       MESSAGEs forwarded as SENDs        transaction.rs  BEGIN, COMMIT, ABORT, moves in transactions
//! acks.rs          ACK and NACK                       incoming.rs     MESSAGE, RECEIPT and ERROR
//! bulk.rs          many SENDs with a window of receipts, and their outcomes
//! receipts.rs      open receipts, in the order in which they were requested
//! confirming.rs    which frames ask for receipts, and what missing ones mean
//! subscription.rs  subscriptions and their unacknowledged messages
//! unsolicited.rs   messages of subscriptions that were never made
//! heart_beats.rs   deadlines of heart-beats
//! outbox.rs        encoded bytes that the socket has not accepted yet
//! committing.rs    when COMMIT may be sent, and when it is confirmed   open_transaction.rs  its state
//! caveat.rs        what a receipt does not guarantee on each broker
//! dialect.rs       differences between brokers, as data
//! ```

mod acks;
mod bulk;
mod caveat;
mod committing;
mod confirming;
mod connect;
pub mod dialect;
mod error;
mod forward;
mod heart_beats;
mod incoming;
mod open_transaction;
mod outbox;
mod receipts;
mod sending;
mod state;
mod subscribing;
mod subscription;
#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failure there is the test's
mod tests;
mod transaction;
mod unsolicited;

pub(crate) use acks::LastAcks;
pub use acks::{AckTarget, Settled};
pub(crate) use bulk::Bulk;
pub use bulk::{BulkReport, Chunk, Confirm, SendHead};
pub(crate) use caveat::Caveat;
pub(crate) use connect::SPRING_CHUNK;
pub use connect::{ConnectOptions, Connected, Refusal, RefusalKind, UnknownVersion};
pub use dialect::Dialect;
pub use error::SessionError;
pub use forward::{Forward, Received};
pub(crate) use heart_beats::HeartBeatTimer;
pub use incoming::BatchSummary;
pub use outbox::Outbox;
pub use receipts::{
    BrokerError, Confirmation, DOUBT_AFTER, ErrorNumber, Failure, Outcome, ReceiptPolicy, WINDOW,
};
pub(crate) use state::Overdue;
pub use state::Session;
pub use subscription::{AckMode, Subscribe, Subscription};
pub(crate) use transaction::MoveTransaction;
pub use unsolicited::Unsolicited;
