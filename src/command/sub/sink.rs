//! The printer of a `sub`: where messages go, what is pending, and how it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::OnFail;
use super::dump::DumpFolder;
use super::exec::Exec;
use super::held::HeldAcks;
use crate::client::large::Assembler;
use crate::client::{Client, ClientError};
use crate::render::{Arrival, DataOut, Filter, LargeOutput, Renderer, StdoutError};
use crate::session::{AckMode, Dialect};

pub(super) enum Sink {
    Stdout(Box<Renderer>),
    /// Messages are counted and not written.
    Nowhere,
    /// Each message is written to a file of its own.
    Dump(DumpFolder),
    /// Each message is passed to a command of its own.
    Exec(Exec, OnFail),
}

/// Why the printer takes no more deliveries.
#[derive(Debug)]
pub(super) enum PrinterEnd {
    Enough,
    /// The connection has ended, or the command has.
    NoMore,
    Stdout(StdoutError),
    File(std::io::Error),
    /// A large message could not be kept until its end.
    Spool(ClientError),
    /// A command of `--exec` failed; the text says how.
    Exec(String),
    /// The thread of the printer panicked.
    Broken,
}

/// Counts the deliveries that the printer has finished.
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
    /// The acks that are held until the end.
    pub(super) held: Option<Arc<HeldAcks>>,
    /// A broker that shows the queue, and says by a message of its own that it has shown all.
    pub(super) browses: Option<&'static Dialect>,
    pub(super) discard_others: bool,
    pub(super) most: u64,
    pub(super) printed: Arc<AtomicU64>,
    /// How many messages that were printed could not be acked, since the server did not say how.
    pub(super) unackable: Arc<AtomicU64>,
    pub(super) subscriptions: usize,
    /// How many commands failed and were passed over.
    pub(super) failures: Arc<AtomicU64>,
    pub(super) done: Arc<Done>,
    pub(super) pending: PendingOutput,
    pub(super) large: Option<StreamedMessage>,
}

/// A message that may be acked once the output before it is written.
pub(super) struct Due {
    pub(super) index: u32,
    /// The number of bytes of `out` that must be written before.
    pub(super) end: usize,
    /// Whether the message was printed; false if a filter hides it.
    pub(super) counts: bool,
}

/// Output that is not written yet, and which messages may be acked once it is.
#[derive(Default)]
pub(super) struct PendingOutput {
    pub(super) out: Vec<u8>,
    pub(super) due: Vec<Due>,
    /// The indexes of the messages that were written and not acked yet.
    pub(super) written: Vec<u32>,
    /// Messages in `out`, without those that a filter hides.
    pub(super) messages: u64,
}

/// A message whose end has not arrived.
pub(super) struct StreamedMessage {
    pub(super) subscription: Arc<str>,
    pub(super) token: Option<Vec<u8>>,
    pub(super) arrival: Arrival<'static>,
    pub(super) connection: u64,
    pub(super) target: PartTarget,
}

pub(super) enum PartTarget {
    Output(LargeOutput),
    /// To a temporary file, since all of it is needed: to be searched, or to be given to a command or a file of
    /// its own.
    Spool(Assembler),
    /// The message is counted and not written.
    Counted,
    /// A filter hides the message.
    Hidden,
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
