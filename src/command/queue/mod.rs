//! Commands on whole queues.
//!
//! STOMP has no word for the end of a queue: it is a broker's own `browser:end`, or no message for a
//! while (`--idle`). `peek`, `drain`, `purge` and `dump` are a `sub` with such an end.
//!
//! ```text
//! peek.rs     peek             drain.rs     drain, purge
//! dump.rs     dump             restore.rs   restore
//! transfer.rs move, copy       mirror.rs    mirror
//! passage.rs  messages on their way from one queue to another
//! arrivals.rs messages as they arrive, large ones in a file
//! figures.rs  depth, queues
//! ```
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

mod arrivals;
pub(crate) mod drain;
pub(crate) mod dump;
pub(crate) mod figures;
pub(crate) mod mirror;
mod passage;
pub(crate) mod peek;
pub(crate) mod restore;
pub(crate) mod transfer;

use std::time::Duration;

use clap::Args;

use super::connection::{parse_seconds, parse_send_header};
use super::sub::{Choice, OutputArgs, Sub};
use crate::client::Status;
use crate::session::WINDOW;

/// Without a message for so long, a queue counts as empty.
const IDLE: Duration = Duration::from_secs(2);

/// A queue that is read up to its end.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct QueueArgs {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The queue counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    #[command(flatten)]
    pub chosen: Choice,
    /// Create the queue if it does not exist, where the broker can read it without creating it (RabbitMQ)
    #[arg(long)]
    pub create: bool,
}

impl QueueArgs {
    /// The `sub` command that does the work.
    fn sub(&self, output: OutputArgs) -> Sub {
        Sub {
            destination: vec![self.destination.clone()],
            idle: Some(self.idle.unwrap_or(IDLE)),
            chosen: self.chosen.clone(),
            output,
            whole_queue: true,
            existing_only: !self.create,
            ..Sub::default()
        }
    }
}

/// How messages are passed on to another destination.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct PassageArgs {
    /// End after so many messages
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Add or replace a header of each message; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_send_header)]
    pub header: Vec<(String, String)>,
    /// Ask the broker for at most N unacknowledged messages at a time [default: 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub prefetch: Option<u32>,
}

impl PassageArgs {
    /// The largest number of messages to pass on.
    fn most(&self) -> u64 {
        self.count.unwrap_or(u64::MAX)
    }

    /// Whether the broker can be kept from delivering other messages in the place of the last ones, which then are not
    /// marked as redelivered. After a reconnect, the subscription would not be renewed.
    fn ends_with_acks(&self, reconnects: bool, status: &Status, from: &str) -> bool {
        let at_once = self.count.is_some_and(|count| count <= self.prefetch().min(WINDOW).into());
        at_once && !reconnects && status.ends_with_acks(from)
    }

    /// How many messages to ask the source for.
    fn prefetch(&self) -> u32 {
        let most = u32::try_from(self.most()).unwrap_or(u32::MAX);
        most.min(self.prefetch.unwrap_or(passage::PREFETCH))
    }
}
