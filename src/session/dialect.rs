//! The differences between brokers, as data. The broker is recognized by its CONNECTED; then its own header names
//! are used, and what it cannot do is warned of. Nothing is refused on an unknown broker.

mod facts;
mod known;

pub(super) use facts::HeldReceipts;
use facts::QueueCreation;
pub(crate) use facts::{BrowserEnd, DurableDeletion, Expiration, LastAckOrder, PrivateQueue, TempQueues};
pub use facts::{Dialect, NackEffect};
pub(crate) use known::KNOWN;
use known::UNKNOWN;

use crate::protocol::{FrameRef, Headers};

impl Dialect {
    /// The dialect of the broker whose CONNECTED has these two headers.
    pub fn of(server: Option<&str>, session: Option<&str>) -> &'static Self {
        let matches = |dialect: &&Self| match server {
            Some(server) => !dialect.server.is_empty() && server.to_lowercase().starts_with(dialect.server),
            None => !dialect.session.is_empty() && session == Some(dialect.session),
        };
        KNOWN.iter().find(matches).unwrap_or(&UNKNOWN)
    }

    pub(crate) const fn unknown() -> &'static Self {
        &UNKNOWN
    }

    pub(crate) fn is_known(&self) -> bool {
        self.name != UNKNOWN.name
    }

    /// The name of the broker for messages to the user, or "this broker" if it is unknown.
    pub(crate) fn display_name(&self) -> &'static str {
        if self.is_known() { self.name } else { "this broker" }
    }

    /// Whether a transaction can move messages between queues without losing or doubling any.
    pub(crate) fn moves_in_transactions(&self) -> bool {
        self.transacts_acks && !self.loses_in_transactions
    }

    /// Whether a destination does not store messages for later subscribers.
    pub(crate) fn is_topic(&self, destination: &str) -> bool {
        let begins = |prefix: &&str| destination.starts_with(prefix);
        self.topics.iter().any(begins) && !destination.starts_with("/queue/")
    }

    /// The destination of the same queue that does not create it; `None` if there is none.
    pub(crate) fn without_creation(&self, destination: &str) -> Option<String> {
        let QueueCreation { creating, existing, .. } = self.queue_creation?;
        Some(format!("{existing}{}", destination.strip_prefix(creating)?))
    }

    /// The destination that creates the queue, if messages to this one are confirmed and dropped where there is none.
    pub(crate) fn with_creation(&self, destination: &str) -> Option<String> {
        let QueueCreation { creating, existing, .. } = self.queue_creation?;
        Some(format!("{creating}{}", destination.strip_prefix(existing)?))
    }

    /// Whether an ERROR says that a private queue cannot be created since there is a queue of its name.
    pub(crate) fn is_taken(&self, error: &str) -> bool {
        self.queue_creation.is_some_and(|queues| error.contains(queues.taken))
    }

    /// What to do about an ERROR with this text, where it is about a queue that does not exist, or that exists with
    /// other properties.
    pub(crate) fn queue_hint(error: &str) -> Option<String> {
        KNOWN.iter().filter_map(|dialect| dialect.queue_creation).find_map(|queues| {
            let QueueCreation { creating, existing, mismatch, missing, stream, name: (before, after), .. } = queues;
            let (_, rest) = error.split_once(before)?;
            let name = rest.split_once(after)?.0.replace('/', "%2F");
            if error.contains(stream) {
                return Some(Self::stream_hint(&format!("{existing}{name}")));
            }
            if error.contains(mismatch) {
                return Some(format!("the queue was declared with other properties: use {existing}{name}"));
            }
            error.contains(missing).then(|| {
                format!("{creating}{name} creates the queue; peek, drain, purge, dump, move and mirror do so with --create")
            })
        })
    }

    /// How to read a stream, which is reached by this destination.
    pub(crate) fn stream_hint(destination: &str) -> String {
        format!(
            "a stream keeps its messages whoever reads them: sub --ack client-individual \
             -H 'x-stream-offset: first' {destination}"
        )
    }

    /// Whether this MESSAGE marks the end of a browsed queue. A broker that is not known to browse is taken to mark it
    /// as ActiveMQ does.
    pub(crate) fn is_browser_end(&self, frame: FrameRef<'_>) -> bool {
        match self.browses.map_or(BrowserEnd::Header("browser", "end"), |browses| browses.end) {
            BrowserEnd::Header(name, value) => frame.header(name).as_deref() == Some(value.as_bytes()),
            BrowserEnd::EmptyDestination => frame.header("destination").is_some_and(|name| name.is_empty()),
        }
    }

    /// SUBSCRIBE headers that limit unacknowledged messages to `count`.
    pub(crate) fn prefetch_headers(&self, count: u32) -> Headers {
        fill(self.prefetch, &count.to_string())
    }

    /// SUBSCRIBE headers for a client that does not acknowledge; `None` if the broker stops delivering then.
    pub(crate) fn unbounded_headers(&self) -> Option<Headers> {
        Some(fill(self.unbounded?, ""))
    }

    /// SUBSCRIBE headers that browse a queue; `None` if the broker cannot.
    pub(crate) fn browse_headers(&self) -> Option<Headers> {
        Some(fill(self.browses?.headers, ""))
    }

    /// SUBSCRIBE and UNSUBSCRIBE headers for a durable subscription; `None` if they are not known.
    pub(crate) fn durable_headers(&self, name: &str) -> Option<Headers> {
        Some(fill(self.durable?.headers, name))
    }

    /// Whether the `id` header names a durable subscription.
    pub(crate) fn names_durables_by_id(&self) -> bool {
        self.durable.is_some_and(|durable| durable.headers.iter().any(|(name, _)| *name == "id"))
    }
}

