//! Received frames: MESSAGE, RECEIPT and ERROR.

use std::time::Instant;

use super::bulk::Bulk;
use super::connect::error_line;
use super::receipts::{
    AwaitedBy, BrokerError, ErrorNumber, Failure, LastAck, Outcome, ReceiptKind, ReceiptKinds, ReceiptSlot,
};
use super::subscription::Unacked;
use super::unsolicited::Unsolicited;
use super::{AckMode, Confirmation, Session, Subscription};
use crate::protocol::{Batch, FrameRef, Part, Verb, parse_decimal};

/// The messages and errors in a batch.
#[derive(Debug, Default)]
pub struct BatchSummary {
    /// The number of MESSAGE frames: whole ones and heads of large ones.
    pub messages: u64,
    /// The number of the first message; those of a session are counted from 1.
    pub first: u64,
    /// The ERROR frames, in order.
    pub errors: Vec<BrokerError>,
    /// The entries of the batch that belong to messages of subscriptions that were never made. They do not count.
    pub unsolicited: Vec<u32>,
    /// The first messages of such subscriptions.
    pub reports: Vec<Unsolicited>,
}

/// Whether Spring's relay says that the broker behind it has closed the connection. That follows from DISCONNECT, and may
/// overtake its receipt or replace it.
fn is_relayed_goodbye(error: FrameRef<'_>) -> bool {
    error.header("message").is_some_and(|message| *message == *b"Connection to broker closed.")
}

impl<T> Session<T> {
    /// Processes received frames. The outcomes of requests are in [`Session::outcomes`] afterwards.
    pub fn receive(&mut self, batch: &Batch, now: Instant) -> BatchSummary {
        let mut arrived = BatchSummary { first: self.received + 1, ..BatchSummary::default() };
        // Only tracked subscriptions need the search for the subscription of each message.
        let tracks = self.subscriptions.iter().any(|subscription| subscription.options.tracked);
        let version = self.encoder.version();
        for (index, frame) in (0_u32..).zip(batch.iter()) {
            if self.disconnected {
                // Spring's relay sends an ERROR behind the receipt of DISCONNECT.
                break;
            }
            match frame.verb() {
                Verb::Message if !self.subscription_ids.belongs(frame, version) => {
                    arrived.unsolicited.push(index);
                    arrived.reports.extend(self.subscription_ids.report(frame));
                }
                Verb::Message if matches!(frame.part(), Part::Whole | Part::Head) => {
                    self.received += 1;
                    arrived.messages += 1;
                    if tracks {
                        self.message(frame);
                    }
                }
                Verb::Receipt => {
                    // Some brokers echo a CR or spaces at the end of the id.
                    if let Some(id) = frame.raw_header("receipt-id") {
                        self.receipt(id.trim_ascii(), now);
                    }
                }
                Verb::Error if matches!(frame.part(), Part::Whole | Part::Head) => {
                    let goodbye = self.is_disconnecting() && is_relayed_goodbye(frame);
                    match self.receipts.only_last() {
                        Some(disconnect) if goodbye => self.receipt(disconnect.to_string().as_bytes(), now),
                        None if goodbye && self.receipts.count() == 0 => {}
                        _ => self.error_frame(frame, &mut arrived),
                    }
                }
                _ => {}
            }
        }
        arrived
    }

    fn error_frame(&mut self, frame: FrameRef<'_>, arrived: &mut BatchSummary) {
        let (error, named) = self.error(frame);
        if self.holds_errors && named.is_none() && !self.is_disconnecting() {
            self.held_errors.push(error);
        } else {
            // Of several ERRORs, the first is the cause.
            arrived.errors.extend(self.release_errors());
            self.fail_by(&error, named.as_deref());
            arrived.errors.push(error);
        }
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
            && let Some(token) = frame.ack_token(version)
        {
            subscription.unacked.push_back(Unacked::new(number, token, frame));
        }
    }

    /// Finds the subscription of a MESSAGE by its `subscription` header. Some 1.0 brokers omit it: then by
    /// the destination, or the only subscription there is.
    pub(super) fn subscription_of(&mut self, frame: FrameRef<'_>) -> Option<usize> {
        let last = self.last_subscription;
        let Some(raw) = frame.raw_header("subscription") else {
            let destination = frame.header("destination")?;
            let by_name = |other: &Subscription| other.options.destination.as_bytes() == &*destination;
            let found = self.subscriptions.iter().position(by_name);
            return found.or((self.subscriptions.len() == 1).then_some(0));
        };
        if self.subscriptions.get(last).is_some_and(|other| other.id.as_bytes() == raw) {
            return Some(last);
        }
        let id = frame.header("subscription")?;
        let index = self.subscriptions.iter().position(|other| other.id.as_bytes() == &*id)?;
        self.last_subscription = index;
        Some(index)
    }

