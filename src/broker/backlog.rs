//! Messages that wait in order, with the size of all that wait or are unsettled.

use std::collections::VecDeque;

use super::message::Message;

/// What waits in a queue, or for one subscription to a topic.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: VecDeque<Message>,
    /// The size of the messages that wait and of those that were taken and are not settled.
    bytes: usize,
    /// How many messages `bytes` is of.
    count: usize,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.waiting.iter()
    }

    /// The number of messages that wait or are unsettled.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The size of the messages that wait or are unsettled.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    #[inline]
    pub(super) fn push(&mut self, message: Message) {
        self.bytes += message.size();
        self.count += 1;
        self.waiting.push_back(message);
    }

    /// Takes the first message, which counts until it is settled or requeued.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Message> {
        self.waiting.pop_front()
    }

    /// Stops counting messages that were taken: they have been consumed.
    #[inline]
    pub(super) fn settle(&mut self, messages: impl Iterator<Item = Message>) {
        for message in messages {
            self.bytes -= message.size();
            self.count -= 1;
        }
    }

    /// Puts messages that were taken back among the others, in the order in which they were sent.
    pub(super) fn requeue(&mut self, mut messages: Vec<Message>) {
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
