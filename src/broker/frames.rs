//! Handling of the frames of a client.

use crate::protocol::{Batch, FrameRef, Verb, Version};

use super::connection::ConnectionStage;
use super::error_frame::{ErrorFrame, FrameResult, Printable, receipt_of};
use super::keys::ConnectionKey;
use super::router::Router;

/// The size in bytes of unwritten output, mostly receipts, at which a connection is not read from.
const OUT_STOP: usize = 1 << 20;

impl Router {
    /// Handles the frames of a batch from index `from` on and returns the index of the first that was not
    /// handled: less than the batch's length if the connection is blocked or closing. `lf_follows` says
    /// that a line feed follows the last frame.
    pub(super) fn feed(&mut self, key: ConnectionKey, batch: &Batch, from: usize, lf_follows: bool) -> usize {
        let mut next = from;
        self.peers[key].note_awake();
        while let Some(frame) = batch.get(next) {
            let peer = &self.peers[key];
            if peer.stage == ConnectionStage::Closing || peer.blocked || peer.out.len() > OUT_STOP {
                break;
            }
            next += 1;
            self.handle(key, frame, lf_follows && next == batch.len());
        }
        self.dispatch_pending();
        next
    }

    /// Handles one frame. If that fails, sends an ERROR and closes the connection.
    fn handle(&mut self, key: ConnectionKey, frame: FrameRef<'_>, lf_follows: bool) {
        let done = self.check_body(key, frame).and_then(|()| self.act(key, frame, lf_follows));
        if let Err(refusal) = done {
            let receipt = receipt_of(frame, self.peers[key].version);
            self.refuse(key, &refusal, receipt.as_deref());
        }
    }

    #[inline]
    fn act(&mut self, key: ConnectionKey, frame: FrameRef<'_>, lf_follows: bool) -> FrameResult {
        match (self.peers[key].stage, frame.verb()) {
            (ConnectionStage::New, Verb::Connect | Verb::Stomp) => self.login(key, frame, lf_follows),
            // The line is not quoted: before CONNECT it may hold a secret.
            (ConnectionStage::New, Verb::Unknown) => Err(ErrorFrame::new(
                "the first frame is not CONNECT",
                "This port speaks STOMP 1.0, 1.1 and 1.2.",
            )),
            (ConnectionStage::New, verb) => Err(ErrorFrame::new(
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
                peer.stage = ConnectionStage::Closing;
                peer.write_receipt(frame.raw_header("receipt"));
                Ok(())
            }
            (_, Verb::Connect | Verb::Stomp) => {
                Err(ErrorFrame::new("a second CONNECT", "This connection is logged in already."))
            }
            (_, Verb::Connected | Verb::Message | Verb::Receipt | Verb::Error) => Err(ErrorFrame::new(
                format!("{} is a broker's frame", frame.verb()),
                "Clients send SEND, SUBSCRIBE, UNSUBSCRIBE, ACK, NACK, BEGIN, COMMIT, ABORT and DISCONNECT.",
            )),
            (_, Verb::Unknown) => Err(ErrorFrame::new(
                format!("unknown verb '{}'", Printable(frame.verb_name())),
                "Verbs are written in capitals: SEND, SUBSCRIBE, ACK and so on.",
            )),
        }
    }

    /// Refuses a body that a strict broker does not allow; logs a content-length that is too small.
    fn check_body(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        if self.config.strict
            && !frame.body().is_empty()
            && !frame.verb().may_have_body()
            && self.peers[key].version() > Version::V1_0
        {
            return Err(ErrorFrame::new(
                format!("{} with a body", frame.verb()),
                "Only SEND, MESSAGE and ERROR may have one.",
            ));
        }
        if frame.had_short_length() {
            let name = &self.peers[key].name;
            self.log.push(format!(
                "{name}: content-length {} is smaller than the body of {} bytes: \
                 it counts bytes, not characters; the body was taken up to the NUL",
                frame.content_length().unwrap_or_default(),
                frame.body().len(),
            ));
        }
        Ok(())
    }
}
