//! The first line and the headers of a frame.

use super::{Decoder, Line, NONE, State, narrow, over};
use crate::protocol::batch::HeaderSpan;
use crate::protocol::scan::masks_at;
use crate::protocol::{Escapes, Fault, Limit, Verb, Version};

impl Decoder {
    /// Looks at lines until the empty one; `false`: the data ended before.
    #[inline]
    pub(super) fn head(
        &mut self,
        data: &[u8],
        headers: &mut Vec<HeaderSpan>,
    ) -> Result<bool, (usize, Fault)> {
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
