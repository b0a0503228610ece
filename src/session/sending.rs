//! SEND: one message, one with a large body in pieces, many in a bulk; and transactions around them.

use super::bulk::{Bulk, BulkReport, Chunk};
use super::receipts::Slot;
use super::{Session, SessionError};
use crate::protocol::{Frame, Verb};

impl<T> Session<T> {
    /// Sends one message. Its receipt is asked for where `receipt` says so and the message is in no
    /// transaction: some brokers give that one only at COMMIT, whose own receipt says as much.
    /// `text` leaves content-length out.
    pub fn send(&mut self, mut frame: Frame, text: bool, receipt: bool) -> Result<Option<u64>, SessionError> {
        self.check_open()?;
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
        if let Err(error) = self.encoder.head(out, frame.verb, own) {
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
        self.check_open()?;
        let id = receipt.then(|| self.receipts.ask(Slot::One((None, self.outbox.end()))));
        let own = frame.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
        let text = id.map(|id| id.to_string());
        let more = text.as_ref().map(|text| (&b"receipt"[..], text.as_bytes()));
        // The first would count.
        let own = own.filter(|(name, _)| more.is_none() || *name != b"receipt");
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
        let mut bulk = self.bulk.take()?;
        bulk.withdraw(&mut self.outbox);
        Some(bulk.report())
    }
}
