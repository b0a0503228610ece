//! SEND: one message, one with a streamed body, many in a bulk.

use super::bulk::{Bulk, BulkReport, Chunk};
use super::forward::{self, BINARY};
use super::receipts::{AwaitedBy, ReceiptKind};
use super::{Session, SessionError};
use crate::protocol::{Frame, Headers, Verb};

impl<T> Session<T> {
    /// Sends one message, with the meaning of `text` in [`super::SendHead`]. In a transaction no receipt is
    /// returned: some brokers send it only at COMMIT, whose outcome waits for it.
    pub fn send(&mut self, mut frame: Frame, text: bool, receipt: bool) -> Result<Option<u64>, SessionError> {
        self.check_open()?;
        if frame.verb == Verb::Send {
            self.check_transaction(&frame.headers)?;
        }
        let free = frame.header("receipt").is_none();
        let asks = receipt && free && self.asks() && frame.header("transaction").is_none();
        let id = asks.then(|| self.receipts.ask(ReceiptKind::Send, self.outbox.end()));
        let guard = self.guard(&frame.headers).filter(|_| !asks && free && frame.verb == Verb::Send);
        let asked = id.or_else(|| guard.map(|(kind, by)| self.receipts.ask_unawaited(kind, by)));
        if let Some(asked) = asked {
            frame.headers.push("receipt", asked.to_string());
        }
        if forward::needs_type(&self.outbox, &frame.body, || frame.headers.get(BINARY.0).is_some()) {
            frame.headers.push(BINARY.0, BINARY.1);
        }
        if !text || memchr::memchr(0, &frame.body).is_some() {
            self.encode(&frame, asked)?;
            return Ok(id);
        }
        let body = std::mem::take(&mut frame.body);
        let out = self.outbox.buffer();
        if let Err(error) = self.encoder.head(out, frame.verb, frame.headers.iter()) {
            self.receipts.cancel(asked);
            return Err(error.into());
        }
        forward::end(out, &body, text);
        self.outbox.end_frame();
        Ok(id)
    }

    /// Refuses the SEND of a transaction that is not open: some brokers answer with an ERROR that names nothing, others
    /// send the message at once.
    fn check_transaction(&self, headers: &Headers) -> Result<(), SessionError> {
        match headers.get("transaction") {
            Some(name) if self.transaction(name).is_none() => Err(self.no_transaction(name)),
            _ => Ok(()),
        }
    }

    /// What a SEND with these headers asks for a receipt for, if its sender waits for none.
    fn guard(&self, headers: &Headers) -> Option<(ReceiptKind, AwaitedBy)> {
        match headers.get("transaction").and_then(|name| self.transaction(name)) {
            Some(open) => {
                let kind = ReceiptKind::SendInTransaction;
                (self.asks() && self.doubts_commit()).then_some((kind, AwaitedBy::Commit(open.number)))
            }
            None => self.guards_sends().then_some((ReceiptKind::Send, AwaitedBy::Disconnect)),
        }
    }

    /// Begins a SEND whose body of `length` bytes follows with [`Session::send_piece`] and ends with
    /// [`Session::send_end`]. `None` omits the content-length; then the body must not contain a NUL.
    pub(crate) fn send_head(
        &mut self,
        frame: &Frame,
        length: Option<u64>,
        receipt: bool,
    ) -> Result<Option<u64>, SessionError> {
        self.check_open()?;
        self.check_transaction(&frame.headers)?;
        let id = (receipt && self.asks()).then(|| self.receipts.ask(ReceiptKind::Send, self.outbox.end()));
        let guard = self.guard(&frame.headers).filter(|_| id.is_none() && frame.header("receipt").is_none());
        let asked = id.or_else(|| guard.map(|(kind, by)| self.receipts.ask_unawaited(kind, by)));
        let text = asked.map(|id| id.to_string());
        let more = text.as_ref().map(|text| (&b"receipt"[..], text.as_bytes()));
        // The user's `receipt` would be the first, and count.
        let headers = frame.headers.iter().filter(|(name, _)| more.is_none() || *name != b"receipt");
        let out = self.outbox.buffer();
        if let Err(error) = self.encoder.head(out, Verb::Send, headers.chain(more)) {
            self.receipts.cancel(asked);
            return Err(error.into());
        }
        self.begin_body(length);
        Ok(id)
    }

    /// Ends a head whose body is streamed.
    pub(super) fn begin_body(&mut self, length: Option<u64>) {
        let out = self.outbox.buffer();
        if let Some(length) = length {
            crate::protocol::content_length(out, length);
        }
        out.push(b'\n');
        self.mid_frame = true;
    }

    /// Appends to the body that [`Session::send_head`] began.
    pub(crate) fn send_piece(&mut self, piece: &[u8]) {
        self.outbox.buffer().extend_from_slice(piece);
    }

    /// Ends the body that [`Session::send_head`] began.
    pub(crate) fn send_end(&mut self) {
        self.outbox.buffer().push(0);
        self.outbox.end_frame();
        self.mid_frame = false;
    }

    /// Begins a bulk; only one may be active at a time.
    pub(crate) fn begin_bulk(&mut self, mut bulk: Bulk) -> Result<(), SessionError> {
        self.check_transaction(bulk.headers())?;
        if !self.asks() || self.given_up.contains(ReceiptKind::Send) {
            bulk.ask_for_nothing();
        }
        bulk.guard(self.guard(bulk.headers()));
        bulk.encode_head(self.encoder)?;
        self.bulk = Some(bulk);
        Ok(())
    }

    pub(crate) fn bulk(&mut self) -> Option<&mut Bulk> {
        self.bulk.as_mut()
    }

    /// Adds messages to the bulk, as [`Bulk::push`] does.
    pub(crate) fn push_bulk(&mut self, chunk: Chunk, last: bool) {
        if let Some(bulk) = &mut self.bulk {
            bulk.push(chunk, last);
        }
    }

    /// Encodes messages of the bulk until the outbox holds `most` bytes.
    pub(crate) fn pump(&mut self, most: usize) {
        if self.connected.is_some()
            && self.disconnect.is_none()
            && let Some(bulk) = &mut self.bulk
        {
            bulk.pump(self.encoder, &mut self.outbox, &mut self.receipts, most);
        }
    }

    /// Removes the bulk and returns its report if it is over.
    pub(crate) fn finish_bulk(&mut self) -> Option<BulkReport> {
        if !self.bulk.as_ref()?.is_over() {
            return None;
        }
        let mut bulk = self.bulk.take()?;
        bulk.withdraw(&mut self.outbox);
        Some(bulk.report())
    }
}