/// The headers with `{}` in their values replaced by `value`.
fn fill(headers: &[(&str, &str)], value: &str) -> Headers {
    headers.iter().map(|(name, form)| (*name, form.replace("{}", value))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failure here is the test's
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
    fn a_queue_is_reached_without_creating_it_where_that_has_a_name() {
        let of = |server, destination| Dialect::of(Some(server), None).without_creation(destination);
        assert_eq!(of("RabbitMQ/3", "/queue/a%2Fb").as_deref(), Some("/amq/queue/a%2Fb"));
        assert_eq!(of("RabbitMQ/3", "/amq/queue/a"), None);
        assert_eq!(of("ActiveMQ/6", "/queue/a"), None);
        let back = |server, destination| Dialect::of(Some(server), None).with_creation(destination);
        assert_eq!(back("RabbitMQ/3", "/amq/queue/a%2Fb").as_deref(), Some("/queue/a%2Fb"));
        assert_eq!(back("RabbitMQ/3", "/queue/a"), None);
        assert_eq!(back("ActiveMQ/6", "/amq/queue/a"), None);
    }

    #[test]
    fn errors_about_queues_name_the_other_destination() {
        let differs = "precondition_failed: PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'a/b' in vhost \
            '/': received 'true' but current is 'false'";
        assert!(Dialect::queue_hint(differs).unwrap().ends_with("use /amq/queue/a%2Fb"));
        let stream = "precondition_failed: PRECONDITION_FAILED - consumer prefetch count is not set for 'queue 'a%' in \
            vhost '/''";
        assert!(Dialect::queue_hint(stream).unwrap().ends_with("-H 'x-stream-offset: first' /amq/queue/a%"));
        let missing = "not_found: NOT_FOUND - no queue 'a' in vhost '/'";
        assert!(Dialect::queue_hint(missing).unwrap().starts_with("/queue/a creates the queue"));
        for other in ["NOT_FOUND - no exchange 'a' in vhost '/'", "out of cheese"] {
            assert_eq!(Dialect::queue_hint(other), None);
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
