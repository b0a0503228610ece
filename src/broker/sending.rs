//! SEND: a message into a queue, or to whom listens to a topic.

use crate::protocol::FrameRef;

use super::figures::asks_for;
use super::keys::{ConnectionKey, MessageId, QueueKey};
use super::message::{Envelope, Message, View, compose};
use super::queue::Queue;
use super::refusal::{Handled, Refusal, Shown};
use super::router::{Dirty, Router};
use super::subscription::AckMode;
use super::transaction::Step;

/// The prefix by which a connection names its own temporary queue, and others know it.
const TEMPORARY: [(&[u8], &[u8]); 2] =
    [(b"/temp-queue/", b"/remote-temp-queue/"), (b"/temp-topic/", b"/remote-temp-topic/")];

/// The name by which others know a temporary destination; `None`: it is not one.
pub(super) fn rename_temporary(name: &[u8], session: &str) -> Option<Vec<u8>> {
    let (rest, prefix) = TEMPORARY.iter().find_map(|(own, all)| Some((name.strip_prefix(*own)?, *all)))?;
    Some([prefix, session.as_bytes(), b".", rest].concat())
}

/// Whether a temporary destination, as others know it, belongs to another session than this.
pub(super) fn is_foreign_temporary(name: &[u8], session: &str) -> bool {
    TEMPORARY
        .iter()
        .find_map(|(_, all)| name.strip_prefix(*all))
        .is_some_and(|rest| !rest.starts_with(session.as_bytes()))
}

/// Whether a destination is a queue; all else is a topic.
pub(super) fn is_queue(name: &[u8]) -> bool {
    name.starts_with(b"/queue/") || name.starts_with(b"/remote-temp-queue/")
}

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
            let transaction = self.transaction(key, "SEND", name)?;
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

    /// Brings a message to its queue or to the subscriptions of its topic, and gives its RECEIPT.
    ///
    /// A client that sends to itself and waits for its receipt with a single read gets that first. So
    /// the RECEIPT is written when a queue has accepted the message, and before it is delivered.
    pub(super) fn publish(
        &mut self,
        sender: ConnectionKey,
        destination: &[u8],
        view: View<'_>,
        receipt: Option<&[u8]>,
    ) -> Handled {
        if is_queue(destination) {
            let key = self.accept(sender, destination, view.keep())?;
            self.peers[sender].write_receipt(receipt);
            self.dispatch(key);
            self.block_if_full(sender, Dirty::Queue(key), destination);
        } else {
            self.peers[sender].write_receipt(receipt);
            self.publish_to_topic(sender, destination, view);
        }
        Ok(())
    }

    /// Puts a message into its queue, and says into which. It is not delivered yet.
    #[inline]
    pub(super) fn accept(
        &mut self,
        sender: ConnectionKey,
        destination: &[u8],
        message: Message,
    ) -> Result<QueueKey, Refusal> {
        let key = self.queue_for(Some(sender), destination);
        self.queues[key].accept(message)?;
        Ok(key)
    }

    pub(super) fn publish_to_topic(&mut self, sender: ConnectionKey, destination: &[u8], view: View<'_>) {
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.clear();
        self.topics.listeners(destination, &mut listeners);
        let mut kept: Option<Message> = None;
        for &key in &listeners {
            let sub = &mut self.subs[key];
            if sub.mode == AckMode::Auto && sub.own.is_empty() && self.peers[sub.peer].has_room() {
                self.write_delivery(key, view);
                continue;
            }
            // All subscriptions for which the message is kept share one copy.
            sub.own.push(kept.get_or_insert_with(|| view.keep()).clone());
            self.pump(key);
            self.block_if_full(sender, Dirty::Sub(key), destination);
        }
        self.listeners = listeners;
    }

    /// Stops reading from a producer until there is room, if its message has filled this backlog.
    #[inline]
    pub(super) fn block_if_full(&mut self, sender: ConnectionKey, source: Dirty, destination: &[u8]) {
        let backlog = match source {
            Dirty::Queue(key) => self.queues.get(key).map(Queue::backlog),
            Dirty::Sub(key) => self.subs.get(key).map(|sub| &sub.own),
        };
        let Some((count, bytes)) = backlog.map(|backlog| (backlog.count(), backlog.bytes())) else {
            return;
        };
        let peer = &mut self.peers[sender];
        if bytes > self.config.queue_bytes && !peer.blocked {
            peer.blocked = true;
            self.blocked.push((source, sender));
            self.log.push(format!(
                "{}: not read from until there is room: {} holds {count} messages, {bytes} octets",
                peer.name,
                Shown(destination),
            ));
        }
    }
}
