//! The first line and the headers of a frame.

use super::{Decoder, Line, NONE, State, narrow, over};
use crate::protocol::batch::HeaderSpan;
use crate::protocol::scan::{CHUNK, masks_at};
use crate::protocol::{Escapes, Fault, Limit, Verb, Version};

const CONTENT_LENGTH: &[u8] = b"content-length";

impl Decoder {
    /// Looks at lines until the empty one; `false`: the data ended before.
    #[inline]
    pub(super) fn head(
        &mut self,
        data: &[u8],
        headers: &mut Vec<HeaderSpan>,
    ) -> Result<bool, (usize, Fault)> {
        let start = self.frame.start as usize;
        let mut line = self.line;
        while self.scan < data.len() {
            let at = self.scan;
            let (mut masks, real) = masks_at(data, at);
            self.look(real);
            // Far from every limit, it is enough to look at them once a chunk.
            let near = self.is_near_a_limit(at + real - start, headers.len());
            while masks.newline != 0 {
                let lf = at + masks.newline.trailing_zeros() as usize;
                // The bytes up to the line feed, and it.
                let taken = masks.newline ^ (masks.newline - 1);
                // Where this is behind the line's end, the line has none.
                let colon = line.colon.min(at + masks.colon.trailing_zeros() as usize);
                let special = line.special || masks.special & taken != 0;
                masks.newline &= !taken;
                masks.colon &= !taken;
                masks.special &= !taken;
                let ended = Line { start: line.start, colon, special };
                line = Line { start: lf + 1, colon: NONE, special: false };
                if ended.start == start {
                    self.first_line(data, ended, lf)?;
                } else if self.header_line(data, ended, lf, near, headers)? {
                    self.head_end(data, lf + 1, headers.len());
                    return Ok(true);
                }
            }
            if masks.colon != 0 {
                line.colon = line.colon.min(at + masks.colon.trailing_zeros() as usize);
            }
            self.scan = at + real;
            let special = masks.special != 0;
            line.special |= special;
            if special || near || line.start == start {
                self.check_so_far(data, line.start, at.max(line.start), self.scan)?;
            }
        }
        self.line = line;
        Ok(false)
    }

    /// Whether a line of a head that is so long so far, or one more header, may be beyond a limit.
    #[inline]
    fn is_near_a_limit(&self, length: usize, headers: usize) -> bool {
        let limits = &self.limits;
        let count = headers - self.frame.first_header as usize;
        length >= limits.header_line || length >= limits.head || count + CHUNK > limits.headers
    }

