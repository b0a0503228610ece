//! Bytes into batches of frames, however they are cut.
//!
//! The decoder remembers where it stopped, so that each byte is looked at once and the cost is
//! linear in what was fed, not in how it was fed.

mod body;
mod head;

use std::collections::VecDeque;

use bytes::{Buf, BytesMut};

use super::batch::{Batch, FrameSpan, HeaderSpan, Part};
use super::error::{login_value, mask_logins};
use super::{DecodeError, Escapes, Fault, Limit, Limits, Verb, Version};

/// How to treat a content-length that is smaller than the body: some clients count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortLength {
    /// Report [`Fault::NotNul`], as the specification requires.
    Refuse,
    /// Extend the body up to the NUL, and set [`super::FrameRef::had_short_length`].
    TakeToNul,
}

/// The position of a colon that is not found yet.
const NONE: usize = usize::MAX;

/// A body that is longer or shorter than its content-length, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongLength {
    /// The content-length.
    pub said: u64,
    /// The bytes of the body.
    pub came: u64,
}

/// What the next byte belongs to. Positions count from the beginning of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DecodeState {
    /// Between two frames, where line feeds are heart-beats.
    Between,
    Head,
    /// In a body of known length.
    Sized {
        end: usize,
    },
    /// In a body that ends with the first NUL; there is none before `scanned`.
    ToNul {
        scanned: usize,
    },
    /// In a large body of known length, of which `left` bytes are in no chunk yet.
    StreamSized {
        left: u64,
    },
    /// In a large body that ends with the first NUL; `delivered` bytes were in earlier chunks.
    StreamToNul {
        delivered: u64,
    },
    /// In a large body that is longer than its content-length and ends with its message; `delivered` bytes were in earlier
    /// chunks.
    StreamToEnd {
        delivered: u64,
    },
}

/// The line of a head that is being scanned.
#[derive(Debug, Clone, Copy)]
struct ScannedLine {
    start: usize,
    colon: usize,
    special: bool,
}

/// An incremental decoder for one direction of one connection.
#[derive(Debug)]
pub struct Decoder {
    version: Option<Version>,
    escapes: Escapes,
    limits: Limits,
    short_length: ShortLength,
    state: DecodeState,
    /// The frame that is being decoded, as far as it was read.
    frame: FrameSpan,
    /// In a head, the first byte that was not scanned.
    scan: usize,
    line: ScannedLine,
    /// The headers of an incomplete frame.
    pending: Vec<HeaderSpan>,
    last: Density,
    /// Bytes of the stream before the beginning of the buffer.
    before: u64,
    /// Bytes of the stream before the frame that is being decoded.
    frame_at: u64,
    stopped: bool,
    /// The positions in the stream behind NULs that end their frames whatever content-length says.
    ends: VecDeque<u64>,
    /// Whether such an end will come behind the bytes so far.
    awaits_end: bool,
    wrong_length: Option<WrongLength>,
    /// How often a byte was scanned, for the tests of the cost.
    #[cfg(test)]
    scanned_bytes: std::cell::Cell<u64>,
}

/// The number of frames and headers in the last input. Under load one read is like the one before it, and lists
/// that have the right capacity from the start are not copied while they grow.
#[derive(Debug, Clone, Copy, Default)]
struct Density {
    bytes: usize,
    frames: usize,
    headers: usize,
}

impl Density {
    /// The expected number of frames or headers in an input of `length` bytes, rounded up by an eighth.
    fn expect(self, count: usize, length: usize) -> usize {
        let most = count + count / 8;
        if self.bytes <= length { most } else { most * (length >> 10) / (self.bytes >> 10).max(1) }
    }
}

impl Decoder {
    /// A decoder for a connection whose version is not negotiated yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            version: None,
            escapes: Escapes::Lenient,
            limits: clamped(limits),
            short_length: ShortLength::Refuse,
            state: DecodeState::Between,
            frame: empty_frame(),
            scan: 0,
            line: ScannedLine { start: 0, colon: NONE, special: false },
            pending: Vec::new(),
            last: Density::default(),
            before: 0,
            frame_at: 0,
            stopped: false,
            ends: VecDeque::new(),
            awaits_end: false,
            wrong_length: None,
            #[cfg(test)]
            scanned_bytes: std::cell::Cell::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn scanned_bytes(&self) -> u64 {
        self.scanned_bytes.get()
    }

    #[cfg(test)]
    fn count_scanned(&self, bytes: usize) {
        self.scanned_bytes.set(self.scanned_bytes.get() + bytes as u64);
    }

    #[cfg(not(test))]
    #[inline]
    #[allow(clippy::unused_self)] // the tests' one needs it
    fn count_scanned(&self, _bytes: usize) {}

