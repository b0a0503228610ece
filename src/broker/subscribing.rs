//! SUBSCRIBE and UNSUBSCRIBE.

use crate::protocol::{FrameRef, Version};

use super::destination::{is_foreign_temporary, is_pattern, is_queue, rename_temporary};
use super::error_frame::{ErrorFrame, FrameResult, Printable};
use super::keys::{ConnectionKey, DeliveryKey, DeliverySource, Destination, SubscriptionId, SubscriptionKey};
use super::router::Router;
use super::subscription::{BrokerSubscription, SettleMode, SubscriptionKind};

/// The headers that brokers read the prefetch limit from.
const PREFETCH: [&str; 2] = ["prefetch-count", "activemq.prefetchSize"];

impl Router {
    pub(super) fn subscribe(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let peer = &self.peers[key];
        let version = peer.version();
        let Some(named) = frame.header("destination").filter(|name| !name.is_empty()) else {
            return Err(ErrorFrame::missing("SUBSCRIBE", "destination"));
        };
        let temporary = rename_temporary(&named, &peer.session);
        let is_temporary = temporary.is_some();
        let destination = Destination::from(temporary.as_deref().unwrap_or(&named));
        let id = frame.header("id");
        if id.is_none() && version > Version::V1_0 {
            return Err(ErrorFrame::missing("SUBSCRIBE", "id"));
        }
        if let Some(id) = &id
            && peer.by_id.contains_key(&**id)
        {
            return Err(ErrorFrame::new(
                format!("subscription id '{}' is in use", Printable(id)),
                "Give each subscription of a connection an id of its own, or UNSUBSCRIBE the old one first.",
            ));
        }
        if id.is_none() && self.find_unnamed(key, &destination).is_some() {
            // In 1.0 the two cannot be distinguished: the first one continues.
            self.receipt(key, frame);
            return Ok(());
        }
        let most = self.config.subscriptions;
        if peer.subs.len() >= most {
            let advice = "UNSUBSCRIBE from some first; this limit is fixed.";
            return Err(ErrorFrame::new(format!("more than {most} subscriptions"), advice));
        }
        if is_foreign_temporary(&destination, &peer.session) {
            return Err(ErrorFrame::new(
                "a temporary destination of another connection",
                "Only the connection that it belongs to may subscribe to it; others may send there.",
            ));
        }
        let mode = self.ack_mode(frame, version)?;
        let source = self.source(frame, &destination)?;
        let mut sub =
            BrokerSubscription::new(key, id.as_deref().map(SubscriptionId::from), destination, source, mode);
        sub.prefetch = prefetch(frame)?;
        if mode != SettleMode::Auto && version < Version::V1_2 {
            sub.unsettled.index_by_message();
        }
        sub.opening = self.opening(frame);
        self.peers[key].has_temporary |= is_temporary;
        self.add(sub, version);
        self.receipt(key, frame);
        Ok(())
    }

    fn ack_mode(&self, frame: FrameRef<'_>, version: Version) -> Result<SettleMode, ErrorFrame> {
        match frame.header("ack").as_deref() {
            None | Some(b"auto") => Ok(SettleMode::Auto),
            Some(b"client") => Ok(SettleMode::Client),
            Some(b"client-individual") if version > Version::V1_0 || !self.config.strict => {
                Ok(SettleMode::Individual)
            }
            Some(other) => Err(ErrorFrame::new(
                format!("unknown ack mode '{}'", Printable(other)),
                "The modes are auto, client and, from STOMP 1.1 on, client-individual.",
            )),
        }
    }

    /// The source of a subscription's messages. Creates its queue.
    fn source(&mut self, frame: FrameRef<'_>, destination: &[u8]) -> Result<SubscriptionKind, ErrorFrame> {
        if frame.header("selector").is_some_and(|selector| !selector.trim_ascii().is_empty()) {
            return Err(ErrorFrame::new(
                "no selectors here",
                "This broker delivers all messages of a destination; leave the selector header out.",
            ));
        }
        if !is_queue(destination) {
            return Ok(SubscriptionKind::Topic);
        }
        if is_pattern(destination) {
            return Err(ErrorFrame::new(
                format!("no wildcards in queues: '{}'", Printable(destination)),
                "'*' and '>' work in topics; subscribe to each queue by its name.",
            ));
        }
        if frame.header("browser").is_some_and(|value| value.eq_ignore_ascii_case(b"true")) {
            return Ok(SubscriptionKind::Browser);
        }
        Ok(SubscriptionKind::Queue(self.queue_for(None, destination)))
    }

    /// The beginning of each MESSAGE of a subscription. The id is copied in its escaped form.
    fn opening(&self, frame: FrameRef<'_>) -> Box<[u8]> {
        let mut opening = b"MESSAGE\n".to_vec();
        if let Some(id) = frame.raw_header("id") {
            opening.extend_from_slice(b"subscription:");
            opening.extend_from_slice(id);
            opening.push(b'\n');
        }
        opening.extend_from_slice(b"message-id:");
        opening.extend_from_slice(self.id_prefix.as_bytes());
        opening.into()
    }

