//! WebSocket messages as a byte stream, for either side (RFC 6455, sections 5 to 7).
//!
//! STOMP frames itself, so messages need not be put together: bytes of text and binary messages are
//! handed on as they come, however long a message is. Nor is text checked to be UTF-8: `RabbitMQ` puts
//! any body into text messages, and a queue with a binary body in it must not end the connection.

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

/// Above this many bytes on their way out, a write waits.
const ENOUGH_OUTGOING: usize = 64 * 1024;

/// How much is read from the connection at once.
const READ_SIZE: usize = 64 * 1024;

/// The longest payload of a ping, pong or close (RFC 6455, section 5.5).
const CONTROL_LIMIT: u64 = 125;

/// The longest payload of a data frame that goes out. Artemis, as Netty does by itself, resets a
/// connection whose frames have more than 64 KiB; a longer message goes in fragments (RFC 6455, 5.4).
const FRAGMENT: usize = 32 * 1024;

/// What is kept of a buffer that had to grow for one large message.
const KEPT_CAPACITY: usize = 1024 * 1024;

/// The bytes inside a WebSocket connection after its handshake.
///
/// One `poll_write` is one message, text if it is UTF-8. A write is sent at the next flush.
pub(super) struct WebSocketStream<S> {
    inner: S,
    role: Role,
    /// What was read and not yet looked at: `incoming[from..to]`.
    incoming: Box<[u8]>,
    from: usize,
    to: usize,
    /// The data frame whose payload comes next.
    payload: Option<Payload>,
    /// Whether the last data frame was not the last of its message.
    in_message: bool,
    reading: Reading,
    outgoing: BytesMut,
    /// Whether the reading side has put an answer (pong, close) into `outgoing`.
    owes_answer: bool,
    close_sent: bool,
    /// The writer that waits, so that reading does not take the connection's only place for a waker.
    writer: Option<Waker>,
    masks: Masks,
}

struct Payload {
    left: u64,
    /// Turned so that its first byte is for the next byte of the payload.
    mask: Option<[u8; 4]>,
}

/// What the next bytes from the connection are to the reader.
enum Reading {
    Open,
    /// It is over, and why is still to be told.
    Failed(io::Error),
    Ended,
}

/// What looking at the bytes that have come led to.
enum Step {
    /// A header or a control frame was taken.
    Forward,
    /// More bytes are needed.
    Starved,
}

impl<S> WebSocketStream<S> {
    /// `early` is what came behind the handshake.
    pub(super) fn new(inner: S, role: Role, early: &[u8]) -> Self {
        let mut incoming = vec![0; READ_SIZE.max(early.len())].into_boxed_slice();
        incoming[..early.len()].copy_from_slice(early);
        Self {
            inner,
            role,
            incoming,
            from: 0,
            to: early.len(),
            payload: None,
            in_message: false,
            reading: Reading::Open,
            outgoing: BytesMut::new(),
            owes_answer: false,
            close_sent: false,
            writer: None,
            masks: Masks::new(),
        }
    }

    /// Moves payload that has come into `buf`.
    fn take_payload(&mut self, buf: &mut ReadBuf<'_>) {
        let Some(payload) = &mut self.payload else { return };
        let there = self.to - self.from;
        let left = usize::try_from(payload.left).unwrap_or(usize::MAX);
        let count = there.min(left).min(buf.remaining());
        let bytes = &mut self.incoming[self.from..self.from + count];
        if let Some(mask) = &mut payload.mask {
            apply(*mask, bytes);
            mask.rotate_left(count % 4);
        }
        buf.put_slice(bytes);
        self.from += count;
        payload.left -= count as u64;
        if payload.left == 0 {
            self.payload = None;
        }
    }

