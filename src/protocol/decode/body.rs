//! The body of a frame: of known length or up to the NUL, whole or in pieces.

use super::{Decoder, ShortLength, State, narrow, over};
use crate::protocol::batch::{Batch, Part};
use crate::protocol::{Fault, Limit};

impl Decoder {
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
    pub(super) fn sized(
        &mut self,
        data: &[u8],
        end: usize,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        match data.get(end) {
            None => Ok(false),
            Some(0) => Ok(self.whole(end, batch, done)),
            Some(&byte) => {
                if self.short_length == ShortLength::TakeToNul {
                    self.frame.short_length = true;
                    self.state = State::ToNul { scanned: end };
                    return Ok(true);
                }
                let length = self.frame.content_length.unwrap_or(0);
                Err((end, Fault::NotNul { length, byte }))
            }
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
        self.look(nul.unwrap_or(data.len()) - scanned);
        let length = (nul.unwrap_or(data.len()) - body) as u64;
        if length > self.limits.body {
            return Err(self.body_over(body, 0));
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

    /// A body that is too long; `given` bytes of it came before `start`.
    #[cold]
    fn body_over(&self, start: usize, given: u64) -> (usize, Fault) {
        let most = self.limits.body;
        // The byte is in the buffer.
        let at = start + usize::try_from(most - given).unwrap_or(0);
        over(at, Limit::Body, most)
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
            Some(&byte) => {
                let length = self.frame.content_length.unwrap_or(0);
                Err((*done, Fault::NotNul { length, byte }))
            }
        }
    }

    pub(super) fn stream_to_nul(
        &mut self,
        data: &[u8],
        given: u64,
        batch: &mut Batch,
        done: &mut usize,
    ) -> Result<bool, (usize, Fault)> {
        let start = *done;
        let nul = memchr::memchr(0, &data[start..]).map(|found| start + found);
        let end = nul.unwrap_or(data.len());
        self.look(end - start);
        let before = given;
        let given = before + (end - start) as u64;
        if given > self.limits.body {
            return Err(self.body_over(start, before));
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
}
