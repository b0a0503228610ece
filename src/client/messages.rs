//! The one way for a command to receive messages.
//!
//! A RECEIPT arrives behind the messages that the broker sent before it, and the client reads the socket only while
//! events are received. Thus a command must wait for receipts with [`Messages::during`] while messages may arrive.

use std::collections::VecDeque;
use std::pin::pin;

use tokio::time::Instant;

use super::{ClientError, Delivery, Event, Events};

/// Converts a delivery into items, as soon as it arrives.
type Convert<T> = Box<dyn FnMut(Delivery, &mut VecDeque<T>) -> Result<(), ClientError> + Send>;

/// Is called with the events between a loss and the new connection, and with [`Event::WrongLength`].
type OnEvent = Box<dyn Fn(&Event) + Send>;

/// What a connection delivers, in order, until it fails.
///
/// An ERROR frame, or the end of the connection, is the error of [`Messages::next`] once everything that
/// arrived before has been taken. Deliveries wait here only while [`Messages::during`] runs; the prefetch of
/// the subscription bounds how many.
pub(crate) struct Messages<T = Delivery> {
    events: Events,
    arrived: VecDeque<T>,
    failure: Option<ClientError>,
    convert: Convert<T>,
    on_event: Option<OnEvent>,
    /// Whether only a loss without reconnect is a failure.
    survives: bool,
    /// Since when there is a connection; `None` while the client reconnects.
    connected: Option<Instant>,
    /// Whether the channel of events is closed.
    ended: bool,
}

impl Messages {
    /// Yields the deliveries themselves, each with the messages of one read.
    pub(crate) fn new(events: Events) -> Self {
        Self::converted(events, |delivery, arrived| {
            arrived.push_back(delivery);
            Ok(())
        })
    }
}

impl<T> Messages<T> {
    /// Yields the items that `convert` adds for each delivery.
    pub(crate) fn converted(
        events: Events,
        convert: impl FnMut(Delivery, &mut VecDeque<T>) -> Result<(), ClientError> + Send + 'static,
    ) -> Self {
        Self {
            events,
            arrived: VecDeque::new(),
            failure: None,
            convert: Box::new(convert),
            on_event: None,
            survives: false,
            connected: Some(Instant::now()),
            ended: false,
        }
    }

    /// Calls `on_event` with events that people should know of.
    pub(crate) fn reporting(mut self, on_event: impl Fn(&Event) + Send + 'static) -> Self {
        self.on_event = Some(Box::new(on_event));
        self
    }

    /// The same, and keeps waiting while the client reconnects.
    pub(crate) fn across_losses(mut self, on_event: impl Fn(&Event) + Send + 'static) -> Self {
        self.survives = true;
        self.reporting(on_event)
    }

    /// Whether there was a connection all the time since `calm`, so that messages would have arrived if there were any.
    /// Otherwise `calm` becomes the time since when there is one, or now.
    pub(crate) fn was_connected_since(&self, calm: &mut Instant) -> bool {
        let since = self.connected.unwrap_or_else(Instant::now);
        let was = self.connected.is_some() && since <= *calm;
        *calm = since.max(*calm);
        was
    }

