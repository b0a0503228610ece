//! Many SENDs of one sender: a window of receipts, and what is confirmed, unknown and not sent.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::Outbox;
use super::forward::{self, Forward, Received};
use super::receipts::{Failure, Receipts};
use crate::protocol::{Batch, EncodeError, Encoder, Frame, Headers, Verb, push_decimal};

/// Which messages of a bulk ask for a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Each, with a window of many in flight.
    All,
    /// The last one, which proves only that the broker read those before it.
    Last,
    /// None.
    None,
}

/// What all messages of a bulk have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendHead {
    /// `destination` and whatever else goes with it.
    pub headers: Headers,
    /// Leaves content-length out, which makes a JMS broker take the body for text. A body with a
    /// NUL gets one all the same: it could not be sent otherwise.
    pub text: bool,
}

/// Messages for a bulk.
#[derive(Debug, Clone)]
pub enum Chunk {
    /// Bodies inside of one buffer, for the bulk's common head.
    Bodies(Bytes, Vec<Range<u32>>),
    /// Frames with heads of their own, each with its own choice of [`SendHead::text`].
    Frames(Vec<(Frame, bool)>),
    /// Messages that were received and are sent on.
    Received(Received, Arc<Forward>),
}

impl Chunk {
    /// How many messages there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bodies(_, ranges) => ranges.len(),
            Self::Frames(frames) => frames.len(),
            Self::Received(received, _) => received.frames.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What became of a bulk's messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkReport {
    /// Their receipts came; with [`Confirm::Last`], all of them once that one came.
    pub confirmed: u64,
    /// At least one byte was given to the socket, and no receipt came.
    pub unknown: u64,
    /// No byte was given to the socket.
    pub not_sent: u64,
    /// Sent once more after a reconnect, each time counted.
    pub resent: u64,
    /// Those of them that had been given to a socket whole before: the broker may have them twice.
    pub perhaps_twice: u64,
    /// The index, from 0, of the first message that is not confirmed.
    pub first_unconfirmed: Option<u64>,
    /// What ended the bulk before its end.
    pub failure: Option<Failure>,
    /// The index, from 0, of the message that the broker refused.
    pub refused: Option<u64>,
}

/// A message kept until its receipt comes, so that it can be sent again.
#[derive(Debug, Clone)]
enum Kept {
    Body(Bytes),
    Frame(Box<Frame>, bool),
    Received(Arc<Batch>, u32, Arc<Forward>),
}

/// The session's side of a bulk.
#[derive(Debug)]
pub struct Bulk {
    confirm: Confirm,
    window: u64,
    head: SendHead,
    encoded: Vec<u8>,
    chunk: Option<(Chunk, usize)>,
    last: bool,
    next: u64,
    open: u64,
    confirmed: u64,
    /// Where the frames begin and end that the socket has not begun to take.
    waiting: VecDeque<(u64, u64)>,
    /// Where the last frame ends that it has begun to take.
    begun_end: u64,
    /// The index behind that of the message which was encoded last.
    encoded_to: u64,
    /// Where the outbox's last frame of this bulk ends, and from where on there are only such frames.
    last_end: u64,
    own_from: u64,
    /// Messages of an index below this one were given to a socket, in part at least.
    given: u64,
    /// Messages of an index below this one were given to a socket whole.
    whole: u64,
    /// Kept messages by index, the oldest first; only with `retain`.
    kept: Option<VecDeque<(u64, Kept)>>,
    resend: VecDeque<(u64, Kept)>,
    resent: u64,
    perhaps_twice: u64,
    failure: Option<Failure>,
    /// Why a message cannot be written. It is the last one: those before it are waited for.
    unwritable: Option<Failure>,
    refused: Option<u64>,
    first_lost: Option<u64>,
    /// Messages that were taken and will not be sent.
    dropped: u64,
}

