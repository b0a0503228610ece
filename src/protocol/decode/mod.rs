//! Bytes into batches of frames, however they are cut.
//!
//! The decoder remembers where it stopped, so that each byte is looked at once and the cost is
//! linear in what was fed, not in how it was fed.

mod body;
mod head;

use bytes::{Buf, BytesMut};

use super::batch::{Batch, FrameSpan, HeaderSpan, Part};
use super::error::mask_passcodes;
use super::{DecodeError, Escapes, Fault, Limit, Limits, Verb, Version};

/// What to do where content-length is smaller than the body: some clients count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortLength {
    /// An error, as the specification wants it.
    Refuse,
    /// The body is taken up to the NUL, and [`super::FrameRef::had_short_length`] says so.
    TakeToNul,
}

/// Stands for the colon of a header line that is not found yet.
const NONE: usize = usize::MAX;

/// Where the decoder stopped. Positions count from the beginning of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between two frames, where line feeds are heart-beats.
    Between,
    /// In the first line or the headers.
    Head,
    /// In a body of known length, which ends at `end`.
    Sized { end: usize },
    /// In a body that ends with the first NUL; no NUL before `scanned`.
    ToNul { scanned: usize },
    /// In a large body of known length, of which `left` bytes have not been handed on.
    StreamSized { left: u64 },
    /// In a large body that ends with the first NUL.
    StreamToNul { given: u64 },
}

/// The line that is being looked at.
#[derive(Debug, Clone, Copy)]
struct Line {
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
    state: State,
    /// The frame that is being decoded, as far as it is known.
    frame: FrameSpan,
    /// Bytes before this one were looked at (in a head).
    scan: usize,
    line: Line,
    /// The headers of a frame whose head is not complete, or whose body is not.
    pending: Vec<HeaderSpan>,
    /// What the last input held: its bytes, and the frames and headers in them.
    last: Density,
    /// Bytes of the stream before the beginning of the buffer.
    before: u64,
    /// Bytes of the stream before the frame that is being decoded.
    frame_at: u64,
    stopped: bool,
    /// Bytes that were looked at, each time that they were; for the tests of the cost.
    #[cfg(test)]
    looked_at: std::cell::Cell<u64>,
}

/// How many frames and headers stood in so many bytes. In a flood one read is like the one before it, and lists that
/// have the right size from the start are not copied while they grow.
#[derive(Debug, Clone, Copy, Default)]
struct Density {
    bytes: usize,
    frames: usize,
    headers: usize,
}

impl Density {
    /// How many of these to expect in an input of this length, and a few more.
    fn expect(self, count: usize, length: usize) -> usize {
        let most = count + count / 8;
        if self.bytes <= length { most } else { most * (length >> 10) / (self.bytes >> 10).max(1) }
    }
}

