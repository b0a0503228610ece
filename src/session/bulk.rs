//! Many SENDs of one sender: a window of receipts, and what is confirmed, unknown and not sent.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::Outbox;
use super::forward::{self, BINARY, Forward, Received};
use super::receipts::{AwaitedBy, Failure, ReceiptKind, Receipts};
use crate::protocol::{Batch, EncodeError, Encoder, Frame, Headers, Verb, push_decimal};

/// The messages of a bulk that request a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Every message; the window limits how many receipts are open.
    All,
    /// The last one, whose receipt proves only that the broker has read the others.
    Last,
    /// No message: all are reported as unknown once they are written.
    None,
}

/// The headers that all messages of a bulk share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendHead {
    /// The headers of each SEND, of which `destination` must be one.
    pub headers: Headers,
    /// Omits the content-length, so that a JMS broker makes a text message. A body with a NUL has one all
    /// the same, since the NUL would end the frame.
    pub text: bool,
}

/// Messages that a bulk sends together.
#[derive(Debug, Clone)]
pub enum Chunk {
    /// Bodies as ranges of one buffer, sent with the headers of [`SendHead`].
    Bodies(Bytes, Vec<Range<u32>>),
    /// Frames with their own headers; the flag has the meaning of [`SendHead::text`].
    Frames(Vec<(Frame, bool)>),
    /// Received messages that are sent to another destination.
    Received(Received, Arc<Forward>),
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bodies(_, ranges) => ranges.len(),
            Self::Frames(frames) => frames.len(),
            Self::Received(received, _) => received.frames.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Counts the outcomes of a bulk's messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkReport {
    /// Messages with a receipt; with [`Confirm::Last`], all messages once the last one has its receipt.
    pub confirmed: u64,
    /// Messages written to a socket, at least in part, without a receipt.
    pub unknown: u64,
    /// Messages of which no byte was written to a socket.
    pub not_sent: u64,
    /// Sends repeated after a reconnect.
    pub resent: u64,
    /// The resends of messages that were written to a socket completely before: the broker may have them twice.
    pub perhaps_twice: u64,
    /// The index, from 0, of the first message that is not confirmed.
    pub first_unconfirmed: Option<u64>,
    /// The reason why the bulk ended early.
    pub failure: Option<Failure>,
    /// The index, from 0, of the message that the broker refused.
    pub refused: Option<u64>,
}

/// A message that can be encoded again after a reconnect.
#[derive(Debug, Clone)]
enum RetainedMessage {
    Body(Bytes),
    Frame(Box<Frame>, bool),
    Received(Arc<Batch>, u32, Arc<Forward>),
}

/// A sequence of SENDs with a window of open receipts.
#[derive(Debug)]
pub(crate) struct Bulk {
    confirm: Confirm,
    /// What waits for the receipt of a message if the bulk does not.
    guard: Option<(ReceiptKind, AwaitedBy)>,
    window: u64,
    head: SendHead,
    encoded: Vec<u8>,
    chunk: Option<(Chunk, usize)>,
    last: bool,
    next: u64,
    open: u64,
    confirmed: u64,
    /// Start and end, in the stream, of the frames of which no byte is written.
    waiting: VecDeque<(u64, u64)>,
    /// The end of the last frame of which a byte is written.
    begun_end: u64,
    /// Messages with a lower index were encoded.
    encoded_to: u64,
    /// The end of this bulk's last frame in the outbox. All frames from `contiguous_from` up to it are of this
    /// bulk.
    last_end: u64,
    contiguous_from: u64,
    /// Messages with a lower index were written to a socket, at least in part.
    begun: u64,
    /// Messages with a lower index were written to a socket completely.
    completed: u64,
    /// Unconfirmed messages by index, the oldest first; only with `retain`.
    retained: Option<VecDeque<(u64, RetainedMessage)>>,
    resend: VecDeque<(u64, RetainedMessage)>,
    resent: u64,
    perhaps_twice: u64,
    failure: Option<Failure>,
    /// The error of a message that cannot be encoded. It is the last one: the receipts of those before it are
    /// still expected.
    unwritable: Option<Failure>,
    refused: Option<u64>,
    first_lost: Option<u64>,
    /// Messages of a chunk that will not be sent.
    dropped: u64,
}

