//! Frames that came: messages, receipts, errors, and what they settle.

use std::time::Instant;

use super::bulk::Bulk;
use super::connect::error_line;
use super::receipts::{ErrorNumber, Failure, Outcome, ReceiptSlot};
use super::subscription::Unacked;
use super::{AckMode, Session, Subscription};
use crate::protocol::{Batch, Frame, FrameRef, Part, Verb};

/// An ERROR frame of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerError {
    /// What a failure that it caused refers to.
    pub number: ErrorNumber,
    /// Its message and body in one line.
    pub line: String,
    /// The frame as it came, its body cut at 64 KiB.
    pub frame: Frame,
}

impl BrokerError {
    /// The failure of the one frame that it refuses.
    pub fn refusal(&self) -> Failure {
        Failure::Refused { error: self.number, message: self.line.clone() }
    }
}

/// What a batch brought besides outcomes.
#[derive(Debug, Default)]
pub struct BatchSummary {
    /// How many MESSAGE frames (whole ones and heads of large ones) there are.
    pub messages: u64,
    /// The number of the first of them; all messages of a session are counted from 1.
    pub first: u64,
    /// ERROR frames.
    pub errors: Vec<BrokerError>,
}

impl<T> Session<T> {
    /// Takes in what came.
    pub fn receive(&mut self, batch: &Batch, now: Instant) -> BatchSummary {
        let mut arrived = BatchSummary { first: self.received + 1, ..BatchSummary::default() };
        // Finding the subscription of each message by its header is not free, and only these need it.
        let tracks = self.subscriptions.iter().any(|subscription| subscription.options.tracked);
        for frame in batch.iter() {
            match frame.verb() {
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

    /// Which subscription a MESSAGE belongs to: by its `subscription` header; some 1.0 brokers send
    /// none, then by its destination, or the only one there is.
    pub(super) fn subscription_of(&mut self, frame: FrameRef<'_>) -> Option<usize> {
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
        self.bytes_in_flight = 0;
        let Some(id) = frame.raw_header("receipt-id") else { return };
        // A broker that keeps a CR or blanks of ours would make us wait for nothing.
        let slot = self.receipts.answer(id.trim_ascii());
        self.confirmed += u64::from(slot.is_some());
        match slot {
            Some(ReceiptSlot::Bulk(index)) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.confirm(index);
                }
            }
            Some(ReceiptSlot::Request(Some(token), _)) => {
                self.outcomes.push(Outcome { token, result: Ok(()) })
            }
            Some(ReceiptSlot::Request(None, _) | ReceiptSlot::Closed) | None => {}
        }
    }

    /// An ERROR fails every open receipt, with or without `receipt-id`; it refuses the one that it
    /// names, or the only one there is.
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
                // Where it asks for one receipt alone, it may be any message before that one.
                let any = |bulk: &Bulk| !bulk.asks_for_each();
                if !matches!(slot, ReceiptSlot::Bulk(_)) || !self.bulk.as_ref().is_some_and(any) {
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
                self.outcomes.push(Outcome { token, result: Err(failure) })
            }
            ReceiptSlot::Bulk(index) => {
                if let Some(bulk) = &mut self.bulk {
                    bulk.refuse(Some(index), failure);
                }
            }
            ReceiptSlot::Request(None, _) | ReceiptSlot::Closed => {}
        }
    }

    /// Fails all open receipts: unknown, or not sent where no byte was given to the socket. `error` is the
    /// ERROR frame that came in their place. Where the connection `stays`, what waits for the socket still goes out. Returns the bulk's messages among them.
    pub(super) fn fail_open(&mut self, reason: &str, error: Option<ErrorNumber>, stays: bool) -> Vec<u64> {
        let given = if stays { u64::MAX } else { self.outbox.written() };
        let mut bulk = Vec::new();
        for slot in self.receipts.drain() {
            match slot {
                ReceiptSlot::Request(Some(token), start) => {
                    let reason = reason.to_owned();
                    let failure = if start < given {
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
