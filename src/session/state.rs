//! The session itself: connecting, losing the connection, deadlines.

use std::time::{Duration, Instant};

use super::bulk::Bulk;
use super::open_transaction::{OpenCommit, OpenTransaction};
use super::receipts::{
    AwaitedBy, BrokerError, DOUBT_AFTER, Failure, LastAck, ReceiptKind, ReceiptKinds, ReceiptPolicy, Receipts,
};
use super::subscription::TransactedAck;
use super::unsolicited::SubscriptionIds;
use super::{Confirmation, Connected, Dialect, HeartBeatTimer, Outbox, Outcome, SessionError, Subscription};
use crate::protocol::{Encoder, Frame, Headers, Verb, Version};

/// The deadline that has expired, according to [`Session::tick`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// The peer has been silent for this time, which is more than twice the heart-beat interval.
    HeartBeat(Duration),
    /// For this time no receipt arrived and the socket accepted nothing.
    Receipts(Duration),
    /// No receipt has arrived over this connection yet: the server may send none.
    AnyReceipt,
}

/// The most bytes that may be buffered in systems and networks between here and the broker.
const BUFFERS: u64 = 8 << 20;

/// The slowest link on which no receipt times out by mistake, in bytes per second.
const SLOWEST_LINK: u64 = 256 << 10;

/// The state of consecutive connections to the same broker. `T` is the token that identifies a request in its
/// [`Outcome`].
#[derive(Debug)]
pub struct Session<T> {
    /// Distinguishes the ERROR frames of this session from those of others in the process.
    pub id: u64,
    /// Whether an ERROR without a `receipt-id` is held back: if the connection ends after it, it was the reason.
    pub(crate) holds_errors: bool,
    /// Such ERRORs; [`Session::release_errors`] makes them count.
    pub(super) held_errors: Vec<BrokerError>,
    /// The number of ERROR frames received.
    pub(super) errors: u64,
    pub(super) encoder: Encoder,
    pub(super) dialect: &'static Dialect,
    pub(super) connected: Option<Connected>,
    pub(super) heart_beats: Option<HeartBeatTimer>,
    /// The bytes to write to the socket; call [`Session::note_written`] afterwards.
    pub outbox: Outbox,
    pub(super) receipts: Receipts<T>,
    pub(super) receipt_timeout: Duration,
    pub(super) receipt_policy: ReceiptPolicy,
    /// How long the first receipt of a connection may take before the server is doubted to send any.
    pub(super) doubt_after: Duration,
    pub(super) doubts_kinds: bool,
    /// When DISCONNECT waits for receipts of the last acks no longer.
    pub(super) leave_at: Option<Instant>,
    /// The kinds of frames whose receipts nobody waits for, since none has arrived for [`DOUBT_AFTER`].
    pub(super) given_up: ReceiptKinds,
    pub(super) relayed: bool,
    /// The kinds of frames for which a receipt arrived over the present connection.
    pub(super) confirmed_kinds: ReceiptKinds,
    /// Whether this server has confirmed a SEND in a transaction only after COMMIT, for which that did not wait any longer.
    pub(super) confirms_sends_after_commit: bool,
    pub(super) last_ack: LastAck,
    /// The number of receipts for SENDs that nobody waited for any longer, over all connections.
    pub(super) late_receipts: u64,
    /// When a receipt arrived, or the socket accepted a frame, for the last time.
    pub(super) progress: Instant,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) last_subscription: usize,
    pub(super) subscriptions_made: u64,
    pub(super) subscription_ids: SubscriptionIds,
    pub(super) transactions: Vec<OpenTransaction>,
    pub(super) transactions_made: u64,
    /// The names of those that were open when the last connection was lost.
    pub(super) lost_transactions: Vec<String>,
    pub(super) transacted_acks: Vec<TransactedAck>,
    pub(super) commits: Vec<OpenCommit<T>>,
    pub(super) bulk: Option<Bulk>,
    pub(super) received: u64,
    pub(super) confirmed: u64,
    pub(super) connections: u64,
    pub(super) outcomes: Vec<Outcome<T>>,
    /// The receipt of DISCONNECT, once that was sent.
    pub(super) disconnect: Option<u64>,
    /// Whether it has arrived. Nothing after it counts.
    pub(super) disconnected: bool,
    /// Whether the outbox ends inside a streamed body, of which a heart-beat would become part.
    pub(super) mid_frame: bool,
    /// The bytes written since the last receipt, at most [`BUFFERS`]: the broker may not have received them.
    pub(super) bytes_in_flight: u64,
    /// Whether the socket is read; otherwise no receipt can arrive.
    pub(super) reading: bool,
}

