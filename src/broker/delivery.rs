//! MESSAGE: from a queue, or a subscription's own backlog, to the peer.

use std::iter;
use std::task::Waker;

use crate::protocol::{Escapes, escape_into, push_decimal};

use super::connection::{Connection, InFlight};
use super::keys::{ConnectionKey, Dirty, MessageId, QueueKey, SubscriptionKey};
use super::message::{Message, View};
use super::router::{Router, Standing};
use super::subscription::{AckMode, Delivery, Source};

/// A peer with this many octets waiting for its socket is given no more messages.
const OUT_FULL: usize = 256 << 10;

impl Connection {
    /// Whether it may be given a message; if not, it is asked again when its socket took some.
    #[inline]
    pub(super) fn has_room(&mut self) -> bool {
        let has_room = self.out.len() < OUT_FULL;
        self.stalled |= !has_room;
        has_room
    }
}

impl Router {
    /// Hands over what is to be sent. `written` octets reached the peer's socket since it connected;
    /// `with` is an empty buffer. Where there is nothing, the waker is woken when there is.
    pub(super) fn fetch(
        &mut self,
        key: ConnectionKey,
        written: u64,
        with: &mut Vec<u8>,
        waker: &Waker,
    ) -> Standing {
        self.note_written(key, written);
        self.refill(key);
        let peer = &mut self.peers[key];
        peer.fetch(with);
        if with.is_empty() {
            peer.sleeps(waker);
        }
        self.await_room(key, waker)
    }

    /// Gives a queue's messages to its subscriptions, as many as they take.
    #[inline]
    pub(super) fn dispatch(&mut self, key: QueueKey) {
        while let Some(queue) = self.queues.get_mut(key) {
            let (subs, peers) = (&self.subs, &mut self.peers);
            let delivered = queue.deliver(|sub| {
                let sub = &subs[sub];
                sub.has_room() && peers[sub.peer].has_room()
            });
            let Some((sub, message)) = delivered else {
                return;
            };
            self.deliver(sub, message);
        }
    }

    /// Gives a subscription what waits for it alone, as much as it takes.
    pub(super) fn pump(&mut self, key: SubscriptionKey) {
        while let Some(sub) = self.subs.get_mut(key) {
            if sub.own.is_empty() {
                if sub.end_due {
                    self.write_browser_end(key);
                }
                return;
            }
            if !sub.has_room() || !self.peers[sub.peer].has_room() {
                return;
            }
            if let Some(message) = sub.own.take() {
                self.deliver(key, message);
            }
        }
    }

    /// Gives out what the changes of this batch made room for.
    pub(super) fn settle_dirty(&mut self) {
        let mut next = 0;
        while let Some(dirty) = self.dirty.get(next).copied() {
            next += 1;
            match dirty {
                Dirty::Queue(key) => {
                    if let Some(queue) = self.queues.get_mut(key) {
                        queue.note_room();
                    }
                    self.dispatch(key);
                }
                Dirty::Sub(key) => self.pump(key),
            }
        }
        self.dirty.clear();
    }

    /// Asks for more messages for a peer that was passed over because its socket was slow.
    pub(super) fn refill(&mut self, key: ConnectionKey) {
        let peer = &mut self.peers[key];
        if !peer.stalled || !peer.has_room() {
            return;
        }
        peer.stalled = false;
        // Each subscription is the first to fill the buffer in its turn.
        if !peer.subs.is_empty() {
            peer.subs.rotate_left(1);
        }
        for place in 0..peer.subs.len() {
            let Some(&sub) = self.peers[key].subs.get(place) else {
                break;
            };
            let dirty = match self.subs[sub].source {
                Source::Queue(queue) => Dirty::Queue(queue),
                Source::Topic | Source::Browser => Dirty::Sub(sub),
            };
            self.dirty.push(dirty);
            self.settle_dirty();
        }
    }

