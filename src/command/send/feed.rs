//! The chunks of messages that a reading thread passes to the client.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;

use super::template::Template;
use crate::command::exit::Problem;
use crate::session::Chunk;

/// The longest message that is kept in memory: one cut from standard input, or one that is sent many times.
pub(super) const LONGEST: usize = 256 << 20;

/// Why reading ended before the end of the input.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    #[error("cannot read the input: {0}")]
    Read(#[from] std::io::Error),
    #[error("message {number} of the input: {what}")]
    Message {
        /// Counted from 1.
        number: u64,
        what: String,
    },
}

/// The empty lines between envelopes: no messages, but lines that the user counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct EmptyLines {
    /// For each run of them, the number of messages before it, and how many empty lines there were up to its end.
    runs: Arc<Mutex<Vec<(u64, u64)>>>,
}

impl EmptyLines {
    /// Notes that this line, counted from 1, is empty.
    pub(super) fn add(&self, line: u64) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let before = runs.last().map_or(0, |(_, empty)| *empty);
        let messages = line - 1 - before;
        match runs.last_mut() {
            Some((same, empty)) if *same == messages => *empty += 1,
            _ => runs.push((messages, before + 1)),
        }
    }

    /// The line, counted from 1, of the message with this index, counted from 0.
    pub(super) fn line_of(&self, index: u64) -> u64 {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let before = runs.partition_point(|(messages, _)| *messages <= index).checked_sub(1);
        index + 1 + before.map_or(0, |run| runs[run].1)
    }
}

/// Passes chunks to the client, and counts what was read.
pub(crate) struct Feed {
    /// Chunks, with `true` for the last one.
    pub chunks: mpsc::Sender<(Chunk, bool)>,
    /// The number of messages that were read so far.
    pub read: Arc<AtomicU64>,
    /// The number of bytes that were read so far.
    pub bytes: Arc<AtomicU64>,
    /// The limit in messages per second.
    pub rate: Option<u32>,
    /// If set, the variables in each body are replaced.
    pub template: Option<Template>,
}

impl Feed {
    /// Fills in the template and sends a chunk. `false` means that the receiver is closed.
    pub(super) fn push(&self, chunk: Chunk, last: bool) -> Result<bool, InputError> {
        let before = self.read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        let Some(template) = &self.template else { return Ok(self.send_chunk(chunk, last)) };
        let (filled, error) = template.fill_chunk(chunk);
        let Some(what) = error else { return Ok(self.send_chunk(filled, last)) };
        let number = before + filled.len() as u64 + 1;
        self.read.store(number, Ordering::Relaxed);
        self.send_chunk(filled, false);
        Err(InputError::Message { number, what })
    }

    /// Sends the messages before one that cannot be read, which counts as read as well.
    pub(super) fn push_before(&self, good: Option<Chunk>, error: InputError) -> InputError {
        let pushed = good.map_or(Ok(true), |chunk| self.push(chunk, false));
        self.read.fetch_add(u64::from(pushed.is_ok()), Ordering::Relaxed);
        pushed.err().unwrap_or(error)
    }

    /// Sends a chunk no faster than the rate. `false` means that the receiver is closed.
    fn send_chunk(&self, chunk: Chunk, last: bool) -> bool {
        let Some(rate) = self.rate else { return self.chunks.blocking_send((chunk, last)).is_ok() };
        // With a rate, messages go one by one.
        let start = Instant::now();
        let (mut sent, count) = (0_u32, chunk.len());
        let mut one = |chunk: Chunk| {
            let due = start + Duration::from_secs_f64(f64::from(sent) / f64::from(rate));
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            sent += 1;
            self.chunks.blocking_send((chunk, last && sent as usize == count)).is_ok()
        };
        let alive = match chunk {
            Chunk::Bodies(data, ranges) => {
                ranges.into_iter().all(|range| one(Chunk::Bodies(data.clone(), vec![range])))
            }
            Chunk::Frames(frames) => frames.into_iter().all(|frame| one(Chunk::Frames(vec![frame]))),
            // No chunk of an input was received from a broker.
            received @ Chunk::Received(..) => one(received),
        };
        if sent > 0 && !last {
            std::thread::sleep(Duration::from_secs_f64(1.0 / f64::from(rate)));
        }
        alive && (sent > 0 || !last || self.chunks.blocking_send((Chunk::Frames(Vec::new()), true)).is_ok())
    }
}

impl From<InputError> for Problem {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Read(error) => Self::local("cannot read the input", error),
            InputError::Message { .. } => Self::Input(error.to_string()),
        }
    }
}

/// A range of a buffer that is not longer than [`LONGEST`].
#[allow(clippy::cast_possible_truncation)]
pub(super) fn range(start: usize, end: usize) -> Range<u32> {
    start as u32..end as u32
}

/// Sends the same body so many times.
pub(crate) fn repeat(body: &Bytes, count: u64, feed: &Feed) -> Result<(), InputError> {
    const AT_ONCE: u64 = 1_000;
    let all = range(0, body.len());
    let mut left = count;
    while left > 0 {
        let now = left.min(AT_ONCE);
        left -= now;
        let ranges = (0..now).map(|_| all.clone()).collect();
        if !feed.push(Chunk::Bodies(body.clone(), ranges), left == 0)? {
            return Ok(());
        }
    }
    Ok(())
}