    /// Finds the first fault among those that show before a line has ended: a NUL, a line that is too
    /// long, a head that is too long. Which one is found does not depend on how the bytes were cut.
    /// There is no NUL before `from`.
    #[cold]
    fn check_so_far(
        &self,
        data: &[u8],
        line_start: usize,
        from: usize,
        end: usize,
    ) -> Result<(), (usize, Fault)> {
        let start = self.frame.start as usize;
        let (limit, most) = if line_start == start {
            (Limit::Verb, self.limits.verb)
        } else {
            (Limit::HeaderLine, self.limits.header_line)
        };
        // The byte with which each of them shows. A line that is too long shows with the byte after
        // the first that is too many, which may have been the CR of a CRLF.
        self.look(end - from);
        let nul = memchr::memchr(0, &data[from..end]).map(|at| from + at);
        let faults = [
            (start + self.limits.head, over(start + self.limits.head, Limit::Head, self.limits.head as u64)),
            (line_start + most + 1, over(line_start + most, limit, most as u64)),
            (nul.unwrap_or(end), (nul.unwrap_or(end), Fault::NulInHead)),
        ];
        let first = faults.into_iter().filter(|(shows, _)| *shows < end).min_by_key(|(shows, _)| *shows);
        first.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    /// Takes the first line, which ends with the LF at `lf`.
    #[inline]
    fn first_line(&mut self, data: &[u8], line: Line, lf: usize) -> Result<(), (usize, Fault)> {
        let start = line.start;
        let end = if line.special { self.without_cr(data, start, lf) } else { lf };
        if end - start > self.limits.verb || lf - start >= self.limits.head {
            self.check_so_far(data, start, start, lf + 1)?;
        }
        if line.special {
            self.check_special(data, start, end, true)?;
        }
        self.frame.verb = Verb::parse(&data[start..end]);
        self.frame.verb_end = narrow(end);
        if self.frame.verb.is_never_escaped() {
            self.frame.escapes = Escapes::None;
        }
        Ok(())
    }

    /// Takes a line that ends with the LF at `lf`; `true`: it is the empty one.
    #[inline]
    fn header_line(
        &mut self,
        data: &[u8],
        line: Line,
        lf: usize,
        near: bool,
        headers: &mut Vec<HeaderSpan>,
    ) -> Result<bool, (usize, Fault)> {
        let Line { start, mut colon, special } = line;
        let end = if special { self.without_cr(data, start, lf) } else { lf };
        if near {
            self.check_line(data, start, end, lf)?;
        }
        let escaped = special && self.check_special(data, start, end, false)?;
        if end == start {
            return Ok(true);
        }
        if near {
            self.check_count(start, headers.len())?;
        }
        if colon <= start || colon >= end {
            colon = self.odd_colon(line, end)?;
        }
        let careful = escaped || self.frame.trim;
        headers.push(HeaderSpan { start: narrow(start), colon: narrow(colon), end: narrow(end), careful });
        if colon - start == CONTENT_LENGTH.len() || self.frame.trim {
            self.content_length(data, start, colon, end)?;
        }
        Ok(false)
    }

    /// Looks whether a header line, or the head with it, is too long.
    #[cold]
    fn check_line(&self, data: &[u8], start: usize, end: usize, lf: usize) -> Result<(), (usize, Fault)> {
        let is_over =
            end - start > self.limits.header_line || lf - self.frame.start as usize >= self.limits.head;
        if is_over { self.check_so_far(data, start, start, lf + 1) } else { Ok(()) }
    }

    /// Looks whether there may be one more header than these of the batch.
    #[cold]
    fn check_count(&self, start: usize, headers: usize) -> Result<(), (usize, Fault)> {
        let most = self.limits.headers;
        let is_over = headers - self.frame.first_header as usize >= most;
        if is_over { Err(over(start, Limit::Headers, most as u64)) } else { Ok(()) }
    }

    /// Where a line ends that has an LF at `lf`: before 1.2, a CR in front of it belongs to the line.
    #[cold]
    fn without_cr(&self, data: &[u8], start: usize, lf: usize) -> usize {
        let has_crlf = !matches!(self.version, Some(Version::V1_0 | Version::V1_1));
        if has_crlf && lf > start && data[lf - 1] == b'\r' { lf - 1 } else { lf }
    }

    /// What counts as the colon of a header line that begins with it, or has none.
    #[cold]
    fn odd_colon(&self, line: Line, end: usize) -> Result<usize, (usize, Fault)> {
        if line.colon < end {
            return Err((line.start, Fault::EmptyName));
        }
        // 1.0 cannot write a line feed inside of a value; what follows one is kept as a name.
        if self.version == Some(Version::V1_0) { Ok(end) } else { Err((line.start, Fault::NoColon)) }
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
        self.look(line.len());
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

    /// Notes a content-length, if it is one: the first counts. Blanks around the figure are passed over
    /// in every version; they cannot be mistaken.
    fn content_length(
        &mut self,
        data: &[u8],
        start: usize,
        colon: usize,
        end: usize,
    ) -> Result<(), (usize, Fault)> {
        let name = &data[start..colon];
        let named = name == CONTENT_LENGTH || (self.frame.trim && name.trim_ascii() == CONTENT_LENGTH);
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

    /// Turns to the body, which begins at `body`; the batch has so many headers.
    #[inline]
    fn head_end(&mut self, data: &[u8], body: usize, headers: usize) {
        self.frame.headers = narrow(headers) - self.frame.first_header;
        self.frame.body = narrow(body);
        self.state = match self.frame.content_length {
            Some(length) => match usize::try_from(length) {
                Ok(length) if length as u64 <= self.limits.stream_above || length < data.len() - body => {
                    State::Sized { end: body + length }
                }
                _ => State::StreamSized { left: length },
            },
            None => State::ToNul { scanned: body },
        };
        if let State::StreamSized { .. } = self.state {
            self.scan = body;
        }
    }
}

/// A number of bytes: digits only, at most 64 bits.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, &byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