    /// Takes a header, or a whole control frame, from what has come.
    fn step(&mut self) -> io::Result<Step> {
        let there = &self.incoming[self.from..self.to];
        let mut cursor = Cursor::new(there);
        let Some((header, length)) =
            FrameHeader::parse(&mut cursor).map_err(|_| broken("an unknown opcode"))?
        else {
            return Ok(Step::Starved);
        };
        let head = there.len() - cursor.remaining();
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
                self.payload = (length > 0).then_some(Payload { left: length, mask: header.mask });
            }
            OpCode::Control(kind) => {
                if !header.is_final || length > CONTROL_LIMIT {
                    return Err(broken("a control frame in pieces or of more than 125 bytes"));
                }
                // Lossless: at most 125.
                let end = head + usize::try_from(length).unwrap_or_default();
                if there.len() < end {
                    return Ok(Step::Starved);
                }
                let mut body = there[head..end].to_vec();
                if let Some(mask) = header.mask {
                    apply(mask, &mut body);
                }
                self.from += end;
                self.control(kind, &body);
            }
        }
        Ok(Step::Forward)
    }

    fn control(&mut self, kind: Control, body: &[u8]) {
        match kind {
            // Who pings faster than it reads gets no answer to some (section 5.5.3 allows it).
            Control::Ping if !self.close_sent && self.outgoing.len() < ENOUGH_OUTGOING => {
                self.put_frame(OpCode::Control(Control::Pong), true, body);
                self.owes_answer = true;
            }
            Control::Close => {
                self.reading = unhappy_close(body).map_or(Reading::Ended, Reading::Failed);
                if !self.close_sent {
                    self.close_sent = true;
                    self.put_frame(OpCode::Control(Control::Close), true, body.get(..2).unwrap_or_default());
                    self.owes_answer = true;
                }
            }
            _ => {}
        }
    }

    /// A message, in as many frames as it takes.
    fn put_message(&mut self, kind: Data, message: &[u8]) {
        let mut pieces = message.chunks(FRAGMENT).peekable();
        let mut kind = kind;
        while let Some(piece) = pieces.next() {
            self.put_frame(OpCode::Data(kind), pieces.peek().is_none(), piece);
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
            apply(mask, &mut self.outgoing[start..]);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketStream<S> {
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // What is left here is less than a control frame: payload has been taken.
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

    /// Sends what reading owes the peer, as far as it goes without waiting. A writer that waits sends
    /// it along with its own.
    fn answer(&mut self, cx: &mut Context<'_>) {
        if self.owes_answer && self.writer.is_none() {
            // A connection that cannot be written to tells the reader by itself.
            let _ = self.poll_drain_and_flush(cx);
        }
    }

    /// Remembers the writer for as long as it waits.
    fn waiting<T>(&mut self, cx: &Context<'_>, result: Poll<T>) -> Poll<T> {
        self.writer = result.is_pending().then(|| cx.waker().clone());
        result
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
            if matches!(this.reading, Reading::Open) {
                match this.step() {
                    Ok(Step::Forward) => continue,
                    Ok(Step::Starved) => {}
                    Err(error) => this.reading = Reading::Failed(error),
                }
            }
            this.answer(cx);
            if buf.filled().len() > before {
                break;
            }
            match std::mem::replace(&mut this.reading, Reading::Ended) {
                Reading::Failed(error) => return Poll::Ready(Err(error)),
                Reading::Ended => break,
                Reading::Open => this.reading = Reading::Open,
            }
            if ready!(this.poll_fill(cx))? == 0 {
                this.reading = Reading::Ended;
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
        if this.outgoing.len() >= ENOUGH_OUTGOING {
            let drained = this.poll_drain(cx);
            ready!(this.waiting(cx, drained))?;
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
        this.waiting(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.close_sent {
            this.close_sent = true;
            this.put_frame(OpCode::Control(Control::Close), true, &NORMAL_CLOSURE.to_be_bytes());
        }
        let drained = this.poll_drain(cx);
        ready!(this.waiting(cx, drained))?;
        let closed = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.waiting(cx, closed)
    }
}

const NORMAL_CLOSURE: u16 = 1000;
const GOING_AWAY: u16 = 1001;

/// A close that gives a reason to complain, as what the reader is told.
fn unhappy_close(body: &[u8]) -> Option<io::Error> {
    let (code, reason) = body.split_first_chunk::<2>()?;
    let code = u16::from_be_bytes(*code);
    if matches!(code, NORMAL_CLOSURE | GOING_AWAY) {
        return None;
    }
    let reason = String::from_utf8_lossy(reason);
    let reason = if reason.is_empty() { String::new() } else { format!(": {}", reason.escape_debug()) };
    Some(io::Error::new(
        io::ErrorKind::ConnectionAborted,
        format!("the peer closed the WebSocket with code {code}{reason}"),
    ))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the peer broke the WebSocket protocol: {what}"))
}

/// Masking and unmasking are the same.
fn apply(mask: [u8; 4], bytes: &mut [u8]) {
    for four in bytes.chunks_mut(4) {
        for (byte, mask) in four.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

/// A client's masks, which nobody may be able to guess (RFC 6455, section 5.3): from the system, many
/// at a time.
struct Masks {
    pool: [u8; 256],
    used: usize,
}

impl Masks {
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
