//! Load on a broker: producers, consumers, and what became of each message.
//!
//! ```text
//! plan.rs      what is asked for                    stamp.rs    what each body says of itself
//! producer.rs  messages by the clock, on a thread   consumer.rs what comes: latency, order of arrival, acks
//! tally.rs     which messages came, and how often   report.rs   figures, as text and as JSON
//! run.rs       connects, lets all of it go, waits for the last message, cleans up
//! destination.rs  where they go, and with which headers
//! ```
//!
//! A latency is measured from the time at which a message was to be sent by the rate, not from when the
//! producer came to it: a broker that stands still delays the messages behind it too, and all of them show
//! it (no coordinated omission).

mod consumer;
mod destination;
mod plan;
mod producer;
mod report;
mod run;
mod stamp;
mod tally;

pub(crate) use plan::{Amount, Plan};
pub(crate) use run::{Outcome, run};
pub(crate) use stamp::LENGTH as SHORTEST;
