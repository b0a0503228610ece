//! Commands on whole queues.
//!
//! STOMP has no word for the end of a queue: it is a broker's own `browser:end`, or no message for a
//! while (`--idle`).
//!
//! ```text
//! peek.rs   peek             transfer.rs  move, copy
//! drain.rs  drain, purge     figures.rs   depth, queues
//! ```

pub mod drain;
pub mod figures;
pub mod peek;
pub mod transfer;

use std::time::Duration;

/// Without a message for so long, a queue counts as empty.
pub const IDLE: Duration = Duration::from_secs(2);
