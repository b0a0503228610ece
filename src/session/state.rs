//! The session itself: one connection after another, its life and its deadlines. Requests and arrivals
//! have files of their own.

use std::time::{Duration, Instant};

use super::bulk::Bulk;
use super::receipts::{Failure, Receipts};
use super::{Connected, Dialect, HeartBeatTimer, Outbox, Outcome, SessionError, Subscription};
use crate::protocol::{Encoder, Frame, Headers, Verb, Version};

/// Something was due and did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The peer has been silent for more than twice the heart-beat.
    HeartBeat(Duration),
    /// No receipt and no other progress for the receipt time-out.
    Receipts(Duration),
}

/// Bytes that systems and networks between here and the broker may hold.
const BUFFERS: u64 = 8 << 20;

/// The slowest link that makes no false time-out, in bytes a second.
const SLOWEST_LINK: u64 = 256 << 10;

/// What one connection after another to the same broker knows. `T` is what the caller wants back
/// with an outcome.
#[derive(Debug)]
pub struct Session<T> {
    /// The part of its ERRORs' numbers that tells them from those of other sessions of the process.
    pub id: u64,
    /// ERRORs that came.
    pub(super) errors: u64,
    pub(super) encoder: Encoder,
    pub(super) dialect: &'static Dialect,
    pub(super) connected: Option<Connected>,
    pub(super) beats: Option<HeartBeatTimer>,
    /// Bytes on their way out.
    pub outbox: Outbox,
    pub(super) receipts: Receipts<T>,
    pub(super) receipt_timeout: Duration,
    pub(super) progress: Instant,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) last_subscription: usize,
    pub(super) subscriptions_made: u64,
    pub(super) transactions: Vec<String>,
    pub(super) bulk: Option<Bulk>,
    pub(super) received: u64,
    pub(super) confirmed: u64,
    pub(super) connections: u64,
    pub(super) outcomes: Vec<Outcome<T>>,
    pub(super) disconnecting: bool,
    /// Whether the outbox ends inside of a body: a heart-beat there would be part of it.
    pub(super) mid_frame: bool,
    /// Bytes that were given to the socket since the last receipt, at most [`BUFFERS`] of them: they may
    /// be anywhere between here and the broker.
    pub(super) bytes_in_flight: u64,
    /// Whether the socket is being read.
    pub(super) reading: bool,
}

impl<T> Session<T> {
    /// A session that is not connected.
    pub fn new(receipt_timeout: Duration, now: Instant) -> Self {
        Self {
            id: 0,
            errors: 0,
            encoder: Encoder::new(Version::V1_2),
            dialect: Dialect::unknown(),
            connected: None,
            beats: None,
            outbox: Outbox::default(),
            receipts: Receipts::new(),
            receipt_timeout,
            progress: now,
            subscriptions: Vec::new(),
            last_subscription: 0,
            subscriptions_made: 0,
            transactions: Vec::new(),
            bulk: None,
            received: 0,
            confirmed: 0,
            connections: 0,
            outcomes: Vec::new(),
            disconnecting: false,
            mid_frame: false,
            bytes_in_flight: 0,
            reading: true,
        }
    }

    /// CONNECTED came: from here on frames can be sent. Subscriptions of an earlier connection are
    /// asked for again, first of all; those of the ids in `wanted` with a receipt, of which the id and
    /// the receipt are returned.
    pub fn connected(
        &mut self,
        connected: Connected,
        now: Instant,
        wanted: &[&str],
    ) -> Result<Vec<(String, u64)>, SessionError> {
        self.encoder = Encoder::new(connected.version);
        self.dialect = connected.dialect();
        self.beats = Some(HeartBeatTimer::new(connected.beats, now));
        self.connected = Some(connected);
        self.connections += 1;
        self.progress = now;
        self.reading = true;
        let mut asked = Vec::new();
        for index in 0..self.subscriptions.len() {
            let id = self.subscriptions[index].id.clone();
            let headers = self.subscription_headers(&self.subscriptions[index].options, &id);
            self.subscriptions[index].headers.clone_from(&headers);
            let receipt = self.send_control(Verb::Subscribe, headers, wanted.contains(&id.as_str()))?;
            asked.extend(receipt.map(|receipt| (id, receipt)));
        }
        if let Some(bulk) = &mut self.bulk {
            bulk.encode_head(self.encoder)?;
        }
        Ok(asked)
    }

    /// What CONNECTED said, while there is a connection.
    pub fn connection(&self) -> Option<&Connected> {
        self.connected.as_ref()
    }

    /// The broker's ways.
    pub fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// The subscriptions.
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    /// The open transactions.
    pub fn transactions(&self) -> &[String] {
        &self.transactions
    }

    /// How many messages came in all.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many connections there were, this one counted.
    pub fn connections(&self) -> u64 {
        self.connections
    }

    /// How many receipts have come, over all connections.
    pub fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// How many receipts are open.
    pub fn open_receipts(&self) -> usize {
        self.receipts.count()
    }

    /// Whether DISCONNECT was sent: nothing is sent behind it (STOMP 1.2, "DISCONNECT").
    pub fn is_disconnecting(&self) -> bool {
        self.disconnecting
    }

    /// Takes the outcomes that have come so far.
    pub fn outcomes(&mut self) -> Vec<Outcome<T>> {
        std::mem::take(&mut self.outcomes)
    }

    /// Wants `token` back with the outcome of the request that returned this receipt.
    pub fn expect(&mut self, receipt: u64, token: T) {
        self.receipts.expect(receipt, token);
    }

