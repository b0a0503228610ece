//! SEND: a message into a queue, or to whom listens to a topic.

use crate::protocol::FrameRef;

use super::backlog::Backlog;
use super::connection::Connection;
use super::figures::asks_for;
use super::keys::{ConnectionKey, MessageId};
use super::message::{Envelope, Message, View, compose};
use super::refusal::{Refusal, Shown};
use super::router::{Handled, Router};
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
        // Nothing can fail from here on. A client that sends to itself and waits for its receipt with a
        // single read gets that first.
        if let Some(receipt) = envelope.receipt {
            self.peers[key].write_receipt(receipt);
        }
        if let Some(name) = asks_for(destination) {
            self.answer_figures(key, name, frame);
        } else {
            view.id = MessageId::take(&mut self.next_message);
            self.publish(key, destination, view);
        }
        Ok(())
    }

    /// Brings a message to its queue or to its listeners. Where that fills a queue, the sender waits.
    pub(super) fn publish(&mut self, sender: ConnectionKey, destination: &[u8], view: View<'_>) {
        if !is_queue(destination) {
            self.publish_to_topic(sender, destination, view);
            return;
        }
        let key = self.queue_for(Some(sender), destination);
        self.queues[key].backlog.push(view.keep());
        self.dispatch(key);
        let backlog = &mut self.queues[key].backlog;
        if backlog.bytes > self.config.queue_bytes {
            block(&mut self.peers[sender], backlog, sender, destination, &mut self.log);
        }
    }

    fn publish_to_topic(&mut self, sender: ConnectionKey, destination: &[u8], view: View<'_>) {
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.clear();
        self.topics.listeners(destination, &mut listeners);
        let mut kept: Option<Message> = None;
        for &sub_key in &listeners {
            let sub = &mut self.subs[sub_key];
            let ready = sub.own.messages.is_empty() && sub.has_room();
            if ready && self.peers[sub.peer].has_room() {
                if sub.mode == AckMode::Auto {
                    self.write_delivery(sub_key, view);
                } else {
                    let message = view.keep();
                    sub.own.count_in(&message);
                    self.deliver(sub_key, message);
                }
                continue;
            }
            // All who cannot take it yet share one copy.
            sub.own.push(kept.get_or_insert_with(|| view.keep()).clone());
            if sub.own.bytes > self.config.queue_bytes {
                block(&mut self.peers[sender], &mut sub.own, sender, destination, &mut self.log);
            }
        }
        self.listeners = listeners;
    }
}

/// Lets a producer wait until there is room.
#[cold]
fn block(
    peer: &mut Connection,
    backlog: &mut Backlog,
    sender: ConnectionKey,
    destination: &[u8],
    log: &mut Vec<String>,
) {
    if !peer.blocked {
        peer.blocked = true;
        log.push(format!(
            "{}: not read from until there is room: {} holds {} messages, {} octets",
            peer.name,
            Shown(destination),
            backlog.count,
            backlog.bytes
        ));
    }
    if !backlog.waiting.contains(&sender) {
        backlog.waiting.push(sender);
    }
}
