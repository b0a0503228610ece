//! Octets into batches of frames, however they are cut.
//!
//! The decoder remembers where it stopped, so that each octet is looked at once and the cost is
//! linear in what was fed, not in how it was fed.

use bytes::{Buf, BytesMut};

use super::batch::{Batch, FrameSpan, HeaderSpan, Part};
use super::scan::masks_at;
use super::{DecodeError, Escapes, Fault, Limit, Limits, Verb, Version};

/// What to do where content-length is smaller than the body: some clients count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortLength {
    /// An error, as the specification wants it.
    Refuse,
    /// The body is taken up to the NUL, and [`super::FrameRef::had_short_length`] says so.
    TakeToNul,
}

/// Not found yet.
const NONE: usize = usize::MAX;

/// Where the decoder stopped. Positions count from the beginning of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between two frames.
    Between,
    /// In the first line or the headers.
    Head,
    /// In a body of known length, which ends at `end`.
    Sized { end: usize },
    /// In a body that ends with the first NUL; no NUL before `scanned`.
    ToNul { scanned: usize },
    /// In a large body of known length, of which `left` octets have not been handed on.
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
    /// Octets before this one were looked at (in a head).
    scan: usize,
    line: Line,
    /// The headers of a frame whose head is not complete, or whose body is not.
    pending: Vec<HeaderSpan>,
    /// Octets of the stream before the beginning of the buffer.
    before: u64,
    stopped: bool,
}

