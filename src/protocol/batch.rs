//! What one read brought: frames that refer to the read buffer.

use std::borrow::Cow;

use bytes::Bytes;

use super::{Escapes, Frame, Verb, Version, unescape};

/// A header's place in the data of its batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderSpan {
    /// The first byte of the name.
    pub(super) start: u32,
    /// The colon; where there is none (1.0), the end of the line.
    pub(super) colon: u32,
    /// Behind the last byte of the value.
    pub(super) end: u32,
    /// Whether the bytes are not simply what they mean: there may be an escape, or this is 1.0, where
    /// blanks do not count and the colon may be missing.
    pub(super) careful: bool,
}

/// A frame's place in the data of its batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameSpan {
    pub(super) verb: Verb,
    pub(super) part: Part,
    pub(super) escapes: Escapes,
    /// Whether blanks around names and values do not count (1.0).
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

/// Which part of a frame an entry of a batch is. All but bodies above
/// [`super::Limits::stream_above`] come whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A whole frame, head and body.
    Whole,
    /// Verb and headers of a frame with a large body; the body follows.
    Head,
    /// A piece of the body of the frame whose head came before.
    Chunk,
    /// The NUL of the frame whose head came before was where it had to be; no bytes.
    End,
}

/// The frames that one read brought, in order, and the bytes they refer to.
///
/// Nothing is copied: keeping a batch keeps the whole read buffer. Who keeps a single message
/// copies it with [`FrameRef::to_frame`].
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) data: Bytes,
    pub(super) headers: Vec<HeaderSpan>,
    pub(super) frames: Vec<FrameSpan>,
}

impl Batch {
    /// The number of entries: whole frames and pieces of large ones.
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

    /// The bytes of all entries together.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// The same with bytes of its own, so that keeping it does not keep the read buffer.
    pub fn detached(self) -> Self {
        Self { data: Bytes::copy_from_slice(&self.data), ..self }
    }

    /// Removes what was decoded, keeping the room for more. Done before the next read, it lets the
    /// read buffer be used again.
    pub fn clear(&mut self) {
        self.data = Bytes::new();
        self.headers.clear();
        self.frames.clear();
    }
}

/// A frame, or a part of one, inside of a [`Batch`].
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

    /// The verb; of a chunk or an end, that of its head.
    #[inline]
    pub fn verb(self) -> Verb {
        self.span.verb
    }

    /// The first line as it came, for verbs that are not known.
    pub fn verb_name(self) -> &'a [u8] {
        self.slice(self.span.start, self.span.verb_end)
    }

    /// Which part of a frame this is.
    #[inline]
    pub fn part(self) -> Part {
        self.span.part
    }

    /// The `content-length` that the frame's head had; of a chunk or an end too.
    pub fn content_length(self) -> Option<u64> {
        self.span.content_length
    }

    /// Whether the content-length was too small and the body was taken up to the NUL
    /// ([`super::ShortLength::TakeToNul`]).
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

    /// The whole frame as it came, without the NUL.
    pub fn bytes(self) -> &'a [u8] {
        self.slice(self.span.start, self.span.body_end)
    }

    /// The headers in order, repeated ones too.
    #[inline]
    pub fn headers(self) -> impl ExactSizeIterator<Item = Header<'a>> {
        let first = self.span.first_header as usize;
        let spans = &self.batch.headers[first..first + self.span.headers as usize];
        spans.iter().map(move |span| Header { frame: self, span })
    }

    /// The value of the first header of that name, unescaped; later ones of the same name do not
    /// count (STOMP 1.2, "Repeated Header Entries").
    #[inline]
    pub fn header(self, name: &str) -> Option<Cow<'a, [u8]>> {
        self.headers().find(|header| header.is(name)).map(Header::value)
    }

    /// The same as it came on the wire, for what is only sent back.
    #[inline]
    pub fn raw_header(self, name: &str) -> Option<&'a [u8]> {
        self.headers().find(|header| header.is(name)).map(Header::raw_value)
    }

    /// What an ACK of this MESSAGE has to name in this version, as it came on the wire: its `ack` header in
    /// 1.2, before that its `message-id`.
    #[inline]
    pub fn ack_token(self, version: Version) -> Option<&'a [u8]> {
        // Some brokers give no `ack` in 1.2 where they should; the message-id is the next best.
        let ack = if version.acks_by_id() { self.raw_header("ack") } else { None };
        ack.or_else(|| self.raw_header("message-id"))
    }

    /// [`FrameRef::header`] as text; what is not UTF-8 is replaced.
    pub fn text(self, name: &str) -> Option<Cow<'a, str>> {
        Some(match self.header(name)? {
            Cow::Borrowed(value) => String::from_utf8_lossy(value),
            Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
        })
    }

    /// A batch of this frame alone that does not keep the read buffer alive.
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

    /// A copy that does not keep the read buffer alive.
    pub fn to_frame(self) -> Frame {
        Frame {
            verb: self.verb(),
            headers: self.headers().map(|h| (h.name().into_owned(), h.value().into_owned())).collect(),
            body: Bytes::copy_from_slice(self.body()),
        }
    }
}

/// A header inside of a [`Batch`].
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    frame: FrameRef<'a>,
    span: &'a HeaderSpan,
}

impl<'a> Header<'a> {
    /// Whether this is the header of that name.
    #[inline]
    pub fn is(self, name: &str) -> bool {
        if self.span.careful {
            return *self.name() == *name.as_bytes();
        }
        (self.span.colon - self.span.start) as usize == name.len() && self.raw_name() == name.as_bytes()
    }

    /// The name as it came; in 1.0, without the blanks around it.
    #[inline]
    pub fn raw_name(self) -> &'a [u8] {
        let raw = self.frame.slice(self.span.start, self.span.colon);
        if self.span.careful { self.trim(raw) } else { raw }
    }

    /// The value as it came; in 1.0, without the blanks around it.
    #[inline]
    pub fn raw_value(self) -> &'a [u8] {
        if self.span.careful {
            let start = (self.span.colon + 1).min(self.span.end);
            return self.trim(self.frame.slice(start, self.span.end));
        }
        self.frame.slice(self.span.colon + 1, self.span.end)
    }

    /// The name, with the escapes of the version resolved.
    #[inline]
    pub fn name(self) -> Cow<'a, [u8]> {
        if self.span.careful { self.decode(self.raw_name()) } else { Cow::Borrowed(self.raw_name()) }
    }

    /// The value, with the escapes of the version resolved.
    #[inline]
    pub fn value(self) -> Cow<'a, [u8]> {
        if self.span.careful { self.decode(self.raw_value()) } else { Cow::Borrowed(self.raw_value()) }
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
