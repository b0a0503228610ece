//! What a connection knows: negotiation, subscriptions, receipts, unacked messages, transactions
//! and heart-beats.
//!
//! A session reads nothing, writes nothing and has no clock: bytes come in as batches, go out
//! through the [`Outbox`], and time is an argument.
//!
//! ```text
//! connect.rs       what CONNECT says, what CONNECTED or ERROR answers
//! state.rs         the session itself: its life and its deadlines
//! sending.rs       SEND, bulks                        subscribing.rs  SUBSCRIBE, UNSUBSCRIBE
//! forward.rs       received messages sent on          transaction.rs  BEGIN, COMMIT, ABORT, whole transactions
//! acks.rs          ACK and NACK                       incoming.rs     messages, receipts, errors
//! bulk.rs          many SENDs of one sender: window, confirmed, unknown, not sent
//! receipts.rs      which receipts are open, in the order they were asked for
//! subscription.rs  subscriptions and their unacked messages
//! beats.rs         heart-beats both ways, as deadlines
//! outbox.rs        bytes on their way to the socket
//! confirmed.rs     what a receipt for a SEND does not mean
//! dialect.rs       what each broker calls things and does differently, as data
//! ```

mod acks;
mod bulk;
mod caveat;
mod connect;
pub mod dialect;
mod error;
mod forward;
mod heart_beats;
mod incoming;
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

pub use acks::{AckTarget, Settled};
pub use bulk::{Bulk, BulkReport, Chunk, Confirm, SendHead};
pub use caveat::Caveat;
pub use connect::{ConnectOptions, Connected, Refusal, RefusalKind, UnknownVersion};
pub use dialect::Dialect;
pub use error::SessionError;
pub use forward::{Forward, Received};
pub use heart_beats::HeartBeatTimer;
pub use incoming::{BatchSummary, BrokerError};
pub use outbox::Outbox;
pub use receipts::{ErrorNumber, Failure, Outcome, WINDOW};
pub use state::{Overdue, Session};
pub use subscription::{AckMode, Subscribe, Subscription};
pub use transaction::MoveTransaction;
