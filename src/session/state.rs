//! The session itself: requests into frames, frames into outcomes.

use std::time::{Duration, Instant};

use super::bulk::{Bulk, BulkReport, Chunk};
use super::connect::error_line;
use super::receipts::{Failure, Receipts, Slot};
use super::subscription::Unacked;
use super::{AckMode, Beats, Connected, Dialect, Outbox, SessionError, Subscribe, Subscription};
use crate::protocol::{Batch, Encoder, Frame, FrameRef, Part, Verb, Version};

/// An ERROR frame of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerError {
    /// Its message and body in one line.
    pub line: String,
    /// The frame as it came, its body cut at 64 KiB.
    pub frame: Frame,
}

/// The answer to a request that asked for a receipt.
#[derive(Debug)]
pub struct Outcome<T> {
    /// What [`Session::expect`] was given.
    pub token: T,
    /// A receipt, or what came in its place.
    pub result: Result<(), Failure>,
}

/// What a batch brought besides outcomes.
#[derive(Debug, Default)]
pub struct Arrived {
    /// How many MESSAGE frames (whole ones and heads of large ones) there are.
    pub messages: u64,
    /// The number of the first of them; all messages of a session are counted from 1.
    pub first: u64,
    /// ERROR frames.
    pub errors: Vec<BrokerError>,
}

/// Which messages an ack or a nack is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The newest.
    Newest,
    /// All that wait.
    All,
    /// The one with this number.
    Number(u64),
    /// The one with this `ack` or `message-id` header.
    Id(String),
}

/// What an ack or a nack settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// How many messages, those before it in `client` mode counted.
    pub messages: u64,
    /// Whether more than the named one were settled because the mode is cumulative.
    pub cumulative: bool,
    /// The receipt that was asked for, for [`Session::expect`].
    pub receipt: Option<u64>,
}

/// Something was due and did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The peer has been silent for more than twice the heart-beat.
    HeartBeat(Duration),
    /// No receipt and no other progress for the receipt time-out.
    Receipts(Duration),
}

/// What one connection after another to the same broker knows. `T` is what the caller wants back
/// with an outcome.
#[derive(Debug)]
pub struct Session<T> {
    encoder: Encoder,
    dialect: &'static Dialect,
    connected: Option<Connected>,
    beats: Option<Beats>,
    /// Octets on their way out.
    pub outbox: Outbox,
    receipts: Receipts<(Option<T>, u64)>,
    receipt_timeout: Duration,
    progress: Instant,
    subscriptions: Vec<Subscription>,
    last_subscription: usize,
    subscriptions_made: u64,
    transactions: Vec<String>,
    bulk: Option<Bulk>,
    received: u64,
    connections: u64,
    outcomes: Vec<Outcome<T>>,
    disconnecting: bool,
    /// Whether the outbox ends inside of a body: a heart-beat there would be part of it.
    mid_frame: bool,
}

impl<T> Session<T> {
    /// A session that is not connected.
    pub fn new(receipt_timeout: Duration, now: Instant) -> Self {
        Self {
            encoder: Encoder::new(Version::V1_2),
            dialect: Dialect::of(None),
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
            connections: 0,
            outcomes: Vec::new(),
            disconnecting: false,
            mid_frame: false,
        }
    }

