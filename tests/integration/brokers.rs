//! The brokers that the cases run on, and in one table what each cannot do or does otherwise.

use stomp_shell::protocol::Version;
use stomp_shell::protocol::Version::{V1_0, V1_1, V1_2};
use stomp_shell::session::dialect::NackEffect;

/// Something that a case takes for granted and some broker lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A RECEIPT for every frame that asks for one.
    Receipts,
    /// The frames of a client are handled, and its messages delivered, in the order in which they were sent.
    Order,
    /// STOMP directly on TCP.
    Tcp,
    /// Queues keep what nobody has subscribed to yet.
    Queues,
    /// More than one destination of a kind.
    Several,
    /// Unacked messages come again.
    Acks,
    /// `client-individual`.
    Individual,
    /// NACK.
    Nack,
    /// A prefetch that is kept to by the message.
    Prefetch,
    /// Any number of messages is given out unacked.
    Unbounded,
    /// BEGIN, COMMIT and ABORT.
    Transactions,
    /// What is sent in a transaction comes in order.
    OrderInTransactions,
    /// An ACK in a transaction that is aborted has not happened.
    AckInTransaction,
    /// Heart-beats.
    HeartBeats,
    /// Bodies with any bytes in them.
    Binary,
    /// Bodies of no bytes.
    EmptyBodies,
    /// Header values with anything in them that the version can carry.
    AnyHeader,
    /// A colon in a header value comes back as it was in 1.0 too, which has no escapes.
    ColonIn1_0,
    /// Headers of the sender's own come back.
    OwnHeaders,
    /// Whether a message had a content-length is known to its receiver.
    ContentLength,
    /// Bodies of several MiB.
    Large,
    /// More than half a MiB waits for a client that reads slowly.
    SlowReaders,
    /// A wrong password is refused.
    Login,
    /// A virtual host that is not there is refused.
    VirtualHosts,
    /// TLS, with and without client certificates.
    Tls,
    /// WebSocket.
    WebSocket,
    /// DISCONNECT has its receipt.
    Goodbye,
    /// A message that comes again says so.
    Redelivered,
    /// A message names itself and its subscription.
    Subscription,
    /// The test can ask how deep a queue is.
    Figures,
    /// Durable subscriptions.
    Durable,
    /// One is deleted from afar, and kept under a client-id.
    DeletedByName,
    /// Queues are shown without taking from them.
    Browser,
    /// Just that it cannot do.
    NoBrowser,
    /// Queues that end with their connection.
    TempQueues,
}

/// When a broker takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Always: it is our own.
    Always,
    /// Where it is there; STOMP_TEST_BROKERS=required makes it a failure if it is not.
    Usual,
    /// With STOMP_TEST_BROKERS=all alone.
    Asked,
}

/// How a test has a destination of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Any name does, behind this prefix.
    Any(&'static str),
    /// The same; it is there as long as someone is subscribed who asks for it by these headers, and for no
    /// message.
    Held(&'static str, &'static str),
    /// There is this one alone, for one test at a time.
    One(&'static str),
}

/// One broker.
#[derive(Debug)]
pub struct Broker {
    pub name: &'static str,
    /// The variable that holds its URL.
    pub variable: &'static str,
    pub part: Part,
    /// The versions that it speaks.
    pub versions: &'static [Version],
    pub queues: Naming,
    pub topics: Naming,
    /// What the program warns of on it, in lines of standard error that cases need not know.
    pub warnings: &'static [&'static str],
    /// What NACK does.
    pub nacked: NackEffect,
    /// What is left out, and why.
    pub lacks: &'static [(Need, &'static str)],
}

impl Broker {
    /// Why a case with this need cannot run; `None`: it can.
    pub fn lacks(&self, need: Need) -> Option<&'static str> {
        self.lacks.iter().find(|(lacked, _)| *lacked == need).map(|(_, why)| *why)
    }
}

const USUAL: Broker = Broker {
    name: "",
    variable: "",
    part: Part::Asked,
    versions: &[V1_0, V1_1, V1_2],
    queues: Naming::Any("/queue/"),
    topics: Naming::Any("/topic/"),
    warnings: &[],
    nacked: NackEffect::Requeued,
    lacks: &[],
};