    fn receipt(&mut self, id: &[u8], now: Instant) {
        self.progress = now;
        self.bytes_in_flight = 0;
        self.disconnected = self.disconnect.is_some() && parse_decimal(id) == self.disconnect;
        let slot = self.receipts.answer(id);
        self.confirmed += u64::from(slot.is_some());
        // That of DISCONNECT shows nothing about other frames.
        let kind = slot.as_ref().and_then(ReceiptSlot::kind).filter(|kind| *kind != ReceiptKind::Disconnect);
        if let Some(kind) = kind {
            if let Some(ReceiptSlot::Unawaited(_, AwaitedBy::Commit(number))) = slot {
                self.note_receipt_in_transaction(kind, number);
            }
            // The first receipt shows that the server was only slow.
            if self.confirmed_kinds.is_empty() {
                self.given_up = ReceiptKinds::default();
            }
            self.given_up.remove(kind);
            self.confirmed_kinds.insert(kind);
            if self.last_ack == LastAck::Asked(parse_decimal(id).unwrap_or_default()) {
                self.last_ack = LastAck::Confirmed;
            }
            let late = kind == ReceiptKind::Send && matches!(slot, Some(ReceiptSlot::Request(None, ..)));
            self.late_receipts += u64::from(late);
        }
        match slot {
            Some(ReceiptSlot::Bulk(index)) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.confirm(index);
                }
            }
            Some(ReceiptSlot::Request(Some(token), ..)) => {
                let done = self.commit_receipt(parse_decimal(id).unwrap_or_default(), token);
                self.outcomes
                    .extend(done.map(|token| Outcome { token, result: Ok(Confirmation::Confirmed) }));
            }
            Some(ReceiptSlot::Request(None, ..)) => {
                // Nobody waits for it any longer.
                self.commits.retain(|commit| parse_decimal(id) != Some(commit.receipt));
            }
            Some(ReceiptSlot::Unawaited(..) | ReceiptSlot::Closed) | None => {}
        }
        if !self.commits.is_empty() {
            self.settle_commits();
        }
    }

    /// Reads an ERROR, and the receipt that it names.
    fn error(&mut self, frame: FrameRef<'_>) -> (BrokerError, Option<Vec<u8>>) {
        const SHOWN: usize = 64 << 10;
        self.errors += 1;
        let number = ErrorNumber { session: self.id, frame: self.errors };
        let named = frame.header("receipt-id").map(|id| id.trim_ascii().to_vec());
        let line = error_line(frame);
        let mut frame = frame.to_frame();
        frame.body.truncate(SHOWN);
        (BrokerError { number, line, frame }, named)
    }

    /// The first ERROR that is held back.
    pub(crate) fn held_error(&self) -> Option<&BrokerError> {
        self.held_errors.first()
    }

    /// Fails what the ERRORs hit that were held back, and returns them.
    pub(crate) fn release_errors(&mut self) -> Vec<BrokerError> {
        let held = std::mem::take(&mut self.held_errors);
        for error in &held {
            self.fail_by(error, None);
        }
        held
    }

    /// Fails every open receipt, whether or not the ERROR has a `receipt-id`. The request that it names, or the
    /// only open one, counts as refused; the outcome of the others is unknown.
    fn fail_by(&mut self, error: &BrokerError, named: Option<&[u8]>) {
        let number = error.number;
        self.lose_receipts_in_transactions();
        let only = named.is_none() && self.open_receipts() == 1;
        let refused = error.refusal();
        if let Some(slot) = named.and_then(|id| self.receipts.answer(id)) {
            self.refuse(slot, refused.clone());
        }
        let reason = format!("the broker sent an ERROR: {}", error.line);
        if only {
            let slots: Vec<_> = self.receipts.drain().collect();
            for slot in slots {
                // If only the last message has a receipt, the broker may refuse any message before it.
                let is_ambiguous = |bulk: &Bulk| !bulk.asks_for_each();
                if !matches!(slot, ReceiptSlot::Bulk(_)) || !self.bulk.as_ref().is_some_and(is_ambiguous) {
                    self.refuse(slot, refused.clone());
                }
            }
        }
        let lost = self.fail_open(&reason, Some(number), true);
        if let Some(bulk) = &mut self.bulk {
            bulk.note_lost(lost);
            bulk.refuse(None, refused);
        }
    }

    fn refuse(&mut self, slot: ReceiptSlot<T>, failure: Failure) {
        match slot {
            ReceiptSlot::Request(Some(token), ..) => {
                self.outcomes.push(Outcome { token, result: Err(failure) });
            }
            ReceiptSlot::Bulk(index) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.refuse(Some(index), failure);
                }
            }
            ReceiptSlot::Request(None, ..) | ReceiptSlot::Unawaited(..) | ReceiptSlot::Closed => {}
        }
    }

    /// Fails all open receipts: as unknown, or as not sent if no byte was written. `error` is the ERROR frame
    /// that came instead. If the connection `stays` open, the outbox will still be written. Returns the indexes of
    /// the bulk's messages among them.
    pub(super) fn fail_open(&mut self, reason: &str, error: Option<ErrorNumber>, stays: bool) -> Vec<u64> {
        let written = if stays { u64::MAX } else { self.outbox.written() };
        let mut bulk = Vec::new();
        self.lose_receipts_in_transactions();
        for token in self.commits.drain(..).filter_map(|commit| commit.token) {
            let failure = Failure::Unknown { reason: reason.to_owned(), error };
            self.outcomes.push(Outcome { token, result: Err(failure) });
        }
        for slot in self.receipts.drain() {
            match slot {
                ReceiptSlot::Request(Some(token), _, start) => {
                    let reason = reason.to_owned();
                    let failure = if start < written {
                        Failure::Unknown { reason, error }
                    } else {
                        Failure::NotSent { reason }
                    };
                    self.outcomes.push(Outcome { token, result: Err(failure) });
                }
                ReceiptSlot::Bulk(index) => bulk.push(index),
                ReceiptSlot::Request(None, ..) | ReceiptSlot::Unawaited(..) | ReceiptSlot::Closed => {}
            }
        }
        bulk
    }
}
