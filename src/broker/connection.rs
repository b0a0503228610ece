//! What the router knows of a peer: its version, what it subscribed to, what is to be sent to it.

use std::collections::{HashMap, VecDeque};
use std::task::Waker;

use crate::protocol::{Negotiated, Version};

use super::error_frame::ErrorFrame;
use super::keys::{QueueKey, SubscriptionId, SubscriptionKey, TransactionName};
use super::message::Message;
use super::transaction::{Transaction, unknown};

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// No CONNECT has succeeded yet.
    New,
    /// CONNECTED was sent; all frames of a client are handled.
    Open,
    /// After DISCONNECT or an ERROR: the output is still written, and nothing more is handled.
    Closing,
}

/// A message of a queue that is given to an `auto` subscription, until the socket has it.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) queue: QueueKey,
    pub(super) message: Message,
    /// Where its MESSAGE begins and ends in the bytes for the peer.
    pub(super) starts: u64,
    pub(super) ends: u64,
}

#[derive(Debug)]
pub(super) struct Connection {
    /// The address, for the log.
    pub(super) name: String,
    /// The `session` header of CONNECTED: unique, and not to be guessed.
    pub(super) session: String,
    pub(super) stage: Stage,
    /// The negotiated version; `None` before login.
    pub(super) version: Option<Version>,
    pub(super) heart: Negotiated,
    /// What ends a frame: NUL, or NUL and LF for clients that wait for it.
    pub(super) end: &'static [u8],
    /// What the peer's task has not fetched yet.
    pub(super) out: Vec<u8>,
    /// Bytes that it has fetched before.
    fetched: u64,
    waker: Option<Waker>,
    /// The task waits for the router.
    asleep: bool,
    /// A subscription of it was passed over because `out` was full.
    pub(super) stalled: bool,
    /// It has filled a queue, and is not read from until there is room.
    pub(super) blocked: bool,
    pub(super) subs: Vec<SubscriptionKey>,
    pub(super) by_id: HashMap<SubscriptionId, SubscriptionKey>,
    pub(super) transactions: HashMap<TransactionName, Transaction>,
    pub(super) in_flight: VecDeque<InFlight>,
    /// The queue that it last sent to: mostly the next one too.
    pub(super) last_queue: Option<QueueKey>,
    /// Whether it has used a temporary destination.
    pub(super) has_temporary: bool,
    /// How many `auto` subscriptions it has or had: whose acks mean nothing.
    pub(super) autos: usize,
}

impl Connection {
    pub(super) fn new(name: String, session: String) -> Self {
        Self {
            name,
            session,
            stage: Stage::New,
            version: None,
            heart: Negotiated::default(),
            end: b"\0\n",
            out: Vec::new(),
            fetched: 0,
            waker: None,
            asleep: false,
            stalled: false,
            blocked: false,
            subs: Vec::new(),
            by_id: HashMap::new(),
            transactions: HashMap::new(),
            in_flight: VecDeque::new(),
            last_queue: None,
            has_temporary: false,
            autos: 0,
        }
    }

    /// The version; before it is settled, the oldest.
    #[inline]
    pub(super) fn version(&self) -> Version {
        self.version.unwrap_or(Version::V1_0)
    }

    /// The place of the next byte in all that the peer ever gets.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.fetched + self.out.len() as u64
    }

    /// Hands what is to be sent over to the task; `with` is empty, and is used next.
    pub(super) fn fetch(&mut self, with: &mut Vec<u8>) {
        self.fetched += self.out.len() as u64;
        std::mem::swap(&mut self.out, with);
    }

    /// The task will sleep until it is woken.
    pub(super) fn sleeps(&mut self, waker: &Waker) {
        self.asleep = true;
        match &self.waker {
            Some(own) if own.will_wake(waker) => {}
            _ => self.waker = Some(waker.clone()),
        }
    }

    /// The task is at it, and needs no waking.
    pub(super) fn note_awake(&mut self) {
        self.asleep = false;
    }

    /// Wakes the task, whatever it waits for.
    pub(super) fn wake_anyway(&mut self, wakes: &mut Vec<Waker>) {
        wakes.extend(self.waker.clone());
    }

    /// Wakes the task, if it sleeps, when the router is free again.
    #[inline]
    pub(super) fn wake(&mut self, wakes: &mut Vec<Waker>) {
        if self.asleep {
            self.asleep = false;
            wakes.extend(self.waker.clone());
        }
    }

    /// Appends a RECEIPT, if a frame asked for one by this header, which is not unescaped.
    #[inline]
    pub(super) fn write_receipt(&mut self, receipt: Option<&[u8]>) {
        let Some(receipt) = receipt else {
            return;
        };
        self.out.extend_from_slice(b"RECEIPT\nreceipt-id:");
        self.out.extend_from_slice(receipt);
        self.out.extend_from_slice(b"\n\n");
        self.out.extend_from_slice(self.end);
    }

    /// The open transaction that a frame names.
    pub(super) fn transaction(&mut self, verb: &str, name: &[u8]) -> Result<&mut Transaction, ErrorFrame> {
        self.transactions.get_mut(name).ok_or_else(|| unknown(verb, name))
    }
}