    /// The default is [`ShortLength::Refuse`].
    pub fn short_length(mut self, short_length: ShortLength) -> Self {
        self.short_length = short_length;
        self
    }

    /// Sets the version by which the next frames are decoded, and its escapes.
    pub fn set_version(&mut self, version: Version) {
        self.version = Some(version);
        self.escapes = match version {
            Version::V1_0 => Escapes::None,
            Version::V1_1 => Escapes::V1_1,
            Version::V1_2 => Escapes::V1_2,
        };
    }

    /// Overrides the escapes of the version, for brokers that are known to use others.
    pub fn set_escapes(&mut self, escapes: Escapes) {
        self.escapes = escapes;
    }

    /// Sets the limits for the next frames; they differ before and after the login.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = clamped(limits);
    }

    /// Notes where messages end that enclose whole frames: positions in the stream behind NULs that end their frames even
    /// if content-length says otherwise. `open`: the bytes so far end inside such a message.
    pub(crate) fn note_message_ends(&mut self, ends: impl IntoIterator<Item = u64>, open: bool) {
        self.ends.extend(ends);
        self.awaits_end = open;
    }

    /// The first MESSAGE since the last call whose end was not where content-length said.
    pub(crate) fn take_wrong_length(&mut self) -> Option<WrongLength> {
        self.wrong_length.take()
    }

    /// Whether the last [`Decoder::decode`] stopped after a CONNECT, STOMP or CONNECTED frame, which may
    /// change the version and the limits. Set them and call `decode` again.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// Whether no frame is incomplete, so that the stream may end here.
    pub fn is_between_frames(&self) -> bool {
        self.state == DecodeState::Between
    }

    /// The number of bytes that complete the current frame, or 0 if it is not known; a hint for the size of
    /// the next read.
    pub fn missing_bytes(&self, buffered: usize) -> usize {
        match self.state {
            DecodeState::Sized { end } => (end + 1).saturating_sub(buffered),
            _ => 0,
        }
    }

    /// Moves all complete frames from `input` to `batch`, which is cleared first. After an error, `batch`
    /// holds the frames before it.
    pub fn decode(&mut self, input: &mut BytesMut, batch: &mut Batch) -> Result<(), DecodeError> {
        batch.clear();
        self.stopped = false;
        std::mem::swap(&mut batch.headers, &mut self.pending);
        let length = input.len();
        batch.frames.reserve(self.last.expect(self.last.frames, length));
        batch.headers.reserve(self.last.expect(self.last.headers, length));
        let mut done = 0;
        let result = self.run(input, batch, &mut done);
        self.last = Density { bytes: length, frames: batch.frames.len(), headers: batch.headers.len() };
        self.split_off_decoded(input, batch, done);
        result
    }

    /// Moves the first `done` bytes to the batch, and adjusts the positions in the remaining ones.
    fn split_off_decoded(&mut self, input: &mut BytesMut, batch: &mut Batch, done: usize) {
        self.pending.clear();
        if matches!(self.state, DecodeState::Head | DecodeState::Sized { .. } | DecodeState::ToNul { .. }) {
            let first = self.frame.first_header as usize;
            if first == 0 {
                // No complete frame precedes them: the spans stay as they are.
                std::mem::swap(&mut batch.headers, &mut self.pending);
            } else {
                self.pending.extend(batch.headers.drain(first..));
            }
            self.frame.first_header = 0;
        }
        if done == 0 {
            return;
        }
        self.before += done as u64;
        while self.ends.front().is_some_and(|end| *end <= self.before) {
            self.ends.pop_front();
        }
        if batch.frames.is_empty() {
            input.advance(done);
        } else {
            batch.data = input.split_to(done).freeze();
        }
        let moved = buffer_position(done);
        for span in &mut self.pending {
            span.start -= moved;
            span.colon -= moved;
            span.end -= moved;
        }
        match &mut self.state {
            DecodeState::Between
            | DecodeState::StreamSized { .. }
            | DecodeState::StreamToNul { .. }
            | DecodeState::StreamToEnd { .. } => return,
            DecodeState::Head => {
                self.scan -= done;
                self.line.start -= done;
                if self.line.colon != NONE {
                    self.line.colon -= done;
                }
            }
            DecodeState::Sized { end } => *end -= done,
            DecodeState::ToNul { scanned } => *scanned -= done,
        }
        self.frame.start -= moved;
        self.frame.verb_end = self.frame.verb_end.saturating_sub(moved);
        self.frame.body = self.frame.body.saturating_sub(moved);
    }

    fn run(&mut self, data: &[u8], batch: &mut Batch, done: &mut usize) -> Result<(), DecodeError> {
        loop {
            let complete = match self.state {
                DecodeState::Between => self.between(data, batch, done),
                DecodeState::Head => match self.head(data, &mut batch.headers) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                DecodeState::Sized { end } => match self.sized(data, end, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                DecodeState::ToNul { scanned } => match self.unsized_body(data, scanned, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                DecodeState::StreamSized { left } => match self.stream_sized(data, left, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                DecodeState::StreamToEnd { delivered } => {
                    match self.stream_to_end(data, delivered, batch, done) {
                        Ok(complete) => complete,
                        Err((at, fault)) => return Err(self.error(data, at, fault)),
                    }
                }
                DecodeState::StreamToNul { delivered } => {
                    match self.stream_to_nul(data, delivered, batch, done) {
                        Ok(complete) => complete,
                        Err((at, fault)) => return Err(self.error(data, at, fault)),
                    }
                }
            };
            if !complete || self.stopped {
                return Ok(());
            }
        }
    }

    /// Skips the EOLs and NULs between frames and begins the next frame.
    #[inline]
    fn between(&mut self, data: &[u8], batch: &Batch, done: &mut usize) -> bool {
        let mut at = *done;
        while at < data.len() && matches!(data[at], b'\n' | b'\r' | 0) {
            at += 1;
        }
        self.count_scanned(at - *done);
        *done = at;
        if at == data.len() {
            return false;
        }
        self.frame = FrameSpan {
            start: buffer_position(at),
            first_header: buffer_position(batch.headers.len()),
            escapes: self.escapes,
            trim: self.version == Some(Version::V1_0),
            ..empty_frame()
        };
        self.frame_at = self.before + at as u64;
        self.scan = at;
        self.line = ScannedLine { start: at, colon: NONE, special: false };
        self.state = DecodeState::Head;
        true
    }

    #[cold]
    fn error(&self, data: &[u8], at: usize, fault: Fault) -> DecodeError {
        const EXCERPT: usize = 1024;
        let stream_byte = self.before + at as u64;
        // The head of a streamed frame is no longer in the buffer.
        let first = usize::try_from(self.frame_at.saturating_sub(self.before)).unwrap_or(0).min(at);
        let start = first.max(at.saturating_sub(EXCERPT / 2));
        let end = data.len().min(start + EXCERPT);
        // Only a whole line shows whether it is a header that logs in.
        let line = memchr::memrchr(b'\n', &data[first..start]).map_or(first, |lf| first + lf + 1);
        let start = if login_value(&data[line..end]).is_some() { line } else { start };
        let at = at.clamp(start, end);
        let mut excerpt = mask_logins(&data[start..at]);
        let excerpt_index = excerpt.len();
        let line = memchr::memrchr(b'\n', &data[start..at]).map_or(start, |lf| start + lf + 1);
        // A byte inside of such a value is not shown.
        let hidden = login_value(&data[line..at]).map(|_| memchr::memchr(b'\n', &data[at..end]));
        let from = hidden.map_or(at, |line_end| line_end.map_or(end, |lf| at + lf));
        excerpt.extend(mask_logins(&data[from..end]));
        DecodeError {
            fault,
            verb: self.frame.verb,
            byte: stream_byte - self.frame_at,
            stream_byte,
            excerpt,
            excerpt_index,
            excerpt_is_cut: self.before + start as u64 > self.frame_at,
        }
    }
}

fn empty_frame() -> FrameSpan {
    FrameSpan {
        verb: Verb::Unknown,
        part: Part::Whole,
        escapes: Escapes::None,
        trim: false,
        short_length: false,
        start: 0,
        verb_end: 0,
        first_header: 0,
        headers: 0,
        body: 0,
        body_end: 0,
        content_length: None,
    }
}

#[cold]
fn over_limit(at: usize, limit: Limit, most: u64) -> (usize, Fault) {
    (at, Fault::Limit { limit, most })
}

/// Lowers the limits to what positions of 32 bits can address.
fn clamped(limits: Limits) -> Limits {
    const MOST: usize = 1 << 30;
    let never_streamed = limits.stream_above >= limits.body;
    Limits {
        verb: limits.verb.min(MOST),
        header_line: limits.header_line.min(MOST),
        head: limits.head.min(MOST),
        body: if never_streamed { limits.body.min(MOST as u64) } else { limits.body },
        stream_above: limits.stream_above.min(MOST as u64),
        ..limits
    }
}

/// Converts a position to 32 bits. Buffers stay far below 4 GiB: a head has its limit, and a body above
/// `stream_above` is never in the buffer as a whole ([`clamped`]).
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn buffer_position(position: usize) -> u32 {
    debug_assert!(u32::try_from(position).is_ok());
    position as u32
}
