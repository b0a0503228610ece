//! Where messages go that `sub` prints, and how that ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::OnFail;
use super::dump::Dump;
use super::exec::Exec;
use crate::client::{Client, ClientError};
use crate::render::{DataOut, Filter, Renderer, StdoutError};
use crate::session::{AckMode, Dialect};

/// Where messages go.
pub(super) enum Sink {
    /// Standard output, in some format.
    Stdout(Box<Renderer>),
    /// Nowhere.
    Nowhere,
    /// A file each.
    Dump(Dump),
    /// A process each.
    Exec(Exec, OnFail),
}

/// Why the printer ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// As many came as were wanted.
    Enough,
    /// No more are to come.
    NoMore,
    /// Standard output takes no more.
    Stdout(StdoutError),
    /// A file could not be written.
    File(std::io::Error),
    /// A large message could not be kept until its end.
    Spool(ClientError),
    /// A command failed; how it ended.
    Exec(String),
    /// It panicked.
    Broken,
}

/// How many deliveries the printer is done with.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) deliveries: AtomicU64,
    /// One more.
    pub(super) changed: Notify,
}

/// Writes and acks.
pub(super) struct Printer {
    pub(super) client: Client,
    pub(super) sink: Sink,
    /// Where output goes.
    pub(super) out: DataOut,
    pub(super) filter: Filter,
    /// How what was printed is acked; with [`AckMode::Auto`], not at all.
    pub(super) ack: AckMode,
    /// A broker that shows the queue, and says by a message of its own that it has shown all.
    pub(super) browses: Option<&'static Dialect>,
    pub(super) discard_others: bool,
    /// How many to print at most.
    pub(super) most: u64,
    /// How many were printed.
    pub(super) printed: Arc<AtomicU64>,
    /// How many subscriptions there are.
    pub(super) subscriptions: usize,
    /// How many commands failed and were passed over.
    pub(super) failures: Arc<AtomicU64>,
    /// What it is done with.
    pub(super) done: Arc<Done>,
}

/// Whether a message whose command has ended is taken; if not, it is to be given back.
pub(super) fn taken(ran: Result<(), String>, on_fail: OnFail, failures: &AtomicU64) -> Result<bool, Ended> {
    let Err(how) = ran else { return Ok(true) };
    if on_fail == OnFail::Stop {
        return Err(Ended::Exec(how));
    }
    failures.fetch_add(1, Ordering::Relaxed);
    Ok(on_fail == OnFail::Continue)
}

/// Waits a moment: some brokers give a nacked message back at once.
pub(super) fn pause_after_nack() {
    std::thread::sleep(Duration::from_secs(1));
}
