//! The body of a frame: of known length or up to the NUL, whole or in pieces.

use bytes::BytesMut;

use super::{DecodeState, Decoder, ShortLength, WrongLength, buffer_position, over_limit};
use crate::protocol::batch::{Batch, Part};
use crate::protocol::{Fault, Limit, Verb};

/// How many bytes of ends of lines are held back until it is known whether they belong to a large body or follow its NUL.
const MOST_EOLS: usize = 16;

impl Decoder {
    #[inline]
    fn whole(&mut self, end: usize, batch: &mut Batch, done: &mut usize) -> bool {
        self.frame.body_end = buffer_position(end);
        batch.frames.push(self.frame);
        *done = end + 1;
        self.state = DecodeState::Between;
        self.stopped = self.frame.verb.is_never_escaped();
        true
    }

    #[inline]
    pub(super) fn sized(
        &mut self,
        data: &[u8],
        end: usize,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let body = self.frame.body as usize;
        let message_end = self.message_end(body);
        match (data.get(end), message_end) {
            (Some(0), None) => Ok(self.whole(end, batch, done)),
            // Other frames may follow in the same message.
            (Some(0), Some(message_end)) if end < message_end => Ok(self.whole(end, batch, done)),
            (_, Some(message_end)) => {
                self.end_elsewhere(message_end - body);
                Ok(self.whole(message_end - 1, batch, done))
            }
            (None, None) => Ok(false),
            (Some(_), None) if self.awaits_end => {
                let length = (data.len() - body) as u64;
                if length > self.limits.body { Err(self.body_over_limit(body, 0)) } else { Ok(false) }
            }
            (Some(&byte), None) => {
                let length = self.frame.content_length.unwrap_or(0);
                // Some brokers count the NUL of an ERROR, or the EOL behind it. Its reason matters more than its length.
                let lenient = self.frame.verb == Verb::Error && length <= self.limits.stream_above;
                if lenient && let Some(text) = length_to_nul(&data[body..end]) {
                    self.frame.short_length = true;
                    return Ok(self.whole(body + text, batch, done));
                }
                if self.short_length == ShortLength::TakeToNul || lenient {
                    self.frame.short_length = true;
                    self.state = DecodeState::ToNul { scanned: end };
                    return Ok(true);
                }
                Err((end, Fault::NotNul { length, byte }))
            }
        }
    }

    /// The position in the buffer behind the NUL that ends the message in which the byte at `from` is, if it has come.
    #[inline]
    fn message_end(&mut self, from: usize) -> Option<usize> {
        if self.ends.is_empty() {
            return None;
        }
        let from = self.before + from as u64;
        while self.ends.front().is_some_and(|end| *end <= from) {
            self.ends.pop_front();
        }
        // Lossless: it is in the buffer.
        self.ends.front().map(|end| usize::try_from(end - self.before).unwrap_or(usize::MAX))
    }

    /// Notes that the frame ends with a NUL that is not behind the bytes of its content-length. `bytes` are those of its
    /// body, or of the rest of it, with the NUL.
    #[cold]
    fn end_elsewhere(&mut self, bytes: usize) {
        self.frame.short_length = true;
        let said = self.frame.content_length.unwrap_or(0);
        if self.frame.verb == Verb::Message {
            self.wrong_length.get_or_insert(WrongLength { said, came: bytes as u64 - 1 });
        }
    }

    pub(super) fn unsized_body(
        &mut self,
        data: &[u8],
        scanned: usize,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let body = self.frame.body as usize;
        let nul = memchr::memchr(0, &data[scanned..]).map(|found| scanned + found);
        self.count_scanned(nul.unwrap_or(data.len()) - scanned);
        let length = (nul.unwrap_or(data.len()) - body) as u64;
        if length > self.limits.body {
            return Err(self.body_over_limit(body, 0));
        }
        if let Some(nul) = nul {
            return Ok(self.whole(nul, batch, done));
        }
        // Where content-length is wrong, a NUL before its end is part of the body.
        if length > self.limits.stream_above && !self.frame.short_length {
            self.begin_stream(body, batch, done);
            self.state = DecodeState::StreamToNul { delivered: 0 };
            return Ok(true);
        }
        self.state = DecodeState::ToNul { scanned: data.len() };
        Ok(false)
    }

    /// `delivered` bytes of the body came before `start`.
    #[cold]
    fn body_over_limit(&self, start: usize, delivered: u64) -> (usize, Fault) {
        let most = self.limits.body;
        // The conversion cannot fail: this byte is in the buffer.
        let at = start + usize::try_from(most - delivered).unwrap_or(0);
        over_limit(at, Limit::Body, most)
    }

    fn begin_stream(&mut self, body: usize, batch: &mut Batch, done: &mut usize) {
        self.frame.part = Part::Head;
        self.frame.body_end = buffer_position(body);
        batch.frames.push(self.frame);
        *done = body;
    }

    fn push_part(&mut self, part: Part, start: usize, end: usize, batch: &mut Batch) {
        self.frame.part = part;
        self.frame.headers = 0;
        self.frame.first_header = buffer_position(batch.headers.len());
        self.frame.start = buffer_position(start);
        self.frame.verb_end = buffer_position(start);
        self.frame.body = buffer_position(start);
        self.frame.body_end = buffer_position(end);
        batch.frames.push(self.frame);
    }

