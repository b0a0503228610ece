//! A subscription: what it was given and has not settled, and what waits for it alone.

use std::collections::{HashMap, VecDeque};

use super::backlog::Backlog;
use super::keys::{ConnectionKey, DeliveryNumber, Destination, MessageId, QueueKey, SubscriptionId};
use super::message::Message;

/// When a message counts as taken (STOMP 1.2, "SUBSCRIBE ack Header").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AckMode {
    /// As soon as it is sent.
    Auto,
    /// When it, or a later one of the subscription, is acked.
    Client,
    /// When it is acked by its own ACK.
    Individual,
}

/// Where a subscription's messages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubscriptionKind {
    /// A queue, which it shares with others.
    Queue(QueueKey),
    /// A topic: what is sent there is its own, and waits in its own backlog.
    Topic,
    /// A look at a queue: copies, in its own backlog, with a mark at the end.
    Browser,
}

/// A message that a subscription holds and has not settled.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) message: Message,
    /// Where its MESSAGE begins in the bytes for its peer.
    pub(super) starts: u64,
}

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) peer: ConnectionKey,
    /// The id that the client gave; none in 1.0, if it gave none.
    pub(super) id: Option<SubscriptionId>,
    pub(super) destination: Destination,
    pub(super) source: SubscriptionKind,
    pub(super) mode: AckMode,
    /// The most deliveries that may be unsettled at a time.
    pub(super) prefetch: usize,
    /// What each MESSAGE begins with, up to the number in its `message-id`.
    pub(super) opening: Box<[u8]>,
    /// The `ack` header up to the number in it; empty where there is none.
    pub(super) ack: Box<[u8]>,
    /// What is sent there waits here: of a topic's subscription or a browser.
    pub(super) own: Backlog,
    /// A browser's end has not been sent.
    pub(super) end_due: bool,
    pub(super) unsettled: Unsettled,
}

impl Subscription {
    pub(super) fn new(
        peer: ConnectionKey,
        id: Option<SubscriptionId>,
        destination: Destination,
        source: SubscriptionKind,
        mode: AckMode,
    ) -> Self {
        Self {
            peer,
            id,
            destination,
            source,
            mode,
            prefetch: usize::MAX,
            opening: Box::default(),
            ack: Box::default(),
            own: Backlog::default(),
            end_due: source == SubscriptionKind::Browser,
            unsettled: Unsettled::new(mode),
        }
    }

    /// Whether prefetch allows it one more delivery.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.unsettled.count < self.prefetch
    }
}

/// The deliveries of a subscription that it has not settled.
#[derive(Debug)]
pub(super) struct Unsettled {
    /// Whether settling a delivery settles all before it.
    is_cumulative: bool,
    /// The number of the delivery at the front of `slots`.
    first: DeliveryNumber,
    /// Deliveries in order; settled ones leave a hole until all before them are settled.
    slots: VecDeque<Option<Delivery>>,
    count: usize,
    /// For acks by `message-id`, before STOMP 1.2.
    by_message: Option<HashMap<MessageId, DeliveryNumber>>,
}

impl Unsettled {
    fn new(mode: AckMode) -> Self {
        let is_cumulative = mode == AckMode::Client;
        Self { is_cumulative, first: DeliveryNumber(0), slots: VecDeque::new(), count: 0, by_message: None }
    }

    /// Makes [`Unsettled::find`] quick. To be called before the first delivery.
    pub(super) fn index_by_message(&mut self) {
        self.by_message = Some(HashMap::new());
    }

    /// The number of the next delivery.
    #[inline]
    pub(super) fn next(&self) -> DeliveryNumber {
        self.number(self.slots.len())
    }

    /// Adds the delivery that has the number [`Unsettled::next`].
    #[inline]
    pub(super) fn push(&mut self, delivery: Delivery) {
        let number = self.next();
        if let Some(index) = &mut self.by_message {
            index.insert(delivery.message.id, number);
        }
        self.slots.push_back(Some(delivery));
        self.count += 1;
    }

    #[inline]
    pub(super) fn contains(&self, number: DeliveryNumber) -> bool {
        self.index(number).is_some_and(|index| self.slots[index].is_some())
    }

    /// The number of the delivery of this message.
    pub(super) fn find(&self, message: MessageId) -> Option<DeliveryNumber> {
        if let Some(index) = &self.by_message {
            return index.get(&message).copied();
        }
        let is_it = |slot: &Option<Delivery>| slot.as_ref().is_some_and(|own| own.message.id == message);
        self.slots.iter().position(is_it).map(|index| self.number(index))
    }

    /// The newest delivery, unless it is settled.
    pub(super) fn newest(&self) -> Option<&Delivery> {
        self.slots.back()?.as_ref()
    }

    /// Takes out what settling this delivery settles, in order of delivery: the delivery alone, or all
    /// up to it in `client` mode. The iterator must be consumed.
    #[inline]
    pub(super) fn settle(&mut self, number: DeliveryNumber) -> impl Iterator<Item = Delivery> {
        let mut single = None;
        let mut done = 0;
        match self.index(number) {
            Some(index) if self.is_cumulative => done = index + 1,
            Some(index) => {
                single = self.slots[index].take();
                done = self.slots.iter().take_while(|slot| slot.is_none()).count();
            }
            None => {}
        }
        self.first = self.number(done);
        let Self { slots, count, by_message, .. } = self;
        single.into_iter().chain(slots.drain(..done).flatten()).inspect(move |delivery| {
            *count -= 1;
            if let Some(index) = by_message.as_mut() {
                index.remove(&delivery.message.id);
            }
        })
    }

    /// All deliveries that are not settled, in order.
    pub(super) fn into_deliveries(self) -> impl Iterator<Item = Delivery> {
        self.slots.into_iter().flatten()
    }

    #[inline]
    fn number(&self, index: usize) -> DeliveryNumber {
        DeliveryNumber(self.first.0 + index as u64)
    }

    #[inline]
    fn index(&self, number: DeliveryNumber) -> Option<usize> {
        let index = usize::try_from(number.0.checked_sub(self.first.0)?).ok()?;
        (index < self.slots.len()).then_some(index)
    }
}
