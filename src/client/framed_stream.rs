//! The byte stream of one connection, with the decoder that turns what was read into frames.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::options::{Direction, Tracer};
use crate::protocol::{Batch, DecodeError, Decoder, Limits, Version, WrongLength};
use crate::session::Outbox;
use crate::transport::BoxedStream;

/// Bytes of one read. Twice as much makes a flood of messages a tenth faster, and needs 3 MiB more memory.
const READ_SIZE: usize = 256 << 10;

/// How long to wait for more after an ERROR: for its end if its content-length is too large, or for the end of the
/// connection.
pub(super) const ERROR_GRACE: Duration = Duration::from_secs(1);
/// How a transport divides the bytes of frames into messages. Each write becomes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageSize {
    /// There are no messages.
    Any,
    /// A frame is one message, or several if it is longer than this. Zero: always one.
    WebSocket(usize),
}

impl MessageSize {
    pub(super) fn most(self) -> usize {
        match self {
            Self::Any | Self::WebSocket(0) => usize::MAX,
            Self::WebSocket(most) => most,
        }
    }
}

/// The beginning of `bytes` that goes into one message of at most `most` bytes. Text is cut between two characters,
/// since a text message of a WebSocket must be UTF-8 by itself (RFC 6455, section 8.1).
pub(super) fn piece(bytes: &[u8], most: usize) -> &[u8] {
    if bytes.len() <= most {
        return bytes;
    }
    let piece = &bytes[..most];
    match std::str::from_utf8(piece) {
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => &piece[..error.valid_up_to()],
        _ => piece,
    }
}

pub(super) struct FramedStream {
    stream: BoxedStream,
    decoder: Decoder,
    input: BytesMut,
    /// Whether `input` may hold frames that were not decoded yet.
    undecoded: bool,
    unflushed: bool,
    /// Whether each write should end where a frame ends. It becomes one WebSocket message, and some brokers expect
    /// each message to begin with a frame.
    pub(super) whole_frames: bool,
    /// The most bytes of one write.
    most: usize,
    /// Texts that no ERROR and no close frame may show.
    secrets: Vec<Vec<u8>>,
    /// Exists once tracing was on, so that it never begins in the middle of a frame's bytes.
    trace: Option<OutgoingTrace>,
}

impl FramedStream {
    pub(super) fn new(
        stream: BoxedStream,
        decoder: Decoder,
        input: BytesMut,
        messages: MessageSize,
        secrets: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            stream,
            decoder,
            undecoded: !input.is_empty(),
            input,
            unflushed: false,
            whole_frames: messages != MessageSize::Any,
            most: messages.most(),
            secrets,
            trace: None,
        }
    }

    /// Writes the front of the outbox once. Returns the number of bytes that the socket accepted.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        outbox: &Outbox,
        tracer: Option<&dyn Tracer>,
        version: Version,
    ) -> Poll<io::Result<usize>> {
        let front = piece(outbox.front(), self.most);
        if front.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let taken = ready!(Pin::new(&mut self.stream).poll_write(cx, front))?;
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.unflushed = true;
        if let Some(tracer) = tracer
            && (tracer.is_on() || self.trace.is_some())
        {
            self.trace.get_or_insert_with(|| OutgoingTrace::new(version)).trace(tracer, &front[..taken]);
        }
        Poll::Ready(Ok(taken))
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    /// Reads once and returns the number of bytes, 0 at the end of the stream. Bytes that arrived together with
    /// CONNECTED are returned as the first read.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.undecoded {
            return Poll::Ready(Ok(self.input.len()));
        }
        let room = self.input.capacity() - self.input.len();
        let missing = self.decoder.missing_bytes(self.input.len());
        if room < READ_SIZE / 4 || missing > room {
            self.input.reserve(READ_SIZE.max(missing));
        }
        let read = std::pin::pin!(self.stream.read_buf(&mut self.input));
        let count = ready!(read.poll(cx))?;
        self.undecoded = count > 0;
        Poll::Ready(Ok(count))
    }

    /// Decodes all complete frames. After an error, `batch` holds the frames before it.
    pub(super) fn decode(&mut self, batch: &mut Batch) -> Result<(), DecodeError> {
        self.undecoded = false;
        if let Some(text) = self.stream.text_messages() {
            self.decoder.note_message_ends(text.ends.drain(..), text.open);
        }
        let result = self.decoder.decode(&mut self.input, batch);
        batch.mask_errors(&self.secrets);
        // The decoder stops behind a CONNECTED; an unexpected second one must not keep the rest from being decoded.
        self.undecoded = result.is_ok() && self.decoder.stopped() && !self.input.is_empty();
        result
    }

    /// The first MESSAGE since the last call whose content-length was wrong, which a WebSocket text message shows.
    pub(super) fn take_wrong_length(&mut self) -> Option<WrongLength> {
        self.decoder.take_wrong_length()
    }

    /// The texts that nothing may show, the longest first.
    pub(super) fn secrets(&self) -> &[Vec<u8>] {
        &self.secrets
    }

    /// Whether an ERROR is incomplete, which may be all that comes of it.
    pub(super) fn is_inside_error(&self) -> bool {
        self.decoder.is_inside_error()
    }

    /// Ends an incomplete ERROR where its bytes end. Returns whether there was one.
    pub(super) fn end_error(&mut self, batch: &mut Batch) -> bool {
        self.decoder.end_error(&mut self.input, batch)
    }

    pub(super) fn is_inside_a_frame(&self) -> bool {
        !self.decoder.is_between_frames()
    }
}

/// Decodes outgoing bytes for a tracer, which wants frames.
pub(super) struct OutgoingTrace {
    decoder: Decoder,
    input: BytesMut,
}

impl OutgoingTrace {
    pub(super) fn new(version: Version) -> Self {
        let mut decoder = Decoder::new(Limits { body: u64::MAX, ..Limits::CLIENT });
        decoder.set_version(version);
        Self { decoder, input: BytesMut::new() }
    }

    pub(super) fn trace(&mut self, tracer: &dyn Tracer, bytes: &[u8]) {
        let mut batch = Batch::default();
        self.input.extend_from_slice(bytes);
        // Our own encoder's frames always decode.
        while self.decoder.decode(&mut self.input, &mut batch).is_ok() {
            for frame in batch.iter().filter(|_| tracer.is_on()) {
                tracer.frame(Direction::Out, frame);
            }
            if !self.decoder.stopped() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_text_ends_between_two_characters() {
        let text = "aé€".as_bytes();
        for (most, length) in [(1, 1), (2, 1), (3, 3), (4, 3), (5, 3), (6, 6), (7, 6)] {
            assert_eq!(piece(text, most).len(), length, "{most}");
        }
        // What is longer than a piece, or no text at all, is cut anywhere.
        assert_eq!(piece("€€".as_bytes(), 2).len(), 2);
        assert_eq!(piece(b"\xff\xc3\xa9", 2).len(), 2);
        assert_eq!(piece(text, MessageSize::WebSocket(0).most()).len(), 6);
    }
}
