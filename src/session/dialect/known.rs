//! The brokers, one after the other.

use super::facts::{
    BrowserEnd, Browses, Deleted, Dialect, Durable, Expiration, Nacked, PrivateQueue, TempQueues,
};

/// A temporary queue, where both ends have one name for it.
const TEMPORARY: Option<PrivateQueue> =
    Some(PrivateQueue { subscribe: "/temp-queue/{}", headers: &[], send: "/temp-queue/{}" });

/// What is taken for granted of a broker that nobody knows.
pub(super) const UNKNOWN: Dialect = Dialect {
    name: "unknown",
    server: "",
    session: "",
    // A header that a broker does not know does no harm; these two are the most known.
    prefetch: &[("prefetch-count", "{}"), ("activemq.prefetchSize", "{}")],
    unbounded: Some(&[]),
    durable: None,
    browses: None,
    selects: false,
    nacked: Nacked::Unknown,
    nack_says: "",
    individual: "client-individual",
    escapes_in_1_0: false,
    kept_with: None,
    queue_with: None,
    answers_disconnect: true,
    in_memory: false,
    expiration: Expiration::At("expires"),
    transacts_acks: false,
    loses_in_transactions: false,
    fleeting: &[],
    has_management: false,
    statistics: None,
    temp_queues: TempQueues::Subscribed,
    private_queue: None,
    send_headers: &[],
    subscribe_headers: &[],
    destinations: &["/queue/", "/topic/"],
    topics: &["/topic/"],
};

/// The brokers that are known.
pub const KNOWN: &[Dialect] = &[
    Dialect {
        name: "RabbitMQ",
        server: "rabbitmq/",
        transacts_acks: true,
        prefetch: &[("prefetch-count", "{}")],
        durable: Some(Durable {
            headers: &[("durable", "true"), ("auto-delete", "false"), ("id", "{}")],
            needs_client_id: false,
            deleted: Deleted::Subscribed,
        }),
        nacked: Nacked::GivenBack,
        nack_says: "RabbitMQ gives a nacked message out again at once, as often as it is nacked",
        has_management: true,
        fleeting: &[("x-expires", "60000")],
        escapes_in_1_0: true,
        expiration: Expiration::After("expiration"),
        temp_queues: TempQueues::Implicit,
        private_queue: Some(PrivateQueue {
            subscribe: "/queue/{}",
            headers: &[("exclusive", "true"), ("auto-delete", "true"), ("durable", "false")],
            send: "/amq/queue/{}",
        }),
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
        topics: &["/topic/", "/exchange/"],
        ..UNKNOWN
    },
    Dialect {
        name: "Artemis",
        server: "activemq-artemis/",
        // Bytes, not messages: 0 would mean one at a time is pulled, -1 no bound.
        prefetch: &[],
        // 10 KiB, where nothing is asked for.
        unbounded: Some(&[("consumer-window-size", "-1")]),
        durable: Some(Durable {
            headers: &[("durable-subscription-name", "{}")],
            needs_client_id: true,
            deleted: Deleted::Unsubscribed,
        }),
        selects: true,
        nacked: Nacked::Discarded,
        nack_says: "Artemis does not give a nacked message out again: it throws it away",
        kept_with: Some(("destination-type", "ANYCAST")),
        queue_with: Some(("subscription-type", "ANYCAST")),
        // An address without a subscriber keeps nothing, and goes by itself.
        private_queue: Some(PrivateQueue { subscribe: "{}", headers: &[], send: "{}" }),
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
        // It takes so many from its store at a time, whatever the prefetch: 400 messages, as it stands.
        unbounded: None,
        durable: Some(Durable {
            headers: &[("activemq.subscriptionName", "{}")],
            needs_client_id: true,
            deleted: Deleted::Unsubscribed,
        }),
        private_queue: TEMPORARY,
        browses: Some(Browses { headers: &[("browser", "true")], end: BrowserEnd::Header("browser", "end") }),
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
        // Of 200 small messages, 5 to 41 were there in the end.
        loses_in_transactions: true,
        prefetch: &[("credit", "{},0")],
        durable: Some(Durable {
            headers: &[("persistent", "true"), ("id", "{}")],
            needs_client_id: false,
            deleted: Deleted::Subscribed,
        }),
        private_queue: TEMPORARY,
        browses: Some(Browses {
            headers: &[("browser", "true"), ("browser-end", "true")],
            end: BrowserEnd::FromNowhere,
        }),
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
        // 10 KiB; its acceptor has the setting.
        unbounded: None,
        durable: Some(Durable {
            headers: &[("durable-subscriber-name", "{}")],
            needs_client_id: true,
            deleted: Deleted::SubscribedAsClientId,
        }),
        selects: true,
        nacked: Nacked::Acked,
        nack_says: "HornetQ takes a NACK for an ACK: the message is gone",
        temp_queues: TempQueues::No,
        destinations: &["jms.queue.", "jms.topic."],
        topics: &["jms.topic."],
        ..UNKNOWN
    },
    Dialect {
        name: "StompServer",
        // It says nothing else of itself.
        session: "wow",
        // It gives out one message, and the next one after its ack.
        prefetch: &[],
        unbounded: None,
        answers_disconnect: false,
        nacked: Nacked::Refused,
        // Any other mode is auto to it, and its messages have no id then.
        individual: "client",
        // All but its queues.
        topics: &[""],
        ..UNKNOWN
    },
    Dialect {
        name: "embedded broker",
        server: "stomp-shell/",
        transacts_acks: true,
        statistics: Some("/queue/ActiveMQ.Statistics.Destination.{}"),
        prefetch: &[("prefetch-count", "{}")],
        private_queue: TEMPORARY,
        browses: Some(Browses { headers: &[("browser", "true")], end: BrowserEnd::Header("browser", "end") }),
        nacked: Nacked::GivenBack,
        nack_says: "the embedded broker gives a nacked message out again at once, to any subscriber",
        in_memory: true,
        subscribe_headers: &["prefetch-count", "browser"],
        destinations: &["/queue/", "/topic/", "/temp-queue/"],
        ..UNKNOWN
    },
];
