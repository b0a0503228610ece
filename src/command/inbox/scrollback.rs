//! The messages that came last, as copies of their own: a kept slice would pin a whole read buffer.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use crate::protocol::{Batch, Frame, FrameRef, Part, Verb};
use crate::render::Message;

/// The largest number of messages in the scrollback.
const MESSAGES: u64 = 1_000;

/// The largest size of all messages in the scrollback, in bytes.
const BYTES: usize = 16 << 20;

/// The messages that came last; all messages of the program's life are numbered from 1.
#[derive(Debug, Default)]
pub(crate) struct Scrollback {
    runs: VecDeque<StoredRun>,
    messages: u64,
    bytes: usize,
    last: u64,
}

/// Messages of one read, or a single one.
#[derive(Debug)]
struct StoredRun {
    first: u64,
    count: u64,
    bytes: usize,
    at: Timestamp,
    origin: Origin,
    what: RunContent,
}

#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Which one; no other has this number again.
    pub id: u64,
    /// The name after `@`; empty for the only connection.
    pub name: Arc<str>,
}

#[derive(Debug)]
enum RunContent {
    Batch(Batch),
    One(Box<Frame>, u64),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredMessage<'a> {
    /// The number of the message among those of all connections, from 1.
    pub number: u64,
    pub at: Timestamp,
    pub origin: &'a Origin,
    what: StoredFrame<'a>,
}

#[derive(Debug, Clone, Copy)]
enum StoredFrame<'a> {
    Ref(FrameRef<'a>),
    Own(&'a Frame, u64),
}

/// Whether this entry of a batch is a whole message.
pub(super) fn is_message(frame: FrameRef<'_>) -> bool {
    frame.verb() == Verb::Message && frame.part() == Part::Whole
}

impl Scrollback {
    /// The number of the newest message, 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// The number of the oldest message that is kept.
    pub(crate) fn first(&self) -> u64 {
        self.runs.front().map_or(self.last + 1, |run| run.first)
    }

    /// Takes a batch with so many whole messages and no part of another.
    pub(crate) fn push_batch(&mut self, origin: &Origin, batch: Batch, count: u64) {
        let bytes = batch.bytes();
        self.push(origin, count, bytes, RunContent::Batch(batch.detached()));
    }

    /// Takes a message whose body had `size` bytes, perhaps more than are there.
    pub(crate) fn push_one(&mut self, origin: &Origin, frame: Frame, size: u64) {
        let heads: usize = frame.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let bytes = frame.body.len() + heads;
        self.push(origin, 1, bytes, RunContent::One(Box::new(frame), size));
    }

    fn push(&mut self, origin: &Origin, count: u64, bytes: usize, what: RunContent) {
        let first = self.last + 1;
        self.last += count;
        self.messages += count;
        self.bytes += bytes;
        let run = StoredRun { first, count, bytes, at: Timestamp::now(), origin: origin.clone(), what };
        self.runs.push_back(run);
        while let Some(oldest) = self.runs.front()
            && self.runs.len() > 1
            && (self.messages - oldest.count >= MESSAGES || self.bytes > BYTES)
        {
            self.messages -= oldest.count;
            self.bytes -= oldest.bytes;
            self.runs.pop_front();
        }
    }

    /// The kept messages from this number on, in order.
    pub(crate) fn from(&self, number: u64) -> impl Iterator<Item = StoredMessage<'_>> {
        let start = self.runs.partition_point(|run| run.first + run.count <= number);
        self.runs.range(start..).flat_map(StoredRun::messages).skip_while(move |kept| kept.number < number)
    }

    pub(crate) fn get(&self, number: u64) -> Option<StoredMessage<'_>> {
        self.from(number).next().filter(|kept| kept.number == number)
    }

    /// Forgets all messages. Numbers are not used again.
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        self.messages = 0;
        self.bytes = 0;
    }
}

impl StoredRun {
    fn messages(&self) -> Box<dyn Iterator<Item = StoredMessage<'_>> + '_> {
        let kept = |(number, what)| StoredMessage { number, at: self.at, origin: &self.origin, what };
        match &self.what {
            RunContent::Batch(batch) => {
                let frames = batch.iter().filter(|frame| is_message(*frame)).map(StoredFrame::Ref);
                Box::new((self.first..).zip(frames).map(kept))
            }
            RunContent::One(frame, size) => {
                Box::new(std::iter::once(kept((self.first, StoredFrame::Own(frame, *size)))))
            }
        }
    }
}

impl StoredMessage<'_> {
    pub(crate) fn to_frame(self) -> Frame {
        match self.what {
            StoredFrame::Ref(frame) => frame.to_frame(),
            StoredFrame::Own(frame, _) => frame.clone(),
        }
    }

    /// Whether only the beginning of the body was kept.
    pub(crate) fn is_cut(self) -> bool {
        matches!(self.what, StoredFrame::Own(frame, size) if (frame.body.len() as u64) < size)
    }
}

impl Message for StoredMessage<'_> {
    fn header(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        match self.what {
            StoredFrame::Ref(frame) => frame.header(name),
            StoredFrame::Own(frame, _) => Message::header(frame, name),
        }
    }

    fn headers(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        let all: Vec<_> = match self.what {
            StoredFrame::Ref(frame) => frame.headers().map(|h| (h.name(), h.value())).collect(),
            StoredFrame::Own(frame, _) => Message::headers(frame).collect(),
        };
        all.into_iter()
    }

    fn body(&self) -> &[u8] {
        match &self.what {
            StoredFrame::Ref(frame) => frame.body(),
            StoredFrame::Own(frame, _) => &frame.body,
        }
    }

    fn size(&self) -> u64 {
        match self.what {
            StoredFrame::Ref(frame) => frame.body().len() as u64,
            StoredFrame::Own(_, size) => size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: Vec<u8>) -> Frame {
        Frame::new(Verb::Message).with("destination", "/queue/a").body(body)
    }

    #[test]
    fn the_last_thousand_are_kept_and_numbers_go_on() {
        let mut scrollback = Scrollback::default();
        let origin = Origin { id: 1, name: "1".into() };
        for number in 0..2_500_u32 {
            scrollback.push_one(&origin, message(number.to_string().into()), 0);
        }
        assert_eq!((scrollback.first(), scrollback.last()), (1_501, 2_500));
        assert!(scrollback.get(1_500).is_none());
        assert_eq!(scrollback.get(1_501).map(|kept| kept.body().to_vec()), Some(b"1500".to_vec()));
        assert_eq!(scrollback.from(2_499).map(|kept| kept.number).collect::<Vec<_>>(), [2_499, 2_500]);
        scrollback.clear();
        assert_eq!((scrollback.first(), scrollback.last()), (2_501, 2_500));
    }

    #[test]
    fn large_messages_leave_sooner_but_the_newest_stays() {
        let mut scrollback = Scrollback::default();
        let origin = Origin { id: 1, name: "1".into() };
        for _ in 0..3 {
            scrollback.push_one(&origin, message(vec![0; 10 << 20]), 10 << 20);
        }
        assert_eq!((scrollback.first(), scrollback.last()), (3, 3));
        scrollback.push_one(&origin, message(vec![0; 17 << 20]), 17 << 20);
        assert_eq!((scrollback.first(), scrollback.last()), (4, 4));
    }
}
