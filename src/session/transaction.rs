//! Transactions: opened, carried out, dropped; and whole ones, which take messages from one queue to another.

use std::sync::Arc;

use super::forward::{Forward, Received, end_forwarded};
use super::{AckMode, Session, SessionError};
use crate::protocol::Verb;

/// Messages that are taken from their queue and sent to another one in one transaction.
#[derive(Debug)]
pub struct MoveTransaction {
    /// The transaction's name.
    pub name: String,
    /// The messages, all from the beginning of one subscription in `client` mode that are not acked yet:
    /// an ACK settles those before it too.
    pub received: Vec<Received>,
    /// Where they go, and how.
    pub forward: Arc<Forward>,
}

impl MoveTransaction {
    /// Whether all messages came over this connection of the session.
    pub fn came_over_connection(&self, connection: u64) -> bool {
        self.received.iter().all(|received| received.connection == connection)
    }
}

impl<T> Session<T> {
    /// Opens a transaction; returns the receipt.
    pub fn begin(&mut self, name: &str) -> Result<u64, SessionError> {
        Ok(self.open_transaction(name, true)?.unwrap_or_default())
    }

    fn open_transaction(&mut self, name: &str, receipt: bool) -> Result<Option<u64>, SessionError> {
        if self.transactions.iter().any(|own| own == name) {
            return Err(SessionError::DuplicateTransaction { name: name.to_owned() });
        }
        let receipt = self.send_control(Verb::Begin, [("transaction", name)].into(), receipt)?;
        self.transactions.push(name.to_owned());
        Ok(receipt)
    }

    /// Carries a transaction out, or drops it.
    pub fn end_transaction(&mut self, name: &str, commit: bool) -> Result<u64, SessionError> {
        let Some(index) = self.transactions.iter().position(|own| own == name) else {
            return Err(SessionError::NoTransaction { name: name.to_owned() });
        };
        let verb = if commit { Verb::Commit } else { Verb::Abort };
        let receipt = self.send_control(verb, [("transaction", name)].into(), true)?;
        self.transactions.remove(index);
        Ok(receipt.unwrap_or_default())
    }

    /// Writes a whole transaction: BEGIN, the SEND of each message, ACKs for all of them, and COMMIT with the
    /// only receipt, which is returned. On an error nothing of it is written.
    pub fn transact(&mut self, transfer: &MoveTransaction) -> Result<u64, SessionError> {
        self.write_transaction(transfer, |session| {
            let mut common = Vec::new();
            session.begin_send_in(&mut common, transfer)?;
            for message in transfer.received.iter().flat_map(Received::iter) {
                let out = session.outbox.buffer();
                out.extend_from_slice(&common);
                transfer.forward.keep(session.encoder, out, message, "transaction")?;
                end_forwarded(out, message);
                session.outbox.end_frame();
            }
            session.ack_in(transfer)?;
            session.end_transaction(&transfer.name, true)
        })
    }

    /// Begins a transaction with one large message: BEGIN, its ACK, and the head of its SEND, as
    /// [`Session::send_head`] does. [`Session::end_transaction`] follows the end of the body. On an error
    /// nothing of it is written.
    pub fn transact_head(
        &mut self,
        transfer: &MoveTransaction,
        length: Option<u64>,
    ) -> Result<(), SessionError> {
        self.write_transaction(transfer, |session| {
            session.ack_in(transfer)?;
            let mut head = Vec::new();
            session.begin_send_in(&mut head, transfer)?;
            for message in transfer.received.iter().flat_map(Received::iter) {
                transfer.forward.keep(session.encoder, &mut head, message, "transaction")?;
            }
            session.outbox.buffer().append(&mut head);
            session.begin_body(length);
            Ok(())
        })
    }

    /// Writes BEGIN and the rest; where that fails, what it has written is taken back.
    fn write_transaction<R>(
        &mut self,
        transfer: &MoveTransaction,
        rest: impl FnOnce(&mut Self) -> Result<R, SessionError>,
    ) -> Result<R, SessionError> {
        let start = self.outbox.end();
        self.open_transaction(&transfer.name, false)?;
        rest(self).inspect_err(|_| {
            self.transactions.retain(|own| *own != transfer.name);
            self.outbox.withdraw(start);
        })
    }

    /// Appends what the SENDs of all messages of a transaction begin with.
    fn begin_send_in(&self, out: &mut Vec<u8>, transfer: &MoveTransaction) -> Result<(), SessionError> {
        transfer.forward.begin(self.encoder, out, "transaction")?;
        Ok(self.encoder.header(out, Verb::Send, b"transaction", transfer.name.as_bytes())?)
    }

    /// Acks all messages in a transaction.
    fn ack_in(&mut self, transfer: &MoveTransaction) -> Result<(), SessionError> {
        let version = self.encoder.version();
        for Received { batch, frames, .. } in &transfer.received {
            let named = AckMode::Client.to_ack(version, batch, frames.iter().copied(), 1);
            for message in named.iter().filter_map(|index| batch.get(*index as usize)) {
                let token = message.ack_token(version);
                let (Some(index), Some(token)) = (self.subscription_of(message), token) else {
                    let which = message.text("message-id").unwrap_or_default().into_owned();
                    return Err(SessionError::NotUnacked { which });
                };
                self.write_settle(Verb::Ack, index, token, Some(&transfer.name), None)?;
            }
        }
        Ok(())
    }
}
