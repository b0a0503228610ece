//! The router: the whole state of the broker, without sockets and clocks.
//!
//! Peers' tasks pass in batches of frames (`frames`) and fetch output (`delivery`). The files below this one
//! in the list of `mod.rs` add methods, mostly for one kind of frame each.

use std::collections::HashMap;
use std::task::Waker;

use slotmap::SlotMap;

use crate::protocol::{FrameRef, Negotiated, Version};

use super::config::BrokerConfig;
use super::connection::{Connection, ConnectionStage};
use super::keys::{ConnectionKey, DeliverySource, Destination, MessageId, QueueKey, SubscriptionKey};
use super::queue::Queue;
use super::subscription::BrokerSubscription;
use super::topic::Topics;

#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionStatus {
    pub(super) stage: ConnectionStage,
    /// Whether reading is suspended.
    pub(super) blocked: bool,
    /// Whether the broker stops, so that the task does not wait for the peer to close.
    pub(super) stopping: bool,
    pub(super) version: Option<Version>,
    pub(super) heart: Negotiated,
}

#[derive(Default)]
pub(super) struct Router {
    pub(super) config: BrokerConfig,
    pub(super) peers: SlotMap<ConnectionKey, Connection>,
    pub(super) subs: SlotMap<SubscriptionKey, BrokerSubscription>,
    pub(super) queues: SlotMap<QueueKey, Queue>,
    pub(super) queue_keys: HashMap<Destination, QueueKey>,
    pub(super) topics: Topics,
    pub(super) next_message: MessageId,
    /// The beginning of message ids, different in each run.
    pub(super) id_prefix: String,
    /// Backlogs to be delivered once the batch is handled.
    pub(super) pending: Vec<DeliverySource>,
    /// Tasks to be woken once the router is unlocked.
    pub(super) wakes: Vec<Waker>,
    /// Lines to be logged once the router is unlocked.
    pub(super) log: Vec<String>,
    /// A buffer for the headers of the current SEND.
    pub(super) head: Vec<u8>,
    pub(super) listeners: Vec<SubscriptionKey>,
    /// Producers that are not read from, with the backlog that they filled.
    pub(super) blocked: Vec<(DeliverySource, ConnectionKey)>,
    pub(super) stopping: bool,
}

impl Router {
    pub(super) fn new(config: BrokerConfig) -> Self {
        let id_prefix = format!("{}-", &new_session()[..8]);
        Self { config, id_prefix, next_message: MessageId(1), ..Self::default() }
    }

    #[inline]
    pub(super) fn receipt(&mut self, key: ConnectionKey, frame: FrameRef<'_>) {
        self.peers[key].write_receipt(frame.raw_header("receipt"));
    }

    /// The status of a connection. The waker of a blocked one is woken once it is unblocked.
    pub(super) fn await_room(&mut self, key: ConnectionKey, waker: &Waker) -> ConnectionStatus {
        let peer = &mut self.peers[key];
        if peer.blocked {
            peer.wait_for_output(waker);
        }
        self.status(key)
    }

    pub(super) fn status(&self, key: ConnectionKey) -> ConnectionStatus {
        let peer = &self.peers[key];
        ConnectionStatus {
            stage: peer.stage,
            blocked: peer.blocked,
            stopping: self.stopping,
            version: peer.version,
            heart: peer.heart,
        }
    }
}

/// An identifier that is unique and unpredictable.
pub(super) fn new_session() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