impl Bulk {
    /// At most `window` receipts are open at a time. With `retain` and [`Confirm::All`], unconfirmed messages
    /// are kept and sent again after a reconnect.
    pub(crate) fn new(head: SendHead, confirm: Confirm, window: u64, retain: bool) -> Self {
        Self {
            confirm,
            guard: None,
            window: window.max(1),
            head,
            encoded: Vec::new(),
            chunk: None,
            last: false,
            next: 0,
            open: 0,
            confirmed: 0,
            waiting: VecDeque::new(),
            begun_end: 0,
            last_end: u64::MAX,
            contiguous_from: 0,
            encoded_to: 0,
            begun: 0,
            completed: 0,
            // Without a receipt for each, it is not known which ones to send again.
            retained: (retain && confirm == Confirm::All).then(VecDeque::new),
            resend: VecDeque::new(),
            resent: 0,
            perhaps_twice: 0,
            failure: None,
            unwritable: None,
            refused: None,
            first_lost: None,
            dropped: 0,
        }
    }

    /// Requests no receipts, before anything was encoded.
    pub(super) fn ask_for_nothing(&mut self) {
        self.confirm = Confirm::None;
        self.retained = None;
    }

    /// The headers that all messages share.
    pub(super) fn headers(&self) -> &Headers {
        &self.head.headers
    }

    /// Asks for receipts that COMMIT or DISCONNECT wait for, where the bulk requests none.
    pub(super) fn guard(&mut self, guard: Option<(ReceiptKind, AwaitedBy)>) {
        self.guard = guard;
    }

    pub(super) fn encode_head(&mut self, encoder: Encoder) -> Result<(), EncodeError> {
        self.encoded.clear();
        encoder.head(&mut self.encoded, Verb::Send, user_headers(&self.head.headers, self.confirm))
    }

    /// Whether [`Bulk::push`] may be called.
    pub(crate) fn wants_chunk(&self) -> bool {
        self.chunk.is_none() && !self.last && self.failure.is_none()
    }

    /// Adds a chunk; with `last`, no other follows.
    pub(crate) fn push(&mut self, chunk: Chunk, last: bool) {
        self.last |= last;
        if !chunk.is_empty() {
            self.chunk = Some((chunk, 0));
        }
    }

    /// Whether all messages are sent and all receipts have arrived, or the bulk has failed.
    pub(crate) fn is_over(&self) -> bool {
        self.failure.is_some()
            || (self.last
                && self.chunk.is_none()
                && self.resend.is_empty()
                && self.open == 0
                && self.waiting.is_empty())
    }

    pub(crate) fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// Encodes messages until the outbox holds `most` bytes, the window is full or no message is left.
    pub(super) fn pump<T>(
        &mut self,
        encoder: Encoder,
        outbox: &mut Outbox,
        receipts: &mut Receipts<T>,
        most: usize,
    ) {
        while self.failure.is_none() && outbox.len() < most && self.open < self.window {
            let result = if let Some((index, message)) = self.resend.pop_front() {
                self.resent += u64::from(index < self.begun);
                self.perhaps_twice += u64::from(index < self.completed);
                self.encode(index, message, true, encoder, outbox, receipts)
            } else if let Some((chunk, at)) = &mut self.chunk {
                let message = match chunk {
                    Chunk::Bodies(data, ranges) => {
                        let range = &ranges[*at];
                        RetainedMessage::Body(data.slice(range.start as usize..range.end as usize))
                    }
                    Chunk::Frames(frames) => {
                        let (frame, text) = &mut frames[*at];
                        RetainedMessage::Frame(
                            Box::new(std::mem::replace(frame, Frame::new(Verb::Send))),
                            *text,
                        )
                    }
                    Chunk::Received(received, forward) => RetainedMessage::Received(
                        Arc::clone(&received.batch),
                        received.frames[*at],
                        Arc::clone(forward),
                    ),
                };
                *at += 1;
                let ended = *at == chunk.len();
                if ended {
                    self.chunk = None;
                }
                let ask = match self.confirm {
                    Confirm::All => true,
                    Confirm::Last => ended && self.last,
                    Confirm::None => false,
                };
                let index = self.next;
                self.next += 1;
                self.encode(index, message, ask, encoder, outbox, receipts)
            } else {
                return;
            };
            if let Err(error) = result {
                self.unwritable.get_or_insert(Failure::NotSent { reason: error.to_string() });
                self.stop_input();
            }
        }
    }

