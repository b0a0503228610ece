//! The messages of a queue or subscription: those that wait, in order, and the size of all that wait or are
//! unsettled.

use std::collections::VecDeque;

use super::message::OwnedMessage;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: VecDeque<OwnedMessage>,
    /// The size of the waiting and the unsettled messages, in bytes with overhead.
    bytes: usize,
    /// The number of waiting and unsettled messages.
    count: usize,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &OwnedMessage> {
        self.waiting.iter()
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    #[inline]
    pub(super) fn push(&mut self, message: OwnedMessage) {
        self.bytes += message.size();
        self.count += 1;
        self.waiting.push_back(message);
    }

    /// Removes the first message, which counts until it is settled or requeued.
    #[inline]
    pub(super) fn take(&mut self) -> Option<OwnedMessage> {
        self.waiting.pop_front()
    }

    /// Stops counting messages that were removed by [`Backlog::take`] and consumed.
    #[inline]
    pub(super) fn settle(&mut self, messages: impl Iterator<Item = OwnedMessage>) {
        for message in messages {
            self.bytes -= message.size();
            self.count -= 1;
        }
    }

    /// Returns messages that were removed by [`Backlog::take`], each to its old position.
    pub(super) fn requeue(&mut self, mut messages: Vec<OwnedMessage>) {
        let Some(last) = messages.iter().map(|message| message.id).max() else {
            return;
        };
        while self.waiting.front().is_some_and(|front| front.id < last) {
            messages.extend(self.waiting.pop_front());
        }
        messages.sort_unstable_by_key(|message| message.id);
        for message in messages.into_iter().rev() {
            self.waiting.push_front(message);
        }
    }
}
