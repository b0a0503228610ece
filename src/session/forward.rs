//! Received MESSAGEs that are forwarded as SENDs, encoded from the read buffer.

use std::borrow::Cow;
use std::sync::Arc;

use super::Outbox;
use crate::protocol::{Batch, EncodeError, Encoder, FrameRef, Header, Headers, Verb, content_length};

/// Received messages that are sent on, as indexes into the batch that holds them.
#[derive(Debug, Clone)]
pub struct Received {
    /// The batch that holds the messages.
    pub batch: Arc<Batch>,
    /// Their indexes in the batch, in order.
    pub frames: Vec<u32>,
    /// The number of the session's connection that received them, from 1. They cannot be acknowledged over a
    /// later one.
    pub connection: u64,
}

impl Received {
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = FrameRef<'_>> {
        self.frames.iter().filter_map(|index| self.batch.get(*index as usize))
    }
}

/// The destination and headers of the SENDs that MESSAGEs become.
#[derive(Debug)]
pub struct Forward {
    destination: Vec<u8>,
    added: Headers,
    drops: fn(&[u8]) -> bool,
}

impl Forward {
    /// `added` replaces headers of the same names; headers for whose name `drops` is true are omitted.
    pub(crate) fn new(destination: &str, added: Headers, drops: fn(&[u8]) -> bool) -> Self {
        Self { destination: destination.into(), added, drops }
    }

    /// The headers of the SEND, except for its content-length.
    pub(crate) fn headers<'a>(
        &'a self,
        message: FrameRef<'a>,
    ) -> impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> {
        self.common().map(|(name, value)| (name.into(), value.into())).chain(self.kept(message))
    }

    /// Whether the SEND has a header of this name.
    pub(super) fn has(&self, message: FrameRef<'_>, name: &str) -> bool {
        self.added.get(name).is_some() || (!(self.drops)(name.as_bytes()) && message.header(name).is_some())
    }

    /// The headers that all SENDs share.
    fn common(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        std::iter::once((&b"destination"[..], self.destination.as_slice())).chain(self.added.iter())
    }

    /// The headers that a message keeps. Artemis repeats some with the same value: one of them is kept.
    fn kept<'a>(&'a self, message: FrameRef<'a>) -> impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> {
        message.headers().enumerate().filter_map(move |(index, header)| {
            let name = header.name();
            let replaced = self.added.get(&*name).is_some();
            let is_same = |earlier: Header<'_>| {
                earlier.raw_value() == header.raw_value() && earlier.raw_name() == header.raw_name()
            };
            let dropped = matches!(&*name, b"destination" | b"content-length")
                || (self.drops)(&name)
                || replaced
                || message.headers().take(index).any(is_same);
            (!dropped).then(|| (name, header.value()))
        })
    }

    /// Appends the first line and the common headers of a SEND, except for one that the session writes
    /// itself. On an error, nothing is appended.
    pub(super) fn begin(&self, encoder: Encoder, out: &mut Vec<u8>, except: &str) -> Result<(), EncodeError> {
        encoder.head(out, Verb::Send, self.common().filter(|(name, _)| *name != except.as_bytes()))
    }

    /// Appends the headers that a message keeps, with the same exception. On an error, some of them may be
    /// appended.
    pub(super) fn keep(
        &self,
        encoder: Encoder,
        out: &mut Vec<u8>,
        message: FrameRef<'_>,
        except: &str,
    ) -> Result<(), EncodeError> {
        encoder.headers(out, Verb::Send, self.kept(message).filter(|(name, _)| **name != *except.as_bytes()))
    }

    /// Appends the whole head, with the same exception. On an error, nothing is appended.
    pub(super) fn head(
        &self,
        encoder: Encoder,
        out: &mut Vec<u8>,
        message: FrameRef<'_>,
        except: &str,
    ) -> Result<(), EncodeError> {
        let before = out.len();
        self.begin(encoder, out, except)?;
        self.keep(encoder, out, message, except).inspect_err(|_| out.truncate(before))
    }
}

/// The `content-type` of a binary body. Over WebSocket, Spring replaces the bytes of a body that is not UTF-8 unless it
/// has this type.
pub(super) const BINARY: (&str, &str) = ("content-type", "application/octet-stream");

/// Whether a SEND over this outbox needs [`BINARY`].
pub(super) fn needs_type(outbox: &Outbox, body: &[u8], has_type: impl FnOnce() -> bool) -> bool {
    outbox.keeps_frames_apart() && !has_type() && std::str::from_utf8(body).is_err()
}

/// Appends the rest of a forwarded SEND. It has a content-length if the MESSAGE has: JMS brokers make a bytes
/// message with it and a text message without it.
pub(super) fn end_forwarded(out: &mut Vec<u8>, message: FrameRef<'_>) {
    end(out, message.body(), message.content_length().is_none());
}

/// Appends the content-length of a SEND, the empty line, body and NUL. `text` omits the content-length unless the
/// body contains a NUL, which would end the frame.
pub(super) fn end(out: &mut Vec<u8>, body: &[u8], text: bool) {
    if !text || memchr::memchr(0, body).is_some() {
        content_length(out, body.len() as u64);
    }
    out.push(b'\n');
    out.extend_from_slice(body);
    out.push(0);
}
