//! Received MESSAGEs that are sent on as SENDs, straight from the read buffer.

use std::borrow::Cow;
use std::sync::Arc;

use crate::protocol::{Batch, EncodeError, Encoder, FrameRef, Header, Headers, Verb, content_length};

/// Some MESSAGEs of one batch.
#[derive(Debug, Clone)]
pub struct Received {
    /// What they came in.
    pub batch: Arc<Batch>,
    /// Their indexes in the batch, in order.
    pub frames: Vec<u32>,
    /// The connection of the session that they came over, counted from 1. They cannot be acked over a
    /// later one.
    pub connection: u64,
}

impl Received {
    /// The messages in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = FrameRef<'_>> {
        self.frames.iter().filter_map(|index| self.batch.get(*index as usize))
    }
}

/// How a MESSAGE becomes a SEND: where it goes, and which headers it has there.
#[derive(Debug)]
pub struct Forward {
    destination: Vec<u8>,
    added: Headers,
    drops: fn(&[u8]) -> bool,
}

impl Forward {
    /// Sends to `destination`, with the headers `added`, which replace those of the same name. Headers
    /// whose name `drops` names are left out.
    pub fn new(destination: &str, added: Headers, drops: fn(&[u8]) -> bool) -> Self {
        Self { destination: destination.into(), added, drops }
    }

    /// The headers of the SEND but for its content-length.
    pub fn headers<'a>(
        &'a self,
        message: FrameRef<'a>,
    ) -> impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> {
        self.common().map(|(name, value)| (name.into(), value.into())).chain(self.kept(message))
    }

    /// The headers that the SENDs of all messages have.
    fn common(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        std::iter::once((&b"destination"[..], self.destination.as_slice())).chain(self.added.iter())
    }

    /// The headers that a message keeps. Of one that came twice with the same value, as Artemis sends some,
    /// one is kept.
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

    /// Appends the first line of the SEND and the headers that all messages have, but for one that the
    /// session writes itself. On an error, `out` is as it was.
    pub(super) fn begin(&self, encoder: Encoder, out: &mut Vec<u8>, own: &str) -> Result<(), EncodeError> {
        encoder.head(out, Verb::Send, self.common().filter(|(name, _)| *name != own.as_bytes()))
    }

    /// Appends the headers that a message keeps, but for one that the session writes itself. On an error,
    /// some of them may be there.
    pub(super) fn keep(
        &self,
        encoder: Encoder,
        out: &mut Vec<u8>,
        message: FrameRef<'_>,
        own: &str,
    ) -> Result<(), EncodeError> {
        encoder.headers(out, Verb::Send, self.kept(message).filter(|(name, _)| **name != *own.as_bytes()))
    }

    /// Appends the whole head, with the same exception. On an error, `out` is as it was.
    pub(super) fn head(
        &self,
        encoder: Encoder,
        out: &mut Vec<u8>,
        message: FrameRef<'_>,
        own: &str,
    ) -> Result<(), EncodeError> {
        let before = out.len();
        self.begin(encoder, out, own)?;
        self.keep(encoder, out, message, own).inspect_err(|_| out.truncate(before))
    }
}

/// Appends the rest of a SEND that a MESSAGE becomes. One that came without content-length goes without
/// it: JMS brokers take the one for text and the other for bytes.
pub(super) fn end_forwarded(out: &mut Vec<u8>, message: FrameRef<'_>) {
    end(out, message.body(), message.content_length().is_none());
}

/// Appends what follows the headers of a SEND: its content-length, the empty line, body and NUL. `text`
/// leaves the content-length out where the body has no NUL that would end it.
pub(super) fn end(out: &mut Vec<u8>, body: &[u8], text: bool) {
    if !text || memchr::memchr(0, body).is_some() {
        content_length(out, body.len() as u64);
    }
    out.push(b'\n');
    out.extend_from_slice(body);
    out.push(0);
}
