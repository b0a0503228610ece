//! The inbox as a whole: events on the one side, requests on the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::sync::mpsc;

use super::arrivals::Budget;
use super::{Inbox, LinkState, View};
use crate::client::{ClientError, Delivery, Event};
use crate::command::screen::Screen;
use crate::protocol::{Batch, Decoder, Limits, Version};
use crate::render::{Diagnostic, Filter, Output, Paint, Renderer, StdoutError};

/// A screen that nobody looks at.
struct Dark;

impl Screen for Dark {
    fn data(&self, _: &[u8]) -> Result<(), StdoutError> {
        Ok(())
    }

    fn say(&self, _: &str) {}

    fn notice(&self, _: String) {}

    fn paint(&self) -> Paint {
        Paint::PLAIN
    }
}

fn inbox(prints: bool) -> Inbox {
    Inbox::new(Arc::new(Dark), prints, None, |error| Diagnostic::error(error.to_string()))
}

/// A view that shows every message as a line, or only counts them.
fn view(destination: &str, hidden: bool) -> View {
    View::new(destination.into(), Filter::new(), hidden, Renderer::new(Output::Lines, false))
}

/// So many messages of subscription 1 in one batch, the first of which has this number.
fn messages(first: u64, count: u64) -> Event {
    let frames: Vec<String> = (first..first + count)
        .map(|number| {
            format!("MESSAGE\nsubscription:1\nmessage-id:{number}\ndestination:/topic/x\n\n{number}\0")
        })
        .collect();
    let mut batch = Batch::default();
    Decoder::new(Limits::CLIENT).decode(&mut BytesMut::from(frames.concat().as_bytes()), &mut batch).unwrap();
    Event::Messages(Delivery { batch, first, count, version: Version::V1_2, connection: 1 })
}

#[tokio::test]
async fn a_view_is_there_before_messages_that_waited_for_it() {
    let inbox = inbox(false);
    let (events, receiver) = mpsc::channel(2);
    events.send(messages(1, 3)).await.unwrap();
    inbox.attach(7, &"".into(), receiver);
    inbox.set_view(7, "1", view("/topic/x", false));
    inbox.watch().wait_for(|status| status.count == 3).await.unwrap();
    assert_eq!((inbox.kept().await, inbox.origin(2).await), ((1, 3), Some((7, 2))));
    assert_eq!(inbox.numbers(7, vec![1, 3, 4]).await, [1, 3]);
    assert_eq!(inbox.message(3).await.unwrap().body, "3");
    let budget = Budget { rows: 24, columns: 80, bytes: 16 << 10, now: Instant::now() };
    let (page, more) = tokio::task::spawn_blocking(move || inbox.page(budget)).await.unwrap();
    assert_eq!((page.unwrap().text.as_str(), more), ("1\n2\n3\n", false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn messages_wait_in_their_connection_while_standard_output_is_held_alone() {
    let inbox = inbox(true);
    let (events, receiver) = mpsc::channel(1);
    inbox.attach(1, &"".into(), receiver);
    inbox.set_view(1, "1", view("/topic/x", true));
    let lease = inbox.own_stdout().await;
    // A caller that was cancelled holds nothing.
    drop(tokio::time::timeout(Duration::ZERO, inbox.own_stdout()).await);
    events.send(messages(1, 1)).await.unwrap();
    inbox.flush().await;
    assert_eq!((inbox.count(), events.capacity()), (0, 0));
    drop(lease);
    inbox.watch().wait_for(|status| status.count == 1).await.unwrap();
}

#[tokio::test]
async fn connections_take_turns_and_tell_why_they_were_lost() {
    let inbox = inbox(false);
    let mut senders = Vec::new();
    for id in [1, 2] {
        let (events, receiver) = mpsc::channel(2);
        let link = inbox.attach(id, &"".into(), receiver);
        events.send(messages(1, 2)).await.unwrap();
        senders.push((events, link));
    }
    inbox.watch().wait_for(|status| status.count == 4).await.unwrap();
    assert_eq!((inbox.origin(1).await, inbox.origin(4).await), (Some((1, 1)), Some((2, 2))));
    let (events, mut link) = senders.pop().unwrap();
    let error = ClientError::Lost { reason: "reset".to_owned() };
    events.send(Event::Lost { error, aborted: Vec::new(), unacked: 0, again: false }).await.unwrap();
    drop(events);
    let down = link.wait_for(|link| link.state == LinkState::Down).await.unwrap().clone();
    assert!(matches!(down.error, Some(ClientError::Lost { reason }) if reason == "reset"));
    assert_eq!((down.losses, senders[0].1.borrow().state), (1, LinkState::Up));
}
