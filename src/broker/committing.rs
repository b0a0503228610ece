//! BEGIN, COMMIT and ABORT.

use crate::protocol::FrameRef;

use super::destination::is_queue;
use super::keys::{ConnectionKey, Dirty, MessageId, TransactionName};
use super::refusal::{Handled, Refusal, Shown};
use super::router::Router;
use super::transaction::{Step, Transaction, unknown};

impl Router {
    pub(super) fn begin(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> Handled {
        let name = named("BEGIN", frame)?;
        let most = self.config.transactions;
        let transactions = &mut self.peers[key].transactions;
        if transactions.contains_key(&name) {
            return Err(Refusal::new(
                format!("transaction '{}' is open already", Shown(&name)),
                "Give each open transaction of a connection a name of its own.",
            ));
        }
        if transactions.len() >= most {
            let advice = "COMMIT or ABORT one of them first; this limit is fixed.";
            return Err(Refusal::new(format!("more than {most} open transactions"), advice));
        }
        transactions.insert(name, Transaction::default());
        self.receipt(key, frame);
        Ok(())
    }

    pub(super) fn abort(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> Handled {
        let name = named("ABORT", frame)?;
        // What was acked in it is its subscription's as before, and may be acked again.
        self.peers[key].transactions.remove(&name).ok_or_else(|| unknown("ABORT", &name))?;
        self.receipt(key, frame);
        Ok(())
    }

    pub(super) fn commit(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> Handled {
        let name = named("COMMIT", frame)?;
        let Some(transaction) = self.peers[key].transactions.remove(&name) else {
            return Err(unknown("COMMIT", &name));
        };
        // All of it or nothing: what was acked must still be its subscription's.
        let is_gone = |step: &Step| match step {
            Step::Settle { delivery, .. } => {
                let sub = self.subs.get(delivery.subscription);
                !sub.is_some_and(|sub| sub.peer == key && delivery.number < sub.unsettled.next())
            }
            Step::Send { .. } => false,
        };
        if transaction.steps.iter().any(is_gone) {
            return Err(Refusal::new(
                format!("transaction '{}' acks messages of a subscription that has ended", Shown(&name)),
                "They went back to their queue at UNSUBSCRIBE; nothing of the transaction was done.",
            ));
        }
        // The queues accept all messages before a RECEIPT says that they have.
        let mut accepted = Vec::new();
        let mut later = Vec::new();
        for step in transaction.steps {
            match step {
                Step::Send { destination, mut message } => {
                    message.id = MessageId::take(&mut self.next_message);
                    if is_queue(&destination) {
                        accepted.push((self.accept(key, &destination, message)?, destination));
                    } else {
                        later.push(Step::Send { destination, message });
                    }
                }
                settle @ Step::Settle { .. } => later.push(settle),
            }
        }
        for receipt in transaction.receipts {
            self.peers[key].write_receipt(Some(&receipt));
        }
        self.receipt(key, frame);
        for step in later {
            match step {
                Step::Send { destination, message } => {
                    self.publish_to_topic(key, &destination, message.view());
                }
                Step::Settle { delivery, verdict } => self.apply(delivery, verdict),
            }
        }
        for (queue, destination) in accepted {
            self.dispatch(queue);
            self.block_if_full(key, Dirty::Queue(queue), &destination);
        }
        Ok(())
    }
}

fn named(verb: &str, frame: FrameRef<'_>) -> Result<TransactionName, Refusal> {
    let name = frame.header("transaction").filter(|name| !name.is_empty());
    name.map(|name| (&*name).into()).ok_or_else(|| Refusal::missing(verb, "transaction"))
}
