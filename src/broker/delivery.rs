//! MESSAGE: from a queue, or a subscription's own backlog, to the peer.

use std::task::Waker;

use slotmap::SlotMap;

use crate::protocol::{Escapes, escape_into, push_decimal};

use super::backlog::Backlog;
use super::connection::{Connection, InFlight};
use super::keys::{ConnectionKey, MessageId, QueueKey, SubscriptionKey};
use super::message::{Message, View};
use super::router::{Dirty, OUT_FULL, Router};
use super::subscription::{AckMode, Delivery, Source};

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
    /// Gives a queue's messages to its subscriptions, as many as they take.
    #[inline]
    pub(super) fn dispatch(&mut self, key: QueueKey) {
        while let Some(queue) = self.queues.get_mut(key) {
            let Some(front) = queue.backlog.messages.front() else {
                return;
            };
            if queue.all_busy {
                return;
            }
            let (refused_by, subs, peers) = (front.refused_by, &self.subs, &mut self.peers);
            let picked = queue.pick(refused_by, |sub| {
                let sub = &subs[sub];
                sub.has_room() && peers[sub.peer].has_room()
            });
            let Some(sub) = picked else {
                queue.all_busy = true;
                return;
            };
            if let Some(message) = queue.backlog.messages.pop_front() {
                self.deliver(sub, message);
            }
        }
    }

    /// Gives a subscription what waits for it alone, as much as it takes.
    pub(super) fn pump(&mut self, key: SubscriptionKey) {
        while let Some(sub) = self.subs.get_mut(key) {
            if sub.own.messages.is_empty() {
                if sub.end_due {
                    self.write_browser_end(key);
                }
                return;
            }
            if !sub.has_room() || !self.peers[sub.peer].has_room() {
                return;
            }
            if let Some(message) = sub.own.messages.pop_front() {
                self.deliver(key, message);
            }
        }
    }

    /// Gives out what the changes of this batch made room for.
    pub(super) fn settle_dirty(&mut self) {
        while let Some(dirty) = self.dirty.pop() {
            match dirty {
                Dirty::Queue(key) => {
                    if let Some(queue) = self.queues.get_mut(key) {
                        queue.all_busy = false;
                    }
                    self.dispatch(key);
                }
                Dirty::Sub(key) => self.pump(key),
            }
        }
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
                queue.backlog.count_out(1, taken.message.size());
                if !queue.backlog.waiting.is_empty() {
                    self.relieve_queue(taken.queue);
                }
            }
        }
    }

    /// Lets a queue's producers go on, if there is room.
    pub(super) fn relieve_queue(&mut self, key: QueueKey) {
        if let Some(queue) = self.queues.get_mut(key) {
            relieve(&mut queue.backlog, self.config.queue_bytes, &mut self.peers, &mut self.wakes);
        }
    }

    /// Lets the producers for a subscription go on, if there is room.
    pub(super) fn relieve_sub(&mut self, key: SubscriptionKey) {
        if let Some(sub) = self.subs.get_mut(key) {
            relieve(&mut sub.own, self.config.queue_bytes, &mut self.peers, &mut self.wakes);
        }
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
                sub.own.count_out(1, message.size());
                self.relieve_sub(key);
            }
            _ => sub.hold(Delivery { message, starts }),
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
            push_decimal(out, sub.next().0);
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

/// Lets the producers that wait for room go on, once an eighth of it is free.
fn relieve(
    backlog: &mut Backlog,
    most: usize,
    peers: &mut SlotMap<ConnectionKey, Connection>,
    wakes: &mut Vec<Waker>,
) {
    if backlog.waiting.is_empty() || backlog.bytes > most - most / 8 {
        return;
    }
    for waiting in backlog.waiting.drain(..) {
        if let Some(peer) = peers.get_mut(waiting) {
            peer.blocked = false;
            peer.wake(wakes);
        }
    }
}