/// Every broker, and every departure.
pub const BROKERS: &[Broker] = &[
    Broker {
        name: "embedded",
        part: Part::Always,
        lacks: &[
            (Need::VirtualHosts, "it takes any host"),
            (Need::Login, "this one has no login; failures.rs starts one that has"),
            (Need::Tls, "it is for one machine"),
            (Need::Durable, "it has none"),
            (Need::DeletedByName, "it has none"),
            (Need::NoBrowser, "it has one"),
        ],
        ..USUAL
    },
    Broker {
        name: "rabbitmq",
        variable: "STOMP_TEST_RABBITMQ",
        part: Part::Usual,
        lacks: &[
            (Need::ContentLength, "it always writes one"),
            (Need::DeletedByName, "only its subscriber deletes one, which needs no client-id"),
            (Need::Browser, "browser:true takes the messages"),
        ],
        ..USUAL
    },
    Broker {
        name: "activemq",
        variable: "STOMP_TEST_ACTIVEMQ",
        part: Part::Usual,
        nacked: NackEffect::Discarded,
        warnings: &[
            "warning: ActiveMQ gives out only so much before something is acked: there may be more than is seen",
            "warning: ActiveMQ gives out only so much before something is acked: there may be more than is seen; \
             --discard-others acks what --filter and --grep hide",
        ],
        lacks: &[
            (Need::Unbounded, "some hundred unacked messages are enough for it"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "a stock one wants none"),
            (Need::Tls, "a stock one has no certificate"),
            (Need::WebSocket, "a stock one has it off"),
            (Need::NoBrowser, "it has one"),
        ],
        ..USUAL
    },
    Broker {
        name: "spring",
        variable: "STOMP_TEST_SPRING",
        part: Part::Usual,
        warnings: &["sent 1, unconfirmed"],
        lacks: &[
            (Need::Receipts, "it confirms DISCONNECT alone"),
            (Need::Order, "it is Spring's default to handle frames side by side"),
            (Need::Queues, "it keeps nothing"),
            (Need::Transactions, "it ignores them"),
            (Need::ColonIn1_0, "it escapes in 1.0 too, and does not say who it is"),
            (Need::Tcp, "it is a WebSocket"),
            (Need::Tls, "ours has no certificate"),
            (Need::Login, "ours wants none"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Binary, "it takes a body for text, if content-type does not say otherwise"),
            (Need::Large, "it takes 64 KiB in a message"),
            (Need::SlowReaders, "it closes the connection, with code 4500"),
            (Need::ContentLength, "it always writes one"),
            (Need::Figures, "it keeps nothing"),
            (Need::Durable, "it has none"),
            (Need::DeletedByName, "it has none"),
            (Need::Browser, "it has none"),
            (Need::NoBrowser, "nobody can tell, since it does not say who it is"),
            (Need::TempQueues, "it has none"),
        ],
        ..USUAL
    },
    Broker {
        name: "spring-relay",
        variable: "STOMP_TEST_SPRING_RELAY",
        part: Part::Usual,
        // The end of the connection may overtake the receipt.
        warnings: &["warning: the broker did not answer the DISCONNECT"],
        lacks: &[
            (Need::Order, "it is Spring's default to handle frames side by side"),
            (Need::Transactions, "a COMMIT may overtake what belongs to it"),
            (Need::Tcp, "it is a WebSocket"),
            (Need::Tls, "ours has no certificate"),
            (Need::Login, "it logs in by itself at the broker behind it"),
            (Need::VirtualHosts, "as above"),
            (Need::Binary, "it takes a body for text, if content-type does not say otherwise"),
            (Need::Large, "it takes 64 KiB in a message"),
            (Need::SlowReaders, "it closes the connection, with code 4500"),
            (Need::ContentLength, "it always writes one"),
            (Need::DeletedByName, "only its subscriber deletes one, which needs no client-id"),
            (Need::Browser, "browser:true takes the messages"),
        ],
        ..USUAL
    },
    Broker {
        name: "activemq6",
        variable: "STOMP_TEST_ACTIVEMQ6",
        nacked: NackEffect::Discarded,
        warnings: &[
            "warning: ActiveMQ gives out only so much before something is acked: there may be more than is seen",
            "warning: ActiveMQ gives out only so much before something is acked: there may be more than is seen; \
             --discard-others acks what --filter and --grep hide",
        ],
        lacks: &[
            (Need::Unbounded, "some hundred unacked messages are enough for it"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::NoBrowser, "it has one"),
        ],
        ..USUAL
    },
    Broker {
        name: "artemis",
        variable: "STOMP_TEST_ARTEMIS",
        // An address keeps nothing for later where nobody has asked for a queue.
        queues: Naming::Held("/queue/", "subscription-type:ANYCAST\nselector:held = 'never'\n"),
        warnings: &["warning: confirmed, but Artemis drops it where no queue is yet: \
             -H 'destination-type: ANYCAST' makes one"],
        nacked: NackEffect::Discarded,
        lacks: &[
            (Need::Redelivered, "what nobody acked is not counted as delivered, mostly"),
            (Need::AckInTransaction, "the ack counts all the same"),
            (Need::ContentLength, "it always writes one"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::Figures, "nobody is asked"),
            (Need::Browser, "browser:true takes the messages"),
        ],
        ..USUAL
    },
    Broker {
        name: "apollo",
        variable: "STOMP_TEST_APOLLO",
        warnings: &["warning: Apollo may lose messages of a transaction though it confirms the COMMIT; \
             send without one, with receipts"],
        lacks: &[
            (Need::OrderInTransactions, "what a connection sends first may come in any order"),
            (Need::Redelivered, "it has no such header"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::Figures, "nobody is asked"),
            (Need::DeletedByName, "only its subscriber deletes one, which needs no client-id"),
            (Need::NoBrowser, "it has one"),
        ],
        ..USUAL
    },
    Broker {
        name: "hornetq",
        variable: "STOMP_TEST_HORNETQ",
        queues: Naming::One("jms.queue.test"),
        topics: Naming::One("jms.topic.test"),
        nacked: NackEffect::Acked,
        warnings: &[
            "warning: HornetQ gives out only so much before something is acked: there may be more than is seen",
            "warning: HornetQ gives out only so much before something is acked: there may be more than is seen; \
             --discard-others acks what --filter and --grep hide",
        ],
        lacks: &[
            (Need::Unbounded, "10 KiB that are not acked are enough for it"),
            (Need::Acks, "what was not acked comes back later than the goodbye, and nobody tells when"),
            (Need::ContentLength, "it always writes one"),
            (Need::AckInTransaction, "the ack counts all the same"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::Figures, "nobody is asked"),
            (Need::Several, "it makes no destination by itself"),
            (Need::DeletedByName, "only its subscriber deletes one"),
            (Need::Browser, "browser:true takes the messages"),
            (Need::TempQueues, "it makes no destination by itself"),
        ],
        ..USUAL
    },
    Broker {
        name: "stompserver",
        variable: "STOMP_TEST_STOMPSERVER",
        warnings: &[
            "warning: StompServer gives out only so much before something is acked: there may be more than is seen",
            "warning: StompServer gives out only so much before something is acked: there may be more than is seen; \
             --discard-others acks what --filter and --grep hide",
            "warning: the broker gives no heart-beats: a dead link is noticed by TCP keep-alive alone, after minutes",
        ],
        versions: &[V1_0],
        nacked: NackEffect::Refused,
        lacks: &[
            (Need::Unbounded, "it gives out one message, and the next one after its ack"),
            (Need::Goodbye, "it closes"),
            (Need::Subscription, "it ignores ids, and gives none to messages in auto mode"),
            (Need::Acks, "what was not acked comes to nobody any more"),
            (Need::HeartBeats, "1.0 has none"),
            (Need::Individual, "1.0 has none"),
            (Need::Nack, "1.0 has none"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::Figures, "nobody is asked"),
            (Need::Durable, "it has none"),
            (Need::DeletedByName, "it has none"),
            (Need::Browser, "it has none"),
        ],
        ..USUAL
    },
    Broker {
        name: "stampy",
        variable: "STOMP_TEST_STAMPY",
        versions: &[V1_2],
        nacked: NackEffect::Refused,
        lacks: &[
            (Need::EmptyBodies, "their body is null"),
            (Need::ContentLength, "it never has one"),
            (Need::Transactions, "ours passes messages on at once"),
            (Need::HeartBeats, "it promises none"),
            (Need::AnyHeader, "it drops frames with an empty value"),
            (Need::Queues, "its user codes destinations; ours are topics alone"),
            (Need::Nack, "ours does nothing with it"),
            (Need::Binary, "it takes a body for text, and cuts it"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::Figures, "nobody is asked"),
            (Need::Durable, "its user codes them; ours has none"),
            (Need::DeletedByName, "as above"),
            (Need::Browser, "ours has none"),
        ],
        ..USUAL
    },
];
