//! The router: all that the broker knows, without a socket and without a clock.
//!
//! Peers' tasks hand in whole batches of frames and fetch what is to be sent; between the two lies
//! this. Its parts: `login` (CONNECT), `sending` (SEND), `subscribing`, `settling` (ACK, NACK),
//! `committing` (transactions), `delivery` (MESSAGE).

use std::collections::HashMap;
use std::io;
use std::task::Waker;

use slotmap::SlotMap;

use crate::protocol::{Batch, DecodeError, FrameRef, Negotiated, Verb, Version};

use super::BrokerConfig;
use super::connection::{Connection, Stage};
use super::keys::{ConnectionKey, Destination, MessageId, QueueKey, SubscriptionKey};
use super::queue::Queue;
use super::refusal::{Handled, Refusal, Shown, receipt_of};
use super::subscription::Subscription;
use super::topic::Topics;

/// A peer with this many octets waiting for its socket is given no more messages.
pub(super) const OUT_FULL: usize = 256 << 10;

/// A peer with this many octets waiting for its socket, receipts mostly, is not read from.
const OUT_STOP: usize = 1 << 20;

/// Queues with neither messages nor subscribers are kept, to be listed, up to this many in all.
const IDLE_QUEUES: usize = 4_096;

/// What may be given out now, because room came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dirty {
    Queue(QueueKey),
    Sub(SubscriptionKey),
}

