//! Events of a connection for commands that wait for receipts while messages come.
//!
//! A RECEIPT stands in the stream behind whatever the broker sent before it, and reading stops where
//! nobody takes the events: to wait for the one without taking the others would be to wait for ever.

use std::collections::VecDeque;
use std::pin::pin;

use crate::client::{Event, Events};

/// The events that came and were not asked for yet, and those to come. How many wait is bounded by
/// the prefetch of the subscription.
#[derive(Debug)]
pub struct Inflow {
    events: Events,
    came: VecDeque<Event>,
}

impl Inflow {
    /// Those of this channel.
    pub fn new(events: Events) -> Self {
        Self { events, came: VecDeque::new() }
    }

    /// The next event; `None`: there are no more.
    pub async fn next(&mut self) -> Option<Event> {
        match self.came.pop_front() {
            Some(event) => Some(event),
            None => self.events.recv().await,
        }
    }

    /// The next event, if it is there already and `wanted`; else it stays.
    pub fn next_if(&mut self, wanted: impl FnOnce(&Event) -> bool) -> Option<Event> {
        if self.came.is_empty() {
            self.came.extend(self.events.try_recv().ok());
        }
        if wanted(self.came.front()?) { self.came.pop_front() } else { None }
    }

    /// Waits for some work, and keeps the events that come meanwhile for later.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut open = true;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                event = self.events.recv(), if open => match event {
                    Some(event) => self.came.push_back(event),
                    None => open = false,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use std::time::Duration;

    use tokio::sync::{mpsc, oneshot};

    use super::*;

    fn no_receipts(second: u64) -> Event {
        Event::NoReceipts { waited: Duration::from_secs(second), told: false }
    }

    #[tokio::test]
    async fn events_that_come_during_other_work_are_kept_in_their_order() {
        let (sender, events) = mpsc::channel(1);
        let (done, receipt) = oneshot::channel();
        tokio::spawn(async move {
            // The receipt comes behind more events than the channel holds.
            for second in 1..=5 {
                sender.send(no_receipts(second)).await.unwrap();
            }
            done.send("receipt").unwrap();
            sender.send(no_receipts(6)).await.unwrap();
        });
        let mut inflow = Inflow::new(events);
        assert_eq!(inflow.during(receipt).await, Ok("receipt"));
        for second in 1..=6 {
            let event = inflow.next().await;
            assert!(
                matches!(event, Some(Event::NoReceipts { waited, .. }) if waited == Duration::from_secs(second))
            );
        }
        assert!(inflow.next().await.is_none());
    }

    #[tokio::test]
    async fn an_event_that_is_not_wanted_stays() {
        let (sender, events) = mpsc::channel(2);
        let mut inflow = Inflow::new(events);
        assert!(inflow.next_if(|_| true).is_none());
        sender.send(no_receipts(1)).await.unwrap();
        assert!(inflow.next_if(|_| false).is_none());
        assert!(inflow.next_if(|_| true).is_some());
        assert!(inflow.next_if(|_| true).is_none());
    }

    #[tokio::test]
    async fn work_goes_on_after_the_last_event() {
        let (sender, events) = mpsc::channel(1);
        drop(sender);
        let mut inflow = Inflow::new(events);
        assert_eq!(inflow.during(tokio::task::yield_now()).await, ());
    }
}
