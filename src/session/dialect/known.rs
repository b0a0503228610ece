//! The table of known brokers.

use super::facts::{
    BrowseSupport, BrowserEnd, Dialect, Durable, DurableDeletion, Expiration, HeldReceipts, LastAckOrder,
    NackEffect, PrivateQueue, QueueCreation, TempQueues,
};

/// A temporary queue that has the same name for its consumer and its producers.
const TEMPORARY: Option<PrivateQueue> =
    Some(PrivateQueue { subscribe: "/temp-queue/{}", headers: &[], send: "/temp-queue/{}" });

/// The assumptions about an unknown broker.
pub(super) const UNKNOWN: Dialect = Dialect {
    name: "unknown",
    server: "",
    session: "",
    // Brokers ignore unknown headers; these two are the most common.
    prefetch: &[("prefetch-count", "{}"), ("activemq.prefetchSize", "{}")],
    unbounded: Some(&[]),
    durable: None,
    browses: None,
    selects: false,
    nacked: NackEffect::Unknown,
    nack_warning: "",
    // RabbitMQ's; others ignore it.
    discard_header: Some(("requeue", "false")),
    keeps_unacked: false,
    individual: "client-individual",
    escapes_in_1_0: false,
    queue_creation_header: None,
    queue_creation: None,
    queue_header: None,
    answers_disconnect: true,
    in_memory: false,
    expiration: Expiration::At("expires"),
    last_acks: LastAckOrder::Unknown,
    transacts_acks: false,
    held_receipts: HeldReceipts::None,
    loses_in_transactions: false,
    expiring_queue_headers: &[],
    joins_websocket_messages: false,
    has_management: false,
    statistics: None,
    temp_queues: TempQueues::Subscribed,
    private_queue: None,
    send_headers: &[],
    subscribe_headers: &[],
    destinations: &["/queue/", "/topic/"],
    topics: &["/topic/"],
};

pub(crate) const KNOWN: &[Dialect] = &[
    Dialect {
        name: "RabbitMQ",
        server: "rabbitmq/",
        last_acks: LastAckOrder::CommittedLast,
        transacts_acks: true,
        held_receipts: HeldReceipts::Sends,
        prefetch: &[("prefetch-count", "{}")],
        durable: Some(Durable {
            headers: &[("durable", "true"), ("auto-delete", "false"), ("id", "{}")],
            needs_client_id: false,
            deleted: DurableDeletion::Subscribed,
        }),
        nacked: NackEffect::Requeued,
        nack_warning: "RabbitMQ gives a nacked message out again at once, as often as it is nacked",
        joins_websocket_messages: true,
        keeps_unacked: true,
        queue_creation: Some(QueueCreation {
            creating: "/queue/",
            existing: "/amq/queue/",
            taken: "RESOURCE_LOCKED",
            mismatch: "PRECONDITION_FAILED",
            missing: "NOT_FOUND",
            stream: "prefetch count is not set",
            name: ("queue '", "' in vhost"),
        }),
        has_management: true,
        expiring_queue_headers: &[("x-expires", "60000")],
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
        // Its window is in bytes, not messages; 0 would pull one message at a time, -1 is unlimited.
        prefetch: &[],
        // The default is 10 KiB.
        unbounded: Some(&[("consumer-window-size", "-1")]),
        durable: Some(Durable {
            headers: &[("durable-subscription-name", "{}")],
            needs_client_id: true,
            deleted: DurableDeletion::Unsubscribed,
        }),
        selects: true,
        nacked: NackEffect::Discarded,
        nack_warning: "Artemis does not give a nacked message out again: it throws it away",
        queue_creation_header: Some(("destination-type", "ANYCAST")),
        queue_header: Some(("subscription-type", "ANYCAST")),
        // An address without a subscriber stores nothing, and is deleted automatically.
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
        // A transaction does not help: it forgets acks of a subscription that has ended before COMMIT.
        last_acks: LastAckOrder::Shielded(&[
            ("activemq.exclusive", "true"),
            ("activemq.priority", "127"),
            ("activemq.prefetchSize", "0"),
        ]),
        transacts_acks: true,
        statistics: Some("/queue/ActiveMQ.Statistics.Destination.{}"),
        prefetch: &[("activemq.prefetchSize", "{}")],
        // It loads a page of messages from its store, 400 by default, whatever the prefetch.
        unbounded: None,
        durable: Some(Durable {
            headers: &[("activemq.subscriptionName", "{}")],
            needs_client_id: true,
            deleted: DurableDeletion::Unsubscribed,
        }),
        private_queue: TEMPORARY,
        browses: Some(BrowseSupport {
            headers: &[("browser", "true")],
            end: BrowserEnd::Header("browser", "end"),
        }),
        selects: true,
        nacked: NackEffect::Discarded,
        nack_warning: "ActiveMQ puts a nacked message into ActiveMQ.DLQ if it was persistent, else it is lost",
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
        held_receipts: HeldReceipts::Sends,
        // Of 200 small messages, only 5 to 41 arrived.
        loses_in_transactions: true,
        prefetch: &[("credit", "{},0")],
        durable: Some(Durable {
            headers: &[("persistent", "true"), ("id", "{}")],
            needs_client_id: false,
            deleted: DurableDeletion::Subscribed,
        }),
        private_queue: TEMPORARY,
        browses: Some(BrowseSupport {
            headers: &[("browser", "true"), ("browser-end", "true")],
            end: BrowserEnd::EmptyDestination,
        }),
        selects: true,
        nacked: NackEffect::Requeued,
        nack_warning: "Apollo gives a nacked message out again at once",
        discard_header: None,
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
        // 10 KiB; only a setting of its acceptor changes it.
        unbounded: None,
        durable: Some(Durable {
            headers: &[("durable-subscriber-name", "{}")],
            needs_client_id: true,
            deleted: DurableDeletion::SubscribedAsClientId,
        }),
        selects: true,
        nacked: NackEffect::Acked,
        nack_warning: "HornetQ takes a NACK for an ACK: the message is gone",
        discard_header: None,
        temp_queues: TempQueues::No,
        destinations: &["jms.queue.", "jms.topic."],
        topics: &["jms.topic."],
        ..UNKNOWN
    },
    Dialect {
        name: "StompServer",
        // It has no `server` header.
        session: "wow",
        // It delivers the next message after the ack of the last one.
        prefetch: &[],
        unbounded: None,
        answers_disconnect: false,
        nacked: NackEffect::Refused,
        discard_header: None,
        // It takes any other mode for auto, and then omits the message-id.
        individual: "client",
        // All destinations are topics, except for those in /queue/.
        topics: &[""],
        ..UNKNOWN
    },
    Dialect {
        name: "embedded broker",
        server: "stomp-shell/",
        last_acks: LastAckOrder::Together,
        transacts_acks: true,
        held_receipts: HeldReceipts::All,
        statistics: Some("/queue/ActiveMQ.Statistics.Destination.{}"),
        prefetch: &[("prefetch-count", "{}")],
        private_queue: TEMPORARY,
        browses: Some(BrowseSupport {
            headers: &[("browser", "true")],
            end: BrowserEnd::Header("browser", "end"),
        }),
        nacked: NackEffect::Requeued,
        nack_warning: "the embedded broker gives a nacked message out again at once, to any subscriber",
        discard_header: None,
        in_memory: true,
        subscribe_headers: &["prefetch-count", "browser"],
        destinations: &["/queue/", "/topic/", "/temp-queue/"],
        ..UNKNOWN
    },
];
