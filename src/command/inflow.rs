//! Events of a connection for commands that wait for receipts while messages come.
//!
//! A RECEIPT stands in the stream behind whatever the broker sent before it, and reading stops where
//! nobody takes the events: to wait for the one without taking the others would be to wait for ever.

use std::collections::VecDeque;
use std::pin::pin;

use crate::client::{Event, Events};

/// Makes of an event what is kept of it.
type Sort<T> = Box<dyn FnMut(Event, &mut VecDeque<T>) + Send>;

/// What came and was not asked for yet, and what is to come. How much of it waits is bounded by the
/// prefetch of the subscription.
pub(crate) struct Inflow<T = Event> {
    events: Events,
    came: VecDeque<T>,
    sort: Sort<T>,
}

impl Inflow {
    /// The events of this channel.
    pub(crate) fn new(events: Events) -> Self {
        Self::sorted(events, |event, came| came.push_back(event))
    }
}

impl<T> Inflow<T> {
    /// What `sort` makes of each event of this channel, as soon as that comes.
    pub(crate) fn sorted(events: Events, sort: impl FnMut(Event, &mut VecDeque<T>) + Send + 'static) -> Self {
        Self { events, came: VecDeque::new(), sort: Box::new(sort) }
    }

    /// What comes next; `None`: there is no more.
    pub(crate) async fn next(&mut self) -> Option<T> {
        loop {
            if let Some(first) = self.came.pop_front() {
                return Some(first);
            }
            let event = self.events.recv().await?;
            (self.sort)(event, &mut self.came);
        }
    }

    /// What comes next, if it is there already and `wanted`; else it stays.
    pub(crate) fn next_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        while self.came.is_empty() {
            let event = self.events.try_recv().ok()?;
            (self.sort)(event, &mut self.came);
        }
        if wanted(self.came.front()?) { self.came.pop_front() } else { None }
    }

    /// Puts back what was not wanted after all.
    pub(crate) fn put_back(&mut self, first: T) {
        self.came.push_front(first);
    }

    /// Waits for some work, and keeps what comes meanwhile for later.
    pub(crate) async fn during<R>(&mut self, work: impl Future<Output = R>) -> R {
        let mut work = pin!(work);
        let mut open = true;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                event = self.events.recv(), if open => match event {
                    Some(event) => (self.sort)(event, &mut self.came),
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
