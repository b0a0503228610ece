//! The router's state of one connection: version, subscriptions, transactions, output.

use std::collections::{HashMap, VecDeque};
use std::task::Waker;

use crate::protocol::{Negotiated, Version};

use super::error_frame::ErrorFrame;
use super::keys::{QueueKey, SubscriptionId, SubscriptionKey, TransactionName};
use super::message::OwnedMessage;
use super::transaction::{Transaction, unknown_transaction};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionStage {
    #[default]
    New,
    /// CONNECTED was sent; all client frames are handled.
    Open,
    /// After DISCONNECT or an ERROR: output is still written, but no frame is handled.
    Closing,
}

/// A message that was delivered to an `auto` subscription and is not yet written to its socket.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) queue: QueueKey,
    pub(super) message: OwnedMessage,
    /// The positions in the connection's output at which its MESSAGE begins and ends.
    pub(super) starts: u64,
    pub(super) ends: u64,
}

#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) name: String,
    /// The unpredictable `session` header of CONNECTED.
    pub(super) session: String,
    pub(super) stage: ConnectionStage,
    /// `None` before CONNECT.
    pub(super) version: Option<Version>,
    pub(super) heart: Negotiated,
    /// NUL, or NUL and LF for clients that wait for a line feed.
    pub(super) end: &'static [u8],
    /// Output that the peer's task has not fetched yet.
    pub(super) out: Vec<u8>,
    /// The number of bytes fetched so far.
    fetched: u64,
    waker: Option<Waker>,
    /// Whether the task must be woken for new output.
    asleep: bool,
    /// Whether a subscription was passed over because `out` was full.
    pub(super) stalled: bool,
    /// Whether reading is suspended because the connection filled a backlog.
    pub(super) blocked: bool,
    pub(super) subs: Vec<SubscriptionKey>,
    pub(super) by_id: HashMap<SubscriptionId, SubscriptionKey>,
    pub(super) transactions: HashMap<TransactionName, Transaction>,
    pub(super) in_flight: VecDeque<InFlight>,
    /// The queue of the last SEND, which mostly is that of the next one too.
    pub(super) last_queue: Option<QueueKey>,
    pub(super) has_temporary: bool,
    /// The number of `auto` subscriptions so far. With one, an unexpected ACK is harmless.
    pub(super) autos: usize,
}

impl Connection {
    pub(super) fn new(name: String, session: String) -> Self {
        Self { name, session, end: b"\0\n", ..Self::default() }
    }

    /// The oldest version before CONNECT.
    #[inline]
    pub(super) fn version(&self) -> Version {
        self.version.unwrap_or(Version::V1_0)
    }

    /// The position of the next byte in the connection's whole output.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.fetched + self.out.len() as u64
    }

    /// Moves the output into `with`, an empty buffer that is used for the next output.
    pub(super) fn fetch(&mut self, with: &mut Vec<u8>) {
        self.fetched += self.out.len() as u64;
        std::mem::swap(&mut self.out, with);
    }

    /// Notes that the task waits for output, and how to wake it.
    pub(super) fn wait_for_output(&mut self, waker: &Waker) {
        self.asleep = true;
        match &self.waker {
            Some(known) if known.will_wake(waker) => {}
            _ => self.waker = Some(waker.clone()),
        }
    }

    pub(super) fn note_awake(&mut self) {
        self.asleep = false;
    }

    /// Wakes the task even if it waits for its socket.
    pub(super) fn wake_anyway(&mut self, wakes: &mut Vec<Waker>) {
        wakes.extend(self.waker.clone());
    }

    /// Adds the task's waker to `wakes` if it waits for output.
    #[inline]
    pub(super) fn wake(&mut self, wakes: &mut Vec<Waker>) {
        if self.asleep {
            self.asleep = false;
            wakes.extend(self.waker.clone());
        }
    }

    /// Appends a RECEIPT if a frame has this `receipt` header, given in its escaped form.
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

    pub(super) fn transaction(&mut self, verb: &str, name: &[u8]) -> Result<&mut Transaction, ErrorFrame> {
        self.transactions.get_mut(name).ok_or_else(|| unknown_transaction(verb, name))
    }
}
