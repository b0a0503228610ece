//! A message on its way into a queue, or to the subscriptions of a topic.

use super::destination::is_queue;
use super::error_frame::{ErrorFrame, FrameResult, Printable};
use super::keys::{ConnectionKey, DeliverySource, QueueKey};
use super::message::{Message, MessageRef};
use super::queue::Queue;
use super::router::Router;
use super::subscription::AckMode;

/// Queues with neither messages nor subscribers are kept, to be listed, up to this many in all.
const IDLE_QUEUES: usize = 4_096;

impl Router {
    /// Brings a message to its queue or to the subscriptions of its topic, and gives its RECEIPT.
    ///
    /// A client that sends to itself and waits for its receipt with a single read gets that first. So
    /// the RECEIPT is written when a queue has accepted the message, and before it is delivered.
    pub(super) fn publish(
        &mut self,
        sender: ConnectionKey,
        destination: &[u8],
        view: MessageRef<'_>,
        receipt: Option<&[u8]>,
    ) -> FrameResult {
        if is_queue(destination) {
            let key = self.accept(sender, destination, view.keep())?;
            self.peers[sender].write_receipt(receipt);
            self.dispatch(key);
            self.block_if_full(sender, DeliverySource::Queue(key), destination);
        } else {
            self.peers[sender].write_receipt(receipt);
            self.publish_to_topic(sender, destination, view);
        }
        Ok(())
    }

    /// Puts a message into its queue and returns the queue's key. The message is not delivered yet.
    #[inline]
    pub(super) fn accept(
        &mut self,
        sender: ConnectionKey,
        destination: &[u8],
        message: Message,
    ) -> Result<QueueKey, ErrorFrame> {
        let key = self.queue_for(Some(sender), destination);
        self.queues[key].accept(message)?;
        Ok(key)
    }

    pub(super) fn publish_to_topic(
        &mut self,
        sender: ConnectionKey,
        destination: &[u8],
        view: MessageRef<'_>,
    ) {
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.clear();
        self.topics.listeners(destination, &mut listeners);
        let mut kept: Option<Message> = None;
        for &key in &listeners {
            let sub = &mut self.subs[key];
            if sub.mode == AckMode::Auto && sub.own.is_empty() && self.peers[sub.peer].has_room() {
                self.write_delivery(key, view);
                continue;
            }
            // All subscriptions for which the message is kept share one copy.
            sub.own.push(kept.get_or_insert_with(|| view.keep()).clone());
            self.pump(key);
            self.block_if_full(sender, DeliverySource::Subscription(key), destination);
        }
        self.listeners = listeners;
    }

    /// Stops reading from a producer until there is room, if its message has filled this backlog.
    #[inline]
    pub(super) fn block_if_full(
        &mut self,
        sender: ConnectionKey,
        source: DeliverySource,
        destination: &[u8],
    ) {
        let backlog = match source {
            DeliverySource::Queue(key) => self.queues.get(key).map(Queue::backlog),
            DeliverySource::Subscription(key) => self.subs.get(key).map(|sub| &sub.own),
        };
        let Some((count, bytes)) = backlog.map(|backlog| (backlog.count(), backlog.bytes())) else {
            return;
        };
        let peer = &mut self.peers[sender];
        if bytes > self.config.queue_bytes && !peer.blocked {
            peer.blocked = true;
            self.blocked.push((source, sender));
            self.log.push(format!(
                "{}: not read from until there is room: {} holds {count} messages, {bytes} bytes",
                peer.name,
                Printable(destination),
            ));
        }
    }

    /// The queue of this name, made where there is none.
    #[inline]
    pub(super) fn queue_for(&mut self, sender: Option<ConnectionKey>, name: &[u8]) -> QueueKey {
        let last = sender.and_then(|peer| self.peers.get(peer)?.last_queue);
        if let Some(last) = last
            && self.queues.get(last).is_some_and(|queue| **queue.name() == *name)
        {
            return last;
        }
        let key = match self.queue_keys.get(name) {
            Some(key) => *key,
            None => self.make_queue(name),
        };
        if let Some(peer) = sender.and_then(|peer| self.peers.get_mut(peer)) {
            peer.last_queue = Some(key);
        }
        key
    }

    fn make_queue(&mut self, name: &[u8]) -> QueueKey {
        if self.queues.len() >= IDLE_QUEUES && self.queues.len().is_power_of_two() {
            let idle: Vec<_> =
                self.queues.iter().filter(|(_, queue)| queue.is_idle()).map(|(key, _)| key).collect();
            for key in idle {
                self.drop_queue(key);
            }
        }
        let key = self.queues.insert(Queue::new(name.into()));
        self.queue_keys.insert(name.into(), key);
        key
    }

    pub(super) fn drop_queue(&mut self, key: QueueKey) {
        if let Some(queue) = self.queues.remove(key) {
            self.queue_keys.remove(&**queue.name());
            self.relieve(DeliverySource::Queue(key));
        }
    }
}
