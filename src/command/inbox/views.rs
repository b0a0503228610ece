//! How the messages of each subscription are shown.

use std::collections::HashMap;

use crate::protocol::FrameRef;
use crate::render::{Filter, Message, Output, Renderer};

/// How the messages of one subscription are shown.
#[derive(Debug)]
pub(crate) struct View {
    pub destination: String,
    pub filter: Filter,
    /// Whether messages are counted and not shown (`--count-only`).
    pub hidden: bool,
    /// Whether the subscription asked for headers, whatever `set headers` says.
    pub headers: bool,
    /// Turns messages into text; its settings may change while messages come.
    pub renderer: Renderer,
}

impl View {
    /// The headers of messages are shown where the renderer shows them now.
    pub(crate) fn new(destination: String, filter: Filter, hidden: bool, renderer: Renderer) -> Self {
        let headers = matches!(renderer.output(), Output::Terminal(terminal) if terminal.headers);
        Self { destination, filter, hidden, headers, renderer }
    }

    pub(crate) fn shows(&self, message: &impl Message) -> bool {
        !self.hidden && (self.filter.is_empty() || self.filter.matches(message))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ViewId(usize);

/// The views of all subscriptions there were: messages may still come after an UNSUBSCRIBE.
pub(super) struct Views {
    /// With their connections. The first one is for messages of no known subscription.
    all: Vec<(u64, View)>,
    /// By connection and subscription id; a subscription that takes the id of another replaces it.
    ids: HashMap<u64, HashMap<Vec<u8>, ViewId>>,
}

impl Views {
    pub(super) fn new(fallback: View) -> Self {
        Self { all: vec![(0, fallback)], ids: HashMap::new() }
    }

    pub(super) fn set(&mut self, connection: u64, subscription: &str, view: View) {
        let id = ViewId(self.all.len());
        self.all.push((connection, view));
        self.ids.entry(connection).or_default().insert(subscription.into(), id);
    }

    /// The view of a message: that of its subscription or, where a 1.0 broker does not say which one it is,
    /// of the last one to its destination.
    pub(super) fn find(&self, connection: u64, message: &impl Message) -> ViewId {
        let found = if let Some(id) = message.header("subscription") {
            self.ids.get(&connection).and_then(|ids| ids.get(&*id)).copied()
        } else {
            let destination = message.header("destination").unwrap_or_default();
            let fits =
                |(id, view): &(u64, View)| *id == connection && view.destination.as_bytes() == &*destination;
            self.all.iter().rposition(fits).map(ViewId)
        };
        found.unwrap_or(ViewId(0))
    }

    pub(super) fn get(&self, id: ViewId) -> &View {
        &self.all[id.0].1
    }

    pub(super) fn get_mut(&mut self, id: ViewId) -> &mut View {
        &mut self.all[id.0].1
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut View> {
        self.all.iter_mut().map(|(_, view)| view)
    }
}

/// Finds the views of one batch's messages, which mostly belong to the same subscription.
pub(super) struct BatchViews<'a> {
    connection: u64,
    /// The subscription id of the message before, as it stands on the wire, and its view.
    last: Option<(&'a [u8], ViewId)>,
}

impl<'a> BatchViews<'a> {
    pub(super) fn new(connection: u64) -> Self {
        Self { connection, last: None }
    }

    pub(super) fn find(&mut self, views: &Views, message: FrameRef<'a>) -> ViewId {
        let subscription = message.raw_header("subscription");
        if let (Some((last, id)), Some(subscription)) = (self.last, subscription)
            && last == subscription
        {
            return id;
        }
        let id = views.find(self.connection, &message);
        self.last = subscription.map(|subscription| (subscription, id));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Frame, Verb};

    fn view(destination: &str) -> View {
        View::new(destination.to_owned(), Filter::new(), false, Renderer::new(Output::Lines, false))
    }

    #[test]
    fn a_message_is_shown_as_its_subscription_says_or_else_the_last_one_to_its_destination() {
        let mut views = Views::new(view("elsewhere"));
        views.set(1, "1", view("/topic/a"));
        views.set(1, "2", view("/topic/a"));
        views.set(2, "1", view("/topic/b"));
        let message = |headers: &[(&str, &str)]| {
            let frame = Frame::new(Verb::Message);
            headers.iter().fold(frame, |frame, (name, value)| frame.with(*name, *value))
        };
        let found = |connection, headers: &[(&str, &str)]| views.find(connection, &message(headers)).0;
        assert_eq!(found(1, &[("subscription", "1"), ("destination", "/topic/b")]), 1);
        assert_eq!(found(2, &[("subscription", "1")]), 3);
        assert_eq!(found(2, &[("subscription", "2")]), 0);
        assert_eq!(found(1, &[("destination", "/topic/a")]), 2);
        assert_eq!(found(1, &[("destination", "/topic/b")]), 0);
        assert_eq!(found(1, &[]), 0);
    }
}
