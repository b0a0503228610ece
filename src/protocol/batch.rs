//! What one read brought: frames that refer to the read buffer.

use std::borrow::Cow;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::error::MASK;
use super::{Escapes, Frame, Verb, Version, unescape};

/// Offsets of a header line in the data of its batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderSpan {
    pub(super) start: u32,
    /// The colon; in a line without one, the end of the line.
    pub(super) colon: u32,
    /// The end of the value, exclusive.
    pub(super) end: u32,
    /// Whether name or value may hold an escape, or follow the rules of 1.0: trimmed spaces, and perhaps no
    /// colon.
    pub(super) needs_decoding: bool,
}

/// Offsets of a frame in the data of its batch, and what its head says.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameSpan {
    pub(super) verb: Verb,
    pub(super) part: Part,
    pub(super) escapes: Escapes,
    /// Whether names and values are trimmed (1.0).
    pub(super) trim: bool,
    pub(super) short_length: bool,
    pub(super) start: u32,
    pub(super) verb_end: u32,
    pub(super) first_header: u32,
    pub(super) headers: u32,
    pub(super) body: u32,
    pub(super) body_end: u32,
    pub(super) content_length: Option<u64>,
}

/// The part of a frame that an entry of a batch holds. Only frames with bodies above
/// [`super::Limits::stream_above`] are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Verb, headers and body.
    Whole,
    /// Verb and headers of a frame whose body follows in chunks.
    Head,
    /// Bytes of the body of the frame whose head came before.
    Chunk,
    /// The end of the frame whose head came before: its NUL was read. It has no body.
    End,
}

/// The frames that one read brought, in order, and the bytes they refer to.
///
/// Nothing is copied: keeping a batch keeps the whole read buffer. To keep a single message, copy it with
/// [`FrameRef::to_frame`].
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) data: Bytes,
    pub(super) headers: Vec<HeaderSpan>,
    pub(super) frames: Vec<FrameSpan>,
}

impl Batch {
    /// The number of entries: whole frames and parts of large ones.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The entry at this index, counted from 0.
    pub fn get(&self, index: usize) -> Option<FrameRef<'_>> {
        self.frames.get(index).map(|span| FrameRef { batch: self, span })
    }

    /// The entries in the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = FrameRef<'_>> + ExactSizeIterator {
        self.frames.iter().map(|span| FrameRef { batch: self, span })
    }

    /// How many of these frames have no [`FrameRef::ack_token`]. Most often it stands at the same place in all of them.
    pub(crate) fn count_unackable(&self, frames: &[u32], version: Version) -> usize {
        let name = ack_header(version);
        let mut place = 0;
        let mut is_unackable = |frame: &FrameRef<'_>| {
            if frame.headers().nth(place).is_some_and(|header| header.is(name)) {
                return false;
            }
            let found = frame.headers().position(|header| header.is(name));
            place = found.unwrap_or(place);
            found.is_none()
        };
        let frames = frames.iter().filter_map(|index| self.get(*index as usize));
        frames.filter(|frame| is_unackable(frame)).count()
    }

    /// The size of all entries together, in bytes.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Copies the bytes, so that keeping the batch does not keep the read buffer.
    pub fn detached(self) -> Self {
        Self { data: Bytes::copy_from_slice(&self.data), ..self }
    }

    /// Replaces these texts in ERROR frames by asterisks, the longest first: a broker may quote the login that it refuses.
    /// A text that is split between two chunks of a large ERROR stays.
    pub(crate) fn mask_errors(&mut self, texts: &[Vec<u8>]) {
        if texts.is_empty() {
            return;
        }
        let mut secrets: Vec<Range<usize>> = Vec::new();
        for frame in self.frames.iter().filter(|frame| frame.verb == Verb::Error) {
            let (start, end) = (frame.start as usize, frame.body_end as usize);
            for text in texts {
                let found = memchr::memmem::find_iter(&self.data[start..end], text);
                let found = found.map(|at| start + at..start + at + text.len());
                let is_new = |span: &Range<usize>| {
                    secrets.iter().all(|other| span.end <= other.start || other.end <= span.start)
                };
                let found: Vec<_> = found.filter(is_new).collect();
                secrets.extend(found);
            }
        }
        if !secrets.is_empty() {
            secrets.sort_by_key(|span| span.start);
            self.replace(&secrets);
        }
    }

    /// Replaces these spans by the mask, and moves everything behind them.
    #[cold]
    fn replace(&mut self, secrets: &[Range<usize>]) {
        let mut data = BytesMut::with_capacity(self.data.len());
        let mut at = 0;
        for span in secrets {
            data.extend_from_slice(&self.data[at..span.start]);
            data.extend_from_slice(MASK);
            at = span.end;
        }
        data.extend_from_slice(&self.data[at..]);
        self.data = data.freeze();
        let moved = |offset: &mut u32| {
            let before = *offset as usize;
            let (mut removed, mut added, mut new) = (0, 0, before);
            for span in secrets.iter().take_while(|span| span.start < before) {
                // An offset inside of a secret moves behind the mask.
                new = before.max(span.end);
                removed += span.len();
                added += MASK.len();
            }
            // The data has become no longer than it was, or by a few bytes for each secret.
            *offset = u32::try_from(new - removed + added).unwrap_or(u32::MAX);
        };
        for header in &mut self.headers {
            [&mut header.start, &mut header.colon, &mut header.end].into_iter().for_each(moved);
        }
        for frame in &mut self.frames {
            let offsets = [&mut frame.start, &mut frame.verb_end, &mut frame.body, &mut frame.body_end];
            offsets.into_iter().for_each(moved);
        }
    }

    /// Removes the entries at these indexes, which are in ascending order.
    pub(crate) fn remove(&mut self, indexes: &[u32]) {
        let mut index = 0;
        self.frames.retain(|_| {
            index += 1;
            indexes.binary_search(&(index - 1)).is_err()
        });
    }

    /// Removes all entries and keeps the capacity. Called before the next read, it lets the read buffer be
    /// used again.
    pub fn clear(&mut self) {
        self.data = Bytes::new();
        self.headers.clear();
        self.frames.clear();
    }
}

