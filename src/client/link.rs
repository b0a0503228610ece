//! One connection: bytes in and out, and the decoder between.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::options::{Direction, Tracer};
use crate::protocol::{Batch, DecodeError, Decoder, Limits, Version};
use crate::session::Outbox;
use crate::transport::BoxedStream;

/// Room for one read, in bytes. Twice as much is a tenth faster in a flood, and takes 3 MiB more.
const READ: usize = 256 << 10;

/// A connection that is logged in.
pub(super) struct Link {
    stream: BoxedStream,
    decoder: Decoder,
    input: BytesMut,
    /// Whether `input` may hold frames that were not decoded yet.
    undecoded: bool,
    unflushed: bool,
    pub(super) whole_frames: bool,
    /// Decodes what goes out, for a tracer.
    tap: Option<Tap>,
}

impl Link {
    pub(super) fn new(stream: BoxedStream, decoder: Decoder, input: BytesMut, whole_frames: bool) -> Self {
        let undecoded = !input.is_empty();
        Self { stream, decoder, input, undecoded, unflushed: false, whole_frames, tap: None }
    }

    /// Writes what the outbox holds, as far as the socket takes it; the count of bytes it took.
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
        let taken = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, front))?;
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.unflushed = true;
        if let Some(tracer) = tracer
            && (tracer.is_on() || self.tap.is_some())
        {
            self.tap.get_or_insert_with(|| Tap::new(version)).bytes(tracer, &front[..taken]);
        }
        Poll::Ready(Ok(taken))
    }

    /// Hands everything to the transport that it may have kept back.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        std::task::ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more will be written.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    /// Reads once; 0: the end. What the login left over counts as read.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.undecoded {
            return Poll::Ready(Ok(self.input.len()));
        }
        let room = self.input.capacity() - self.input.len();
        let wants = self.decoder.wants(self.input.len());
        if room < READ / 4 || wants > room {
            self.input.reserve(READ.max(wants));
        }
        let read = std::pin::pin!(self.stream.read_buf(&mut self.input));
        let count = std::task::ready!(std::future::Future::poll(read, cx))?;
        self.undecoded = count > 0;
        Poll::Ready(Ok(count))
    }

    /// Decodes all that is complete. The frames before an error are in the batch.
    pub(super) fn decode(&mut self, batch: &mut Batch) -> Result<(), DecodeError> {
        self.undecoded = false;
        let result = self.decoder.decode(&mut self.input, batch);
        // A CONNECTED in the midst of a connection changes nothing, but the rest is still there.
        self.undecoded = result.is_ok() && self.decoder.stopped() && !self.input.is_empty();
        result
    }

    /// Whether a frame has begun and not ended.
    pub(super) fn is_inside_a_frame(&self) -> bool {
        !self.decoder.is_between_frames()
    }
}

/// Decodes what goes out once more, for a tracer.
pub(super) struct Tap {
    decoder: Decoder,
    input: BytesMut,
}

impl Tap {
    pub(super) fn new(version: Version) -> Self {
        let mut decoder = Decoder::new(Limits { body: u64::MAX, ..Limits::CLIENT });
        decoder.set_version(version);
        Self { decoder, input: BytesMut::new() }
    }

    /// Shows the frames that these bytes complete.
    pub(super) fn bytes(&mut self, tracer: &dyn Tracer, bytes: &[u8]) {
        let mut batch = Batch::default();
        self.input.extend_from_slice(bytes);
        // What goes out was encoded here: it decodes.
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
