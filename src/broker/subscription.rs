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
    /// When it is acked itself.
    Individual,
}

/// Where a subscription's messages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
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
    /// Where its MESSAGE begins in the octets for its peer.
    pub(super) starts: u64,
}

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) peer: ConnectionKey,
    /// The id that the client gave; none in 1.0, if it gave none.
    pub(super) id: Option<SubscriptionId>,
    pub(super) destination: Destination,
    pub(super) source: Source,
    pub(super) mode: AckMode,
    /// The most it holds unsettled.
    pub(super) prefetch: usize,
    /// What each MESSAGE begins with, up to the number in its `message-id`.
    pub(super) opening: Box<[u8]>,
    /// The `ack` header up to the number in it; empty where there is none.
    pub(super) ack: Box<[u8]>,
    /// What is sent there waits here: of a topic's subscription or a browser.
    pub(super) own: Backlog,
    /// A browser's end has not been sent.
    pub(super) end_due: bool,
    /// The number of the delivery at the front of `held`.
    first: DeliveryNumber,
    /// Deliveries in order; settled ones leave a hole until all before them are.
    held: VecDeque<Option<Delivery>>,
    holding: usize,
    /// From message number to delivery number: for acks by `message-id`, before 1.2.
    by_message: Option<HashMap<MessageId, DeliveryNumber>>,
}

impl Subscription {
    pub(super) fn new(
        peer: ConnectionKey,
        id: Option<SubscriptionId>,
        destination: Destination,
        source: Source,
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
            end_due: source == Source::Browser,
            first: DeliveryNumber(0),
            held: VecDeque::new(),
            holding: 0,
            by_message: None,
        }
    }

    /// Makes acks by message number quick.
    pub(super) fn index_by_message(&mut self) {
        self.by_message = Some(HashMap::new());
    }

    /// The number of the next delivery.
    pub(super) fn next(&self) -> DeliveryNumber {
        self.number(self.held.len())
    }

    /// Whether it may be given one more, as far as prefetch goes.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.holding < self.prefetch
    }

    /// Notes a delivery under the number [`Subscription::next`].
    #[inline]
    pub(super) fn hold(&mut self, delivery: Delivery) {
        let number = self.next();
        if let Some(index) = &mut self.by_message {
            index.insert(delivery.message.id, number);
        }
        self.held.push_back(Some(delivery));
        self.holding += 1;
    }

    /// Whether this is a delivery of this subscription, settled or not.
    pub(super) fn gave(&self, number: DeliveryNumber) -> bool {
        number < self.next()
    }

    /// Whether this delivery is held.
    pub(super) fn holds(&self, number: DeliveryNumber) -> bool {
        self.index(number).is_some_and(|index| self.held[index].is_some())
    }

    /// The number of the delivery of this message.
    pub(super) fn find(&self, message: MessageId) -> Option<DeliveryNumber> {
        if let Some(index) = &self.by_message {
            return index.get(&message).copied();
        }
        let place = self.held.iter().position(|held| held.as_ref().is_some_and(|d| d.message.id == message));
        place.map(|index| self.number(index))
    }

    /// The number of the delivery at this index of `held`.
    #[inline]
    fn number(&self, index: usize) -> DeliveryNumber {
        DeliveryNumber(self.first.0 + index as u64)
    }

    fn index(&self, number: DeliveryNumber) -> Option<usize> {
        let index = usize::try_from(number.0.checked_sub(self.first.0)?).ok()?;
        (index < self.held.len()).then_some(index)
    }

    /// Where the newest unsettled MESSAGE begins in the octets for the peer.
    pub(super) fn newest(&self) -> Option<u64> {
        self.held.back()?.as_ref().map(|delivery| delivery.starts)
    }

    /// Takes out what settling this delivery settles: it alone, or all up to it where the mode is
    /// cumulative. Each goes to `settled`, in order of delivery.
    #[inline]
    pub(super) fn settle(&mut self, number: DeliveryNumber, mut settled: impl FnMut(Delivery)) {
        let Some(last) = self.index(number) else {
            return;
        };
        let from = if self.mode == AckMode::Individual { last } else { 0 };
        for slot in self.held.range_mut(from..=last) {
            if let Some(delivery) = slot.take() {
                self.holding -= 1;
                if let Some(index) = &mut self.by_message {
                    index.remove(&delivery.message.id);
                }
                settled(delivery);
            }
        }
        while let Some(None) = self.held.front() {
            self.held.pop_front();
            self.first.0 += 1;
        }
    }

    /// Takes out all that is held, in order of delivery.
    pub(super) fn release(&mut self) -> impl Iterator<Item = Delivery> {
        self.first = self.next();
        self.holding = 0;
        self.by_message = None;
        std::mem::take(&mut self.held).into_iter().flatten()
    }
}