impl<T> Session<T> {
    /// A session without a connection: [`Session::connected`] must be called before any request.
    pub fn new(receipt_timeout: Duration, now: Instant) -> Self {
        Self {
            id: 0,
            holds_errors: false,
            held_errors: Vec::new(),
            errors: 0,
            encoder: Encoder::new(Version::V1_2),
            dialect: Dialect::unknown(),
            connected: None,
            heart_beats: None,
            outbox: Outbox::default(),
            receipts: Receipts::new(),
            receipt_timeout,
            receipt_policy: ReceiptPolicy::default(),
            doubt_after: DOUBT_AFTER,
            doubts_kinds: false,
            leave_at: None,
            given_up: ReceiptKinds::default(),
            confirmed_kinds: ReceiptKinds::default(),
            confirms_sends_after_commit: false,
            last_ack: LastAck::Unasked,
            late_receipts: 0,
            relayed: false,
            progress: now,
            subscriptions: Vec::new(),
            last_subscription: 0,
            subscriptions_made: 0,
            subscription_ids: SubscriptionIds::default(),
            transactions: Vec::new(),
            transactions_made: 0,
            lost_transactions: Vec::new(),
            transacted_acks: Vec::new(),
            commits: Vec::new(),
            bulk: None,
            received: 0,
            confirmed: 0,
            connections: 0,
            outcomes: Vec::new(),
            disconnect: None,
            disconnected: false,
            mid_frame: false,
            bytes_in_flight: 0,
            reading: true,
        }
    }

