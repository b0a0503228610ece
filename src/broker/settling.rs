//! ACK and NACK, in the forms of each version.

use crate::protocol::{FrameRef, Verb, Version, parse_decimal};

use super::error_frame::{ErrorFrame, FrameResult, Printable};
use super::keys::{ConnectionKey, DeliveryKey, DeliverySource, MessageId, SubscriptionKey};
use super::message::OwnedMessage;
use super::router::Router;
use super::subscription::{SettleMode, SubscriptionKind};
use super::transaction::{Settlement, TransactionStep};

impl Router {
    pub(super) fn settle(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let version = self.peers[key].version();
        let settlement = match frame.verb() {
            Verb::Nack if !version.has_nack() => {
                return Err(ErrorFrame::new("NACK is no verb of 1.0", "STOMP 1.1 and 1.2 have it."));
            }
            Verb::Nack => Settlement::Nack,
            _ => Settlement::Ack,
        };
        let found = self.find_delivery(key, frame)?;
        if let Some(name) = frame.header("transaction") {
            let transaction = self.peers[key].transaction(frame.verb().name(), &name)?;
            transaction.steps.extend(found.map(|delivery| TransactionStep::Settle { delivery, settlement }));
            transaction.receipts.extend(frame.raw_header("receipt").map(Into::into));
            return Ok(());
        }
        if let Some(delivery) = found {
            self.apply(delivery, settlement);
        }
        self.receipt(key, frame);
        Ok(())
    }

    /// Settles a delivery; does nothing if it is settled already.
    pub(super) fn apply(&mut self, delivery: DeliveryKey, settlement: Settlement) {
        let DeliveryKey { subscription: key, number } = delivery;
        let Some(sub) = self.subs.get_mut(key) else {
            return;
        };
        let messages = sub.unsettled.settle(number).map(|delivery| delivery.message);
        let refuse = |mut message: OwnedMessage| {
            message.redelivered = true;
            message.refused_by = Some(key);
            message
        };
        let is_requeued = settlement == Settlement::Nack && sub.source != SubscriptionKind::Browser;
        let source = match sub.source {
            SubscriptionKind::Queue(queue_key) => {
                match self.queues.get_mut(queue_key) {
                    Some(queue) if is_requeued => queue.requeue(messages.map(refuse).collect()),
                    Some(queue) => queue.settle(messages),
                    None => messages.for_each(drop),
                }
                DeliverySource::Queue(queue_key)
            }
            SubscriptionKind::Topic | SubscriptionKind::Browser => {
                if is_requeued {
                    sub.backlog.requeue(messages.map(refuse).collect());
                } else {
                    sub.backlog.settle(messages);
                }
                DeliverySource::Subscription(key)
            }
        };
        if self.pending.last() != Some(&source) {
            self.pending.push(source);
        }
        self.unblock_producers(source);
    }

    /// The delivery that an ACK or NACK names; `None` if it needs none, which is not an error.
    fn find_delivery(
        &self,
        key: ConnectionKey,
        frame: FrameRef<'_>,
    ) -> Result<Option<DeliveryKey>, ErrorFrame> {
        let peer = &self.peers[key];
        let verb = frame.verb().name();
        let by_id = peer.version() == Version::V1_2;
        let (id, message_id) = (frame.header("id"), frame.header("message-id"));
        let named = frame.header("subscription");
        if self.config.strict {
            match peer.version() {
                Version::V1_2 if id.is_none() => return Err(ErrorFrame::missing(verb, "id")),
                Version::V1_1 if named.is_none() => return Err(ErrorFrame::missing(verb, "subscription")),
                _ => {}
            }
        }
        if id.is_none() && message_id.is_none() {
            return Err(ErrorFrame::missing(verb, if by_id { "id" } else { "message-id" }));
        }
        if let Some(found) = id.as_deref().and_then(|id| self.by_ack_id(key, id)) {
            return Ok(Some(found));
        }
        // Current clients name the `ack` header, old ones the message id in either header, with or
        // without the subscription.
        let sub = named.as_deref().and_then(|name| peer.by_id.get(name)).copied();
        let text = message_id.as_deref().or(id.as_deref()).unwrap_or_default();
        if named.is_none() || sub.is_some() {
            let subscriptions = sub.as_ref().map_or(&peer.subs[..], std::slice::from_ref);
            if let Some(found) = self.by_message_id(subscriptions, text) {
                return Ok(Some(found));
            }
        }
        let is_auto = |sub| self.subs[sub].mode == SettleMode::Auto;
        let harmless = sub.map_or(named.is_none() && peer.autos > 0, is_auto);
        if harmless && !self.config.strict {
            return Ok(None);
        }
        let advice = if by_id {
            "The id is that of a MESSAGE's ack header, on this connection, from a subscription that is \
             still there; a delivery is settled once, and in client mode with all before it."
        } else {
            "The message-id is that of a MESSAGE of this subscription, which is still there; a delivery \
             is settled once, and in client mode with all before it."
        };
        Err(ErrorFrame::new(format!("{verb} of '{}', which is not waiting for it", Printable(text)), advice))
    }

    /// Finds a delivery by its `ack` header (STOMP 1.2).
    #[inline]
    fn by_ack_id(&self, key: ConnectionKey, id: &[u8]) -> Option<DeliveryKey> {
        let delivery = DeliveryKey::parse(id)?;
        let sub = self.subs.get(delivery.subscription)?;
        let is_held =
            sub.peer == key && sub.mode != SettleMode::Auto && sub.unsettled.contains(delivery.number);
        is_held.then_some(delivery)
    }

    /// Finds a delivery by its `message-id`, in these subscriptions.
    fn by_message_id(&self, subscriptions: &[SubscriptionKey], id: &[u8]) -> Option<DeliveryKey> {
        let message = MessageId(parse_decimal(id.strip_prefix(self.id_prefix.as_bytes())?)?);
        subscriptions.iter().find_map(|&subscription| {
            let sub = &self.subs[subscription];
            let number = (sub.mode != SettleMode::Auto).then(|| sub.unsettled.find(message))??;
            Some(DeliveryKey { subscription, number })
        })
    }
}
