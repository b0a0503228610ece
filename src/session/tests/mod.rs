//! Conversations with a session: bytes of a broker in, bytes of the client out, time by hand.

mod acks;
mod answers;
mod bulks;
mod connecting;
mod doubts;
mod heartbeats;
mod sending;
mod transactions;

use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::*;
use crate::protocol::{Batch, Decoder, Frame, HeartBeat, Limits, Verb, Version};

/// Both ends of a connection, the broker's played by a test.
struct Talk {
    session: Session<&'static str>,
    decoder: Decoder,
    input: BytesMut,
    /// What came last, for acks of what is in it.
    batch: Batch,
    now: Instant,
}

impl Talk {
    /// A connection in this version, with a broker that says nothing about itself.
    fn new(version: Version) -> Self {
        Self::with(&format!("CONNECTED\nversion:{version}\n\n\0"), HeartBeat::default())
    }

    /// A connection that was opened by this answer to this offer of heart-beats.
    fn with(connected: &str, offer: HeartBeat) -> Self {
        let now = Instant::now();
        let mut talk = Self {
            session: Session::new(Duration::from_secs(30), now),
            decoder: Decoder::new(Limits::CLIENT),
            input: BytesMut::new(),
            batch: Batch::default(),
            now,
        };
        // Most tests are about servers that send receipts; `doubts.rs` is about the others.
        talk.session.set_receipts(ReceiptPolicy::Always, DOUBT_AFTER);
        talk.connect(connected, offer).unwrap();
        talk
    }

    /// Another connection of the same session.
    fn connect(&mut self, connected: &str, offer: HeartBeat) -> Result<(), SessionError> {
        self.decoder = Decoder::new(Limits::CLIENT);
        self.input = BytesMut::from(connected.as_bytes());
        self.decoder.decode(&mut self.input, &mut self.batch).unwrap();
        let connected = Connected::read(self.batch.get(0).unwrap(), offer).unwrap();
        self.decoder.set_version(connected.version);
        self.session.connected(connected, self.now, &[]).map(drop)
    }

    /// The broker says this. `^` stands for NUL.
    fn hear(&mut self, bytes: &str) -> BatchSummary {
        self.input.extend_from_slice(bytes.replace('^', "\0").as_bytes());
        self.session.bytes_in(self.now);
        self.decoder.decode(&mut self.input, &mut self.batch).unwrap();
        self.session.receive(&self.batch, self.now)
    }

    /// What the client has said since, all of which the socket takes now. `^` stands for NUL.
    fn said(&mut self) -> String {
        let bytes = self.session.outbox.front().to_vec();
        if !bytes.is_empty() {
            self.session.note_written(bytes.len(), self.now);
        }
        String::from_utf8(bytes).unwrap().replace('\0', "^")
    }

    /// Subscribes, and passes over what that says.
    fn subscribe(&mut self, destination: &str, ack: AckMode) -> String {
        let options =
            Subscribe { destination: destination.to_owned(), ack, tracked: true, ..Subscribe::default() };
        let (id, receipt) = self.session.subscribe(options).unwrap();
        self.said();
        self.hear(&format!("RECEIPT\nreceipt-id:{}\n\n^", receipt.unwrap()));
        id
    }

    /// Sends with a receipt that `name` waits for, and passes over what that says.
    fn send(&mut self, name: &'static str) {
        let frame = Frame::new(Verb::Send).with("destination", "/queue/a");
        let receipt = self.session.send(frame, false, true).unwrap();
        self.session.expect(receipt, name);
    }

    /// What became of requests since this was asked last.
    fn outcomes(&mut self) -> Vec<(&'static str, Result<Confirmation, Failure>)> {
        self.session.outcomes().into_iter().map(|outcome| (outcome.token, outcome.result)).collect()
    }

    /// Time passes.
    fn later(&mut self, seconds: f64) -> Option<Overdue> {
        self.now += Duration::from_secs_f64(seconds);
        self.session.tick(self.now)
    }
}

/// The outcome of what has its receipt.
const DONE: Result<Confirmation, Failure> = Ok(Confirmation::Confirmed);

/// A SEND to a queue.
fn a_send(name: &str, value: &str) -> Frame {
    Frame::new(Verb::Send).with("destination", "/queue/a").with(name, value)
}

/// The only outcome there is, which is no receipt.
fn failure(talk: &mut Talk) -> Failure {
    let outcomes = talk.outcomes();
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes[0].1.clone().unwrap_err()
}

/// A refusal by the first ERROR of the session.
fn refused(message: &str) -> Failure {
    Failure::Refused { error: ErrorNumber { session: 0, frame: 1 }, message: message.to_owned() }
}
