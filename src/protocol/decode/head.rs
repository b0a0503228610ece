//! The first line and the headers of a frame.

use super::{DecodeState, Decoder, NONE, ScannedLine, buffer_position, over_limit};
use crate::protocol::batch::HeaderSpan;
use crate::protocol::scan::{CHUNK, masks_at, parse_decimal};
use crate::protocol::{Escapes, Fault, Limit, Verb, Version};

const CONTENT_LENGTH: &[u8] = b"content-length";

impl Decoder {
    /// Reads lines up to the empty one; `false` if the data ends before it.
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
            self.count_scanned(real);
            // Far from every limit, one check per chunk is enough.
            let near = self.is_near_a_limit(at + real - start, headers.len());
            while masks.newline != 0 {
                let lf = at + masks.newline.trailing_zeros() as usize;
                // The bytes up to the line feed, inclusive.
                let taken = masks.newline ^ (masks.newline - 1);
                // If this is behind the end of the line, the line has no colon.
                let colon = line.colon.min(at + masks.colon.trailing_zeros() as usize);
                let special = line.special || masks.special & taken != 0;
                masks.newline &= !taken;
                masks.colon &= !taken;
                masks.special &= !taken;
                let ended = ScannedLine { start: line.start, colon, special };
                line = ScannedLine { start: lf + 1, colon: NONE, special: false };
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
                self.check_unfinished_line(data, line.start, at.max(line.start), self.scan)?;
            }
        }
        self.line = line;
        Ok(false)
    }

    /// Whether the next chunk of a head may exceed a limit. `length` is the size of the head up to its end.
    #[inline]
    fn is_near_a_limit(&self, length: usize, headers: usize) -> bool {
        let limits = &self.limits;
        let count = headers - self.frame.first_header as usize;
        length >= limits.header_line || length >= limits.head || count + CHUNK > limits.headers
    }

    /// Finds the first of the faults that an unfinished line can have: a NUL, a line or a head that is too
    /// long. The result does not depend on how the bytes were split. There is no NUL before `from`.
    #[cold]
    fn check_unfinished_line(
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
        // Each fault with the byte that proves it. For a line that is too long this is the byte after the
        // first excess one, which may be the CR of a CRLF.
        self.count_scanned(end - from);
        let nul = memchr::memchr(0, &data[from..end]).map(|at| from + at);
        let faults = [
            (
                start + self.limits.head,
                over_limit(start + self.limits.head, Limit::Head, self.limits.head as u64),
            ),
            (line_start + most + 1, over_limit(line_start + most, limit, most as u64)),
            (nul.unwrap_or(end), (nul.unwrap_or(end), Fault::NulInHead)),
        ];
        let first = faults.into_iter().filter(|(shows, _)| *shows < end).min_by_key(|(shows, _)| *shows);
        first.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    #[inline]
    fn first_line(&mut self, data: &[u8], line: ScannedLine, lf: usize) -> Result<(), (usize, Fault)> {
        let start = line.start;
        let end = if line.special { self.without_cr(data, start, lf) } else { lf };
        if end - start > self.limits.verb || lf - start >= self.limits.head {
            self.check_unfinished_line(data, start, start, lf + 1)?;
        }
        if line.special {
            self.check_special(data, start, end, true)?;
        }
        self.frame.verb = Verb::parse(&data[start..end]);
        self.frame.verb_end = buffer_position(end);
        if self.frame.verb.is_never_escaped() {
            self.frame.escapes = Escapes::None;
        } else if self.frame.verb == Verb::Error && self.frame.escapes != Escapes::None {
            // What an ERROR says matters more than how it is written.
            self.frame.escapes = Escapes::Lenient;
        }
        Ok(())
    }

    /// Reads a header line that ends with the LF at `lf`; `true` if it is empty, which ends the head.
    #[inline]
    fn header_line(
        &mut self,
        data: &[u8],
        line: ScannedLine,
        lf: usize,
        near: bool,
        headers: &mut Vec<HeaderSpan>,
    ) -> Result<bool, (usize, Fault)> {
        let ScannedLine { start, mut colon, special } = line;
        let end = if special { self.without_cr(data, start, lf) } else { lf };
        if near {
            self.check_line(data, start, end, lf)?;
        }
        let mut needs_decoding = (special && self.check_special(data, start, end, false)?) || self.frame.trim;
        if end == start {
            return Ok(true);
        }
        if near {
            self.check_count(start, headers.len())?;
        }
        if colon <= start || colon >= end {
            colon = self.colon_or_fault(line, end)?;
            needs_decoding = true;
        }
        headers.push(HeaderSpan {
            start: buffer_position(start),
            colon: buffer_position(colon),
            end: buffer_position(end),
            needs_decoding,
        });
        if colon - start == CONTENT_LENGTH.len() || self.frame.trim {
            self.content_length(data, start, colon, end)?;
        }
        Ok(false)
    }

    #[cold]
    fn check_line(&self, data: &[u8], start: usize, end: usize, lf: usize) -> Result<(), (usize, Fault)> {
        let is_over =
            end - start > self.limits.header_line || lf - self.frame.start as usize >= self.limits.head;
        if is_over { self.check_unfinished_line(data, start, start, lf + 1) } else { Ok(()) }
    }

    /// `headers` is the number of headers in the batch before this one.
    #[cold]
    fn check_count(&self, start: usize, headers: usize) -> Result<(), (usize, Fault)> {
        let most = self.limits.headers;
        let is_over = headers - self.frame.first_header as usize >= most;
        if is_over { Err(over_limit(start, Limit::Headers, most as u64)) } else { Ok(()) }
    }

    /// The end of the line whose LF is at `lf`. Before 1.2, a CR before the LF belongs to the line.
    #[cold]
    fn without_cr(&self, data: &[u8], start: usize, lf: usize) -> usize {
        let has_crlf = !matches!(self.version, Some(Version::V1_0 | Version::V1_1));
        if has_crlf && lf > start && data[lf - 1] == b'\r' { lf - 1 } else { lf }
    }

    /// The position taken for the colon in a header line that has none, or begins with it.
    #[cold]
    fn colon_or_fault(&self, line: ScannedLine, end: usize) -> Result<usize, (usize, Fault)> {
        let is_error = self.frame.verb == Verb::Error;
        if line.colon < end && !is_error {
            return Err((line.start, Fault::EmptyName));
        }
        // 1.0 cannot escape a line feed in a value, and ActiveMQ writes it raw, in an ERROR in any version: the rest
        // becomes a name.
        if self.version == Some(Version::V1_0) || is_error {
            Ok(end)
        } else {
            Err((line.start, Fault::NoColon))
        }
    }

    /// Checks a line that contains a backslash, a CR or a NUL; returns whether it has escapes.
    #[cold]
    fn check_special(
        &self,
        data: &[u8],
        start: usize,
        end: usize,
        first: bool,
    ) -> Result<bool, (usize, Fault)> {
        let line = &data[start..end];
        self.count_scanned(line.len());
        if let Some(nul) = memchr::memchr(0, line) {
            return Err((start + nul, Fault::NulInHead));
        }
        // A lone CR is data before 1.2, and in frames that are never escaped.
        if self.version == Some(Version::V1_2)
            && !self.frame.verb.is_never_escaped()
            && self.frame.verb != Verb::Error
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

    /// Stores the value of the first content-length header. It is trimmed in every version, since spaces
    /// around a number are unambiguous.
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
        let Some(length) = parse_decimal(data[from..end].trim_ascii()) else {
            if self.frame.verb == Verb::Error {
                return Ok(());
            }
            return Err((from, Fault::ContentLength { text: data[from..end].to_vec() }));
        };
        if length > self.limits.body {
            return Err(over_limit(from, Limit::Body, self.limits.body));
        }
        self.frame.content_length = Some(length);
        Ok(())
    }

    /// `headers` is the number of headers in the batch.
    #[inline]
    fn head_end(&mut self, data: &[u8], body: usize, headers: usize) {
        self.frame.headers = buffer_position(headers) - self.frame.first_header;
        self.frame.body = buffer_position(body);
        self.state = match self.frame.content_length {
            Some(length) => match usize::try_from(length) {
                Ok(length) if length as u64 <= self.limits.stream_above || length < data.len() - body => {
                    DecodeState::Sized { end: body + length }
                }
                _ => DecodeState::StreamSized { left: length },
            },
            None => DecodeState::ToNul { scanned: body },
        };
        if let DecodeState::StreamSized { .. } = self.state {
            self.scan = body;
        }
    }
}