    /// CONNECTED came: from here on frames can be sent. Subscriptions of an earlier connection are
    /// asked for again, first of all.
    pub fn connected(&mut self, connected: Connected, now: Instant) -> Result<(), SessionError> {
        self.encoder = Encoder::new(connected.version);
        self.dialect = Dialect::of(connected.server.as_deref());
        self.beats = Some(Beats::new(connected.beats, now));
        self.connected = Some(connected);
        self.connections += 1;
        self.progress = now;
        for index in 0..self.subscriptions.len() {
            let headers =
                self.subscription_headers(&self.subscriptions[index].options, &self.subscriptions[index].id);
            self.subscriptions[index].headers.clone_from(&headers);
            self.control(Verb::Subscribe, headers, false)?;
        }
        if let Some(bulk) = &mut self.bulk {
            bulk.encode_head(self.encoder)?;
        }
        Ok(())
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

    /// How many receipts are open.
    pub fn open_receipts(&self) -> usize {
        self.receipts.open()
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
        if let Some((slot, _)) = self.receipts.one_mut(receipt) {
            *slot = Some(token);
        }
    }

    /// Encodes a frame that changes something, with a receipt where one is wanted.
    fn control(
        &mut self,
        verb: Verb,
        mut headers: Vec<(Vec<u8>, Vec<u8>)>,
        receipt: bool,
    ) -> Result<Option<u64>, SessionError> {
        let id = receipt.then(|| self.receipts.ask(Slot::One((None, self.outbox.end()))));
        if let Some(id) = id {
            headers.push((b"receipt".into(), id.to_string().into()));
        }
        let frame = Frame { verb, headers, body: bytes::Bytes::new() };
        self.encode(&frame, id)?;
        Ok(id)
    }

    fn encode(&mut self, frame: &Frame, receipt: Option<u64>) -> Result<(), SessionError> {
        if let Err(error) = self.encoder.frame(self.outbox.buffer(), frame) {
            if let Some(id) = receipt {
                self.receipts.answer(id.to_string().as_bytes());
            }
            return Err(error.into());
        }
        self.outbox.end_frame();
        Ok(())
    }

    /// Sends one message. Its receipt is asked for where `receipt` says so and the message is in no
    /// transaction: some brokers give that one only at COMMIT, whose own receipt says as much.
    /// `text` leaves content-length out.
    pub fn send(&mut self, mut frame: Frame, text: bool, receipt: bool) -> Result<Option<u64>, SessionError> {
        let receipt = receipt && frame.header("transaction").is_none() && frame.header("receipt").is_none();
        let id = receipt.then(|| self.receipts.ask(Slot::One((None, self.outbox.end()))));
        if let Some(id) = id {
            frame.headers.push((b"receipt".into(), id.to_string().into()));
        }
        if !text || memchr::memchr(0, &frame.body).is_some() {
            self.encode(&frame, id)?;
            return Ok(id);
        }
        let body = std::mem::take(&mut frame.body);
        let own = frame.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
        let out = self.outbox.buffer();
        if let Err(error) =
            self.encoder.head(out, frame.verb, own.filter(|(name, _)| *name != b"content-length"))
        {
            if let Some(id) = id {
                self.receipts.answer(id.to_string().as_bytes());
            }
            return Err(error.into());
        }
        out.push(b'\n');
        out.extend_from_slice(&body);
        out.push(0);
        self.outbox.end_frame();
        Ok(id)
    }

    /// Begins a SEND whose body follows in pieces of its own, `length` octets in all:
    /// [`Session::send_piece`] and, last, [`Session::send_end`].
    pub fn send_head(
        &mut self,
        frame: &Frame,
        length: u64,
        receipt: bool,
    ) -> Result<Option<u64>, SessionError> {
        let id = receipt.then(|| self.receipts.ask(Slot::One((None, self.outbox.end()))));
        let own = frame.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
        let text = id.map(|id| id.to_string());
        let more = text.as_ref().map(|text| (&b"receipt"[..], text.as_bytes()));
        let out = self.outbox.buffer();
        if let Err(error) = self.encoder.head(out, Verb::Send, own.chain(more)) {
            if let Some(text) = &text {
                self.receipts.answer(text.as_bytes());
            }
            return Err(error.into());
        }
        crate::protocol::content_length(out, length);
        out.push(b'\n');
        self.mid_frame = true;
        Ok(id)
    }

    /// A piece of the body that [`Session::send_head`] began.
    pub fn send_piece(&mut self, piece: &[u8]) {
        self.outbox.buffer().extend_from_slice(piece);
    }

    /// The body that [`Session::send_head`] began is complete.
    pub fn send_end(&mut self) {
        self.outbox.buffer().push(0);
        self.outbox.end_frame();
        self.mid_frame = false;
    }

    /// Something is about to be asked: the time without an answer begins now, unless something is
    /// being waited for already.
    pub fn begin_wait(&mut self, now: Instant) {
        if self.receipts.open() == 0 {
            self.progress = now;
        }
    }

    /// The headers of a SUBSCRIBE in this broker's dialect.
    fn subscription_headers(&self, options: &Subscribe, id: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut headers: Vec<(Vec<u8>, Vec<u8>)> = vec![
            (b"id".into(), id.into()),
            (b"destination".into(), options.destination.clone().into()),
            (b"ack".into(), options.ack.as_str().into()),
        ];
        if let Some(count) = options.prefetch {
            headers.extend(self.dialect.prefetch_headers(count));
        }
        if let Some(durable) = options.durable.as_deref().and_then(|name| self.dialect.durable_headers(name))
        {
            for (name, value) in durable {
                headers.retain(|(own, _)| *own != name);
                headers.push((name, value));
            }
        }
        for (name, value) in &options.headers {
            headers.retain(|(own, _)| own != name);
            headers.push((name.clone(), value.clone()));
        }
        headers
    }

    /// Subscribes; returns the id and the receipt.
    pub fn subscribe(&mut self, options: Subscribe) -> Result<(String, u64), SessionError> {
        let in_use = |id: &str| self.subscriptions.iter().find(|own| own.id == id);
        let id = match (&options.id, &options.durable) {
            (Some(id), _) => id.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => {
                let mut number = self.subscriptions_made + 1;
                while in_use(&number.to_string()).is_some() {
                    number += 1;
                }
                number.to_string()
            }
        };
        if let Some(own) = in_use(&id) {
            let destination = own.options.destination.clone();
            return Err(SessionError::DuplicateSubscription { id, destination });
        }
        let headers = self.subscription_headers(&options, &id);
        let receipt = self.control(Verb::Subscribe, headers.clone(), true)?.unwrap_or_default();
        self.subscriptions_made += 1;
        let unacked = std::collections::VecDeque::new();
        self.subscriptions.push(Subscription { id: id.clone(), options, received: 0, unacked, headers });
        Ok((id, receipt))
    }

    /// Ends a subscription, named by its id or destination; `durable`: for good. Returns its id
    /// and the receipt.
    pub fn unsubscribe(&mut self, name: &str, durable: bool) -> Result<(String, u64), SessionError> {
        let by_id = self.subscriptions.iter().position(|own| own.id == name);
        let index =
            by_id.or_else(|| self.subscriptions.iter().position(|own| own.options.destination == name));
        let Some(index) = index else {
            return Err(SessionError::NoSubscription { name: name.to_owned() });
        };
        let subscription = &self.subscriptions[index];
        let mut headers = if durable && subscription.options.durable.is_some() {
            // Brokers delete a durable subscription by the headers that made it.
            let own = subscription.headers.iter();
            own.filter(|(name, _)| name != b"ack" && name != b"destination").cloned().collect()
        } else {
            vec![(b"id".to_vec(), subscription.id.clone().into())]
        };
        if self.encoder.version() == Version::V1_0 {
            headers.push((b"destination".into(), subscription.options.destination.clone().into()));
        }
        let receipt = self.control(Verb::Unsubscribe, headers, true)?.unwrap_or_default();
        let gone = self.subscriptions.remove(index);
        Ok((gone.id, receipt))
    }

    /// Forgets a subscription that the broker refused.
    pub fn forget_subscription(&mut self, id: &str) {
        self.subscriptions.retain(|own| own.id != id);
    }

    /// Acks or nacks.
    pub fn settle(
        &mut self,
        which: &Which,
        nack: bool,
        transaction: Option<&str>,
    ) -> Result<Settled, SessionError> {
        if nack && !self.encoder.version().has_nack() {
            return Err(SessionError::NotInVersion { what: "NACK", version: self.encoder.version() });
        }
        let mut total = Settled { messages: 0, cumulative: false, receipt: None };
        if *which == Which::All {
            for index in 0..self.subscriptions.len() {
                let cumulative = self.subscriptions[index].options.ack == AckMode::Client;
                while let Some(last) = self.subscriptions[index].unacked.len().checked_sub(1) {
                    let settled =
                        self.settle_at(index, if cumulative { last } else { 0 }, nack, transaction)?;
                    total.messages += settled.messages;
                    total.receipt = settled.receipt;
                }
            }
            return if total.messages == 0 { Err(SessionError::NothingUnacked) } else { Ok(total) };
        }
        let found = self.find_unacked(which);
        let Some((index, at)) = found else {
            return Err(match which {
                Which::Newest | Which::All => SessionError::NothingUnacked,
                Which::Number(number) => SessionError::NotUnacked { which: number.to_string() },
                Which::Id(id) => SessionError::NotUnacked { which: id.clone() },
            });
        };
        self.settle_at(index, at, nack, transaction)
    }

    fn find_unacked(&self, which: &Which) -> Option<(usize, usize)> {
        let subscriptions = self.subscriptions.iter().enumerate();
        let all = subscriptions
            .flat_map(|(index, own)| own.unacked.iter().enumerate().map(move |(at, u)| (index, at, u)));
        let found = match which {
            Which::Newest | Which::All => all.max_by_key(|(_, _, unacked)| unacked.number),
            Which::Number(number) => all.into_iter().find(|(_, _, unacked)| unacked.number == *number),
            Which::Id(id) => all.into_iter().find(|(_, _, unacked)| *unacked.token == *id.as_bytes()),
        };
        found.map(|(index, at, _)| (index, at))
    }

    fn settle_at(
        &mut self,
        index: usize,
        at: usize,
        nack: bool,
        tx: Option<&str>,
    ) -> Result<Settled, SessionError> {
        let verb = if nack { Verb::Nack } else { Verb::Ack };
        let subscription = &mut self.subscriptions[index];
        let cumulative = subscription.options.ack == AckMode::Client;
        let Some(unacked) = subscription.unacked.get(at) else { return Err(SessionError::NothingUnacked) };
        let token = unacked.token.clone();
        let messages = if cumulative {
            subscription.unacked.drain(..=at).count() as u64
        } else {
            subscription.unacked.remove(at);
            1
        };
        let receipt = tx.is_none().then(|| self.receipts.ask(Slot::One((None, self.outbox.end()))));
        self.write_settle(verb, index, &token, tx, receipt)?;
        Ok(Settled { messages, cumulative: cumulative && messages > 1, receipt })
    }

    /// Writes an ACK or NACK. The token is sent back as it came, escapes and all.
    fn write_settle(
        &mut self,
        verb: Verb,
        index: usize,
        token: &[u8],
        transaction: Option<&str>,
        receipt: Option<u64>,
    ) -> Result<(), SessionError> {
        let by_id = self.encoder.version().acks_by_id();
        let encoder = self.encoder;
        let out = self.outbox.buffer();
        out.extend_from_slice(verb.name().as_bytes());
        out.extend_from_slice(if by_id { b"\nid:" } else { b"\nmessage-id:" });
        out.extend_from_slice(token);
        out.push(b'\n');
        if !by_id {
            encoder.header(out, verb, b"subscription", self.subscriptions[index].id.as_bytes())?;
        }
        if let Some(transaction) = transaction {
            encoder.header(out, verb, b"transaction", transaction.as_bytes())?;
        }
        if let Some(receipt) = receipt {
            encoder.header(out, verb, b"receipt", receipt.to_string().as_bytes())?;
        }
        out.extend_from_slice(b"\n\0");
        self.outbox.end_frame();
        Ok(())
    }

    /// Acks by what a MESSAGE said, as it came on the wire: its `ack` header in 1.2, before that its
    /// `message-id` ([`Session::ack_token`]). No receipt. A subscription that has ended in the
    /// meantime is passed over: no ack follows an UNSUBSCRIBE.
    pub fn ack_token_of(&mut self, subscription: &str, token: &[u8], nack: bool) -> Result<(), SessionError> {
        let Some(index) = self.subscriptions.iter().position(|own| own.id == subscription) else {
            return Ok(());
        };
        self.write_settle(if nack { Verb::Nack } else { Verb::Ack }, index, token, None, None)
    }

    /// Acks messages of a batch by their indexes, as [`Session::ack_token_of`] does.
    pub fn ack_frames(&mut self, batch: &Batch, frames: &[u32]) -> Result<(), SessionError> {
        let version = self.encoder.version();
        for frame in frames.iter().filter_map(|index| batch.get(*index as usize)) {
            if let (Some(index), Some(token)) = (self.subscription_of(frame), Self::ack_token(version, frame))
            {
                self.write_settle(Verb::Ack, index, token, None, None)?;
            }
        }
        Ok(())
    }

    /// What an ack of this MESSAGE has to name in this version, as it came on the wire.
    pub fn ack_token(version: Version, message: FrameRef<'_>) -> Option<&[u8]> {
        // Some brokers give no `ack` in 1.2 where they should; the message-id is the next best.
        let ack = if version.acks_by_id() { message.raw_header("ack") } else { None };
        ack.or_else(|| message.raw_header("message-id"))
    }

    /// Opens a transaction.
    pub fn begin(&mut self, name: &str) -> Result<u64, SessionError> {
        if self.transactions.iter().any(|own| own == name) {
            return Err(SessionError::DuplicateTransaction { name: name.to_owned() });
        }
        let receipt = self.control(Verb::Begin, vec![(b"transaction".into(), name.into())], true)?;
        self.transactions.push(name.to_owned());
        Ok(receipt.unwrap_or_default())
    }

    /// Carries a transaction out, or drops it.
    pub fn end_transaction(&mut self, name: &str, commit: bool) -> Result<u64, SessionError> {
        let Some(index) = self.transactions.iter().position(|own| own == name) else {
            return Err(SessionError::NoTransaction { name: name.to_owned() });
        };
        let verb = if commit { Verb::Commit } else { Verb::Abort };
        let receipt = self.control(verb, vec![(b"transaction".into(), name.into())], true)?;
        self.transactions.remove(index);
        Ok(receipt.unwrap_or_default())
    }

    /// Says goodbye; the receipt proves that all before it was processed. Nothing is sent after it.
    pub fn disconnect(&mut self) -> Result<u64, SessionError> {
        let receipt = self.control(Verb::Disconnect, Vec::new(), true)?;
        self.disconnecting = true;
        Ok(receipt.unwrap_or_default())
    }

    /// Begins a bulk; there is one at a time.
    pub fn begin_bulk(&mut self, mut bulk: Bulk) -> Result<(), SessionError> {
        bulk.encode_head(self.encoder)?;
        self.bulk = Some(bulk);
        Ok(())
    }

    /// The bulk that is under way.
    pub fn bulk(&mut self) -> Option<&mut Bulk> {
        self.bulk.as_mut()
    }

    /// Gives messages to the bulk.
    pub fn push_bulk(&mut self, chunk: Chunk, last: bool) {
        if let Some(bulk) = &mut self.bulk {
            bulk.push(chunk, last);
        }
    }

    /// Encodes what the bulk has until the outbox holds `most` octets.
    pub fn pump(&mut self, most: usize) {
        if self.connected.is_some()
            && !self.disconnecting
            && let Some(bulk) = &mut self.bulk
        {
            bulk.pump(self.encoder, &mut self.outbox, &mut self.receipts, most);
        }
    }

    /// Takes the report of a bulk that is over.
    pub fn finish_bulk(&mut self) -> Option<BulkReport> {
        if !self.bulk.as_ref()?.is_over() {
            return None;
        }
        self.bulk.take().map(|bulk| bulk.report())
    }

    /// The socket took octets of the outbox.
    pub fn given(&mut self, count: usize, now: Instant) {
        self.outbox.take(count);
        self.progress = now;
        if let Some(beats) = &mut self.beats {
            beats.octets_out(now);
        }
        if let Some(bulk) = &mut self.bulk {
            bulk.given(self.outbox.given());
        }
    }

    /// Octets came.
    pub fn octets_in(&mut self, now: Instant) {
        if let Some(beats) = &mut self.beats {
            beats.octets_in(now);
        }
    }

    /// Reading stopped because whoever takes the messages is slow, or goes on.
    pub fn set_reading(&mut self, reading: bool, now: Instant) {
        if let Some(beats) = &mut self.beats {
            beats.set_reading(reading, now);
        }
    }

    /// Takes in what came.
    pub fn arrived(&mut self, batch: &Batch, now: Instant) -> Arrived {
        let mut arrived = Arrived { first: self.received + 1, ..Arrived::default() };
        for frame in batch.iter() {
            match frame.verb() {
                Verb::Message if matches!(frame.part(), Part::Whole | Part::Head) => {
                    self.received += 1;
                    arrived.messages += 1;
                    self.message(frame);
                }
                Verb::Receipt => self.receipt(frame, now),
                Verb::Error if matches!(frame.part(), Part::Whole | Part::Head) => {
                    let error = self.error(frame);
                    arrived.errors.push(error);
                }
                _ => {}
            }
        }
        arrived
    }

    #[inline]
    fn message(&mut self, frame: FrameRef<'_>) {
        let Some(index) = self.subscription_of(frame) else { return };
        let version = self.encoder.version();
        let number = self.received;
        let subscription = &mut self.subscriptions[index];
        subscription.received += 1;
        if subscription.options.tracked
            && subscription.options.ack != AckMode::Auto
            && let Some(token) = Self::ack_token(version, frame)
        {
            subscription.unacked.push_back(Unacked { number, token: token.into() });
        }
    }

    /// Which subscription a MESSAGE belongs to: by its `subscription` header; some 1.0 brokers send
    /// none, then by its destination, or the only one there is.
    fn subscription_of(&mut self, frame: FrameRef<'_>) -> Option<usize> {
        let last = self.last_subscription;
        let Some(raw) = frame.raw_header("subscription") else {
            let destination = frame.header("destination")?;
            let by_name = |own: &Subscription| own.options.destination.as_bytes() == &*destination;
            let found = self.subscriptions.iter().position(by_name);
            return found.or((self.subscriptions.len() == 1).then_some(0));
        };
        if self.subscriptions.get(last).is_some_and(|own| own.id.as_bytes() == raw) {
            return Some(last);
        }
        let id = frame.header("subscription")?;
        let index = self.subscriptions.iter().position(|own| own.id.as_bytes() == &*id)?;
        self.last_subscription = index;
        Some(index)
    }

    fn receipt(&mut self, frame: FrameRef<'_>, now: Instant) {
        self.progress = now;
        let Some(id) = frame.raw_header("receipt-id") else { return };
        // A broker that keeps a CR or blanks of ours would make us wait for nothing.
        match self.receipts.answer(id.trim_ascii()) {
            Some(Slot::Bulk(index)) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.confirm(index);
                }
            }
            Some(Slot::One((Some(token), _))) => self.outcomes.push(Outcome { token, result: Ok(()) }),
            Some(Slot::One((None, _)) | Slot::Done) | None => {}
        }
    }

    /// An ERROR fails every open receipt, with or without `receipt-id`; it refuses the one that it
    /// names, or the only one there is.
    fn error(&mut self, frame: FrameRef<'_>) -> BrokerError {
        const SHOWN: usize = 64 << 10;
        let line = error_line(frame);
        let named = frame.header("receipt-id").map(|id| id.trim_ascii().to_vec());
        let only = named.is_none() && self.receipts.open() == 1;
        let refused = Failure::Refused { message: line.clone() };
        if let Some(slot) = named.and_then(|id| self.receipts.answer(&id)) {
            self.refuse(slot, refused.clone());
        }
        let reason = format!("the broker sent an ERROR: {line}");
        if only {
            let slots: Vec<_> = self.receipts.drain().collect();
            for slot in slots {
                self.refuse(slot, refused.clone());
            }
        }
        self.fail_open(&reason);
        if let Some(bulk) = &mut self.bulk {
            bulk.refuse(None, refused);
        }
        let mut frame = frame.to_frame();
        frame.body.truncate(SHOWN);
        BrokerError { line, frame }
    }

    fn refuse(&mut self, slot: Slot<(Option<T>, u64)>, failure: Failure) {
        match slot {
            Slot::One((Some(token), _)) => self.outcomes.push(Outcome { token, result: Err(failure) }),
            Slot::Bulk(index) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.refuse(Some(index), failure);
                }
            }
            Slot::One((None, _)) | Slot::Done => {}
        }
    }

    /// Fails all open receipts: unknown, or not sent where no octet was given to the socket.
    /// Returns the bulk's messages among them.
    fn fail_open(&mut self, reason: &str) -> Vec<u64> {
        let given = self.outbox.given();
        let mut bulk = Vec::new();
        for slot in self.receipts.drain() {
            match slot {
                Slot::One((Some(token), start)) => {
                    let reason = reason.to_owned();
                    let failure =
                        if start < given { Failure::Unknown { reason } } else { Failure::NotSent { reason } };
                    self.outcomes.push(Outcome { token, result: Err(failure) });
                }
                Slot::Bulk(index) => bulk.push(index),
                Slot::One((None, _)) | Slot::Done => {}
            }
        }
        bulk
    }

    /// The connection is gone. Returns the transactions that are gone with it.
    pub fn lost(&mut self, reason: &str) -> Vec<String> {
        let bulk = self.fail_open(reason);
        if let Some(own) = &mut self.bulk {
            own.lost(&bulk, reason);
        }
        self.outbox.clear();
        self.connected = None;
        self.beats = None;
        self.disconnecting = false;
        self.mid_frame = false;
        for subscription in &mut self.subscriptions {
            subscription.unacked.clear();
        }
        std::mem::take(&mut self.transactions)
    }

    /// Drops the subscriptions, so that the next connection begins with none.
    pub fn forget_subscriptions(&mut self) {
        self.subscriptions.clear();
    }

    /// When [`Session::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let beats = self.beats.as_ref();
        let waits = self.receipts.open() > 0 && self.receipt_timeout > Duration::ZERO;
        let receipts = waits.then(|| self.progress + self.receipt_timeout);
        let out = beats.and_then(Beats::next_out).filter(|_| !self.disconnecting);
        [out, beats.and_then(Beats::dead_at), receipts].into_iter().flatten().min()
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
                self.outbox.buffer().push(b'\n');
                self.outbox.end_frame();
            }
            if let Some(beats) = &mut self.beats {
                beats.octets_out(now);
            }
        }
        let waited = now.saturating_duration_since(self.progress);
        if self.receipts.open() > 0 && self.receipt_timeout > Duration::ZERO && waited >= self.receipt_timeout
        {
            let reason = format!("no receipt for {} s", self.receipt_timeout.as_secs());
            let bulk = self.fail_open(&reason);
            if let Some(own) = &mut self.bulk {
                own.stop(Failure::Unknown { reason });
                own.lost(&bulk, "no receipt");
            }
            return Some(Overdue::Receipts(waited));
        }
        None
    }
}
