//! A subscription: its unsettled deliveries and its own backlog.

use std::collections::{HashMap, VecDeque};

use super::backlog::Backlog;
use super::keys::{ConnectionKey, DeliveryNumber, Destination, MessageId, QueueKey, SubscriptionId};
use super::message::OwnedMessage;

/// When a message counts as consumed (STOMP 1.2, "SUBSCRIBE ack Header").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SettleMode {
    /// When it is written to the socket.
    Auto,
    /// With its ACK or that of a later message of the subscription.
    Client,
    /// With its own ACK only.
    Individual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubscriptionKind {
    /// A queue, shared with other subscriptions.
    Queue(QueueKey),
    /// A topic; its messages wait in the subscription's own backlog.
    Topic,
    /// A browser of a queue: copies in its own backlog, and a MESSAGE with `browser:end` after them.
    Browser,
}

#[derive(Debug)]
pub(super) struct UnsettledDelivery {
    pub(super) message: OwnedMessage,
    /// The position in the connection's output at which its MESSAGE begins.
    pub(super) starts: u64,
}

#[derive(Debug)]
pub(super) struct BrokerSubscription {
    pub(super) peer: ConnectionKey,
    /// `None` if a client of STOMP 1.0 gave none.
    pub(super) id: Option<SubscriptionId>,
    pub(super) destination: Destination,
    pub(super) source: SubscriptionKind,
    pub(super) mode: SettleMode,
    pub(super) prefetch: usize,
    /// The beginning of each MESSAGE, up to the number in its `message-id`.
    pub(super) opening: Box<[u8]>,
    /// The `ack` header up to its number, or empty.
    pub(super) ack: Box<[u8]>,
    /// The waiting messages of a topic's subscription or a browser.
    pub(super) backlog: Backlog,
    /// Whether a browser's `browser:end` has not been sent.
    pub(super) end_due: bool,
    pub(super) unsettled: Unsettled,
}

impl BrokerSubscription {
    pub(super) fn new(
        peer: ConnectionKey,
        id: Option<SubscriptionId>,
        destination: Destination,
        source: SubscriptionKind,
        mode: SettleMode,
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
            backlog: Backlog::default(),
            end_due: source == SubscriptionKind::Browser,
            unsettled: Unsettled::new(mode),
        }
    }

    /// Whether the prefetch limit allows one more delivery.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.unsettled.count < self.prefetch
    }
}

#[derive(Debug)]
pub(super) struct Unsettled {
    is_cumulative: bool,
    first: DeliveryNumber,
    /// Deliveries in order. Settled ones are `None` until all before them are settled.
    slots: VecDeque<Option<UnsettledDelivery>>,
    count: usize,
    /// For acknowledgements by `message-id`, before STOMP 1.2.
    by_message: Option<HashMap<MessageId, DeliveryNumber>>,
}

impl Unsettled {
    fn new(mode: SettleMode) -> Self {
        let is_cumulative = mode == SettleMode::Client;
        Self { is_cumulative, first: DeliveryNumber(0), slots: VecDeque::new(), count: 0, by_message: None }
    }

    /// Makes [`Unsettled::find`] fast. Must be called before the first delivery.
    pub(super) fn index_by_message(&mut self) {
        self.by_message = Some(HashMap::new());
    }

    #[inline]
    pub(super) fn next(&self) -> DeliveryNumber {
        self.number(self.slots.len())
    }

    /// Adds the delivery that has the number [`Unsettled::next`].
    #[inline]
    pub(super) fn push(&mut self, delivery: UnsettledDelivery) {
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

    pub(super) fn find(&self, message: MessageId) -> Option<DeliveryNumber> {
        if let Some(index) = &self.by_message {
            return index.get(&message).copied();
        }
        let is_it = |slot: &Option<UnsettledDelivery>| {
            slot.as_ref().is_some_and(|delivery| delivery.message.id == message)
        };
        self.slots.iter().position(is_it).map(|index| self.number(index))
    }

    /// The newest delivery, unless it is settled.
    pub(super) fn newest(&self) -> Option<&UnsettledDelivery> {
        self.slots.back()?.as_ref()
    }

    /// Removes the deliveries that this one settles: itself or, in `client` mode, also all before it. The
    /// iterator must be consumed.
    #[inline]
    pub(super) fn settle(&mut self, number: DeliveryNumber) -> impl Iterator<Item = UnsettledDelivery> {
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

    pub(super) fn into_deliveries(self) -> impl Iterator<Item = UnsettledDelivery> {
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
