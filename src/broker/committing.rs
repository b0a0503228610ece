//! BEGIN, COMMIT and ABORT.

use crate::protocol::FrameRef;

use super::destination::is_queue;
use super::error_frame::{ErrorFrame, FrameResult, Printable};
use super::keys::{ConnectionKey, DeliverySource, MessageId, TransactionName};
use super::router::Router;
use super::transaction::{Transaction, TransactionStep, unknown_transaction};

impl Router {
    pub(super) fn begin(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let name = transaction_name("BEGIN", frame)?;
        let most = self.config.transactions;
        let transactions = &mut self.peers[key].transactions;
        if transactions.contains_key(&name) {
            return Err(ErrorFrame::new(
                format!("transaction '{}' is open already", Printable(&name)),
                "Give each open transaction of a connection a name of its own.",
            ));
        }
        if transactions.len() >= most {
            let advice = "COMMIT or ABORT one of them first; this limit is fixed.";
            return Err(ErrorFrame::new(format!("more than {most} open transactions"), advice));
        }
        transactions.insert(name, Transaction::default());
        self.receipt(key, frame);
        Ok(())
    }

    pub(super) fn abort(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let name = transaction_name("ABORT", frame)?;
        // Messages acknowledged in it stay unsettled and may be acknowledged again.
        self.peers[key].transactions.remove(&name).ok_or_else(|| unknown_transaction("ABORT", &name))?;
        self.receipt(key, frame);
        Ok(())
    }

    pub(super) fn commit(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let name = transaction_name("COMMIT", frame)?;
        let Some(transaction) = self.peers[key].transactions.remove(&name) else {
            return Err(unknown_transaction("COMMIT", &name));
        };
        // All or nothing: each acknowledged message must still belong to its subscription.
        let has_ended = |step: &TransactionStep| match step {
            TransactionStep::Settle { delivery, .. } => {
                let sub = self.subs.get(delivery.subscription);
                !sub.is_some_and(|sub| sub.peer == key && delivery.number < sub.unsettled.next())
            }
            TransactionStep::Send { .. } => false,
        };
        if transaction.steps.iter().any(has_ended) {
            return Err(ErrorFrame::new(
                format!("transaction '{}' acks messages of a subscription that has ended", Printable(&name)),
                "They went back to their queue at UNSUBSCRIBE; nothing of the transaction was done.",
            ));
        }
        // The queues accept all messages before a RECEIPT says that they have.
        let mut accepted = Vec::new();
        let mut later = Vec::new();
        for step in transaction.steps {
            match step {
                TransactionStep::Send { destination, mut message } => {
                    message.id = MessageId::take(&mut self.next_message);
                    if is_queue(&destination) {
                        accepted.push((self.accept(key, &destination, message)?, destination));
                    } else {
                        later.push(TransactionStep::Send { destination, message });
                    }
                }
                settle @ TransactionStep::Settle { .. } => later.push(settle),
            }
        }
        for receipt in transaction.receipts {
            self.peers[key].write_receipt(Some(&receipt));
        }
        self.receipt(key, frame);
        for step in later {
            match step {
                TransactionStep::Send { destination, message } => {
                    self.publish_to_topic(key, &destination, message.view());
                }
                TransactionStep::Settle { delivery, settlement } => self.apply(delivery, settlement),
            }
        }
        for (queue, destination) in accepted {
            self.dispatch(queue);
            self.block_if_full(key, DeliverySource::Queue(queue), &destination);
        }
        Ok(())
    }
}

fn transaction_name(verb: &str, frame: FrameRef<'_>) -> Result<TransactionName, ErrorFrame> {
    let name = frame.header("transaction").filter(|name| !name.is_empty());
    name.map(|name| (&*name).into()).ok_or_else(|| ErrorFrame::missing(verb, "transaction"))
}