    fn encode<T>(
        &mut self,
        index: u64,
        message: RetainedMessage,
        ask: bool,
        encoder: Encoder,
        outbox: &mut Outbox,
        receipts: &mut Receipts<T>,
    ) -> Result<(), EncodeError> {
        let start = outbox.end();
        let is_binary = match &message {
            RetainedMessage::Body(body) => {
                forward::needs_type(outbox, body, || self.head.headers.get(BINARY.0).is_some())
            }
            RetainedMessage::Frame(frame, _) => {
                forward::needs_type(outbox, &frame.body, || frame.headers.get(BINARY.0).is_some())
            }
            RetainedMessage::Received(batch, index, forward) => batch
                .get(*index as usize)
                .is_some_and(|m| forward::needs_type(outbox, m.body(), || forward.has(m, BINARY.0))),
        };
        let out = outbox.buffer();
        match &message {
            RetainedMessage::Body(_) => out.extend_from_slice(&self.encoded),
            RetainedMessage::Frame(frame, _) => {
                encoder.head(out, Verb::Send, user_headers(&frame.headers, self.confirm))?;
            }
            RetainedMessage::Received(batch, index, forward) => {
                let except = if self.confirm == Confirm::None { "" } else { "receipt" };
                batch.get(*index as usize).map_or(Ok(()), |m| forward.head(encoder, out, m, except))?;
            }
        }
        let guards = || match &message {
            RetainedMessage::Body(_) => self.head.headers.get("receipt").is_none(),
            RetainedMessage::Frame(frame, _) => frame.headers.get("receipt").is_none(),
            RetainedMessage::Received(..) => false,
        };
        let id = if ask {
            self.open += 1;
            Some(receipts.ask_for_bulk(index))
        } else {
            self.guard.filter(|_| guards()).map(|(kind, by)| receipts.ask_unawaited(kind, by))
        };
        if let Some(id) = id {
            out.extend_from_slice(b"receipt:");
            push_decimal(out, id);
            out.push(b'\n');
        }
        if is_binary {
            for piece in [BINARY.0, ":", BINARY.1, "\n"] {
                out.extend_from_slice(piece.as_bytes());
            }
        }
        match &message {
            RetainedMessage::Body(body) => forward::end(out, body, self.head.text),
            RetainedMessage::Frame(frame, text) => forward::end(out, &frame.body, *text),
            RetainedMessage::Received(batch, index, _) => {
                batch.get(*index as usize).into_iter().for_each(|m| forward::end_forwarded(out, m));
            }
        }
        outbox.end_frame();
        if start != self.last_end {
            self.contiguous_from = start;
        }
        self.last_end = outbox.end();
        self.waiting.push_back((start, self.last_end));
        self.encoded_to = index + 1;
        if ask && let Some(all) = &mut self.retained {
            all.push_back((index, message));
        }
        Ok(())
    }

    /// Removes the frames of which no byte is written from the outbox, so that messages reported as not sent
    /// are not sent. If frames of others are among them, all are sent, and their outcome is unknown.
    pub(super) fn withdraw(&mut self, outbox: &mut Outbox) {
        let Some(&(first, _)) = self.waiting.front() else { return };
        if self.failure.is_none() || outbox.is_empty() {
            return;
        }
        if first >= self.contiguous_from && outbox.end() == self.last_end {
            outbox.withdraw(first);
        } else {
            self.begun = self.encoded_to;
        }
    }

    /// Notes that the socket accepted the stream up to `position`.
    pub(super) fn note_written(&mut self, position: u64) {
        while let Some(&(_, end)) = self.waiting.front().filter(|(start, _)| *start < position) {
            self.begun_end = end;
            self.waiting.pop_front();
        }
        // After a reconnect there may be gaps between the indexes, but none among those not written before.
        let begun = self.encoded_to.saturating_sub(self.waiting.len() as u64);
        self.begun = self.begun.max(begun);
        // The last one may be written in part.
        self.completed = self.completed.max(begun.saturating_sub(u64::from(self.begun_end > position)));
    }