/// How a peer stands, for its task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
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
    pub(super) dirty: Vec<Dirty>,
    /// Who is to be woken when the router is free again.
    pub(super) wakes: Vec<Waker>,
    /// Lines for the log, written when the router is free again.
    pub(super) log: Vec<String>,
    /// Room to compose headers in.
    pub(super) head: Vec<u8>,
    pub(super) listeners: Vec<SubscriptionKey>,
    /// Producers that are not read from until a backlog has room again.
    pub(super) blocked: Vec<(Dirty, ConnectionKey)>,
    stopping: bool,
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
            dirty: Vec::new(),
            wakes: Vec::new(),
            log: Vec::new(),
            head: Vec::new(),
            listeners: Vec::new(),
            blocked: Vec::new(),
            stopping: false,
        }
    }

    /// A new peer. One too many is told so and turned away.
    pub(super) fn connect(&mut self, name: String) -> ConnectionKey {
        let key = self.peers.insert(Connection::new(name, new_session()));
        let most = self.config.connections;
        if self.peers.len() > most {
            let advice = "Close others first; this limit is fixed.";
            self.refuse(key, &Refusal::new(format!("more than {most} connections"), advice), None);
        }
        if self.stopping {
            self.peers[key].stage = Stage::Closing;
        }
        key
    }

    /// Handles frames of a batch, from this one on, and says which is the next: the batch's length,
    /// unless the peer has to wait or is done. `lf_follows`: behind the batch's last frame comes a
    /// line feed.
    pub(super) fn feed(&mut self, key: ConnectionKey, batch: &Batch, from: usize, lf_follows: bool) -> usize {
        let mut next = from;
        self.peers[key].note_awake();
        while let Some(frame) = batch.get(next) {
            let peer = &self.peers[key];
            if peer.stage == Stage::Closing || peer.blocked || peer.out.len() > OUT_STOP {
                break;
            }
            next += 1;
            self.handle(key, frame, lf_follows && next == batch.len());
        }
        self.settle_dirty();
        next
    }

    /// Does what one frame asks.
    fn handle(&mut self, key: ConnectionKey, frame: FrameRef<'_>, lf_follows: bool) {
        let done = self.check_strictly(key, frame).and_then(|()| self.act(key, frame, lf_follows));
        if let Err(refusal) = done {
            let receipt = receipt_of(frame, self.peers[key].version);
            self.refuse(key, &refusal, receipt.as_deref());
        }
    }

    #[inline]
    fn act(&mut self, key: ConnectionKey, frame: FrameRef<'_>, lf_follows: bool) -> Handled {
        match (self.peers[key].stage, frame.verb()) {
            (Stage::New, Verb::Connect | Verb::Stomp) => self.login(key, frame, lf_follows),
            // The line is not shown: what comes from nobody we know may hold a secret.
            (Stage::New, Verb::Unknown) => Err(Refusal::new(
                "the first frame is not CONNECT",
                "This port speaks STOMP 1.0, 1.1 and 1.2.",
            )),
            (Stage::New, verb) => Err(Refusal::new(
                format!("{verb} before CONNECT"),
                "The first frame of a connection is CONNECT or STOMP.",
            )),
            (_, Verb::Send) => self.send(key, frame),
            (_, Verb::Ack | Verb::Nack) => self.settle(key, frame),
            (_, Verb::Subscribe) => self.subscribe(key, frame),
            (_, Verb::Unsubscribe) => self.unsubscribe(key, frame),
            (_, Verb::Begin) => self.begin(key, frame),
            (_, Verb::Commit) => self.commit(key, frame),
            (_, Verb::Abort) => self.abort(key, frame),
            (_, Verb::Disconnect) => {
                self.release(key, None);
                let peer = &mut self.peers[key];
                peer.stage = Stage::Closing;
                peer.write_receipt(frame.raw_header("receipt"));
                Ok(())
            }
            (_, Verb::Connect | Verb::Stomp) => {
                Err(Refusal::new("a second CONNECT", "This connection is logged in already."))
            }
            (_, Verb::Connected | Verb::Message | Verb::Receipt | Verb::Error) => Err(Refusal::new(
                format!("{} is a broker's frame", frame.verb()),
                "Clients send SEND, SUBSCRIBE, UNSUBSCRIBE, ACK, NACK, BEGIN, COMMIT, ABORT and DISCONNECT.",
            )),
            (_, Verb::Unknown) => Err(Refusal::new(
                format!("unknown verb '{}'", Shown(frame.verb_name())),
                "Verbs are written in capitals: SEND, SUBSCRIBE, ACK and so on.",
            )),
        }
    }

    /// What a strict broker minds in any frame, and a log line where another lets it pass.
    fn check_strictly(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> Handled {
        if self.config.strict
            && !frame.body().is_empty()
            && !frame.verb().may_have_body()
            && self.peers[key].version() > Version::V1_0
        {
            return Err(Refusal::new(
                format!("{} with a body", frame.verb()),
                "Only SEND, MESSAGE and ERROR may have one.",
            ));
        }
        if frame.had_short_length() {
            let name = &self.peers[key].name;
            self.log.push(format!(
                "{name}: content-length {} is smaller than the body of {} octets: \
                 it counts octets, not characters; the body was taken up to the NUL",
                frame.content_length().unwrap_or_default(),
                frame.body().len(),
            ));
        }
        Ok(())
    }

    /// Answers a frame that was processed, where it asked for that.
    #[inline]
    pub(super) fn receipt(&mut self, key: ConnectionKey, frame: FrameRef<'_>) {
        self.peers[key].write_receipt(frame.raw_header("receipt"));
    }

    /// Octets that cannot be understood.
    pub(super) fn refuse_octets(&mut self, key: ConnectionKey, error: &DecodeError) {
        let connected = self.peers[key].stage != Stage::New;
        self.refuse(key, &Refusal::octets(error, connected), None);
    }

    /// Sends an ERROR and ends the connection behind it.
    pub(super) fn refuse(&mut self, key: ConnectionKey, refusal: &Refusal, receipt: Option<&[u8]>) {
        if self.peers[key].stage == Stage::Closing {
            return;
        }
        self.release(key, None);
        let peer = &mut self.peers[key];
        peer.stage = Stage::Closing;
        refusal.write(&mut peer.out, peer.version, receipt, peer.end);
        peer.wake(&mut self.wakes);
        let name = &self.peers[key].name;
        self.log.push(format!("{name}: ERROR {}", Shown(refusal.message.as_bytes())));
    }

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

    /// How the peer stands; where it is blocked, the waker is woken when it no longer is.
    pub(super) fn await_room(&mut self, key: ConnectionKey, waker: &Waker) -> Standing {
        let peer = &mut self.peers[key];
        if peer.blocked {
            peer.sleeps(waker);
        }
        self.standing(key)
    }

    /// How the peer stands.
    pub(super) fn standing(&self, key: ConnectionKey) -> Standing {
        let peer = &self.peers[key];
        Standing {
            stage: peer.stage,
            blocked: peer.blocked,
            stopping: self.stopping,
            version: peer.version,
            heart: peer.heart,
        }
    }

    /// The peer sends nothing more. It may still read an answer; but messages that have not reached
    /// its socket go to others. Says whether there are such: then all output is dropped.
    pub(super) fn hang_up(&mut self, key: ConnectionKey, written: u64) -> bool {
        self.note_written(key, written);
        let peer = &self.peers[key];
        let is_unsent = |sub: &SubscriptionKey| {
            self.subs[*sub].unsettled.newest().is_some_and(|delivery| delivery.starts >= written)
        };
        let unsent = !peer.in_flight.is_empty() || peer.subs.iter().any(is_unsent);
        self.release(key, Some(written));
        let peer = &mut self.peers[key];
        peer.stage = Stage::Closing;
        if unsent {
            peer.out.clear();
        }
        unsent
    }

    /// A link that broke.
    pub(super) fn note_lost(&mut self, key: ConnectionKey, error: &io::Error) {
        self.log.push(format!("{}: {error}", self.peers[key].name));
    }

    /// Forgets a peer that is gone. What it had not settled, or did not reach its socket, goes back.
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
            if let Some(own) = self.queues.get_mut(queue) {
                own.requeue(messages);
                self.dirty.push(Dirty::Queue(queue));
            }
        }
        if peer.has_temporary {
            self.drop_temporary(&peer.session);
        }
        self.settle_dirty();
    }

    /// Ends all subscriptions and transactions of a peer.
    fn release(&mut self, key: ConnectionKey, written: Option<u64>) {
        for sub in std::mem::take(&mut self.peers[key].subs) {
            self.end_subscription(sub, written);
        }
        let peer = &mut self.peers[key];
        peer.by_id.clear();
        peer.transactions.clear();
        self.settle_dirty();
    }

    /// Ends all connections, and takes no more.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        for peer in self.peers.values_mut() {
            peer.stage = Stage::Closing;
            peer.blocked = false;
            peer.wake_anyway(&mut self.wakes);
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
            self.relieve(Dirty::Queue(key));
        }
    }
}

/// An id that is not used twice and cannot be guessed.
fn new_session() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