    /// Waits for the next item. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<T, ClientError> {
        loop {
            if let Some(first) = self.arrived.pop_front() {
                return Ok(first);
            }
            if let Some(failure) = &self.failure {
                return Err(failure.clone());
            }
            let event = self.events.recv().await;
            self.take(event);
        }
    }

    /// Returns the next item without waiting, if `wanted` accepts it. Otherwise it stays the next.
    pub(crate) fn next_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        while self.arrived.is_empty() && self.failure.is_none() {
            let event = self.events.try_recv().ok()?;
            self.take(Some(event));
        }
        if wanted(self.arrived.front()?) { self.arrived.pop_front() } else { None }
    }

    /// The failure that follows what has arrived so far, if there is one.
    pub(crate) fn failure(&mut self) -> Option<&ClientError> {
        while self.failure.is_none() {
            let Ok(event) = self.events.try_recv() else { break };
            self.take(Some(event));
        }
        self.failure.as_ref()
    }

    pub(crate) fn put_back(&mut self, first: T) {
        self.arrived.push_front(first);
    }

    /// Waits for `work` and queues the deliveries that arrive meanwhile. What follows a failure is dropped: a client whose
    /// events nobody receives would read no receipt, and not notice the end of the connection.
    pub(crate) async fn during<R>(&mut self, work: impl Future<Output = R>) -> R {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                event = self.events.recv(), if !self.ended => self.take(event),
            }
        }
    }

    fn take(&mut self, event: Option<Event>) {
        self.ended = event.is_none();
        if self.failure.is_some() {
            return;
        }
        self.failure = match event {
            Some(Event::Messages(delivery)) => (self.convert)(delivery, &mut self.arrived).err(),
            Some(Event::Error(error)) => Some(ClientError::Broker(Box::new(error))),
            Some(Event::Lost { error, again, .. }) if !again || !self.survives => Some(error),
            Some(event) => {
                match event {
                    Event::Lost { .. } => self.connected = None,
                    Event::Connected(_) => self.connected = Some(Instant::now()),
                    _ => {}
                }
                if let Some(on_event) = &self.on_event {
                    on_event(&event);
                }
                None
            }
            None => Some(ClientError::NotConnected),
        };
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use tokio::sync::{mpsc, oneshot};

    use super::*;
    use crate::protocol::{Batch, Version};

    fn delivery(first: u64) -> Event {
        let batch = Batch::default();
        Event::Messages(Delivery { batch, first, count: 1, version: Version::V1_2, connection: 1 })
    }

    fn lost(again: bool) -> Event {
        let error = ClientError::Lost { reason: "reset".to_owned() };
        Event::Lost { error, aborted: Vec::new(), unacked: 0, again }
    }

    #[tokio::test]
    async fn deliveries_that_arrive_during_other_work_are_kept_in_their_order() {
        let (sender, events) = mpsc::channel(1);
        let (done, receipt) = oneshot::channel();
        tokio::spawn(async move {
            // The receipt comes behind more events than the channel holds.
            for first in 1..=5 {
                sender.send(delivery(first)).await.unwrap();
            }
            done.send("receipt").unwrap();
            sender.send(delivery(6)).await.unwrap();
        });
        let mut messages = Messages::new(events);
        assert_eq!(messages.during(receipt).await, Ok("receipt"));
        for first in 1..=6 {
            assert_eq!(messages.next().await.unwrap().first, first);
        }
        assert!(matches!(messages.next().await, Err(ClientError::NotConnected)));
    }

    #[tokio::test]
    async fn what_is_not_wanted_stays() {
        let (sender, events) = mpsc::channel(2);
        let mut messages = Messages::new(events);
        assert!(messages.next_if(|_| true).is_none());
        sender.send(delivery(1)).await.unwrap();
        assert!(messages.next_if(|_| false).is_none());
        assert!(messages.next_if(|_| true).is_some());
        assert!(messages.next_if(|_| true).is_none());
    }

    #[tokio::test]
    async fn work_goes_on_after_the_last_event() {
        let (sender, events) = mpsc::channel(1);
        drop(sender);
        let mut messages = Messages::new(events);
        messages.during(tokio::task::yield_now()).await;
    }

    #[tokio::test]
    async fn a_failure_comes_after_what_arrived_before_it_and_stays() {
        let (sender, events) = mpsc::channel(8);
        for event in [delivery(1), lost(true), delivery(2)] {
            sender.send(event).await.unwrap();
        }
        let mut messages = Messages::new(events);
        messages.during(tokio::task::yield_now()).await;
        assert_eq!(messages.next().await.unwrap().first, 1);
        for _ in 0..2 {
            assert!(matches!(messages.next().await, Err(ClientError::Lost { .. })));
        }
    }

    #[tokio::test]
    async fn events_are_received_after_a_failure_as_long_as_work_goes_on() {
        let (sender, events) = mpsc::channel(1);
        let mut messages = Messages::new(events);
        let sending = async {
            for event in [lost(false), delivery(1), lost(false), delivery(2)] {
                sender.send(event).await.unwrap();
            }
        };
        messages.during(sending).await;
        assert!(matches!(messages.next().await, Err(ClientError::Lost { .. })));
    }

    #[tokio::test]
    async fn a_loss_that_is_repaired_is_reported_and_no_failure() {
        let (sender, events) = mpsc::channel(8);
        for event in [lost(true), delivery(1), lost(false)] {
            sender.send(event).await.unwrap();
        }
        let (told, mut reports) = mpsc::unbounded_channel();
        let mut messages = Messages::new(events).across_losses(move |event| {
            told.send(matches!(event, Event::Lost { .. })).unwrap();
        });
        let mut calm = Instant::now();
        assert!(messages.was_connected_since(&mut calm));
        assert_eq!(messages.next().await.unwrap().first, 1);
        assert!(!messages.was_connected_since(&mut calm) && reports.recv().await.unwrap());
        assert!(matches!(messages.next().await, Err(ClientError::Lost { .. })));
    }
}
