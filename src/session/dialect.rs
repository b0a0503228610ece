//! What each broker calls things and does differently, as data. A shell that knows its broker, by
//! CONNECTED's `server` header, uses the right header names and warns of what will not work; what
//! it does not know it passes through.

/// How a broker keeps a durable subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    /// Not known, or there is none.
    No,
    /// By these headers on SUBSCRIBE and UNSUBSCRIBE; `{}` stands for the name.
    Headers(&'static [(&'static str, &'static str)]),
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
    /// The headers on SUBSCRIBE that bound unacked messages; `{}` stands for the number.
    pub prefetch: &'static [(&'static str, &'static str)],
    /// How it keeps durable subscriptions.
    pub durable: Durable,
    /// Whether a durable subscription needs a `client-id` on CONNECT.
    pub durable_needs_client_id: bool,
    /// Whether `browser:true` on SUBSCRIBE looks without taking. Elsewhere it takes.
    pub browses: bool,
    /// Whether `selector` on SUBSCRIBE is honoured.
    pub selects: bool,
    /// What NACK does.
    pub nacked: Nacked,
    /// The same, said to whoever is about to nack; empty where it is not known.
    pub nack_says: &'static str,
    /// Whether header escapes are used in 1.0 too, against the specification.
    pub escapes_in_1_0: bool,
    /// Whether a receipt is given even for a message that nobody will ever get: a SEND needs
    /// `destination-type:ANYCAST` to be kept.
    pub receipt_is_not_stored: bool,
    /// Whether messages are in memory alone, and end with the broker.
    pub in_memory: bool,
    /// The header that says when a message expires.
    pub expiration: Expiration,
    /// Whether an ACK inside of a transaction waits for its COMMIT.
    pub transacts_acks: bool,
    /// Headers of SEND and SUBSCRIBE with which a queue goes by itself when nobody has used it for a while.
    pub fleeting: &'static [(&'static str, &'static str)],
    /// Whether an HTTP management beside it tells how its queues stand.
    pub has_management: bool,
    /// Where an empty SEND with a reply-to asks for a queue's figures; `{}` stands for its name.
    pub statistics: Option<&'static str>,
    /// Whether a `/temp-queue/` comes with the SEND whose reply-to names it, without a SUBSCRIBE.
    pub temp_queue_is_implicit: bool,
    /// How to have a queue that nobody else sees and that leaves nothing behind.
    pub private_queue: Option<PrivateQueue>,
    /// Header names of its own that SEND knows, for completion.
    pub send_headers: &'static [&'static str],
    /// Header names of its own that SUBSCRIBE knows, for completion.
    pub subscribe_headers: &'static [&'static str],
    /// How destinations begin that keep nothing for later.
    topics: &'static [&'static str],
    /// How destinations begin, for completion.
    pub destinations: &'static [&'static str],
}

/// A temporary queue, where both ends have one name for it.
const TEMPORARY: Option<PrivateQueue> =
    Some(PrivateQueue { subscribe: "/temp-queue/{}", headers: &[], send: "/temp-queue/{}" });

const UNKNOWN: Dialect = Dialect {
    name: "unknown",
    server: "",
    // A header that a broker does not know does no harm; these two are the most known.
    prefetch: &[("prefetch-count", "{}"), ("activemq.prefetchSize", "{}")],
    durable: Durable::No,
    durable_needs_client_id: false,
    browses: false,
    selects: false,
    nacked: Nacked::Unknown,
    nack_says: "",
    escapes_in_1_0: false,
    receipt_is_not_stored: false,
    in_memory: false,
    expiration: Expiration::At("expires"),
    transacts_acks: false,
    fleeting: &[],
    has_management: false,
    statistics: None,
    temp_queue_is_implicit: false,
    private_queue: None,
    send_headers: &[],
    subscribe_headers: &[],
    topics: &["/topic/"],
    destinations: &["/queue/", "/topic/"],
};