/// A frame, or a part of one, in a [`Batch`].
#[derive(Debug, Clone, Copy)]
pub struct FrameRef<'a> {
    batch: &'a Batch,
    span: &'a FrameSpan,
}

impl<'a> FrameRef<'a> {
    #[inline]
    fn slice(self, start: u32, end: u32) -> &'a [u8] {
        &self.batch.data[start as usize..end as usize]
    }

    /// The verb; a chunk and an end have that of their head.
    #[inline]
    pub fn verb(self) -> Verb {
        self.span.verb
    }

    /// The first line as received, which names an unknown verb.
    pub fn verb_name(self) -> &'a [u8] {
        self.slice(self.span.start, self.span.verb_end)
    }

    /// Whether this is a whole frame, or which part of one.
    #[inline]
    pub fn part(self) -> Part {
        self.span.part
    }

    /// The `content-length` of the frame's head, also for a chunk and an end.
    pub fn content_length(self) -> Option<u64> {
        self.span.content_length
    }

    /// Whether the content-length was wrong and the body was taken up to the NUL ([`super::ShortLength::TakeToNul`]).
    pub fn had_short_length(self) -> bool {
        self.span.short_length
    }

    /// The body, or this chunk of it.
    #[inline]
    pub fn body(self) -> &'a [u8] {
        self.slice(self.span.body, self.span.body_end)
    }

    /// The body as a slice that keeps the read buffer alive.
    pub fn body_bytes(self) -> Bytes {
        self.batch.data.slice(self.span.body as usize..self.span.body_end as usize)
    }

    /// The whole frame as received, without the NUL.
    pub fn bytes(self) -> &'a [u8] {
        self.slice(self.span.start, self.span.body_end)
    }

    /// Whether the bytes from its beginning on are these.
    #[inline]
    pub(crate) fn begins_with(self, bytes: &[u8]) -> bool {
        self.batch.data[self.span.start as usize..].starts_with(bytes)
    }

    /// The headers in order, including repeated ones.
    #[inline]
    pub fn headers(self) -> impl ExactSizeIterator<Item = Header<'a>> {
        let first = self.span.first_header as usize;
        let spans = &self.batch.headers[first..first + self.span.headers as usize];
        spans.iter().map(move |span| Header { frame: self, span })
    }

    /// The unescaped value of the first header with this name (STOMP 1.2, "Repeated Header Entries").
    #[inline]
    pub fn header(self, name: &str) -> Option<Cow<'a, [u8]>> {
        self.headers().find(|header| header.is(name)).map(Header::value)
    }

    /// [`FrameRef::header`] with its escapes as received, to be sent back.
    #[inline]
    pub fn raw_header(self, name: &str) -> Option<&'a [u8]> {
        self.headers().find(|header| header.is(name)).map(Header::raw_value)
    }

    /// What an ACK of this MESSAGE must name, with its escapes as received: the `ack` header in 1.2, the
    /// `message-id` in earlier versions. `None`: it is not to be acked, as what a Spring application answers to a
    /// SUBSCRIBE (STOMP 1.2, MESSAGE).
    #[inline]
    pub fn ack_token(self, version: Version) -> Option<&'a [u8]> {
        self.raw_header(ack_header(version))
    }

    /// [`FrameRef::header`] as text; invalid UTF-8 is replaced.
    pub fn text(self, name: &str) -> Option<Cow<'a, str>> {
        Some(match self.header(name)? {
            Cow::Borrowed(value) => String::from_utf8_lossy(value),
            Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
        })
    }

    /// Copies this frame into a batch that does not keep the read buffer alive.
    pub fn to_batch(self) -> Batch {
        let from = self.span.start;
        let headers = self.headers().map(|header| HeaderSpan {
            start: header.span.start - from,
            colon: header.span.colon - from,
            end: header.span.end - from,
            ..*header.span
        });
        let frame = FrameSpan {
            start: 0,
            verb_end: self.span.verb_end - from,
            first_header: 0,
            body: self.span.body - from,
            body_end: self.span.body_end - from,
            ..*self.span
        };
        let data = Bytes::copy_from_slice(self.bytes());
        Batch { data, headers: headers.collect(), frames: vec![frame] }
    }

    /// Copies and unescapes this frame, so that it does not keep the read buffer alive.
    pub fn to_frame(self) -> Frame {
        Frame {
            verb: self.verb(),
            headers: self.headers().map(|h| (h.name().into_owned(), h.value().into_owned())).collect(),
            body: Bytes::copy_from_slice(self.body()),
        }
    }
}

