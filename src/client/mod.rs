//! The task that owns a session and a transport, and the handle for everyone else.
//!
//! ```text
//! handle.rs         Client: cloneable, sends requests and waits for their replies
//! request.rs        the requests, and what waits for a receipt
//! status.rs         the state of a connection, for commands that show it
//! event.rs          what the task reports: messages, ERRORs, losses
//! messages.rs       the one way for a command to receive messages
//! large.rs          assembles large messages, which arrive in parts
//! options.rs        broker, credentials, time limits, reconnecting
//! connect.rs        from an endpoint to CONNECTED, under one deadline
//! task.rs           the owner: one connection after another
//! serving.rs        carries out requests
//! refusals.rs       what an ERROR means for the connection
//! turn.rs           polls one connection: write, read, events, timers
//! reconnect.rs      the task between two connections
//! backoff.rs        the pauses between attempts to connect
//! framed_stream.rs  the byte stream of one connection, with its decoder
//! error.rs          ClientError
//! ```
//!
//! The task alone owns the state; nothing is shared behind a lock. Messages pass in whole batches: there is no channel
//! hop, allocation or system call per message.

mod backoff;
mod connect;
mod error;
mod event;
mod framed_stream;
mod handle;
pub(crate) mod large;
mod messages;
mod options;
mod reconnect;
mod refusals;
mod request;
mod serving;
mod status;
mod task;
mod turn;

pub use error::ClientError;
pub use event::{Delivery, Event, Events};
pub use handle::{BulkSender, Client};
pub(crate) use messages::Messages;
pub use options::{ClientOptions, Reconnect, Target};
pub(crate) use options::{Direction, Tracer};
pub(crate) use request::Parting;
pub use request::StreamedBody;
pub use status::Status;
