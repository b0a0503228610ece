//! A queue: each message goes to one of its subscriptions.

use super::backlog::Backlog;
use super::error_frame::FrameResult;
use super::keys::{Destination, SubscriptionKey};
use super::message::OwnedMessage;

/// The messages of one destination and the subscriptions that share them. Messages change only through
/// [`Queue::accept`], [`Queue::deliver`], [`Queue::settle`] and [`Queue::requeue`]: a queue on disk would
/// differ in these.
#[derive(Debug)]
pub(super) struct Queue {
    name: Destination,
    backlog: Backlog,
    subs: Vec<SubscriptionKey>,
    /// The index in `subs` of the next subscription to be served.
    turn: usize,
    /// Whether no subscription had room when last asked, and nothing has changed since.
    all_busy: bool,
}

impl Queue {
    pub(super) fn new(name: Destination) -> Self {
        Self { name, backlog: Backlog::default(), subs: Vec::new(), turn: 0, all_busy: false }
    }

    /// Takes responsibility for a message. The RECEIPT of its SEND may be written only once this has
    /// succeeded.
    #[inline]
    #[expect(clippy::unnecessary_wraps, reason = "memory does not fail; a storage can")]
    pub(super) fn accept(&mut self, message: OwnedMessage) -> FrameResult {
        self.backlog.push(message);
        Ok(())
    }

    /// Removes the first message for the next subscription in turn that is `ready`. The subscription that
    /// refused the message gets it only if no other is ready.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        ready: impl FnMut(SubscriptionKey) -> bool,
    ) -> Option<(SubscriptionKey, OwnedMessage)> {
        let refused_by = self.backlog.iter().next()?.refused_by;
        if self.all_busy {
            return None;
        }
        let picked = self.pick(refused_by, ready);
        self.all_busy = picked.is_none();
        Some((picked?, self.backlog.take()?))
    }

    /// Forgets delivered messages that were consumed.
    #[inline]
    pub(super) fn settle(&mut self, messages: impl Iterator<Item = OwnedMessage>) {
        self.backlog.settle(messages);
        self.all_busy = false;
    }

    /// Takes back delivered messages, each to its old position.
    pub(super) fn requeue(&mut self, messages: Vec<OwnedMessage>) {
        self.backlog.requeue(messages);
        self.all_busy = false;
    }

    pub(super) fn join(&mut self, sub: SubscriptionKey) {
        self.subs.push(sub);
        self.all_busy = false;
    }

    pub(super) fn leave(&mut self, sub: SubscriptionKey) {
        if let Some(index) = self.subs.iter().position(|known| *known == sub) {
            self.subs.remove(index);
            // The turn stays with the same subscription.
            self.turn -= usize::from(index < self.turn);
        }
    }

    pub(super) fn note_room(&mut self) {
        self.all_busy = false;
    }

    pub(super) fn name(&self) -> &Destination {
        &self.name
    }

    pub(super) fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    pub(super) fn subscribers(&self) -> usize {
        self.subs.len()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.subs.is_empty() && self.backlog.count() == 0
    }

    #[inline]
    fn pick(
        &mut self,
        refused_by: Option<SubscriptionKey>,
        mut ready: impl FnMut(SubscriptionKey) -> bool,
    ) -> Option<SubscriptionKey> {
        let count = self.subs.len();
        let mut chosen = None;
        for step in 0..count {
            let index = (self.turn + step) % count;
            let sub = self.subs[index];
            if !ready(sub) {
                continue;
            }
            chosen = Some(index);
            if refused_by != Some(sub) {
                break;
            }
        }
        let index = chosen?;
        self.turn = (index + 1) % count;
        Some(self.subs[index])
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::subscription_key as key;
    use super::*;

    fn queue(subs: &[u32]) -> Queue {
        let mut queue = Queue::new(Destination::from(&b"/queue/a"[..]));
        for sub in subs {
            queue.join(key(*sub));
        }
        queue
    }

    #[test]
    fn idle_subscribers_take_turns() {
        let mut queue = queue(&[1, 2, 3]);
        let turns: Vec<_> = (0..6).filter_map(|_| queue.pick(None, |_| true)).collect();
        assert_eq!(turns, [1, 2, 3, 1, 2, 3].map(key));
    }

    #[test]
    fn a_busy_subscriber_is_passed_over() {
        let mut queue = queue(&[1, 2]);
        assert_eq!(queue.pick(None, |sub| sub != key(1)), Some(key(2)));
        assert_eq!(queue.pick(None, |_| true), Some(key(1)));
        assert_eq!(queue.pick(None, |_| false), None);
    }

    #[test]
    fn who_refused_comes_last() {
        let mut queue = queue(&[1, 2]);
        assert_eq!(queue.pick(Some(key(1)), |_| true), Some(key(2)));
        assert_eq!(queue.pick(Some(key(1)), |sub| sub == key(1)), Some(key(1)));
    }

    #[test]
    fn the_turn_survives_a_subscriber_that_leaves() {
        let mut queue = queue(&[1, 2, 3]);
        queue.pick(None, |_| true);
        queue.pick(None, |_| true);
        queue.leave(key(1));
        assert_eq!(queue.pick(None, |_| true), Some(key(3)));
        queue.leave(key(3));
        queue.leave(key(2));
        assert_eq!(queue.pick(None, |_| true), None);
    }
}
