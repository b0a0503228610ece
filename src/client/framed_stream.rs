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
    /// Exists once tracing was on, so that it never begins in the middle of a frame's bytes.
    trace: Option<OutgoingTrace>,
}

impl FramedStream {
    pub(super) fn new(stream: BoxedStream, decoder: Decoder, input: BytesMut, whole_frames: bool) -> Self {
        let undecoded = !input.is_empty();
        Self { stream, decoder, input, undecoded, unflushed: false, whole_frames, trace: None }
    }

    /// Writes the front of the outbox once. Returns the number of bytes that the socket accepted.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        outbox: &Outbox,
        tracer: Option<&dyn Tracer>,
        version: Version,
    ) -> Poll<io::Result<usize>> {
        let front = outbox.front();
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
        // The decoder stops behind a CONNECTED; an unexpected second one must not keep the rest from being decoded.
        self.undecoded = result.is_ok() && self.decoder.stopped() && !self.input.is_empty();
        result
    }

    /// The first MESSAGE since the last call whose content-length was wrong, which a WebSocket text message shows.
    pub(super) fn take_wrong_length(&mut self) -> Option<WrongLength> {
        self.decoder.take_wrong_length()
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
