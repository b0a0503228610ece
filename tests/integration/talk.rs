//! A client of the library, one message after the other.

use std::collections::VecDeque;
use std::time::Duration;

use stomp_shell::client::{Client, ClientError, ClientOptions, Delivery, Event};
use stomp_shell::protocol::{Frame, Part, Verb};
use stomp_shell::session::{AckMode, AckTarget, BrokerError, Settled, Subscribe};
use tokio::sync::mpsc;

use crate::brokers::Need;
use crate::on::On;

/// A message that shows that a subscription is in force, where no receipt does.
const PROBE: &[u8] = b"is anybody subscribed?";

/// The time between two of them.
const PAUSE: Duration = Duration::from_millis(20);

/// A connected client, and what has come for it.
pub struct Talk {
    pub client: Client,
    events: mpsc::UnboundedReceiver<Event>,
    messages: VecDeque<Frame>,
    large: Option<(Frame, Vec<u8>)>,
    /// Whether the broker answers DISCONNECT.
    answers: bool,
    /// Whether messages may come in any order.
    in_any_order: bool,
    /// Whether the broker confirms a SUBSCRIBE.
    confirms: bool,
}

impl Talk {
    pub async fn connect(on: &On, options: ClientOptions) -> Self {
        Self::try_connect(on, options).await.unwrap_or_else(|error| panic!("cannot connect: {error}"))
    }

    pub async fn try_connect(on: &On, options: ClientOptions) -> Result<Self, ClientError> {
        let (client, mut bounded) = Client::connect(options).await?;
        // A client stops reading where nobody takes its events; a test waits for a receipt at times.
        let (kept, events) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(event) = bounded.recv().await {
                if kept.send(event).is_err() {
                    return;
                }
            }
        });
        let answers = on.broker.lacks(Need::Goodbye).is_none();
        let in_any_order = on.broker.lacks(Need::Order).is_some();
        let confirms = on.broker.lacks(Need::Receipts).is_none();
        Ok(Self { client, events, messages: VecDeque::new(), large: None, answers, in_any_order, confirms })
    }

    /// Sends a message and waits for its receipt.
    pub async fn send(&self, message: Frame) {
        self.client.send(message, false, true).await.unwrap();
    }

    /// Sends a message in a transaction.
    pub async fn send_in(&self, transaction: &str, message: Frame) {
        self.client.send(message.with("transaction", transaction), false, false).await.unwrap();
    }

    /// Subscribes and has messages settled by number; returns the id.
    pub async fn subscribe(&mut self, destination: &str, ack: AckMode) -> String {
        let options =
            Subscribe { destination: destination.into(), ack, tracked: true, ..Subscribe::default() };
        let id = self.client.subscribe(options).await.unwrap();
        let probe = Frame::new(Verb::Send).with("destination", destination).body(PROBE);
        while !self.confirms {
            self.send(probe.clone()).await;
            let event = tokio::time::timeout(PAUSE, self.events.recv()).await;
            if event.is_ok_and(|event| self.take_in(event.as_ref())) {
                break;
            }
        }
        id
    }

    pub async fn subscribe_auto(&mut self, destination: &str) -> String {
        self.subscribe(destination, AckMode::Auto).await
    }

    /// The next message, whole.
    pub async fn message(&mut self) -> Frame {
        loop {
            if let Some(message) = self.messages.pop_front() {
                if message.body == PROBE {
                    continue;
                }
                return message;
            }
            let event = self.events.recv().await;
            assert!(self.take_in(event.as_ref()), "a message should have come, not {event:?}");
        }
    }

    /// The bodies of the next messages, as text; sorted, where they come in any order.
    pub async fn bodies(&mut self, count: usize) -> Vec<String> {
        let mut bodies = Vec::with_capacity(count);
        while bodies.len() < count {
            bodies.push(String::from_utf8_lossy(&self.message().await.body).into_owned());
        }
        if self.in_any_order {
            bodies.sort();
        }
        bodies
    }

    /// The next ERROR.
    pub async fn error(&mut self) -> BrokerError {
        loop {
            match self.events.recv().await {
                Some(Event::Error(error)) => return error,
                event => assert!(self.take_in(event.as_ref()), "an ERROR should have come, not {event:?}"),
            }
        }
    }

    /// Nothing has come but messages, and the connection is as it was.
    pub fn is_calm(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            assert!(self.take_in(Some(&event)), "nothing should have happened, and {event:?} did");
        }
        assert!(!self.events.is_closed(), "the connection is gone");
    }

    /// Keeps the messages of an event; whether it had some.
    fn take_in(&mut self, event: Option<&Event>) -> bool {
        let Some(Event::Messages(Delivery { batch, .. })) = event else { return false };
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole => self.messages.push_back(frame.to_frame()),
                Part::Head => self.large = Some((frame.to_frame(), Vec::new())),
                Part::Chunk => self.large.as_mut().unwrap().1.extend_from_slice(frame.body()),
                Part::End => {
                    let (head, body) = self.large.take().unwrap();
                    self.messages.push_back(head.body(body));
                }
            }
        }
        true
    }

    /// Acks, and waits for the receipt.
    pub async fn ack(&self, which: AckTarget) -> Settled {
        self.client.settle(which, false, None).await.unwrap()
    }

    /// Nacks, and waits for the receipt.
    pub async fn nack(&self, which: AckTarget) -> Result<Settled, ClientError> {
        self.client.settle(which, true, None).await
    }

    /// Says goodbye; the broker's receipt must come, if it gives one and no later end of the connection can overtake it.
    pub async fn leave(self) {
        let answered = self.client.disconnect().await.unwrap();
        assert!(answered == self.answers || self.in_any_order, "DISCONNECT's receipt");
    }
}