impl Bulk {
    /// A bulk whose window allows so many unanswered messages; with `retain` and [`Confirm::All`] they
    /// are kept, to be sent again after a reconnect.
    pub fn new(head: SendHead, confirm: Confirm, window: u64, retain: bool) -> Self {
        Self {
            confirm,
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
            own_from: 0,
            encoded_to: 0,
            given: 0,
            whole: 0,
            // What asks for no receipt cannot be told from what got one.
            kept: (retain && confirm == Confirm::All).then(VecDeque::new),
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

    /// Encodes the common head for the version in force.
    pub(super) fn encode_head(&mut self, encoder: Encoder) -> Result<(), EncodeError> {
        self.encoded.clear();
        encoder.head(&mut self.encoded, Verb::Send, own_headers(&self.head.headers, self.confirm))
    }

    /// Whether another chunk can be taken.
    pub fn wants_chunk(&self) -> bool {
        self.chunk.is_none() && !self.last && self.failure.is_none()
    }

    /// Takes a chunk; `last`: there is no other.
    pub fn push(&mut self, chunk: Chunk, last: bool) {
        self.last |= last;
        if !chunk.is_empty() {
            self.chunk = Some((chunk, 0));
        }
    }

    /// Whether everything was sent and answered, or the bulk has failed.
    pub fn is_over(&self) -> bool {
        self.failure.is_some()
            || (self.last
                && self.chunk.is_none()
                && self.resend.is_empty()
                && self.open == 0
                && self.waiting.is_empty())
    }

    /// How many are confirmed so far.
    pub fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// Encodes messages until the outbox holds `most` bytes, the window is full or nothing is left.
    pub(super) fn pump<T>(
        &mut self,
        encoder: Encoder,
        outbox: &mut Outbox,
        receipts: &mut Receipts<T>,
        most: usize,
    ) {
        while self.failure.is_none() && outbox.len() < most && self.open < self.window {
            let result = if let Some((index, kept)) = self.resend.pop_front() {
                self.resent += u64::from(index < self.given);
                self.perhaps_twice += u64::from(index < self.whole);
                self.encode(index, kept, true, encoder, outbox, receipts)
            } else if let Some((chunk, at)) = &mut self.chunk {
                let kept = match chunk {
                    Chunk::Bodies(data, ranges) => {
                        let range = &ranges[*at];
                        Kept::Body(data.slice(range.start as usize..range.end as usize))
                    }
                    Chunk::Frames(frames) => {
                        let (frame, text) = &mut frames[*at];
                        Kept::Frame(Box::new(std::mem::replace(frame, Frame::new(Verb::Send))), *text)
                    }
                    Chunk::Received(received, forward) => {
                        Kept::Received(Arc::clone(&received.batch), received.frames[*at], Arc::clone(forward))
                    }
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
                self.encode(index, kept, ask, encoder, outbox, receipts)
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
        kept: Kept,
        ask: bool,
        encoder: Encoder,
        outbox: &mut Outbox,
        receipts: &mut Receipts<T>,
    ) -> Result<(), EncodeError> {
        let start = outbox.end();
        let out = outbox.buffer();
        match &kept {
            Kept::Body(_) => out.extend_from_slice(&self.encoded),
            Kept::Frame(frame, _) => {
                encoder.head(out, Verb::Send, own_headers(&frame.headers, self.confirm))?;
            }
            Kept::Received(batch, index, forward) => {
                let own = if self.confirm == Confirm::None { "" } else { "receipt" };
                batch.get(*index as usize).map_or(Ok(()), |m| forward.head(encoder, out, m, own))?;
            }
        }
        if ask {
            let id = receipts.ask_for_bulk(index);
            self.open += 1;
            out.extend_from_slice(b"receipt:");
            push_decimal(out, id);
            out.push(b'\n');
        }
        match &kept {
            Kept::Body(body) => forward::end(out, body, self.head.text),
            Kept::Frame(frame, text) => forward::end(out, &frame.body, *text),
            Kept::Received(batch, index, _) => {
                batch.get(*index as usize).into_iter().for_each(|m| forward::end_forwarded(out, m));
            }
        }
        outbox.end_frame();
        if start != self.last_end {
            self.own_from = start;
        }
        self.last_end = outbox.end();
        self.waiting.push_back((start, self.last_end));
        self.encoded_to = index + 1;
        if ask && let Some(all) = &mut self.kept {
            all.push_back((index, kept));
        }
        Ok(())
    }

    /// Takes back what the socket has not begun to take, so that what is reported as not sent is not
    /// sent; where other frames stand among it, it goes out, and its outcome is unknown.
    pub(super) fn withdraw(&mut self, outbox: &mut Outbox) {
        let Some(&(first, _)) = self.waiting.front() else { return };
        if self.failure.is_none() || outbox.is_empty() {
            return;
        }
        if first >= self.own_from && outbox.end() == self.last_end {
            outbox.withdraw(first);
        } else {
            self.given = self.encoded_to;
        }
    }

    /// The socket took bytes up to this position of the stream.
    pub(super) fn given(&mut self, position: u64) {
        while let Some(&(_, end)) = self.waiting.front().filter(|(start, _)| *start < position) {
            self.begun_end = end;
            self.waiting.pop_front();
        }
        // After a loss there may be gaps between the indexes, but none behind what was given before.
        let begun = self.encoded_to.saturating_sub(self.waiting.len() as u64);
        self.given = self.given.max(begun);
        // Of the last one a part may still be to come.
        self.whole = self.whole.max(begun.saturating_sub(u64::from(self.begun_end > position)));
    }

    /// The receipt of this message came.
    pub(super) fn confirm(&mut self, index: u64) {
        self.open -= 1;
        self.confirmed = if self.confirm == Confirm::Last { index + 1 } else { self.confirmed + 1 };
        if let Some(kept) = &mut self.kept {
            // In order, most of the time: it is the first.
            if let Some(found) = kept.iter().position(|(own, _)| *own == index) {
                kept.remove(found);
            }
        }
    }

    /// Whether a receipt is asked for each message.
    pub(super) fn asks_for_each(&self) -> bool {
        self.confirm == Confirm::All
    }

    /// The broker refused this message, or, with `None`, something that cannot be told.
    pub(super) fn refuse(&mut self, index: Option<u64>, failure: Failure) {
        self.refused = self.refused.or(index);
        self.note_lost(index);
        self.failure.get_or_insert(failure);
    }

    /// These messages get no receipt any more.
    pub(super) fn note_lost(&mut self, indexes: impl IntoIterator<Item = u64>) {
        self.first_lost = self.first_lost.into_iter().chain(indexes).min();
    }

    /// The connection is gone; with kept messages, they will be sent again, else the bulk has
    /// failed. `lost`: the indexes whose receipts were open.
    pub(super) fn lost(&mut self, lost: &[u64], reason: &str) {
        self.open = 0;
        match &mut self.kept {
            Some(kept) if self.failure.is_none() => {
                let mut again = std::mem::take(kept);
                again.append(&mut self.resend);
                self.resend = again;
                self.waiting.clear();
                self.begun_end = 0;
                self.encoded_to = self.given;
            }
            _ => {
                self.note_lost(lost.iter().copied());
                if !self.is_answered() {
                    self.failure.get_or_insert(Failure::unknown(reason));
                }
            }
        }
    }

    /// Whether nothing that was sent waits for an answer, and all was sent.
    fn is_answered(&self) -> bool {
        let all_confirmed = match self.confirm {
            Confirm::None => self.waiting.is_empty(),
            Confirm::All | Confirm::Last => {
                self.confirmed + u64::from(self.unwritable.is_some()) == self.next
            }
        };
        self.last && self.chunk.is_none() && self.resend.is_empty() && all_confirmed
    }

    /// No more messages are sent; those in flight may still be answered.
    pub fn stop_input(&mut self) {
        self.last = true;
        self.dropped += self.chunk.take().map_or(0, |(chunk, at)| (chunk.len() - at) as u64);
    }

    /// Ends the bulk where it stands: nothing more is sent.
    pub fn stop(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    /// What has become of the messages.
    pub fn report(&self) -> BulkReport {
        let rest = self.chunk.as_ref().map_or(0, |(chunk, at)| (chunk.len() - at) as u64) + self.dropped;
        let given = self.given.max(self.confirmed);
        let settled = if self.confirm == Confirm::None { given } else { self.confirmed };
        let first = match self.confirm {
            Confirm::All => {
                let waiting = [self.kept.as_ref().and_then(VecDeque::front), self.resend.front()];
                let first =
                    waiting.into_iter().flatten().map(|(index, _)| *index).chain(self.first_lost).min();
                first.or_else(|| (self.confirmed < self.next).then_some(self.confirmed))
            }
            Confirm::Last | Confirm::None => (settled < self.next).then_some(settled),
        };
        BulkReport {
            confirmed: self.confirmed,
            unknown: given - self.confirmed,
            not_sent: self.next - given.min(self.next) + rest,
            resent: self.resent,
            perhaps_twice: self.perhaps_twice,
            first_unconfirmed: first.or((rest > 0).then_some(self.next)),
            failure: self.failure.clone().or_else(|| self.unwritable.clone()),
            refused: self.refused,
        }
    }
}

/// The headers of the user's that are written. Where receipts are asked for, theirs is not: the first
/// would count, and the answer would not be known for ours.
fn own_headers(headers: &Headers, confirm: Confirm) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.iter().filter(move |(name, _)| confirm == Confirm::None || *name != b"receipt")
}