impl Decoder {
    /// A decoder for a connection whose version is not settled yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            version: None,
            escapes: Escapes::Lenient,
            limits,
            short_length: ShortLength::Refuse,
            state: State::Between,
            frame: blank(),
            scan: 0,
            line: Line { start: 0, colon: NONE, special: false },
            pending: Vec::new(),
            before: 0,
            stopped: false,
        }
    }

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
        self.limits = limits;
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

    /// How many more octets complete the frame at hand, as far as that is known; a hint for the
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
        let mut done = 0;
        let result = self.run(input, batch, &mut done);
        self.hand_over(input, batch, done);
        result
    }

    /// Splits off the first `done` octets and moves all positions of what is left accordingly.
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
        self.scan = at;
        self.line = Line { start: at, colon: NONE, special: false };
        self.state = State::Head;
        true
    }

    /// Looks at lines until the empty one; `false`: the data ended before.
    #[inline]
    fn head(&mut self, data: &[u8], headers: &mut Vec<HeaderSpan>) -> Result<bool, (usize, Fault)> {
        let mut line = self.line;
        while self.scan < data.len() {
            let at = self.scan;
            let (mut masks, real) = masks_at(data, at);
            while masks.newline != 0 {
                let bit = masks.newline.trailing_zeros();
                let end = at + bit as usize;
                let below = (1_u64 << bit) - 1;
                let colons = masks.colon & below;
                if line.colon == NONE && colons != 0 {
                    line.colon = at + colons.trailing_zeros() as usize;
                }
                line.special |= masks.special & below != 0;
                let ended = self.line_end(data, line, end, headers)?;
                line = Line { start: end + 1, colon: NONE, special: false };
                if ended {
                    return self.head_end(data, end + 1).map(|()| true);
                }
                let beyond = !(below | 1 << bit);
                masks.newline &= beyond;
                masks.colon &= beyond;
                masks.special &= beyond;
            }
            if line.colon == NONE && masks.colon != 0 {
                line.colon = at + masks.colon.trailing_zeros() as usize;
            }
            self.scan = at + real;
            if masks.special != 0 {
                line.special = true;
                if let Some(nul) = memchr::memchr(0, &data[line.start..self.scan]) {
                    return Err((line.start + nul, Fault::NulInHead));
                }
            }
            self.check_head(line.start)?;
        }
        self.line = line;
        Ok(false)
    }

    /// Checks the limits on a head whose end has not come.
    fn check_head(&self, line_start: usize) -> Result<(), (usize, Fault)> {
        let start = self.frame.start as usize;
        let (limit, most, from) = if line_start == start {
            (Limit::Verb, self.limits.verb, start)
        } else {
            (Limit::HeaderLine, self.limits.header_line, line_start)
        };
        // One more for the CR of a CRLF.
        if self.scan - from > most + 1 {
            return Err(over(from + most, limit, most as u64));
        }
        if self.scan - start > self.limits.head {
            return Err(over(start + self.limits.head, Limit::Head, self.limits.head as u64));
        }
        Ok(())
    }

    /// Takes the line that ends with the LF at `end`; `true`: it is the empty one.
    #[inline]
    fn line_end(
        &mut self,
        data: &[u8],
        line: Line,
        mut end: usize,
        headers: &mut Vec<HeaderSpan>,
    ) -> Result<bool, (usize, Fault)> {
        let first = line.start == self.frame.start as usize;
        let mut escaped = false;
        if line.special {
            let has_crlf = !matches!(self.version, Some(Version::V1_0 | Version::V1_1));
            if has_crlf && end > line.start && data[end - 1] == b'\r' {
                end -= 1;
            }
            escaped = self.check_special(data, line.start, end, first)?;
        }
        if first {
            if end - line.start > self.limits.verb {
                return Err(over(line.start + self.limits.verb, Limit::Verb, self.limits.verb as u64));
            }
            self.frame.verb = Verb::parse(&data[line.start..end]);
            self.frame.verb_end = narrow(end);
            if self.frame.verb.is_never_escaped() {
                self.frame.escapes = Escapes::None;
            }
            return Ok(false);
        }
        if end == line.start {
            return Ok(true);
        }
        if end - line.start > self.limits.header_line {
            let most = self.limits.header_line;
            return Err(over(line.start + most, Limit::HeaderLine, most as u64));
        }
        if self.frame.headers as usize >= self.limits.headers {
            return Err(over(line.start, Limit::Headers, self.limits.headers as u64));
        }
        let mut colon = line.colon;
        if colon >= end {
            // 1.0 cannot write a line feed inside of a value; what follows one is kept as a name.
            if self.version != Some(Version::V1_0) {
                return Err((line.start, Fault::NoColon));
            }
            colon = end;
        } else if colon == line.start {
            return Err((line.start, Fault::EmptyName));
        }
        headers.push(HeaderSpan {
            start: narrow(line.start),
            colon: narrow(colon),
            end: narrow(end),
            escaped,
        });
        self.frame.headers += 1;
        self.content_length(data, line.start, colon, end)?;
        Ok(false)
    }

    /// Looks at a line with a backslash, a CR or a NUL in it; says whether it has escapes.
    #[cold]
    fn check_special(
        &self,
        data: &[u8],
        start: usize,
        end: usize,
        first: bool,
    ) -> Result<bool, (usize, Fault)> {
        let line = &data[start..end];
        if let Some(nul) = memchr::memchr(0, line) {
            return Err((start + nul, Fault::NulInHead));
        }
        // A lone CR is data before 1.2, and in what was never escaped.
        if self.version == Some(Version::V1_2)
            && !self.frame.verb.is_never_escaped()
            && let Some(cr) = memchr::memchr(b'\r', line)
        {
            return Err((start + cr, Fault::CarriageReturn));
        }
        if first || self.frame.escapes == Escapes::None {
            return Ok(false);
        }
        if let Some(slash) = self.frame.escapes.first_invalid(line) {
            let letter = line.get(slash + 1).copied().unwrap_or(b'\n');
            return Err((start + slash, Fault::Escape { letter }));
        }
        Ok(memchr::memchr(b'\\', line).is_some())
    }

    /// Notes a content-length: the first one counts. Blanks around the figure are passed over in
    /// every version; they cannot be mistaken.
    #[inline]
    fn content_length(
        &mut self,
        data: &[u8],
        start: usize,
        colon: usize,
        end: usize,
    ) -> Result<(), (usize, Fault)> {
        const NAME: &[u8] = b"content-length";
        let name = &data[start..colon];
        let named = name == NAME || (self.frame.trim && name.trim_ascii() == NAME);
        if !named || self.frame.content_length.is_some() {
            return Ok(());
        }
        let from = (colon + 1).min(end);
        let Some(length) = number(data[from..end].trim_ascii()) else {
            return Err((from, Fault::ContentLength { text: data[from..end].to_vec() }));
        };
        if length > self.limits.body {
            return Err(over(from, Limit::Body, self.limits.body));
        }
        self.frame.content_length = Some(length);
        Ok(())
    }

    /// Turns to the body, which begins at `body`.
    #[inline]
    fn head_end(&mut self, data: &[u8], body: usize) -> Result<(), (usize, Fault)> {
        let start = self.frame.start as usize;
        if body - start > self.limits.head {
            return Err(over(start + self.limits.head, Limit::Head, self.limits.head as u64));
        }
        self.frame.body = narrow(body);
        self.state = match self.frame.content_length {
            Some(length) => match usize::try_from(length) {
                Ok(length) if length as u64 <= self.limits.stream_above || body + length < data.len() => {
                    State::Sized { end: body + length }
                }
                _ => State::StreamSized { left: length },
            },
            None => State::ToNul { scanned: body },
        };
        if let State::StreamSized { .. } = self.state {
            self.scan = body;
        }
        Ok(())
    }

    /// Ends a frame of which everything is there, but for the NUL at `end`.
    #[inline]
    fn whole(&mut self, end: usize, batch: &mut Batch, done: &mut usize) -> bool {
        self.frame.body_end = narrow(end);
        batch.frames.push(self.frame);
        *done = end + 1;
        self.state = State::Between;
        self.stopped = self.frame.verb.is_never_escaped();
        true
    }

    #[inline]
    fn sized(
        &mut self,
        data: &[u8],
        end: usize,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        match data.get(end) {
            None => Ok(false),
            Some(0) => Ok(self.whole(end, batch, done)),
            Some(&octet) => {
                if self.short_length == ShortLength::TakeToNul {
                    self.frame.short_length = true;
                    self.state = State::ToNul { scanned: end };
                    return Ok(true);
                }
                let length = self.frame.content_length.unwrap_or(0);
                Err((end, Fault::NotNul { length, octet }))
            }
        }
    }

    fn unsized_body(
        &mut self,
        data: &[u8],
        scanned: usize,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let body = self.frame.body as usize;
        let nul = memchr::memchr(0, &data[scanned..]).map(|found| scanned + found);
        let length = (nul.unwrap_or(data.len()) - body) as u64;
        if length > self.limits.body {
            return Err(over(body, Limit::Body, self.limits.body));
        }
        if let Some(nul) = nul {
            return Ok(self.whole(nul, batch, done));
        }
        if length > self.limits.stream_above {
            self.begin_stream(body, batch, done);
            self.state = State::StreamToNul { given: 0 };
            return Ok(true);
        }
        self.state = State::ToNul { scanned: data.len() };
        Ok(false)
    }

    /// Hands on the head of a large frame.
    fn begin_stream(&mut self, body: usize, batch: &mut Batch, done: &mut usize) {
        self.frame.part = Part::Head;
        self.frame.body_end = narrow(body);
        batch.frames.push(self.frame);
        *done = body;
    }

    /// Hands on a chunk of a large body, or its end.
    fn push_part(&mut self, part: Part, start: usize, end: usize, batch: &mut Batch) {
        self.frame.part = part;
        self.frame.headers = 0;
        self.frame.first_header = narrow(batch.headers.len());
        self.frame.start = narrow(start);
        self.frame.verb_end = narrow(start);
        self.frame.body = narrow(start);
        self.frame.body_end = narrow(end);
        batch.frames.push(self.frame);
    }

    fn stream_sized(
        &mut self,
        data: &[u8],
        left: u64,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        if self.frame.part == Part::Whole {
            self.begin_stream(self.scan, batch, done);
        }
        let here = (data.len() - *done) as u64;
        let take = here.min(left);
        if take > 0 {
            let start = *done;
            // It fits: it is at most what is in the buffer.
            *done += usize::try_from(take).unwrap_or(0);
            self.push_part(Part::Chunk, start, *done, batch);
            self.state = State::StreamSized { left: left - take };
        }
        if left > take {
            return Ok(false);
        }
        match data.get(*done) {
            None => Ok(false),
            Some(0) => Ok(self.end_stream(batch, done)),
            Some(&octet) => {
                let length = self.frame.content_length.unwrap_or(0);
                Err((*done, Fault::NotNul { length, octet }))
            }
        }
    }

    fn stream_to_nul(
        &mut self,
        data: &[u8],
        given: u64,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let start = *done;
        let nul = memchr::memchr(0, &data[start..]).map(|found| start + found);
        let end = nul.unwrap_or(data.len());
        let given = given + (end - start) as u64;
        if given > self.limits.body {
            return Err(over(start, Limit::Body, self.limits.body));
        }
        if end > start {
            self.push_part(Part::Chunk, start, end, batch);
            *done = end;
        }
        self.state = State::StreamToNul { given };
        if nul.is_none() {
            return Ok(false);
        }
        Ok(self.end_stream(batch, done))
    }

    /// Hands on the end of a large frame, whose NUL is at `done`.
    fn end_stream(&mut self, batch: &mut Batch, done: &mut usize) -> bool {
        self.push_part(Part::End, *done, *done, batch);
        *done += 1;
        self.state = State::Between;
        true
    }

    /// An error at a place of the buffer.
    #[cold]
    fn error(&self, data: &[u8], at: usize, fault: Fault) -> DecodeError {
        const EXCERPT: usize = 1024;
        let start = (self.frame.start as usize).min(at);
        let shown = data.len().min(start + EXCERPT);
        DecodeError {
            fault,
            octet: (at - start) as u64,
            stream_octet: self.before + at as u64,
            excerpt: data[start..shown].to_vec(),
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

/// A position in the buffer. Buffers stay far below 4 GiB: a head has its limit, and a body above
/// `stream_above` never stands in the buffer whole; limits are clamped accordingly.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn narrow(position: usize) -> u32 {
    debug_assert!(u32::try_from(position).is_ok());
    position as u32
}

/// A number of octets: digits only, at most 64 bits.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, &octet| {
        let digit = octet.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
