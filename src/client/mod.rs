//! The task that owns a session and a transport, and the handle that everyone else holds.
//!
//! ```text
//! handle.rs      Client: cloneable, sends requests, waits for their answers
//! request.rs     what the handle asks of the task
//! start.rs       from options to a handle and the task behind it
//! status.rs      what a connection is and has done
//! event.rs       what the task tells the world
//! messages.rs    the receiving side of a command
//! large.rs       messages that arrive in parts, put together
//! options.rs     where to, as whom, how patiently
//! connect.rs     from an endpoint to CONNECTED, under one deadline
//! task.rs        the owner: one connection after another
//! serving.rs     what handles ask for, carried out
//! turn.rs        one connection's turns: write, read, events, clock
//! reconnect.rs   the owner between two connections
//! backoff.rs     the pauses between tries
//! link.rs        one connection: read, decode, encode, write, wait; all in one place
//! error.rs       what can go wrong
//! ```
//!
//! State lives in the task alone; nothing is shared behind a lock. What comes in goes out in whole
//! batches: no channel hop, allocation or system call is paid per message.

mod backoff;
mod connect;
mod error;
mod event;
mod handle;
pub(crate) mod large;
mod link;
mod messages;
mod options;
mod reconnect;
mod request;
mod serving;
mod start;
mod status;
mod task;
mod turn;

pub use error::ClientError;
pub use event::{Delivery, Event, Events};
pub use handle::{BulkSender, Client};
pub(crate) use messages::Messages;
pub use options::{ClientOptions, Direction, LocalConnector, Reconnect, Target, Tracer};
pub use request::StreamedBody;
pub use status::Status;
