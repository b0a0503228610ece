//! Where messages go that `sub` prints, and how that ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::OnFail;
use super::dump::DumpFolder;
use super::exec::Exec;
use crate::client::{Client, ClientError};
use crate::render::{DataOut, Filter, Renderer, StdoutError};
use crate::session::{AckMode, Dialect};

pub(super) enum Sink {
    Stdout(Box<Renderer>),
    /// They are only counted.
    Nowhere,
    /// A file for each.
    Dump(DumpFolder),
    /// A command for each.
    Exec(Exec, OnFail),
}

/// Why the printer ended.
#[derive(Debug)]
pub(super) enum PrinterEnd {
    Enough,
    /// The connection has ended, or the command has.
    NoMore,
    Stdout(StdoutError),
    File(std::io::Error),
    /// A large message could not be kept until its end.
    Spool(ClientError),
    /// A command of `--exec` failed; how.
    Exec(String),
    /// The thread panicked.
    Broken,
}

/// How many deliveries the printer is done with.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) deliveries: AtomicU64,
    pub(super) changed: Notify,
}

/// Writes messages and acks what was written.
pub(super) struct Printer {
    pub(super) client: Client,
    pub(super) sink: Sink,
    pub(super) out: DataOut,
    pub(super) filter: Filter,
    /// How what was printed is acked; with [`AckMode::Auto`], not at all.
    pub(super) ack: AckMode,
    /// A broker that shows the queue, and says by a message of its own that it has shown all.
    pub(super) browses: Option<&'static Dialect>,
    pub(super) discard_others: bool,
    pub(super) most: u64,
    pub(super) printed: Arc<AtomicU64>,
    pub(super) subscriptions: usize,
    /// How many commands failed and were passed over.
    pub(super) failures: Arc<AtomicU64>,
    pub(super) done: Arc<Done>,
}

/// Whether a message whose command has ended is taken; if not, it is to be given back.
pub(super) fn taken(
    ran: Result<(), String>,
    on_fail: OnFail,
    failures: &AtomicU64,
) -> Result<bool, PrinterEnd> {
    let Err(how) = ran else { return Ok(true) };
    if on_fail == OnFail::Stop {
        return Err(PrinterEnd::Exec(how));
    }
    failures.fetch_add(1, Ordering::Relaxed);
    Ok(on_fail == OnFail::Continue)
}

/// Waits a moment: some brokers give a nacked message back at once.
pub(super) fn pause_after_nack() {
    std::thread::sleep(Duration::from_secs(1));
}
