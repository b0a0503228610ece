//! SEND: a message into a queue, or to whom listens to a topic.

use crate::protocol::FrameRef;

use super::destination::rename_temporary;
use super::figures::asks_for;
use super::keys::{ConnectionKey, MessageId};
use super::message::{Envelope, View, compose};
use super::refusal::{Handled, Refusal};
use super::router::Router;
use super::transaction::Step;

impl Router {
    pub(super) fn send(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> Handled {
        let mut head = std::mem::take(&mut self.head);
        let peer = &mut self.peers[key];
        let (version, session, used) = (peer.version(), &peer.session, &mut peer.has_temporary);
        let envelope = compose(frame, version, &mut head, |name| {
            let renamed = rename_temporary(name, session);
            *used |= renamed.is_some();
            renamed
        });
        let done = self.send_composed(key, &head, &envelope, frame);
        self.head = head;
        done
    }

    fn send_composed(
        &mut self,
        key: ConnectionKey,
        head: &[u8],
        envelope: &Envelope<'_>,
        frame: FrameRef<'_>,
    ) -> Handled {
        let Some(destination) = envelope.destination.as_deref().filter(|name| !name.is_empty()) else {
            return Err(Refusal::missing("SEND", "destination"));
        };
        let mut view =
            View { head, body: frame.body(), plain: envelope.plain, id: MessageId(0), redelivered: false };
        if let Some(name) = &envelope.transaction {
            let message = view.keep();
            let most = self.config.queue_bytes;
            let transaction = self.peers[key].transaction("SEND", name)?;
            transaction.bytes += message.size();
            if transaction.bytes > most {
                let advice = "COMMIT sooner; the broker's option --queue-size raises this limit.";
                return Err(Refusal::new(format!("more than {most} octets in a transaction"), advice));
            }
            transaction.steps.push(Step::Send { destination: destination.into(), message });
            transaction.receipts.extend(envelope.receipt.map(Into::into));
            return Ok(());
        }
        if let Some(name) = asks_for(destination) {
            return self.answer_figures(key, name, frame, envelope.receipt);
        }
        view.id = MessageId::take(&mut self.next_message);
        self.publish(key, destination, view, envelope.receipt)
    }
}