/// The header of a MESSAGE that its ACK must name.
fn ack_header(version: Version) -> &'static str {
    if version.acks_by_id() { "ack" } else { "message-id" }
}

/// A header of a frame in a [`Batch`].
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    frame: FrameRef<'a>,
    span: &'a HeaderSpan,
}

impl<'a> Header<'a> {
    /// Whether the unescaped name is `name`.
    #[inline]
    pub fn is(self, name: &str) -> bool {
        if self.span.needs_decoding {
            return *self.name() == *name.as_bytes();
        }
        (self.span.colon - self.span.start) as usize == name.len() && self.raw_name() == name.as_bytes()
    }

    /// The name as received; trimmed in 1.0.
    #[inline]
    pub fn raw_name(self) -> &'a [u8] {
        let raw = self.frame.slice(self.span.start, self.span.colon);
        if self.span.needs_decoding { self.trim(raw) } else { raw }
    }

    /// The value as received; trimmed in 1.0.
    #[inline]
    pub fn raw_value(self) -> &'a [u8] {
        if self.span.needs_decoding {
            let start = (self.span.colon + 1).min(self.span.end);
            return self.trim(self.frame.slice(start, self.span.end));
        }
        self.frame.slice(self.span.colon + 1, self.span.end)
    }

    /// The line as received, without its end.
    pub(crate) fn raw_line(self) -> &'a [u8] {
        self.frame.slice(self.span.start, self.span.end)
    }

    /// The name with its escapes resolved, without an allocation if it has none.
    #[inline]
    pub fn name(self) -> Cow<'a, [u8]> {
        if self.span.needs_decoding { self.decode(self.raw_name()) } else { Cow::Borrowed(self.raw_name()) }
    }

    /// The value with its escapes resolved, without an allocation if it has none.
    #[inline]
    pub fn value(self) -> Cow<'a, [u8]> {
        if self.span.needs_decoding { self.decode(self.raw_value()) } else { Cow::Borrowed(self.raw_value()) }
    }

    #[cold]
    fn decode(self, raw: &'a [u8]) -> Cow<'a, [u8]> {
        unescape(raw, self.frame.span.escapes)
    }

    #[cold]
    fn trim(self, raw: &'a [u8]) -> &'a [u8] {
        if self.frame.span.trim { raw.trim_ascii() } else { raw }
    }
}