/// The brokers that are known.
pub const KNOWN: &[Dialect] = &[
    Dialect {
        name: "RabbitMQ",
        server: "rabbitmq/",
        has_management: true,
        fleeting: &[("x-expires", "60000")],
        transacts_acks: true,
        prefetch: &[("prefetch-count", "{}")],
        durable: Durable::Headers(&[("durable", "true"), ("auto-delete", "false"), ("id", "{}")]),
        nacked: Nacked::GivenBack,
        nack_says: "RabbitMQ gives a nacked message out again at once, as often as it is nacked",
        escapes_in_1_0: true,
        expiration: Expiration::After("expiration"),
        temp_queue_is_implicit: true,
        private_queue: Some(PrivateQueue {
            subscribe: "/queue/{}",
            headers: &[("exclusive", "true"), ("auto-delete", "true"), ("durable", "false")],
            send: "/amq/queue/{}",
        }),
        topics: &["/topic/", "/exchange/"],
        send_headers: &[
            "persistent",
            "expiration",
            "priority",
            "reply-to",
            "correlation-id",
            "type",
            "app-id",
            "amqp-message-id",
        ],
        subscribe_headers: &[
            "prefetch-count",
            "durable",
            "auto-delete",
            "exclusive",
            "x-queue-name",
            "requeue",
        ],
        destinations: &["/queue/", "/topic/", "/exchange/", "/amq/queue/", "/temp-queue/", "/reply-queue/"],
        ..UNKNOWN
    },
    Dialect {
        name: "Artemis",
        server: "activemq-artemis/",
        // Octets, not messages: 0 would mean one at a time is pulled, -1 no bound.
        prefetch: &[],
        durable: Durable::Headers(&[("durable-subscription-name", "{}")]),
        durable_needs_client_id: true,
        selects: true,
        nacked: Nacked::Discarded,
        // An address without a subscriber keeps nothing, and goes by itself.
        private_queue: Some(PrivateQueue { subscribe: "{}", headers: &[], send: "{}" }),
        nack_says: "Artemis does not give a nacked message out again: it throws it away",
        receipt_is_not_stored: true,
        // An address is what its first user makes of it.
        topics: &[],
        send_headers: &[
            "destination-type",
            "persistent",
            "expires",
            "priority",
            "reply-to",
            "correlation-id",
        ],
        subscribe_headers: &[
            "subscription-type",
            "consumer-window-size",
            "durable-subscription-name",
            "no-local",
            "selector",
        ],
        ..UNKNOWN
    },
    Dialect {
        name: "ActiveMQ",
        server: "activemq/",
        transacts_acks: true,
        statistics: Some("/queue/ActiveMQ.Statistics.Destination.{}"),
        prefetch: &[("activemq.prefetchSize", "{}")],
        durable: Durable::Headers(&[("activemq.subscriptionName", "{}")]),
        durable_needs_client_id: true,
        private_queue: TEMPORARY,
        browses: true,
        selects: true,
        nacked: Nacked::Discarded,
        nack_says: "ActiveMQ puts a nacked message into ActiveMQ.DLQ if it was persistent, else it is lost",
        send_headers: &[
            "persistent",
            "expires",
            "priority",
            "reply-to",
            "correlation-id",
            "type",
            "JMSXGroupID",
            "JMSXGroupSeq",
            "AMQ_SCHEDULED_DELAY",
        ],
        subscribe_headers: &[
            "activemq.prefetchSize",
            "activemq.subscriptionName",
            "activemq.noLocal",
            "activemq.exclusive",
            "activemq.priority",
            "activemq.retroactive",
            "selector",
            "browser",
        ],
        destinations: &["/queue/", "/topic/", "/temp-queue/", "/temp-topic/"],
        ..UNKNOWN
    },
    Dialect {
        name: "Apollo",
        server: "apache-apollo/",
        transacts_acks: true,
        prefetch: &[("credit", "{},0")],
        durable: Durable::Headers(&[("persistent", "true"), ("id", "{}")]),
        private_queue: TEMPORARY,
        browses: true,
        selects: true,
        nacked: Nacked::GivenBack,
        nack_says: "Apollo gives a nacked message out again at once",
        send_headers: &["persistent", "expires", "reply-to", "correlation-id", "retain"],
        subscribe_headers: &[
            "credit",
            "persistent",
            "browser",
            "browser-end",
            "exclusive",
            "selector",
            "from-seq",
        ],
        destinations: &["/queue/", "/topic/", "/dsub/", "/temp-queue/", "/temp-topic/"],
        ..UNKNOWN
    },
    Dialect {
        name: "HornetQ",
        server: "hornetq/",
        prefetch: &[],
        durable: Durable::Headers(&[("durable-subscriber-name", "{}")]),
        durable_needs_client_id: true,
        selects: true,
        nacked: Nacked::Acked,
        topics: &["jms.topic."],
        nack_says: "HornetQ takes a NACK for an ACK: the message is gone",
        destinations: &["jms.queue.", "jms.topic."],
        ..UNKNOWN
    },
    Dialect {
        name: "embedded broker",
        server: "stomp-shell/",
        in_memory: true,
        transacts_acks: true,
        statistics: Some("/queue/ActiveMQ.Statistics.Destination.{}"),
        prefetch: &[("prefetch-count", "{}")],
        private_queue: TEMPORARY,
        browses: true,
        nacked: Nacked::GivenBack,
        nack_says: "the embedded broker gives a nacked message out again at once, to any subscriber",
        subscribe_headers: &["prefetch-count", "browser"],
        destinations: &["/queue/", "/topic/", "/temp-queue/"],
        ..UNKNOWN
    },
];

