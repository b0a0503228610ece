//! What each broker calls things and does differently, as data. A shell that knows its broker, by
//! CONNECTED, uses the right header names and warns of what will not work; what it does not know it
//! passes through.

mod known;

pub use known::KNOWN;
use known::UNKNOWN;

use crate::protocol::FrameRef;

/// How a broker keeps a durable subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durable {
    /// The headers on SUBSCRIBE and UNSUBSCRIBE; `{}` stands for the name.
    headers: &'static [(&'static str, &'static str)],
    /// Whether it needs a `client-id` on CONNECT. Some brokers make one up where there is none, under
    /// which nobody ever finds the subscription again.
    pub needs_client_id: bool,
    /// How it is deleted.
    pub deleted: Deleted,
}

/// How a broker deletes a durable subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// By UNSUBSCRIBE with the headers that made it, from whoever is subscribed.
    Subscribed,
    /// By the same, once nobody is subscribed; it needs nothing but the name.
    Unsubscribed,
    /// As `Subscribed`, by a subscription whose id is the `client-id`: the broker takes the one for the
    /// other.
    SubscribedAsClientId,
}

/// How a broker shows a queue without giving its messages out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browses {
    /// The headers on SUBSCRIBE.
    headers: &'static [(&'static str, &'static str)],
    /// How it ends.
    end: BrowserEnd,
}

/// How a broker says that a browser has seen all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserEnd {
    /// By a MESSAGE with this header.
    Header(&'static str, &'static str),
    /// By a MESSAGE from nowhere: its destination is empty.
    FromNowhere,
}

/// Where a broker has queues that end with their connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TempQueues {
    /// A SUBSCRIBE to a `/temp-queue/` makes one, or any name will do.
    Subscribed,
    /// It comes with the SEND whose reply-to names it, without a SUBSCRIBE.
    Implicit,
    /// There are none, and no destination is made by itself.
    No,
}

/// What happens to a message that is nacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nacked {
    /// It comes again.
    GivenBack,
    /// It goes to a dead-letter queue or is discarded.
    Discarded,
    /// It counts as acked.
    Acked,
    /// NACK is not known.
    Refused,
    /// Not known.
    Unknown,
}

/// The header that says when a message expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiration {
    /// At a time in milliseconds since 1970, as JMS has it.
    At(&'static str),
    /// So many milliseconds after it was sent.
    After(&'static str),
}

/// A queue that one connection has for itself, and that is gone with it; `{}` stands for its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrivateQueue {
    /// The destination of SUBSCRIBE, which makes it.
    pub subscribe: &'static str,
    /// Further headers of SUBSCRIBE.
    pub headers: &'static [(&'static str, &'static str)],
    /// The destination of SEND.
    pub send: &'static str,
}

/// One broker's ways.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What people call it.
    pub name: &'static str,
    /// How the `server` header of its CONNECTED begins, in lower case.
    server: &'static str,
    /// The `session` header of its CONNECTED, where it has no `server` header.
    session: &'static str,
    /// The headers on SUBSCRIBE that bound unacked messages; `{}` stands for the number.
    pub prefetch: &'static [(&'static str, &'static str)],
    /// The headers on SUBSCRIBE that lift its own bound on what is given out and not acked; `None`: it has
    /// one that stays.
    pub unbounded: Option<&'static [(&'static str, &'static str)]>,
    /// How it keeps durable subscriptions, if that is known.
    pub durable: Option<Durable>,
    /// How it shows a queue. Elsewhere `browser:true` takes the messages.
    pub browses: Option<Browses>,
    /// Whether `selector` on SUBSCRIBE is honoured.
    pub selects: bool,
    /// What NACK does.
    pub nacked: Nacked,
    /// The same, said to whoever is about to nack; empty where it is not known.
    pub nack_says: &'static str,
    /// What the ack mode `client-individual` is called.
    pub individual: &'static str,
    /// Whether header escapes are used in 1.0 too, against the specification.
    pub escapes_in_1_0: bool,
    /// The header that a SEND needs for its message to be kept where there is no queue yet. The broker
    /// gives a receipt without it too, and the message to nobody.
    pub kept_with: Option<(&'static str, &'static str)>,
    /// The header that makes a SUBSCRIBE mean a queue, where a destination's name does not say it.
    queue_with: Option<(&'static str, &'static str)>,
    /// Whether it answers a DISCONNECT with its receipt; if not, it closes the connection or says nothing.
    pub answers_disconnect: bool,
    /// Whether messages are in memory alone, and end with the broker.
    pub in_memory: bool,
    /// The header that says when a message expires.
    pub expiration: Expiration,
    /// Whether an ACK inside of a transaction waits for its COMMIT.
    pub transacts_acks: bool,
    /// Headers of SEND and SUBSCRIBE with which a queue goes by itself when nobody has used it for a while.
    pub fleeting: &'static [(&'static str, &'static str)],
    /// Whether a COMMIT that is confirmed may lose messages: those for which its buffer has no room at once.
    pub loses_in_transactions: bool,
    /// Whether an HTTP management beside it tells how its queues stand.
    pub has_management: bool,
    /// Where an empty SEND with a reply-to asks for a queue's figures; `{}` stands for its name.
    pub statistics: Option<&'static str>,
    /// Its queues for answers.
    pub temp_queues: TempQueues,
    /// How to have a queue that nobody else sees and that leaves nothing behind.
    pub private_queue: Option<PrivateQueue>,
    /// Header names of its own that SEND knows, for completion.
    pub send_headers: &'static [&'static str],
    /// Header names of its own that SUBSCRIBE knows, for completion.
    pub subscribe_headers: &'static [&'static str],
    /// How destinations begin, for completion.
    pub destinations: &'static [&'static str],
    /// How destinations begin that keep nothing for later.
    topics: &'static [&'static str],
}

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
    pub fn prefetch_headers(&self, count: u32) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<> {
        fill(self.prefetch, &count.to_string())
    }

    /// Headers of SUBSCRIBE for who acks late or not at all; `None`: messages cease to come then.
    pub fn unbounded_headers(&self) -> Option<impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<>> {
        Some(fill(self.unbounded?, ""))
    }

    /// Headers of SUBSCRIBE that show a queue; `None`: the broker cannot.
    pub fn browse_headers(&self) -> Option<impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<>> {
        Some(fill(self.browses?.headers, ""))
    }

    /// Headers of SUBSCRIBE, and UNSUBSCRIBE, for a durable subscription; `None`: none is known.
    pub fn durable_headers(&self, name: &str) -> Option<impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<>> {
        Some(fill(self.durable?.headers, name))
    }

    /// Whether a durable subscription is known to the broker by its id.
    pub fn names_durables_by_id(&self) -> bool {
        self.durable.is_some_and(|durable| durable.headers.iter().any(|(name, _)| *name == "id"))
    }
}

/// The headers with `{}` filled in.
fn fill(
    headers: &'static [(&'static str, &'static str)],
    value: &str,
) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<> {
    let value = value.to_owned();
    headers.iter().map(move |(name, form)| ((*name).into(), form.replace("{}", &value).into()))
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
        let of = |server| Dialect::of(Some(server), None).prefetch_headers(10).collect::<Vec<_>>();
        assert_eq!(of("RabbitMQ/3"), [(b"prefetch-count".to_vec(), b"10".to_vec())]);
        assert_eq!(of("apache-apollo/1"), [(b"credit".to_vec(), b"10,0".to_vec())]);
        assert_eq!(of("ActiveMQ-Artemis/2"), []);
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