    fn add(&mut self, mut sub: BrokerSubscription, version: Version) {
        let (peer, source, destination) = (sub.peer, sub.source, sub.destination.clone());
        if source == SubscriptionKind::Browser
            && let Some(queue) = self.queue_keys.get(&destination)
        {
            for message in self.queues[*queue].backlog().iter() {
                sub.backlog.push(message.clone());
            }
        }
        let (id, mode) = (sub.id.clone(), sub.mode);
        let key = self.subs.insert(sub);
        if mode != SettleMode::Auto && version == Version::V1_2 {
            self.subs[key].ack = format!("\nack:{}", DeliveryKey::prefix(key)).into_bytes().into();
        }
        let connection = &mut self.peers[peer];
        connection.subs.push(key);
        connection.autos += usize::from(mode == SettleMode::Auto);
        if let Some(id) = id {
            connection.by_id.insert(id, key);
        }
        match source {
            SubscriptionKind::Queue(queue) => {
                self.queues[queue].join(key);
                self.pending.push(DeliverySource::Queue(queue));
            }
            SubscriptionKind::Topic => self.topics.join(&destination, key),
            SubscriptionKind::Browser => self.pending.push(DeliverySource::Subscription(key)),
        }
    }

    pub(super) fn unsubscribe(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let peer = &self.peers[key];
        let found = if let Some(id) = frame.header("id") {
            peer.by_id.get(&*id).copied().ok_or_else(|| format!("no subscription '{}'", Printable(&id)))
        } else if let Some(named) = frame.header("destination")
            && (peer.version() == Version::V1_0 || !self.config.strict)
        {
            let renamed = rename_temporary(&named, &peer.session);
            let destination = renamed.as_deref().unwrap_or(&named);
            let by_name =
                || peer.subs.iter().copied().find(|sub| *self.subs[*sub].destination == *destination);
            let found = self.find_unnamed(key, destination).or_else(by_name);
            found.ok_or_else(|| format!("no subscription to '{}'", Printable(&named)))
        } else {
            return Err(ErrorFrame::missing("UNSUBSCRIBE", "id"));
        };
        let advice = "UNSUBSCRIBE names a subscription of this connection by the id of its SUBSCRIBE.";
        let sub = found.map_err(|message| ErrorFrame::new(message, advice))?;
        self.end_subscription(sub, None);
        self.receipt(key, frame);
        Ok(())
    }

    /// Finds the subscription to this destination without an id (STOMP 1.0).
    fn find_unnamed(&self, key: ConnectionKey, destination: &[u8]) -> Option<SubscriptionKey> {
        let is_it = |sub: &&SubscriptionKey| {
            let sub = &self.subs[**sub];
            sub.id.is_none() && *sub.destination == *destination
        };
        self.peers[key].subs.iter().find(is_it).copied()
    }

    /// Ends a subscription and requeues its unsettled messages. `written` is the number of bytes that
    /// reached the socket of a lost connection; a message that begins after them was not delivered.
    pub(super) fn end_subscription(&mut self, key: SubscriptionKey, written: Option<u64>) {
        let Some(sub) = self.subs.remove(key) else {
            return;
        };
        let peer = &mut self.peers[sub.peer];
        peer.subs.retain(|sub| *sub != key);
        if let Some(id) = &sub.id {
            peer.by_id.remove(id);
        }
        match sub.source {
            SubscriptionKind::Topic => self.topics.leave(&sub.destination, key),
            SubscriptionKind::Browser => {}
            SubscriptionKind::Queue(queue_key) => {
                let returned = sub.unsettled.into_deliveries().map(|delivery| {
                    let mut message = delivery.message;
                    message.redelivered |= written.is_none_or(|written| delivery.starts < written);
                    message
                });
                if let Some(queue) = self.queues.get_mut(queue_key) {
                    queue.leave(key);
                    queue.requeue(returned.collect());
                    self.pending.push(DeliverySource::Queue(queue_key));
                }
            }
        }
        self.unblock_producers(DeliverySource::Subscription(key));
    }
}

/// The prefetch limit; a missing header or 0 means none.
fn prefetch(frame: FrameRef<'_>) -> Result<usize, ErrorFrame> {
    let Some((name, value)) = PREFETCH.iter().find_map(|name| Some((name, frame.text(name)?))) else {
        return Ok(usize::MAX);
    };
    match value.trim().parse::<usize>() {
        Ok(0) => Ok(usize::MAX),
        Ok(most) => Ok(most),
        Err(_) => Err(ErrorFrame::new(
            format!("{name} '{}' is not a number", Printable(value.as_bytes())),
            "It is the number of messages that a subscription is given before it settles one.",
        )),
    }
}
