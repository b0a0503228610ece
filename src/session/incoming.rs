//! Received frames: MESSAGE, RECEIPT and ERROR.

use std::time::Instant;

use super::bulk::Bulk;
use super::connect::error_line;
use super::receipts::{ErrorNumber, Failure, Outcome, ReceiptSlot};
use super::subscription::Unacked;
use super::unsolicited::Unsolicited;
use super::{AckMode, Session, Subscription};
use crate::protocol::{Batch, Frame, FrameRef, Part, Verb};

/// An ERROR frame of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerError {
    /// The failures that it caused have the same number.
    pub number: ErrorNumber,
    /// Its message and body in one line.
    pub line: String,
    /// The frame, with at most 64 KiB of its body.
    pub frame: Frame,
}

impl BrokerError {
    /// The failure of the frame that it refuses.
    pub(crate) fn refusal(&self) -> Failure {
        Failure::Refused { error: self.number, message: self.line.clone() }
    }
}

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

impl<T> Session<T> {
    /// Processes received frames. The outcomes of requests are in [`Session::outcomes`] afterwards.
    pub fn receive(&mut self, batch: &Batch, now: Instant) -> BatchSummary {
        let mut arrived = BatchSummary { first: self.received + 1, ..BatchSummary::default() };
        // Only tracked subscriptions need the search for the subscription of each message.
        let tracks = self.subscriptions.iter().any(|subscription| subscription.options.tracked);
        let version = self.encoder.version();
        for (index, frame) in (0_u32..).zip(batch.iter()) {
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

    fn receipt(&mut self, frame: FrameRef<'_>, now: Instant) {
        self.progress = now;
        self.bytes_in_flight = 0;
        let Some(id) = frame.raw_header("receipt-id") else { return };
        // Some brokers echo a CR or spaces at the end of the id.
        let slot = self.receipts.answer(id.trim_ascii());
        self.confirmed += u64::from(slot.is_some());
        match slot {
            Some(ReceiptSlot::Bulk(index)) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.confirm(index);
                }
            }
            Some(ReceiptSlot::Request(Some(token), _)) => {
                self.outcomes.push(Outcome { token, result: Ok(()) });
            }
            Some(ReceiptSlot::Request(None, _) | ReceiptSlot::Closed) | None => {}
        }
    }

    /// Fails every open receipt, whether or not the ERROR has a `receipt-id`. The request that it names, or the
    /// only open one, counts as refused; the outcome of the others is unknown.
    fn error(&mut self, frame: FrameRef<'_>) -> BrokerError {
        const SHOWN: usize = 64 << 10;
        let line = error_line(frame);
        let named = frame.header("receipt-id").map(|id| id.trim_ascii().to_vec());
        let only = named.is_none() && self.receipts.count() == 1;
        self.errors += 1;
        let number = ErrorNumber { session: self.id, frame: self.errors };
        let refused = Failure::Refused { error: number, message: line.clone() };
        if let Some(slot) = named.and_then(|id| self.receipts.answer(&id)) {
            self.refuse(slot, refused.clone());
        }
        let reason = format!("the broker sent an ERROR: {line}");
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
        let mut frame = frame.to_frame();
        frame.body.truncate(SHOWN);
        BrokerError { number, line, frame }
    }

    fn refuse(&mut self, slot: ReceiptSlot<T>, failure: Failure) {
        match slot {
            ReceiptSlot::Request(Some(token), _) => {
                self.outcomes.push(Outcome { token, result: Err(failure) });
            }
            ReceiptSlot::Bulk(index) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.refuse(Some(index), failure);
                }
            }
            ReceiptSlot::Request(None, _) | ReceiptSlot::Closed => {}
        }
    }

    /// Fails all open receipts: as unknown, or as not sent if no byte was written. `error` is the ERROR frame
    /// that came instead. If the connection `stays` open, the outbox will still be written. Returns the indexes of
    /// the bulk's messages among them.
    pub(super) fn fail_open(&mut self, reason: &str, error: Option<ErrorNumber>, stays: bool) -> Vec<u64> {
        let written = if stays { u64::MAX } else { self.outbox.written() };
        let mut bulk = Vec::new();
        for slot in self.receipts.drain() {
            match slot {
                ReceiptSlot::Request(Some(token), start) => {
                    let reason = reason.to_owned();
                    let failure = if start < written {
                        Failure::Unknown { reason, error }
                    } else {
                        Failure::NotSent { reason }
                    };
                    self.outcomes.push(Outcome { token, result: Err(failure) });
                }
                ReceiptSlot::Bulk(index) => bulk.push(index),
                ReceiptSlot::Request(None, _) | ReceiptSlot::Closed => {}
            }
        }
        bulk
    }
}
