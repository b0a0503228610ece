//! The router: all that the broker knows, without a socket and without a clock.
//!
//! Peers' tasks hand in whole batches of frames (`frames`) and fetch what is to be sent (`delivery`).
//! Each of the files below this one in the list of `mod.rs` adds methods for one kind of frame.

use std::collections::HashMap;
use std::task::Waker;

use slotmap::SlotMap;

use crate::protocol::{FrameRef, Negotiated, Version};

use super::config::BrokerConfig;
use super::connection::{Connection, Stage};
use super::keys::{ConnectionKey, DeliverySource, Destination, MessageId, QueueKey, SubscriptionKey};
use super::queue::Queue;
use super::subscription::Subscription;
use super::topic::Topics;

/// What a peer's task must know about its connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionStatus {
    pub(super) stage: Stage,
    /// It is not to be read from.
    pub(super) blocked: bool,
    /// The broker stops: nobody waits for the peer to close.
    pub(super) stopping: bool,
    pub(super) version: Option<Version>,
    pub(super) heart: Negotiated,
}

pub(super) struct Router {
    pub(super) config: BrokerConfig,
    pub(super) peers: SlotMap<ConnectionKey, Connection>,
    pub(super) subs: SlotMap<SubscriptionKey, Subscription>,
    pub(super) queues: SlotMap<QueueKey, Queue>,
    pub(super) queue_keys: HashMap<Destination, QueueKey>,
    pub(super) topics: Topics,
    pub(super) next_message: MessageId,
    /// What message ids begin with: unlike those of an earlier run.
    pub(super) id_prefix: String,
    /// Backlogs that may have messages for a subscription with room, once the batch is handled.
    pub(super) pending: Vec<DeliverySource>,
    /// Who is to be woken when the router is free again.
    pub(super) wakes: Vec<Waker>,
    /// Lines for the log, written when the router is free again.
    pub(super) log: Vec<String>,
    /// A buffer for the headers of the message that is being sent.
    pub(super) head: Vec<u8>,
    pub(super) listeners: Vec<SubscriptionKey>,
    /// Producers that are not read from until a backlog has room again.
    pub(super) blocked: Vec<(DeliverySource, ConnectionKey)>,
    pub(super) stopping: bool,
}

impl Router {
    pub(super) fn new(config: BrokerConfig) -> Self {
        let id_prefix = format!("{}-", &new_session()[..8]);
        Self {
            config,
            peers: SlotMap::with_key(),
            subs: SlotMap::with_key(),
            queues: SlotMap::with_key(),
            queue_keys: HashMap::new(),
            topics: Topics::default(),
            next_message: MessageId(1),
            id_prefix,
            pending: Vec::new(),
            wakes: Vec::new(),
            log: Vec::new(),
            head: Vec::new(),
            listeners: Vec::new(),
            blocked: Vec::new(),
            stopping: false,
        }
    }

    /// Sends the RECEIPT for a frame that was processed, if the frame asked for one.
    #[inline]
    pub(super) fn receipt(&mut self, key: ConnectionKey, frame: FrameRef<'_>) {
        self.peers[key].write_receipt(frame.raw_header("receipt"));
    }

    /// The status of a connection. If it is blocked, the waker is woken when it no longer is.
    pub(super) fn await_room(&mut self, key: ConnectionKey, waker: &Waker) -> ConnectionStatus {
        let peer = &mut self.peers[key];
        if peer.blocked {
            peer.sleeps(waker);
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

/// An id that is not used twice and cannot be guessed.
pub(super) fn new_session() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
