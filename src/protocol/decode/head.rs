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
            self.look(real);
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
                    self.head_end(data, end + 1);
                    return Ok(true);
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
            let special = masks.special != 0;
            line.special |= special;
            if special || self.is_over(line.start, self.scan - line.start, self.scan, 1) {
                self.check_so_far(data, line.start, at.max(line.start), self.scan)?;
            }
        }
        self.line = line;
        Ok(false)
    }

    /// Whether a line of this length, or a head that reaches up to here, is beyond a limit. `spare`: an
    /// octet that may turn out to be the CR of a CRLF.
    #[inline]
    fn is_over(&self, line_start: usize, length: usize, end: usize, spare: usize) -> bool {
        let start = self.frame.start as usize;
        let most = if line_start == start { self.limits.verb } else { self.limits.header_line };
        length > most + spare || end - start > self.limits.head
    }

    /// Finds the first fault among those that show before a line has ended: a NUL, a line that is too
    /// long, a head that is too long. Which one is found does not depend on how the octets were cut.
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
        // The octet with which each of them shows. A line that is too long shows with the octet after
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
        let lf = end;
        let mut escaped = false;
        if line.special {
            let has_crlf = !matches!(self.version, Some(Version::V1_0 | Version::V1_1));
            if has_crlf && end > line.start && data[end - 1] == b'\r' {
                end -= 1;
            }
        }
        if self.is_over(line.start, end - line.start, lf + 1, 0) {
            self.check_so_far(data, line.start, line.start, lf + 1)?;
        }
        if line.special {
            escaped = self.check_special(data, line.start, end, first)?;
        }
        if first {
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
    fn head_end(&mut self, data: &[u8], body: usize) {
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
