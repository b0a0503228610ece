//! A queue: each message goes to one of its subscriptions.

use super::backlog::Backlog;
use super::keys::{Destination, SubscriptionKey};

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: Destination,
    pub(super) backlog: Backlog,
    subs: Vec<SubscriptionKey>,
    /// Whose turn it is.
    turn: usize,
    /// No subscription could take one when last asked, and none has said otherwise since.
    pub(super) all_busy: bool,
}

impl Queue {
    pub(super) fn new(name: &[u8]) -> Self {
        Self { name: name.into(), backlog: Backlog::default(), subs: Vec::new(), turn: 0, all_busy: false }
    }

    pub(super) fn join(&mut self, sub: SubscriptionKey) {
        self.subs.push(sub);
        self.all_busy = false;
    }

    pub(super) fn leave(&mut self, sub: SubscriptionKey) {
        if let Some(place) = self.subs.iter().position(|own| *own == sub) {
            self.subs.remove(place);
            // The turn stays with whom it was.
            self.turn -= usize::from(place < self.turn);
        }
    }

    pub(super) fn subscribers(&self) -> usize {
        self.subs.len()
    }

    /// Whether nothing is lost if it goes.
    pub(super) fn is_idle(&self) -> bool {
        self.subs.is_empty() && self.backlog.bytes == 0
    }

    /// Who gets the next message: the first from the turn on that is ready, and who refused the
    /// message only where no other is.
    #[inline]
    pub(super) fn pick(
        &mut self,
        refused_by: Option<SubscriptionKey>,
        mut ready: impl FnMut(SubscriptionKey) -> bool,
    ) -> Option<SubscriptionKey> {
        let count = self.subs.len();
        let mut chosen = None;
        for step in 0..count {
            let place = (self.turn + step) % count;
            let sub = self.subs[place];
            if !ready(sub) {
                continue;
            }
            chosen = Some(place);
            if refused_by != Some(sub) {
                break;
            }
        }
        let place = chosen?;
        self.turn = (place + 1) % count;
        Some(self.subs[place])
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::subscription_key as key;
    use super::*;

    fn queue(subs: &[u32]) -> Queue {
        let mut queue = Queue::new(b"/queue/a");
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
