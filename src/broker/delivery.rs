//! MESSAGE: from the backlog of a queue or subscription to the connection's output.

use std::iter;
use std::task::Waker;

use crate::protocol::{Escapes, escape_into, push_decimal};

use super::connection::{Connection, InFlight};
use super::keys::{ConnectionKey, DeliverySource, MessageId, QueueKey, SubscriptionKey};
use super::message::{MessageRef, OwnedMessage};
use super::router::{ConnectionStatus, Router};
use super::subscription::{SettleMode, SubscriptionKind, UnsettledDelivery};

/// The size in bytes of unwritten output at which a connection gets no more messages.
const OUT_FULL: usize = 256 << 10;

impl Connection {
    /// Whether there is room for a message. If not, [`Router::refill`] delivers more later.
    #[inline]
    pub(super) fn has_room(&mut self) -> bool {
        let has_room = self.out.len() < OUT_FULL;
        self.stalled |= !has_room;
        has_room
    }
}

impl Router {
    /// Moves the output of a connection into `with`, an empty buffer. `written` bytes have reached the
    /// peer's socket so far. If there is no output, the waker is woken once there is.
    pub(super) fn fetch(
        &mut self,
        key: ConnectionKey,
        written: u64,
        with: &mut Vec<u8>,
        waker: &Waker,
    ) -> ConnectionStatus {
        self.note_written(key, written);
        self.refill(key);
        let peer = &mut self.peers[key];
        peer.fetch(with);
        if with.is_empty() {
            peer.wait_for_output(waker);
        }
        self.await_room(key, waker)
    }

    /// Delivers a queue's messages until it is empty or no subscription has room.
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

    /// Delivers a subscription's own backlog until it is empty or the subscription has no room.
    pub(super) fn dispatch_backlog(&mut self, key: SubscriptionKey) {
        while let Some(sub) = self.subs.get_mut(key) {
            if sub.backlog.is_empty() {
                if sub.end_due {
                    self.write_browser_end(key);
                }
                return;
            }
            if !sub.has_room() || !self.peers[sub.peer].has_room() {
                return;
            }
            if let Some(message) = sub.backlog.take() {
                self.deliver(key, message);
            }
        }
    }

    /// Delivers from all backlogs that got room or messages during a batch.
    pub(super) fn dispatch_pending(&mut self) {
        let mut next = 0;
        while let Some(source) = self.pending.get(next).copied() {
            next += 1;
            match source {
                DeliverySource::Queue(key) => {
                    if let Some(queue) = self.queues.get_mut(key) {
                        queue.note_room();
                    }
                    self.dispatch(key);
                }
                DeliverySource::Subscription(key) => self.dispatch_backlog(key),
            }
        }
        self.pending.clear();
    }

    /// Delivers more to a connection that was passed over while its output buffer was full.
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
        for index in 0..peer.subs.len() {
            let Some(&sub) = self.peers[key].subs.get(index) else {
                break;
            };
            let source = match self.subs[sub].source {
                SubscriptionKind::Queue(queue) => DeliverySource::Queue(queue),
                SubscriptionKind::Topic | SubscriptionKind::Browser => DeliverySource::Subscription(sub),
            };
            self.pending.push(source);
            self.dispatch_pending();
        }
    }

    /// Settles the messages in flight to `auto` subscriptions that lie within the first `written` bytes of
    /// a connection's output.
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
                self.unblock_producers(DeliverySource::Queue(taken.queue));
            }
        }
    }

    /// The size of a backlog; 0 if its queue or subscription has ended.
    fn bytes(&self, source: DeliverySource) -> usize {
        match source {
            DeliverySource::Queue(key) => self.queues.get(key).map_or(0, |queue| queue.backlog().bytes()),
            DeliverySource::Subscription(key) => self.subs.get(key).map_or(0, |sub| sub.backlog.bytes()),
        }
    }

    /// Resumes reading from the producers that filled this backlog, once an eighth of the limit is free.
    #[inline]
    pub(super) fn unblock_producers(&mut self, source: DeliverySource) {
        if !self.blocked.is_empty() {
            self.unblock_waiting(source);
        }
    }

    fn unblock_waiting(&mut self, source: DeliverySource) {
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

    /// Writes a message to a subscription's connection and keeps it until it is settled.
    #[inline]
    pub(super) fn deliver(&mut self, key: SubscriptionKey, message: OwnedMessage) {
        let starts = self.write_delivery(key, message.view());
        let sub = &mut self.subs[key];
        match (sub.mode, sub.source) {
            (SettleMode::Auto, SubscriptionKind::Queue(queue)) => {
                let peer = &mut self.peers[sub.peer];
                let ends = peer.position();
                peer.in_flight.push_back(InFlight { queue, message, starts, ends });
            }
            (SettleMode::Auto, _) => {
                sub.backlog.settle(iter::once(message));
                self.unblock_producers(DeliverySource::Subscription(key));
            }
            _ => sub.unsettled.push(UnsettledDelivery { message, starts }),
        }
    }

    /// Appends a MESSAGE to a connection's output, and returns the position at which it begins.
    #[inline]
    pub(super) fn write_delivery(&mut self, key: SubscriptionKey, view: MessageRef<'_>) -> u64 {
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

    /// Sends the MESSAGE with `browser:end` that ends a browser's copies, as ActiveMQ does.
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
        MessageRef { head: &head, body: b"", plain, id, redelivered: false }.write(out, version);
        out.extend_from_slice(peer.end);
        peer.wake(&mut self.wakes);
    }
}
