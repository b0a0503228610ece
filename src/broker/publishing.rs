//! Messages into queues and to the subscriptions of topics.

use super::destination::is_queue;
use super::error_frame::{ErrorFrame, FrameResult, Printable};
use super::keys::{ConnectionKey, DeliverySource, QueueKey};
use super::message::{MessageRef, OwnedMessage};
use super::queue::Queue;
use super::router::Router;
use super::subscription::SettleMode;

/// The number of queues at which those without messages and subscribers are deleted. They are kept to be
/// listed.
const IDLE_QUEUES: usize = 4_096;

impl Router {
    /// Delivers a message to its queue or topic, and writes the RECEIPT of its SEND. The RECEIPT is written
    /// once a queue has accepted the message and before it is delivered, because a client that sends to
    /// itself may wait for its receipt with a single read.
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

    /// Puts a message into its queue, which does not deliver it yet.
    #[inline]
    pub(super) fn accept(
        &mut self,
        sender: ConnectionKey,
        destination: &[u8],
        message: OwnedMessage,
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
        let mut kept: Option<OwnedMessage> = None;
        for &key in &listeners {
            let sub = &mut self.subs[key];
            if sub.mode == SettleMode::Auto && sub.backlog.is_empty() && self.peers[sub.peer].has_room() {
                self.write_delivery(key, view);
                continue;
            }
            // All subscriptions for which the message is kept share one copy.
            sub.backlog.push(kept.get_or_insert_with(|| view.keep()).clone());
            self.dispatch_backlog(key);
            self.block_if_full(sender, DeliverySource::Subscription(key), destination);
        }
        self.listeners = listeners;
    }

    /// Stops reading from a producer if its message has filled this backlog.
    #[inline]
    pub(super) fn block_if_full(
        &mut self,
        sender: ConnectionKey,
        source: DeliverySource,
        destination: &[u8],
    ) {
        let backlog = match source {
            DeliverySource::Queue(key) => self.queues.get(key).map(Queue::backlog),
            DeliverySource::Subscription(key) => self.subs.get(key).map(|sub| &sub.backlog),
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
            None => self.create_queue(name),
        };
        if let Some(peer) = sender.and_then(|peer| self.peers.get_mut(peer)) {
            peer.last_queue = Some(key);
        }
        key
    }

    fn create_queue(&mut self, name: &[u8]) -> QueueKey {
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
            self.unblock_producers(DeliverySource::Queue(key));
        }
    }
}