    /// Refuses what would follow a DISCONNECT.
    pub(super) fn check_open(&self) -> Result<(), SessionError> {
        if self.disconnecting { Err(SessionError::Disconnecting) } else { Ok(()) }
    }

    /// Encodes a frame that changes something, with a receipt where one is wanted.
    pub(super) fn send_control(
        &mut self,
        verb: Verb,
        mut headers: Headers,
        receipt: bool,
    ) -> Result<Option<u64>, SessionError> {
        self.check_open()?;
        let id = receipt.then(|| self.receipts.ask(self.outbox.end()));
        if let Some(id) = id {
            headers.push("receipt", id.to_string());
        }
        let frame = Frame { verb, headers, body: bytes::Bytes::new() };
        self.encode(&frame, id)?;
        Ok(id)
    }

    pub(super) fn encode(&mut self, frame: &Frame, receipt: Option<u64>) -> Result<(), SessionError> {
        if let Err(error) = self.encoder.frame(self.outbox.buffer(), frame) {
            self.receipts.cancel(receipt);
            return Err(error.into());
        }
        self.outbox.end_frame();
        Ok(())
    }

    /// Says goodbye; the receipt proves that all before it was processed. Nothing is sent after it.
    pub fn disconnect(&mut self) -> Result<u64, SessionError> {
        let receipt = self.send_control(Verb::Disconnect, Headers::new(), true)?;
        self.disconnecting = true;
        Ok(receipt.unwrap_or_default())
    }

    /// Something is about to be asked: the time without an answer begins now, unless something is
    /// being waited for already.
    pub fn start_receipt_timer(&mut self, now: Instant) {
        if self.receipts.count() == 0 && self.outbox.is_empty() {
            self.progress = now;
        }
    }

    /// The socket took bytes of the outbox.
    pub fn note_written(&mut self, count: usize, now: Instant) {
        // That the socket takes heart-beats says nothing of the receipts.
        let beat = self.outbox.begins_with_beat();
        self.outbox.note_written(count);
        if !beat {
            self.progress = now;
            self.bytes_in_flight = (self.bytes_in_flight + count as u64).min(BUFFERS);
        }
        if let Some(beats) = &mut self.beats {
            beats.bytes_out(now);
        }
        if let Some(bulk) = &mut self.bulk {
            bulk.note_written(self.outbox.written());
        }
    }

    /// Bytes came.
    pub fn bytes_in(&mut self, now: Instant) {
        if let Some(beats) = &mut self.beats {
            beats.bytes_in(now);
        }
    }

    /// Reading stopped because whoever takes the messages is slow, or goes on.
    pub fn set_reading(&mut self, reading: bool, now: Instant) {
        if reading && !self.reading {
            // The receipts may have been there all the time.
            self.progress = now;
        }
        self.reading = reading;
        if let Some(beats) = &mut self.beats {
            beats.set_reading(reading, now);
        }
    }

    /// The connection is gone. Returns the transactions that are gone with it.
    pub fn lost(&mut self, reason: &str) -> Vec<String> {
        let bulk = self.fail_open(reason, None, false);
        if let Some(own) = &mut self.bulk {
            own.lost(&bulk, reason);
        }
        self.outbox.clear();
        self.connected = None;
        self.beats = None;
        self.disconnecting = false;
        self.mid_frame = false;
        self.bytes_in_flight = 0;
        for subscription in &mut self.subscriptions {
            subscription.unacked.clear();
        }
        std::mem::take(&mut self.transactions)
    }

    /// Whether something is being waited for: a receipt, which cannot come while nothing is read, or
    /// that the socket takes what is there.
    fn waits(&self) -> bool {
        let receipt = self.receipts.count() > 0 && self.reading;
        (receipt || self.outbox.len() > usize::from(self.outbox.begins_with_beat()))
            && self.receipt_timeout > Duration::ZERO
    }

    /// How long nothing may come: the receipt time-out, and the time that what stands in the buffers
    /// on the way takes on a slow link.
    fn patience(&self) -> Duration {
        self.receipt_timeout + Duration::from_millis(self.bytes_in_flight * 1_000 / SLOWEST_LINK)
    }

    /// When [`Session::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let beats = self.beats.as_ref();
        let receipts = self.waits().then(|| self.progress + self.patience());
        let out = beats.and_then(HeartBeatTimer::next_out).filter(|_| !self.disconnecting);
        [out, beats.and_then(HeartBeatTimer::dead_at), receipts].into_iter().flatten().min()
    }

    /// Gives a sign of life where one is due, and tells what did not come in time. Whoever calls
    /// has looked at the socket just before.
    pub fn tick(&mut self, now: Instant) -> Option<Overdue> {
        let beats = self.beats.as_ref()?;
        if beats.dead_at().is_some_and(|dead| now >= dead) {
            return Some(Overdue::HeartBeat(beats.silence(now)));
        }
        if beats.next_out().is_some_and(|due| now >= due) && !self.disconnecting {
            // Whatever is waiting for the socket is a sign of life itself, once it is taken.
            if self.outbox.is_empty() && !self.mid_frame {
                self.start_receipt_timer(now);
                self.outbox.beat();
            }
            if let Some(beats) = &mut self.beats {
                beats.bytes_out(now);
            }
        }
        let waited = now.saturating_duration_since(self.progress);
        if self.waits() && waited >= self.patience() {
            let reason = format!("no receipt for {} s", self.receipt_timeout.as_secs_f64());
            let bulk = self.fail_open(&reason, None, true);
            if let Some(own) = &mut self.bulk {
                own.stop(Failure::unknown(reason));
                own.lost(&bulk, "no receipt");
            }
            self.progress = now;
            return Some(Overdue::Receipts(waited));
        }
        None
    }
}
