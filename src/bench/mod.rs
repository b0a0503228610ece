//! Load on a broker: producers, consumers, and the outcome of each message.
//!
//! ```text
//! plan.rs         what a run sends and receives
//! destination.rs  the destination and the headers
//! stamp.rs        identifies a message, in its body
//! producer.rs     sends messages at a rate, from a thread
//! consumer.rs     receives messages: latencies, acknowledgements
//! tally.rs        which messages were received, and how often
//! report.rs       the result, as text and as JSON
//! run.rs          connects, waits for the last message, cleans up
//! ```
//!
//! A latency is measured from the time at which the rate required a message to be sent, not from when it was
//! sent: if the broker stalls, the latencies of all messages that it delays show it (no coordinated omission).

mod consumer;
mod destination;
mod plan;
mod producer;
mod report;
mod run;
mod stamp;
mod tally;

pub(crate) use plan::{BenchAmount, BenchPlan};
pub(crate) use run::{BenchOutcome, run};
pub(crate) use stamp::STAMP_LENGTH as MIN_BODY;