impl Dialect {
    /// The dialect that CONNECTED's `server` header names.
    pub fn of(server: Option<&str>) -> &'static Self {
        let server = server.unwrap_or_default().to_lowercase();
        let known = KNOWN.iter().find(|dialect| server.starts_with(dialect.server));
        known.unwrap_or(&UNKNOWN)
    }

    /// The header that makes a SEND be kept in a queue, where a receipt does not mean that it is.
    pub fn kept_header(&self) -> Option<(&'static str, &'static str)> {
        self.receipt_is_not_stored.then_some(("destination-type", "ANYCAST"))
    }

    /// The header that makes a SUBSCRIBE mean a queue, where a destination's name does not say it.
    pub fn queue_header(&self) -> Option<(&'static str, &'static str)> {
        self.receipt_is_not_stored.then_some(("subscription-type", "ANYCAST"))
    }

    /// Whether this destination keeps nothing for whoever subscribes later.
    pub fn is_topic(&self, destination: &str) -> bool {
        self.topics.iter().any(|beginning| destination.starts_with(beginning))
    }

    /// Headers of SUBSCRIBE that ask for at most so many unacked messages.
    pub fn prefetch_headers(&self, count: u32) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<> {
        fill(self.prefetch, &count.to_string())
    }

    /// Headers of SUBSCRIBE, and UNSUBSCRIBE, for a durable subscription; `None`: none is known.
    pub fn durable_headers(&self, name: &str) -> Option<impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<>> {
        match self.durable {
            Durable::No => None,
            Durable::Headers(headers) => Some(fill(headers, name)),
        }
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
        assert_eq!(Dialect::of(Some("RabbitMQ/3.10.8")).name, "RabbitMQ");
        assert_eq!(Dialect::of(Some("ActiveMQ/5.17.2")).name, "ActiveMQ");
        assert_eq!(
            Dialect::of(Some("ActiveMQ-Artemis/2.40.0 ActiveMQ Artemis Messaging Engine")).name,
            "Artemis"
        );
        assert_eq!(Dialect::of(Some("apache-apollo/1.7.1")).name, "Apollo");
        assert_eq!(Dialect::of(Some("peer/1")).name, "unknown");
        assert_eq!(Dialect::of(None).name, "unknown");
    }

    #[test]
    fn prefetch_is_asked_for_in_the_brokers_own_header() {
        let of = |server| Dialect::of(Some(server)).prefetch_headers(10).collect::<Vec<_>>();
        assert_eq!(of("RabbitMQ/3"), [(b"prefetch-count".to_vec(), b"10".to_vec())]);
        assert_eq!(of("apache-apollo/1"), [(b"credit".to_vec(), b"10,0".to_vec())]);
    }
}