    pub(super) fn stream_sized(
        &mut self,
        data: &[u8],
        left: u64,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        if self.frame.part == Part::Whole {
            self.begin_stream(self.scan, batch, done);
        }
        if let Some(message_end) = self.message_end(*done)
            && let end = *done as u64 + left
            && (message_end as u64 <= end || data.get(usize::try_from(end).unwrap_or(0)) != Some(&0))
        {
            let before = self.frame.content_length.unwrap_or(0) - left;
            let start = *done;
            *done = message_end - 1;
            self.end_elsewhere(usize::try_from(before).unwrap_or(0) + message_end - start);
            if *done > start {
                self.push_part(Part::Chunk, start, *done, batch);
            }
            return Ok(self.end_stream(batch, done));
        }
        let here = (data.len() - *done) as u64;
        let take = here.min(left);
        if take > 0 {
            let start = *done;
            // The conversion cannot fail: these bytes are in the buffer.
            *done += usize::try_from(take).unwrap_or(0);
            self.push_part(Part::Chunk, start, *done, batch);
            self.state = DecodeState::StreamSized { left: left - take };
        }
        if left > take {
            return Ok(false);
        }
        match data.get(*done) {
            None => Ok(false),
            Some(0) => Ok(self.end_stream(batch, done)),
            Some(_) if self.awaits_end => {
                self.state = DecodeState::StreamToEnd { delivered: self.frame.content_length.unwrap_or(0) };
                Ok(true)
            }
            Some(&byte) => {
                let length = self.frame.content_length.unwrap_or(0);
                Err((*done, Fault::NotNul { length, byte }))
            }
        }
    }

    #[cold]
    pub(super) fn stream_to_end(
        &mut self,
        data: &[u8],
        delivered: u64,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let start = *done;
        let message_end = self.message_end(start);
        // The last byte, but for ends of lines, may be the NUL of a message whose last fragment has not come.
        let eols =
            data[start..].iter().rev().take(MOST_EOLS).take_while(|byte| matches!(byte, b'\n' | b'\r'));
        let end = message_end.unwrap_or_else(|| data.len() - eols.count()).saturating_sub(1).max(start);
        let all = delivered + (end - start) as u64;
        if all > self.limits.body {
            return Err(self.body_over_limit(start, delivered));
        }
        if message_end.is_none() && !self.awaits_end && start < data.len() {
            let length = self.frame.content_length.unwrap_or(0);
            return Err((start, Fault::NotNul { length, byte: data[start] }));
        }
        if end > start {
            self.push_part(Part::Chunk, start, end, batch);
            *done = end;
        }
        self.state = DecodeState::StreamToEnd { delivered: all };
        if message_end.is_none() {
            return Ok(false);
        }
        self.end_elsewhere(usize::try_from(all).unwrap_or(0) + 1);
        Ok(self.end_stream(batch, done))
    }

    pub(super) fn stream_to_nul(
        &mut self,
        data: &[u8],
        delivered: u64,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let start = *done;
        let nul = memchr::memchr(0, &data[start..]).map(|found| start + found);
        let end = nul.unwrap_or(data.len());
        self.count_scanned(end - start);
        let before = delivered;
        let delivered = before + (end - start) as u64;
        if delivered > self.limits.body {
            return Err(self.body_over_limit(start, before));
        }
        if end > start {
            self.push_part(Part::Chunk, start, end, batch);
            *done = end;
        }
        self.state = DecodeState::StreamToNul { delivered };
        if nul.is_none() {
            return Ok(false);
        }
        Ok(self.end_stream(batch, done))
    }

    /// Whether the head of an ERROR has been read, and its body is not complete.
    pub fn is_inside_error(&self) -> bool {
        self.frame.verb == Verb::Error
            && matches!(self.state, DecodeState::Sized { .. } | DecodeState::ToNul { .. })
    }

    /// Ends the ERROR that is incomplete where its bytes end, since no more will come, and moves it to `batch`, which is
    /// cleared first. Returns whether there was one.
    pub fn end_error(&mut self, input: &mut BytesMut, batch: &mut Batch) -> bool {
        batch.clear();
        if !self.is_inside_error() {
            return false;
        }
        let body = self.frame.body as usize;
        self.frame.short_length = true;
        let length = length_to_nul(&input[body..]).unwrap_or(input.len() - body);
        self.frame.body_end = buffer_position(body + length);
        std::mem::swap(&mut batch.headers, &mut self.pending);
        batch.frames.push(self.frame);
        self.before += input.len() as u64;
        batch.data = input.split().freeze();
        self.state = DecodeState::Between;
        true
    }

    /// Ends a large frame whose NUL is at `done`.
    fn end_stream(&mut self, batch: &mut Batch, done: &mut usize) -> bool {
        self.push_part(Part::End, *done, *done, batch);
        *done += 1;
        self.state = DecodeState::Between;
        true
    }
}

/// The length of an ERROR's body that ends with the NUL behind its last byte that is no EOL, if there is one.
fn length_to_nul(body: &[u8]) -> Option<usize> {
    let text = body.iter().rposition(|byte| !matches!(byte, 0 | b'\n' | b'\r')).map_or(0, |last| last + 1);
    memchr::memchr(0, &body[text..]).map(|nul| text + nul)
}
