//! Messages that wait, in order, and the producers that wait for them to become fewer.

use std::collections::VecDeque;

use super::keys::ConnectionKey;
use super::message::Message;

/// What waits in a queue, or for a topic's subscription.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    pub(super) messages: VecDeque<Message>,
    /// The size of all messages here and of those given out and not settled.
    pub(super) bytes: usize,
    /// How many those are.
    pub(super) count: usize,
    /// Producers that are not read from until there is room. An entry may be of a peer that is gone;
    /// who has its key then is let go too early at worst.
    pub(super) waiting: Vec<ConnectionKey>,
}

impl Backlog {
    #[inline]
    pub(super) fn push(&mut self, message: Message) {
        self.count_in(&message);
        self.messages.push_back(message);
    }

    /// Counts a message that is given out without having waited.
    #[inline]
    pub(super) fn count_in(&mut self, message: &Message) {
        self.bytes += message.size();
        self.count += 1;
    }

    /// Counts messages that were given out and are done with.
    #[inline]
    pub(super) fn count_out(&mut self, count: usize, bytes: usize) {
        self.bytes -= bytes;
        self.count -= count;
    }

    /// Puts messages back where they came from: among the others by their number, which is the
    /// order in which they were sent.
    pub(super) fn give_back(&mut self, mut returned: Vec<Message>) {
        let Some(last) = returned.iter().map(|message| message.id).max() else {
            return;
        };
        while self.messages.front().is_some_and(|front| front.id < last) {
            returned.extend(self.messages.pop_front());
        }
        returned.sort_unstable_by_key(|message| message.id);
        for message in returned.into_iter().rev() {
            self.messages.push_front(message);
        }
    }
}