impl Decoder {
    /// A decoder for a connection whose version is not settled yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            version: None,
            escapes: Escapes::Lenient,
            limits: clamped(limits),
            short_length: ShortLength::Refuse,
            state: State::Between,
            frame: blank(),
            scan: 0,
            line: Line { start: 0, colon: NONE, special: false },
            pending: Vec::new(),
            last: Density::default(),
            before: 0,
            frame_at: 0,
            stopped: false,
            #[cfg(test)]
            looked_at: std::cell::Cell::default(),
        }
    }

    /// How many bytes were looked at, each time that they were.
    #[cfg(test)]
    pub(super) fn looked_at(&self) -> u64 {
        self.looked_at.get()
    }

    /// Counts bytes that are being looked at.
    #[cfg(test)]
    fn look(&self, bytes: usize) {
        self.looked_at.set(self.looked_at.get() + bytes as u64);
    }

    #[cfg(not(test))]
    #[inline]
    #[allow(clippy::unused_self)] // the tests' one needs it
    fn look(&self, _bytes: usize) {}

    /// Takes a content-length that counts characters as [`ShortLength`] says.
    pub fn short_length(mut self, short_length: ShortLength) -> Self {
        self.short_length = short_length;
        self
    }

    /// Settles the version, by which the frames from here on are read.
    pub fn set_version(&mut self, version: Version) {
        self.version = Some(version);
        self.escapes = match version {
            Version::V1_0 => Escapes::None,
            Version::V1_1 => Escapes::V1_1,
            Version::V1_2 => Escapes::V1_2,
        };
    }

    /// Reads header escapes otherwise than the version says, for brokers that are known to.
    pub fn set_escapes(&mut self, escapes: Escapes) {
        self.escapes = escapes;
    }

    /// Changes the limits, which differ before and after the login.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = clamped(limits);
    }

    /// Whether the last [`Decoder::decode`] stopped behind a CONNECT, STOMP or CONNECTED frame,
    /// which may change the version and the limits. Set them and decode on.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// Whether no frame has been begun: the end of the stream loses nothing here.
    pub fn is_between_frames(&self) -> bool {
        self.state == State::Between
    }

    /// How many more bytes complete the frame at hand, as far as that is known; a hint for the
    /// size of the next read.
    pub fn wants(&self, buffered: usize) -> usize {
        match self.state {
            State::Sized { end } => (end + 1).saturating_sub(buffered),
            _ => 0,
        }
    }

    /// Decodes all that is complete in `input`, takes it away from there and puts it into `batch`,
    /// which is cleared first. On an error, `batch` holds the frames before it.
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
        self.hand_over(input, batch, done);
        result
    }

    /// Splits off the first `done` bytes and moves all positions of what is left accordingly.
    fn hand_over(&mut self, input: &mut BytesMut, batch: &mut Batch, done: usize) {
        self.pending.clear();
        if matches!(self.state, State::Head | State::Sized { .. } | State::ToNul { .. }) {
            let first = self.frame.first_header as usize;
            if first == 0 {
                // Nothing complete came before: the spans stay as they are.
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
        if batch.frames.is_empty() {
            input.advance(done);
        } else {
            batch.data = input.split_to(done).freeze();
        }
        let moved = narrow(done);
        for span in &mut self.pending {
            span.start -= moved;
            span.colon -= moved;
            span.end -= moved;
        }
        match &mut self.state {
            State::Between | State::StreamSized { .. } | State::StreamToNul { .. } => return,
            State::Head => {
                self.scan -= done;
                self.line.start -= done;
                if self.line.colon != NONE {
                    self.line.colon -= done;
                }
            }
            State::Sized { end } => *end -= done,
            State::ToNul { scanned } => *scanned -= done,
        }
        self.frame.start -= moved;
        self.frame.verb_end = self.frame.verb_end.saturating_sub(moved);
        self.frame.body = self.frame.body.saturating_sub(moved);
    }

    fn run(&mut self, data: &[u8], batch: &mut Batch, done: &mut usize) -> Result<(), DecodeError> {
        loop {
            let complete = match self.state {
                State::Between => self.between(data, batch, done),
                State::Head => match self.head(data, &mut batch.headers) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                State::Sized { end } => match self.sized(data, end, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                State::ToNul { scanned } => match self.unsized_body(data, scanned, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                State::StreamSized { left } => match self.stream_sized(data, left, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
                State::StreamToNul { given } => match self.stream_to_nul(data, given, batch, done) {
                    Ok(complete) => complete,
                    Err((at, fault)) => return Err(self.error(data, at, fault)),
                },
            };
            if !complete || self.stopped {
                return Ok(());
            }
        }
    }

    /// Passes over the EOLs and NULs between frames and begins the next one.
    #[inline]
    fn between(&mut self, data: &[u8], batch: &Batch, done: &mut usize) -> bool {
        let mut at = *done;
        while at < data.len() && matches!(data[at], b'\n' | b'\r' | 0) {
            at += 1;
        }
        self.look(at - *done);
        *done = at;
        if at == data.len() {
            return false;
        }
        self.frame = FrameSpan {
            start: narrow(at),
            first_header: narrow(batch.headers.len()),
            escapes: self.escapes,
            trim: self.version == Some(Version::V1_0),
            ..blank()
        };
        self.frame_at = self.before + at as u64;
        self.scan = at;
        self.line = Line { start: at, colon: NONE, special: false };
        self.state = State::Head;
        true
    }

    /// An error at a place of the buffer.
    #[cold]
    fn error(&self, data: &[u8], at: usize, fault: Fault) -> DecodeError {
        const EXCERPT: usize = 1024;
        // The head of a frame that is handed on in pieces has left the buffer.
        let first = usize::try_from(self.frame_at.saturating_sub(self.before)).unwrap_or(0).min(at);
        let start = first.max(at.saturating_sub(EXCERPT / 2));
        let end = data.len().min(start + EXCERPT);
        // From the beginning of a line on, so that a header is known for what it is.
        let line = memchr::memrchr(b'\n', &data[first..start]).map_or(first, |lf| first + lf + 1);
        let mut excerpt = data[line..end].to_vec();
        mask_passcodes(&mut excerpt);
        excerpt.drain(..start - line);
        let stream_byte = self.before + at as u64;
        DecodeError {
            fault,
            verb: self.frame.verb,
            byte: stream_byte - self.frame_at,
            stream_byte,
            excerpt,
            excerpt_at: self.before + start as u64 - self.frame_at,
        }
    }
}

/// A frame of which nothing is known.
fn blank() -> FrameSpan {
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
fn over(at: usize, limit: Limit, most: u64) -> (usize, Fault) {
    (at, Fault::Limit { limit, most })
}

/// The limits as far as positions in a buffer reach: they are kept in 32 bits.
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

/// A position in the buffer. Buffers stay far below 4 GiB: a head has its limit, and a body above
/// `stream_above` never stands in the buffer whole ([`clamped`]).
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn narrow(position: usize) -> u32 {
    debug_assert!(u32::try_from(position).is_ok());
    position as u32
}