    /// Starts a connection, after CONNECTED. Subscriptions of an earlier connection are renewed before any other
    /// frame; those whose ids are in `wanted` with a receipt, and their ids and receipts are returned.
    pub fn connected(
        &mut self,
        connected: Connected,
        now: Instant,
        wanted: &[&str],
    ) -> Result<Vec<(String, u64)>, SessionError> {
        self.encoder = Encoder::new(connected.version);
        self.dialect = connected.dialect();
        self.heart_beats = Some(HeartBeatTimer::new(connected.beats, now));
        self.connected = Some(connected);
        self.connections += 1;
        self.last_ack = LastAck::Unasked;
        self.confirmed_kinds = ReceiptKinds::default();
        self.confirms_sends_after_commit = false;
        self.given_up = ReceiptKinds::default();
        self.leave_at = None;
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

    /// What CONNECTED said; `None` without a connection.
    pub(crate) fn connection(&self) -> Option<&Connected> {
        self.connected.as_ref()
    }

    pub(crate) fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    pub(crate) fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    /// The number of MESSAGE frames over all connections.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The number of connections so far.
    pub(crate) fn connections(&self) -> u64 {
        self.connections
    }

    /// The number of receipts over all connections.
    pub(crate) fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// The number of open receipts that only DISCONNECT waits for.
    pub(crate) fn open_unawaited(&self) -> usize {
        self.receipts.open_unawaited()
    }

    /// The number of open receipts that have to come now.
    fn due_receipts(&self) -> usize {
        if self.given_up.is_empty() {
            return self.open_receipts();
        }
        let due = |kind: &ReceiptKind| !self.given_up.contains(*kind);
        let counts = ReceiptKind::ALL.iter().copied().filter(due).map(|kind| self.receipts.count_of(kind));
        counts.sum::<usize>() + self.due_in_transactions_without(self.given_up)
    }

    /// The number of open receipts, except for those that may come at a later COMMIT.
    pub(crate) fn open_receipts(&self) -> usize {
        self.receipts.count() - self.held_in_transactions()
    }

    /// Whether DISCONNECT was sent: no frame may follow it (STOMP 1.2, "DISCONNECT").
    pub(crate) fn is_disconnecting(&self) -> bool {
        self.disconnect.is_some()
    }

    /// Whether the receipt of DISCONNECT has arrived.
    pub(crate) fn is_disconnected(&self) -> bool {
        self.disconnected
    }

    /// Removes and returns the outcomes so far.
    pub fn outcomes(&mut self) -> Vec<Outcome<T>> {
        std::mem::take(&mut self.outcomes)
    }

    /// Sets the token of the request that returned this receipt. Its outcome follows at once if there was none, or
    /// if the server seems to send no receipts.
    pub fn expect(&mut self, receipt: Option<u64>, token: T) {
        match receipt {
            Some(id) if self.is_awaited(receipt) => self.receipts.expect(id, token),
            _ => self.outcomes.push(Outcome { token, result: Ok(Confirmation::Unconfirmed) }),
        }
    }

    /// Whether a request waits for this receipt: there is one, and the server is not doubted to send any of its kind.
    pub(crate) fn is_awaited(&self, receipt: Option<u64>) -> bool {
        let given_up = |id| self.receipts.kind(id).is_some_and(|kind| self.given_up.contains(kind));
        receipt.is_some_and(|id| !given_up(id))
    }

    pub(super) fn check_open(&self) -> Result<(), SessionError> {
        if self.is_disconnecting() { Err(SessionError::Disconnecting) } else { Ok(()) }
    }

    /// Encodes a frame without a body.
    pub(super) fn send_control(
        &mut self,
        verb: Verb,
        mut headers: Headers,
        receipt: bool,
    ) -> Result<Option<u64>, SessionError> {
        self.check_open()?;
        let asks = receipt && (self.asks() || verb == Verb::Disconnect);
        let id = asks.then(|| self.receipts.ask(ReceiptKind::of(verb), self.outbox.end()));
        if let Some(id) = id {
            headers.set("receipt", id.to_string());
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

    /// Sends DISCONNECT; `token` identifies its outcome. Its receipt proves that all frames before it were processed.
    pub fn disconnect(&mut self, token: T) -> Result<(), SessionError> {
        let receipt = self.send_control(Verb::Disconnect, Headers::new(), true)?;
        self.disconnect = receipt;
        self.receipts.expect(receipt.unwrap_or_default(), token);
        Ok(())
    }

    /// Starts the receipt timeout unless it is running. Call it before a request.
    pub(crate) fn start_receipt_timer(&mut self, now: Instant) {
        if self.due_receipts() == 0 && self.outbox.is_empty() {
            self.progress = now;
        }
    }

    /// Notes that the socket accepted the first `count` bytes of [`Outbox::front`].
    pub fn note_written(&mut self, count: usize, now: Instant) {
        // A written heart-beat is no progress towards a receipt.
        let beat = self.outbox.begins_with_beat();
        self.outbox.note_written(count);
        if !beat {
            self.progress = now;
            self.bytes_in_flight = (self.bytes_in_flight + count as u64).min(BUFFERS);
        }
        if let Some(beats) = &mut self.heart_beats {
            beats.bytes_out(now);
        }
        if let Some(bulk) = &mut self.bulk {
            bulk.note_written(self.outbox.written());
        }
    }

    /// Notes that the socket received bytes.
    pub(crate) fn bytes_in(&mut self, now: Instant) {
        if let Some(beats) = &mut self.heart_beats {
            beats.bytes_in(now);
        }
    }

    /// Reading stopped because the receiver of the messages is slow, or goes on.
    pub(crate) fn set_reading(&mut self, reading: bool, now: Instant) {
        if reading && !self.reading {
            // Receipts may have waited in the socket's buffer.
            self.progress = now;
        }
        self.reading = reading;
        if let Some(beats) = &mut self.heart_beats {
            beats.set_reading(reading, now);
        }
    }

    /// Notes that the connection was lost. Returns the names of its open transactions, which the broker aborts.
    pub(crate) fn lost(&mut self, reason: &str) -> Vec<String> {
        let unconfirmed = self.fail_open(reason, None, false);
        if let Some(bulk) = &mut self.bulk {
            bulk.lost(&unconfirmed, reason);
        }
        self.outbox.clear();
        self.held_errors.clear();
        self.connected = None;
        self.heart_beats = None;
        self.disconnect = None;
        self.disconnected = false;
        self.mid_frame = false;
        self.bytes_in_flight = 0;
        for subscription in &mut self.subscriptions {
            subscription.unacked.clear();
        }
        self.transacted_acks.clear();
        self.lost_transactions = self.transactions.drain(..).map(|open| open.name).collect();
        self.lost_transactions.clone()
    }

    /// Whether the receipt timeout is running: the socket has bytes to accept, or is read while a receipt is open.
    fn awaits_progress(&self) -> bool {
        let receipt = self.due_receipts() > 0 && self.reading;
        (receipt || self.outbox.len() > usize::from(self.outbox.begins_with_beat()))
            && self.receipt_timeout > Duration::ZERO
    }

    /// The receipt timeout plus the time that the bytes in flight may need.
    fn progress_timeout(&self) -> Duration {
        self.receipt_timeout + self.link_time()
    }

    /// The time that a slow link needs for the bytes in flight.
    pub(super) fn link_time(&self) -> Duration {
        Duration::from_millis(self.bytes_in_flight * 1_000 / SLOWEST_LINK)
    }

    /// The time at which [`Session::tick`] must be called, or `None` without a deadline.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let beats = self.heart_beats.as_ref();
        let receipts = self.awaits_progress().then(|| self.progress + self.progress_timeout());
        let out = beats.and_then(HeartBeatTimer::next_out).filter(|_| !self.is_disconnecting());
        [out, beats.and_then(HeartBeatTimer::dead_at), receipts, self.doubtful_at(), self.leave_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether [`Session::tick`] would return an expired deadline.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        let dead = self.heart_beats.as_ref().and_then(HeartBeatTimer::dead_at);
        dead.is_some_and(|dead| now >= dead) || self.receipts_overdue(now)
    }

    fn receipts_overdue(&self, now: Instant) -> bool {
        self.awaits_progress() && now.saturating_duration_since(self.progress) >= self.progress_timeout()
    }

    /// Sends a heart-beat if it is due, and returns an expired deadline. The caller must have read the socket just
    /// before, so that received bytes count.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<Overdue> {
        let beats = self.heart_beats.as_ref()?;
        if beats.dead_at().is_some_and(|dead| now >= dead) {
            return Some(Overdue::HeartBeat(beats.silence(now)));
        }
        if beats.next_out().is_some_and(|due| now >= due) && self.disconnect.is_none() {
            // Other bytes in the outbox are a sign of life once they are written.
            if self.outbox.is_empty() && !self.mid_frame {
                self.start_receipt_timer(now);
                self.outbox.beat();
            }
            if let Some(beats) = &mut self.heart_beats {
                beats.bytes_out(now);
            }
        }
        if self.leave_at.take_if(|at| now >= *at).is_some() {
            self.receipts.forget_unawaited(AwaitedBy::Disconnect);
            self.last_ack = LastAck::Unasked;
        }
        if self.doubtful_at().is_some_and(|at| now >= at) {
            return Some(Overdue::AnyReceipt);
        }
        let waited = now.saturating_duration_since(self.progress);
        if self.receipts_overdue(now) {
            let reason = format!("no receipt for {} s", self.receipt_timeout.as_secs_f64());
            let unconfirmed = self.fail_open(&reason, None, true);
            if let Some(bulk) = &mut self.bulk {
                bulk.stop(Failure::unknown(reason));
                bulk.lost(&unconfirmed, "no receipt");
            }
            self.progress = now;
            return Some(Overdue::Receipts(waited));
        }
        None
    }
}
