//! What each broker calls things and does differently, as data. A shell that knows its broker, by
//! CONNECTED, uses the right header names and warns of what will not work; what it does not know it
//! passes through.

mod facts;
mod known;

pub use facts::{
    BrowserEnd, Browses, Deleted, Dialect, Durable, Expiration, Nacked, PrivateQueue, TempQueues,
};
pub use known::KNOWN;
use known::UNKNOWN;

use crate::protocol::{FrameRef, Headers};

impl Dialect {
    /// The dialect of the broker whose CONNECTED has these two headers.
    pub fn of(server: Option<&str>, session: Option<&str>) -> &'static Self {
        let own = |dialect: &&Self| match server {
            Some(server) => !dialect.server.is_empty() && server.to_lowercase().starts_with(dialect.server),
            None => !dialect.session.is_empty() && session == Some(dialect.session),
        };
        KNOWN.iter().find(own).unwrap_or(&UNKNOWN)
    }

    /// The dialect of a broker that nobody knows.
    pub const fn unknown() -> &'static Self {
        &UNKNOWN
    }

    /// The header that makes a SUBSCRIBE mean a queue, where a destination's name does not say it.
    pub fn queue_header(&self) -> Option<(&'static str, &'static str)> {
        self.queue_with
    }

    /// Whether the broker is known.
    pub fn is_known(&self) -> bool {
        self.name != UNKNOWN.name
    }

    /// What to call the broker in a sentence.
    pub fn called(&self) -> &'static str {
        if self.is_known() { self.name } else { "this broker" }
    }

    /// Whether messages can be moved in transactions: each leaves its queue as it comes to the other.
    pub fn moves_in_transactions(&self) -> bool {
        self.transacts_acks && !self.loses_in_transactions
    }

    /// Whether a destination keeps nothing for whoever subscribes later.
    pub fn is_topic(&self, destination: &str) -> bool {
        let begins = |prefix: &&str| destination.starts_with(prefix);
        self.topics.iter().any(begins) && !destination.starts_with("/queue/")
    }

    /// Whether this is how the broker says that a browser has seen all there is.
    pub fn is_browser_end(&self, frame: FrameRef<'_>) -> bool {
        match self.browses.map(|browses| browses.end) {
            None => false,
            Some(BrowserEnd::Header(name, value)) => frame.header(name).as_deref() == Some(value.as_bytes()),
            Some(BrowserEnd::FromNowhere) => frame.header("destination").is_some_and(|name| name.is_empty()),
        }
    }

    /// Headers of SUBSCRIBE that ask for at most so many unacked messages.
    pub fn prefetch_headers(&self, count: u32) -> Headers {
        fill(self.prefetch, &count.to_string())
    }

    /// Headers of SUBSCRIBE for who acks late or not at all; `None`: messages cease to come then.
    pub fn unbounded_headers(&self) -> Option<Headers> {
        Some(fill(self.unbounded?, ""))
    }

    /// Headers of SUBSCRIBE that show a queue; `None`: the broker cannot.
    pub fn browse_headers(&self) -> Option<Headers> {
        Some(fill(self.browses?.headers, ""))
    }

    /// Headers of SUBSCRIBE, and UNSUBSCRIBE, for a durable subscription; `None`: none is known.
    pub fn durable_headers(&self, name: &str) -> Option<Headers> {
        Some(fill(self.durable?.headers, name))
    }

    /// Whether a durable subscription is known to the broker by its id.
    pub fn names_durables_by_id(&self) -> bool {
        self.durable.is_some_and(|durable| durable.headers.iter().any(|(name, _)| *name == "id"))
    }
}

/// The headers with `{}` filled in.
fn fill(headers: &[(&str, &str)], value: &str) -> Headers {
    headers.iter().map(|(name, form)| (*name, form.replace("{}", value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_known_by_their_server_header() {
        let named = |server| Dialect::of(Some(server), Some("wow")).name;
        assert_eq!(named("RabbitMQ/3.10.8"), "RabbitMQ");
        assert_eq!(named("ActiveMQ/5.17.2"), "ActiveMQ");
        assert_eq!(named("ActiveMQ-Artemis/2.40.0 ActiveMQ Artemis Messaging Engine"), "Artemis");
        assert_eq!(named("apache-apollo/1.7.1"), "Apollo");
        assert_eq!(named("HornetQ/2.4.7.Final (2.4.7.Final, 124) HornetQ Messaging Engine"), "HornetQ");
        assert_eq!(named("peer/1"), "unknown");
        assert_eq!(named(""), "unknown");
    }

    #[test]
    fn a_broker_without_a_server_header_is_known_by_its_session_or_not_at_all() {
        assert_eq!(Dialect::of(None, Some("wow")).name, "StompServer");
        for session in [None, Some(""), Some("session-1")] {
            assert!(!Dialect::of(None, session).is_known());
        }
    }

    #[test]
    fn prefetch_is_asked_for_in_the_brokers_own_header() {
        let of = |server| Dialect::of(Some(server), None).prefetch_headers(10);
        assert_eq!(of("RabbitMQ/3"), [("prefetch-count", "10")].into());
        assert_eq!(of("apache-apollo/1"), [("credit", "10,0")].into());
        assert_eq!(of("ActiveMQ-Artemis/2"), Headers::new());
    }

    #[test]
    fn what_keeps_nothing_is_told_from_what_does() {
        let (rabbitmq, hornetq) =
            (Dialect::of(Some("RabbitMQ/3"), None), Dialect::of(Some("HornetQ/2"), None));
        assert!(rabbitmq.is_topic("/topic/a") && rabbitmq.is_topic("/exchange/a/b"));
        assert!(!rabbitmq.is_topic("/queue/a") && !rabbitmq.is_topic("/amq/queue/a"));
        assert!(hornetq.is_topic("jms.topic.a") && !hornetq.is_topic("jms.queue.a"));
        let stompserver = Dialect::of(None, Some("wow"));
        assert!(stompserver.is_topic("anything") && !stompserver.is_topic("/queue/a"));
    }
}
