//! Commands on whole queues.
//!
//! STOMP has no word for the end of a queue: it is a broker's own `browser:end`, or no message for a
//! while (`--idle`).
//!
//! ```text
//! peek.rs     peek             looking.rs   how a queue is looked at without taking from it
//! drain.rs    drain, purge     figures.rs   depth, queues    management.rs: what RabbitMQ's management says
//! dump.rs     dump             restore.rs   restore
//! transfer.rs move, copy       mirror.rs    mirror
//! passage.rs  messages on their way from one queue to another
//! arrivals.rs messages as they arrive, large ones in a file
//! ```

mod arrivals;
pub(crate) mod drain;
pub(crate) mod dump;
pub(crate) mod figures;
pub(crate) mod looking;
mod management;
pub(crate) mod mirror;
mod passage;
pub(crate) mod peek;
pub(crate) mod restore;
pub(crate) mod transfer;

use std::time::Duration;

/// Without a message for so long, a queue counts as empty.
pub(crate) const IDLE: Duration = Duration::from_secs(2);