    /// Notes the receipt of a message.
    pub(super) fn confirm(&mut self, index: u64) {
        self.open -= 1;
        self.confirmed = if self.confirm == Confirm::Last { index + 1 } else { self.confirmed + 1 };
        if let Some(retained) = &mut self.retained {
            // Receipts mostly arrive in order, so that it is the first.
            if let Some(found) = retained.iter().position(|(other, _)| *other == index) {
                retained.remove(found);
            }
        }
    }

    pub(super) fn asks_for_each(&self) -> bool {
        self.confirm == Confirm::All
    }

    /// Fails the bulk because the broker sent an ERROR, for the message `index` if it is known.
    pub(super) fn refuse(&mut self, index: Option<u64>, failure: Failure) {
        self.refused = self.refused.or(index);
        self.note_lost(index);
        self.failure.get_or_insert(failure);
    }

    /// Notes messages whose receipts will not arrive any more.
    pub(super) fn note_lost(&mut self, indexes: impl IntoIterator<Item = u64>) {
        self.first_lost = self.first_lost.into_iter().chain(indexes).min();
    }

    /// Notes that the connection was lost. Retained messages will be sent again; without them the bulk fails.
    /// `lost` are the messages whose receipts were open.
    pub(super) fn lost(&mut self, lost: &[u64], reason: &str) {
        self.open = 0;
        match &mut self.retained {
            Some(retained) if self.failure.is_none() => {
                let mut again = std::mem::take(retained);
                again.append(&mut self.resend);
                self.resend = again;
                self.waiting.clear();
                self.begun_end = 0;
                self.encoded_to = self.begun;
            }
            _ => {
                self.note_lost(lost.iter().copied());
                if !self.is_answered() {
                    self.failure.get_or_insert(Failure::unknown(reason));
                }
            }
        }
    }

    /// Whether all messages are sent and have the receipts that they request.
    fn is_answered(&self) -> bool {
        let all_confirmed = match self.confirm {
            Confirm::None => self.waiting.is_empty(),
            Confirm::All | Confirm::Last => {
                self.confirmed + u64::from(self.unwritable.is_some()) == self.next
            }
        };
        self.last && self.chunk.is_none() && self.resend.is_empty() && all_confirmed
    }

    /// Sends no more messages; the receipts of those already sent may still arrive.
    pub(crate) fn stop_input(&mut self) {
        self.last = true;
        self.dropped += self.chunk.take().map_or(0, |(chunk, at)| (chunk.len() - at) as u64);
    }

    /// Like [`Bulk::stop_input`]; if that leaves messages unsent, `reason` says why.
    pub(crate) fn stop_input_because(&mut self, reason: &str) {
        if !self.last || self.chunk.is_some() || !self.resend.is_empty() {
            self.unwritable.get_or_insert(Failure::NotSent { reason: reason.to_owned() });
        }
        self.stop_input();
    }

    /// Fails the bulk: no more messages are sent.
    pub(crate) fn stop(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    /// The outcomes so far; messages that are still open count as unknown or not sent.
    pub(crate) fn report(&self) -> BulkReport {
        let rest = self.chunk.as_ref().map_or(0, |(chunk, at)| (chunk.len() - at) as u64) + self.dropped;
        let written = self.begun.max(self.confirmed);
        let first = match self.confirm {
            Confirm::All => {
                let waiting = [self.retained.as_ref().and_then(VecDeque::front), self.resend.front()];
                let first =
                    waiting.into_iter().flatten().map(|(index, _)| *index).chain(self.first_lost).min();
                first.or_else(|| (self.confirmed < self.next).then_some(self.confirmed))
            }
            Confirm::Last | Confirm::None => (self.confirmed < self.next).then_some(self.confirmed),
        };
        BulkReport {
            confirmed: self.confirmed,
            unknown: written - self.confirmed,
            not_sent: self.next - written.min(self.next) + rest,
            resent: self.resent,
            perhaps_twice: self.perhaps_twice,
            first_unconfirmed: first.or((rest > 0).then_some(self.next)),
            failure: self.failure.clone().or_else(|| self.unwritable.clone()),
            refused: self.refused,
        }
    }
}

/// The user's headers, without a `receipt` if the bulk requests receipts itself: the first header would count, and
/// the RECEIPT would not match.
fn user_headers(headers: &Headers, confirm: Confirm) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.iter().filter(move |(name, _)| confirm == Confirm::None || *name != b"receipt")
}
