//! The start and end of connections: accepted, refused, lost, closed by the broker.

use std::collections::HashMap;

use crate::protocol::DecodeError;

use super::connection::{Connection, ConnectionStage};
use super::error_frame::{ErrorFrame, Printable};
use super::keys::{ConnectionKey, DeliverySource, QueueKey, SubscriptionKey};
use super::router::{Router, new_session};

impl Router {
    /// Adds a connection. One above the limit gets an ERROR and is closed.
    pub(super) fn connect(&mut self, name: String) -> ConnectionKey {
        let key = self.peers.insert(Connection::new(name, new_session()));
        let most = self.config.connections;
        if self.peers.len() > most {
            let advice = "Close others first; this limit is fixed.";
            self.refuse(key, &ErrorFrame::new(format!("more than {most} connections"), advice), None);
        }
        if self.stopping {
            self.peers[key].stage = ConnectionStage::Closing;
        }
        key
    }

    /// Sends an ERROR for bytes that the decoder rejected.
    pub(super) fn refuse_bytes(&mut self, key: ConnectionKey, error: &DecodeError) {
        let connected = self.peers[key].stage != ConnectionStage::New;
        self.refuse(key, &ErrorFrame::bytes(error, connected), None);
    }

    /// Sends an ERROR and closes the connection once it is written.
    pub(super) fn refuse(&mut self, key: ConnectionKey, refusal: &ErrorFrame, receipt: Option<&[u8]>) {
        if self.peers[key].stage == ConnectionStage::Closing {
            return;
        }
        self.release(key, None);
        let peer = &mut self.peers[key];
        peer.stage = ConnectionStage::Closing;
        refusal.write(&mut peer.out, peer.version, receipt, peer.end);
        peer.wake(&mut self.wakes);
        let name = &self.peers[key].name;
        self.log.push(format!("{name}: ERROR {}", Printable(refusal.message.as_bytes())));
    }

    /// Handles the end of a connection's input. The client may still read an answer, but messages that have
    /// not reached its socket are requeued. If there were any, all output is dropped and true returned.
    pub(super) fn hang_up(&mut self, key: ConnectionKey, written: u64) -> bool {
        self.note_written(key, written);
        let peer = &self.peers[key];
        let is_unsent = |sub: &SubscriptionKey| {
            self.subs[*sub].unsettled.newest().is_some_and(|delivery| delivery.starts >= written)
        };
        let unsent = !peer.in_flight.is_empty() || peer.subs.iter().any(is_unsent);
        self.release(key, Some(written));
        let peer = &mut self.peers[key];
        peer.stage = ConnectionStage::Closing;
        if unsent {
            peer.out.clear();
        }
        unsent
    }

    /// Removes a connection that has ended and requeues its messages that are unsettled or not written.
    pub(super) fn remove(&mut self, key: ConnectionKey, written: u64) {
        self.note_written(key, written);
        self.release(key, Some(written));
        let Some(mut peer) = self.peers.remove(key) else {
            return;
        };
        self.blocked.retain(|(_, producer)| *producer != key);
        let mut returned: HashMap<QueueKey, Vec<_>> = HashMap::new();
        for mut flying in peer.in_flight.drain(..) {
            flying.message.redelivered |= flying.starts < written;
            returned.entry(flying.queue).or_default().push(flying.message);
        }
        for (queue, messages) in returned {
            if let Some(target) = self.queues.get_mut(queue) {
                target.requeue(messages);
                self.pending.push(DeliverySource::Queue(queue));
            }
        }
        if peer.has_temporary {
            self.drop_temporary(&peer.session);
        }
        self.dispatch_pending();
    }

    pub(super) fn release(&mut self, key: ConnectionKey, written: Option<u64>) {
        for sub in std::mem::take(&mut self.peers[key].subs) {
            self.end_subscription(sub, written);
        }
        let peer = &mut self.peers[key];
        peer.by_id.clear();
        peer.transactions.clear();
        self.dispatch_pending();
    }

    /// Closes all connections, and each new one from now on.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        for peer in self.peers.values_mut() {
            peer.stage = ConnectionStage::Closing;
            peer.blocked = false;
            peer.wake_anyway(&mut self.wakes);
        }
    }

    pub(super) fn drop_temporary(&mut self, session: &str) {
        let prefix = format!("/remote-temp-queue/{session}");
        let queues = self.queue_keys.iter();
        let theirs = queues.filter(|(name, _)| name.starts_with(prefix.as_bytes())).map(|(_, key)| *key);
        let theirs: Vec<_> = theirs.collect();
        for key in theirs {
            self.drop_queue(key);
        }
    }
}
