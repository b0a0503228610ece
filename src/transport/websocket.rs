//! WebSocket messages as a byte stream, for either side (RFC 6455, sections 5 to 7).
//!
//! STOMP delimits its own frames, so the payload of text and binary messages is one byte stream whatever
//! the length of a message. Text is not checked to be UTF-8: `RabbitMQ` puts any body into text messages,
//! and a binary body in a queue must not end the connection.

use std::{
    io::{self, Cursor},
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf, BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::{
    Role,
    frame::{
        FrameHeader,
        coding::{Control, Data, OpCode},
    },
};

use super::websocket_close::WebSocketClose;
use super::{ByteStream, TextMessages};

/// The number of outgoing bytes above which a write waits.
const MAX_OUTGOING: usize = 64 * 1024;

const READ_SIZE: usize = 64 * 1024;

/// The longest payload of a ping, pong or close (RFC 6455, section 5.5).
const CONTROL_LIMIT: u64 = 125;

/// The longest payload of an outgoing data frame. Artemis, like Netty by default, resets a connection with
/// frames above 64 KiB; longer messages are sent in fragments (RFC 6455, section 5.4).
const FRAGMENT: usize = 32 * 1024;

/// The capacity above which a buffer that grew for one large message is released.
const KEPT_CAPACITY: usize = 1024 * 1024;

/// The bytes inside a WebSocket connection after its handshake.
///
/// One `poll_write` is one message, text if it is UTF-8. A write is sent at the next flush.
pub(super) struct WebSocketStream<S> {
    inner: S,
    role: Role,
    /// Bytes that were read and not yet parsed: `incoming[from..to]`.
    incoming: Box<[u8]>,
    from: usize,
    to: usize,
    /// The bytes of payload that were read.
    delivered: u64,
    /// How many of them were read behind the last NUL, if only ends of lines have followed it in its message: a frame may
    /// be followed by those (STOMP 1.2, "Augmented BNF").
    frame_end: Option<u64>,
    text: TextMessages,
    /// The rest of the data frame that is being read.
    payload: Option<Payload>,
    /// Whether the last data frame was a fragment with more to follow.
    in_message: bool,
    reading: ReadState,
    outgoing: BytesMut,
    /// Whether `outgoing` holds a pong or close that reading caused.
    owes_answer: bool,
    close_sent: bool,
    /// The waker of a waiting writer, kept apart because the connection keeps only one waker.
    writer: Option<Waker>,
    masks: MaskPool,
}

struct Payload {
    left: u64,
    /// Rotated so that its first byte applies to the next byte of the payload.
    mask: Option<[u8; 4]>,
}

enum ReadState {
    Open,
    /// The connection failed; the next read returns this error.
    Failed(io::Error),
    Ended,
}

impl<S> WebSocketStream<S> {
    /// `early` holds bytes that were received after the handshake.
    pub(super) fn new(inner: S, role: Role, early: &[u8]) -> Self {
        let mut incoming = vec![0; READ_SIZE.max(early.len())].into_boxed_slice();
        incoming[..early.len()].copy_from_slice(early);
        Self {
            inner,
            role,
            incoming,
            from: 0,
            to: early.len(),
            delivered: 0,
            frame_end: None,
            text: TextMessages::default(),
            payload: None,
            in_message: false,
            reading: ReadState::Open,
            outgoing: BytesMut::new(),
            owes_answer: false,
            close_sent: false,
            writer: None,
            masks: MaskPool::new(),
        }
    }

    /// Moves received payload into `buf`, unmasked.
    fn take_payload(&mut self, buf: &mut ReadBuf<'_>) {
        let Some(payload) = &mut self.payload else { return };
        let received = self.to - self.from;
        let left = usize::try_from(payload.left).unwrap_or(usize::MAX);
        let count = received.min(left).min(buf.remaining());
        let bytes = &mut self.incoming[self.from..self.from + count];
        if let Some(mask) = &mut payload.mask {
            apply_mask(*mask, bytes);
            mask.rotate_left(count % 4);
        }
        buf.put_slice(bytes);
        let eols = bytes.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.delivered += count as u64;
        if eols < count {
            let is_nul = bytes[count - eols - 1] == 0;
            self.frame_end = is_nul.then_some(self.delivered - eols as u64);
        }
        self.from += count;
        payload.left -= count as u64;
        if payload.left == 0 {
            self.payload = None;
            self.end_data_frame();
        }
    }

    /// Notes where the last frame of a text message ends.
    fn end_data_frame(&mut self) {
        if !self.in_message {
            let frame_end = self.frame_end.take();
            self.text.ends.extend(frame_end.filter(|_| self.text.open));
            self.text.open = false;
        }
    }

    /// Consumes a frame header or a whole control frame; false if more bytes are needed first.
    fn parse_frame(&mut self) -> io::Result<bool> {
        let received = &self.incoming[self.from..self.to];
        let mut cursor = Cursor::new(received);
        let Some((header, length)) =
            FrameHeader::parse(&mut cursor).map_err(|_| broken("an unknown opcode"))?
        else {
            return Ok(false);
        };
        let head = received.len() - cursor.remaining();
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(broken("a reserved bit, though no extension was agreed on"));
        }
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(broken("an unmasked frame from a client")),
            (Role::Client, Some(_)) => return Err(broken("a masked frame from a server")),
            _ => {}
        }
        match header.opcode {
            OpCode::Data(kind) => {
                if (kind == Data::Continue) != self.in_message {
                    return Err(broken("a fragment out of order"));
                }
                self.in_message = !header.is_final;
                self.from += head;
                // A continuation is of the kind of its first frame.
                self.text.open |= kind == Data::Text;
                self.payload = (length > 0).then_some(Payload { left: length, mask: header.mask });
                if length == 0 {
                    self.end_data_frame();
                }
            }
            OpCode::Control(kind) => {
                if !header.is_final || length > CONTROL_LIMIT {
                    return Err(broken("a control frame in pieces or of more than 125 bytes"));
                }
                // Lossless: at most 125.
                let end = head + usize::try_from(length).unwrap_or_default();
                if received.len() < end {
                    return Ok(false);
                }
                let mut body = received[head..end].to_vec();
                if let Some(mask) = header.mask {
                    apply_mask(mask, &mut body);
                }
                self.from += end;
                self.control(kind, &body);
            }
        }
        Ok(true)
    }

    fn control(&mut self, kind: Control, body: &[u8]) {
        match kind {
            // A peer that pings faster than it reads gets fewer pongs, which section 5.5.3 allows.
            Control::Ping if !self.close_sent && self.outgoing.len() < MAX_OUTGOING => {
                self.put_frame(OpCode::Control(Control::Pong), true, body);
                self.owes_answer = true;
            }
            Control::Close => {
                let close = WebSocketClose::read(body);
                // What a client has to say at its end does not matter to a server.
                let in_order = close.is_orderly() || (self.role == Role::Server && close.is_farewell());
                self.reading = if in_order {
                    ReadState::Ended
                } else {
                    ReadState::Failed(io::Error::new(io::ErrorKind::ConnectionAborted, close))
                };
                if !self.close_sent {
                    self.close_sent = true;
                    self.put_frame(OpCode::Control(Control::Close), true, body.get(..2).unwrap_or_default());
                    self.owes_answer = true;
                }
            }
            _ => {}
        }
    }

    /// The end of the connection without a close frame. It does not show a client that the server has read everything.
    fn hung_up(&self) -> ReadState {
        if self.role == Role::Server || self.close_sent {
            return ReadState::Ended;
        }
        let what = "it ended without a WebSocket close frame";
        ReadState::Failed(io::Error::new(io::ErrorKind::UnexpectedEof, what))
    }

    fn put_message(&mut self, kind: Data, message: &[u8]) {
        let mut fragments = message.chunks(FRAGMENT).peekable();
        let mut kind = kind;
        while let Some(fragment) = fragments.next() {
            self.put_frame(OpCode::Data(kind), fragments.peek().is_none(), fragment);
            kind = Data::Continue;
        }
    }

    fn put_frame(&mut self, opcode: OpCode, is_final: bool, payload: &[u8]) {
        let mask = (self.role == Role::Client).then(|| self.masks.next());
        let header = FrameHeader { is_final, rsv1: false, rsv2: false, rsv3: false, opcode, mask };
        let length = payload.len() as u64;
        self.outgoing.reserve(header.len(length) + payload.len());
        // Writing into memory that grows does not fail.
        let _ = header.format(length, &mut (&mut self.outgoing).writer());
        let start = self.outgoing.len();
        self.outgoing.extend_from_slice(payload);
        if let Some(mask) = mask {
            apply_mask(mask, &mut self.outgoing[start..]);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketStream<S> {
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Less than a control frame is left here: payload has been moved out.
        self.incoming.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        let mut space = ReadBuf::new(&mut self.incoming[self.to..]);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut space))?;
        let count = space.filled().len();
        self.to += count;
        Poll::Ready(Ok(count))
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let count = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.outgoing))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(count);
        }
        if self.outgoing.capacity() > KEPT_CAPACITY {
            self.outgoing = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_drain_and_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.owes_answer = false;
        Poll::Ready(Ok(()))
    }

    /// Sends the pong or close that reading caused, as far as the connection accepts it. A waiting writer
    /// sends it together with its own bytes.
    fn answer(&mut self, cx: &mut Context<'_>) {
        if self.owes_answer && self.writer.is_none() {
            // If writing fails, reading fails too and reports it.
            let _ = self.poll_drain_and_flush(cx);
        }
    }

    /// Keeps the waker of a writer for as long as it waits.
    fn keep_waker<T>(&mut self, cx: &Context<'_>, result: Poll<T>) -> Poll<T> {
        self.writer = result.is_pending().then(|| cx.waker().clone());
        result
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for WebSocketStream<S> {
    fn text_messages(&mut self) -> Option<&mut TextMessages> {
        Some(&mut self.text)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocketStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        loop {
            this.take_payload(buf);
            if buf.remaining() == 0 {
                this.answer(cx);
                break;
            }
            if matches!(this.reading, ReadState::Open) {
                match this.parse_frame() {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => this.reading = ReadState::Failed(error),
                }
            }
            this.answer(cx);
            if buf.filled().len() > before {
                break;
            }
            match std::mem::replace(&mut this.reading, ReadState::Ended) {
                ReadState::Failed(error) => return Poll::Ready(Err(error)),
                ReadState::Ended => break,
                ReadState::Open => this.reading = ReadState::Open,
            }
            if ready!(this.poll_fill(cx))? == 0 {
                this.reading = this.hung_up();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocketStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if this.outgoing.len() >= MAX_OUTGOING {
            let drained = this.poll_drain(cx);
            ready!(this.keep_waker(cx, drained))?;
        }
        if this.close_sent {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::BrokenPipe, "the WebSocket is closed")));
        }
        let kind = if std::str::from_utf8(buf).is_ok() { Data::Text } else { Data::Binary };
        this.put_message(kind, buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = this.poll_drain_and_flush(cx);
        this.keep_waker(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.close_sent {
            this.close_sent = true;
            this.put_frame(OpCode::Control(Control::Close), true, &NORMAL_CLOSURE.to_be_bytes());
        }
        let drained = this.poll_drain(cx);
        ready!(this.keep_waker(cx, drained))?;
        let closed = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.keep_waker(cx, closed)
    }
}

const NORMAL_CLOSURE: u16 = 1000;
fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the peer broke the WebSocket protocol: {what}"))
}

/// Masks or unmasks: both are the same operation (RFC 6455, section 5.3).
fn apply_mask(mask: [u8; 4], bytes: &mut [u8]) {
    for four in bytes.chunks_mut(4) {
        for (byte, mask) in four.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

/// Random masks for a client's frames, which must not be predictable (RFC 6455, section 5.3). They are
/// drawn from the system 64 at a time.
struct MaskPool {
    pool: [u8; 256],
    used: usize,
}

impl MaskPool {
    fn new() -> Self {
        Self { pool: [0; 256], used: 256 }
    }

    fn next(&mut self) -> [u8; 4] {
        if self.used == self.pool.len() {
            let random = rustls::crypto::ring::default_provider().secure_random;
            if random.fill(&mut self.pool).is_err() {
                // A system without random numbers: guessable masks harm no one but old proxies.
                fastrand::fill(&mut self.pool);
            }
            self.used = 0;
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.pool[self.used..self.used + 4]);
        self.used += 4;
        mask
    }
}

#[cfg(test)]
mod tests;