    /// The first so many octets for a peer are with its socket: what was in flight there is taken.
    pub(super) fn note_written(&mut self, key: ConnectionKey, written: u64) {
        loop {
            let in_flight = &mut self.peers[key].in_flight;
            if in_flight.front().is_none_or(|first| first.ends > written) {
                return;
            }
            let Some(taken) = in_flight.pop_front() else {
                return;
            };
            if let Some(queue) = self.queues.get_mut(taken.queue) {
                queue.settle(iter::once(taken.message));
                self.relieve(Dirty::Queue(taken.queue));
            }
        }
    }

    /// The size of what waits or is unsettled there; 0 where nothing is any more.
    fn bytes(&self, source: Dirty) -> usize {
        match source {
            Dirty::Queue(key) => self.queues.get(key).map_or(0, |queue| queue.backlog().bytes()),
            Dirty::Sub(key) => self.subs.get(key).map_or(0, |sub| sub.own.bytes()),
        }
    }

    /// Lets the producers go on that wait for room there, once an eighth of the limit is free.
    #[inline]
    pub(super) fn relieve(&mut self, source: Dirty) {
        if !self.blocked.is_empty() {
            self.unblock(source);
        }
    }

    fn unblock(&mut self, source: Dirty) {
        let most = self.config.queue_bytes;
        if self.bytes(source) > most - most / 8 {
            return;
        }
        self.blocked.retain(|(by, producer)| {
            let stays = *by != source;
            if !stays && let Some(peer) = self.peers.get_mut(*producer) {
                peer.blocked = false;
                peer.wake(&mut self.wakes);
            }
            stays
        });
    }

    /// Gives a message to a subscription, and notes what becomes of it.
    #[inline]
    pub(super) fn deliver(&mut self, key: SubscriptionKey, message: Message) {
        let starts = self.write_delivery(key, message.view());
        let sub = &mut self.subs[key];
        match (sub.mode, sub.source) {
            (AckMode::Auto, Source::Queue(queue)) => {
                let peer = &mut self.peers[sub.peer];
                let ends = peer.position();
                peer.in_flight.push_back(InFlight { queue, message, starts, ends });
            }
            (AckMode::Auto, _) => {
                sub.own.settle(iter::once(message));
                self.relieve(Dirty::Sub(key));
            }
            _ => sub.unsettled.push(Delivery { message, starts }),
        }
    }

    /// Writes a MESSAGE, and says where it begins in the octets for its peer.
    #[inline]
    pub(super) fn write_delivery(&mut self, key: SubscriptionKey, view: View<'_>) -> u64 {
        let sub = &self.subs[key];
        let peer = &mut self.peers[sub.peer];
        let starts = peer.position();
        let version = peer.version();
        let out = &mut peer.out;
        out.reserve(sub.opening.len() + sub.ack.len() + view.head.len() + view.body.len() + 80);
        out.extend_from_slice(&sub.opening);
        push_decimal(out, view.id.0);
        if !sub.ack.is_empty() {
            out.extend_from_slice(&sub.ack);
            push_decimal(out, sub.unsettled.next().0);
        }
        out.extend_from_slice(if view.redelivered {
            b"\nredelivered:true\n"
        } else {
            b"\nredelivered:false\n"
        });
        view.write(out, version);
        out.extend_from_slice(peer.end);
        peer.wake(&mut self.wakes);
        starts
    }

    /// Tells a browser that it has seen all there is, as `ActiveMQ` does.
    fn write_browser_end(&mut self, key: SubscriptionKey) {
        let id = MessageId::take(&mut self.next_message);
        let sub = &mut self.subs[key];
        sub.end_due = false;
        let peer = &mut self.peers[sub.peer];
        let version = peer.version();
        let mut destination = Vec::new();
        escape_into(&mut destination, &sub.destination, Escapes::V1_2);
        let head = [b"browser:end\ndestination:", &destination[..], b"\n\n"].concat();
        let plain = memchr::memchr(b'\\', &head).is_none();
        let out = &mut peer.out;
        out.extend_from_slice(&sub.opening);
        push_decimal(out, id.0);
        out.push(b'\n');
        View { head: &head, body: b"", plain, id, redelivered: false }.write(out, version);
        out.extend_from_slice(peer.end);
        peer.wake(&mut self.wakes);
    }
}
