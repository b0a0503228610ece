//! The brokers that the cases run on, and in one table what each cannot do or does otherwise.

use stomp_shell::protocol::Version;
use stomp_shell::protocol::Version::{V1_0, V1_1, V1_2};
use stomp_shell::session::dialect::Nacked;

/// Something that a case takes for granted and some broker lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
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
    /// BEGIN, COMMIT and ABORT.
    Transactions,
    /// An ACK in a transaction that is aborted has not happened.
    AckInTransaction,
    /// Heart-beats.
    HeartBeats,
    /// Bodies with any octets in them.
    Binary,
    /// Bodies of no octets.
    EmptyBodies,
    /// Header values with anything in them that the version can carry.
    AnyHeader,
    /// Headers of the sender's own come back.
    OwnHeaders,
    /// Whether a message had a content-length is known to its receiver.
    ContentLength,
    /// Bodies of several MiB.
    Large,
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
    /// Options of the program that go with it.
    pub options: &'static [&'static str],
    /// What NACK does.
    pub nacked: Nacked,
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
    options: &[],
    nacked: Nacked::GivenBack,
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
        ],
        ..USUAL
    },
    Broker {
        name: "rabbitmq",
        variable: "STOMP_TEST_RABBITMQ",
        part: Part::Usual,
        lacks: &[(Need::ContentLength, "it always writes one")],
        ..USUAL
    },
    Broker {
        name: "activemq",
        variable: "STOMP_TEST_ACTIVEMQ",
        part: Part::Usual,
        nacked: Nacked::Discarded,
        lacks: &[
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "a stock one wants none"),
            (Need::Tls, "a stock one has no certificate"),
            (Need::WebSocket, "a stock one has it off"),
        ],
        ..USUAL
    },
    Broker {
        name: "activemq6",
        variable: "STOMP_TEST_ACTIVEMQ6",
        nacked: Nacked::Discarded,
        lacks: &[
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
        ],
        ..USUAL
    },
    Broker {
        name: "artemis",
        variable: "STOMP_TEST_ARTEMIS",
        nacked: Nacked::Discarded,
        lacks: &[
            (Need::Queues, "an address keeps nothing for later without destination-type:ANYCAST"),
            (Need::ContentLength, "it always writes one"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::Figures, "nobody is asked"),
        ],
        ..USUAL
    },
    Broker {
        name: "apollo",
        variable: "STOMP_TEST_APOLLO",
        lacks: &[
            (Need::Redelivered, "it has no such header"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::Figures, "nobody is asked"),
        ],
        ..USUAL
    },
    Broker {
        name: "hornetq",
        variable: "STOMP_TEST_HORNETQ",
        queues: Naming::One("jms.queue.test"),
        topics: Naming::One("jms.topic.test"),
        nacked: Nacked::Acked,
        lacks: &[
            (Need::Acks, "what was not acked comes back later than the goodbye, and nobody tells when"),
            (Need::ContentLength, "it always writes one"),
            (Need::AckInTransaction, "the ack counts all the same"),
            (Need::VirtualHosts, "it ignores the host"),
            (Need::Login, "ours wants none"),
            (Need::Tls, "ours has no certificate"),
            (Need::WebSocket, "ours has it off"),
            (Need::Figures, "nobody is asked"),
            (Need::Several, "it makes no destination by itself"),
        ],
        ..USUAL
    },
    Broker {
        name: "stompserver",
        variable: "STOMP_TEST_STOMPSERVER",
        // That there are no heart-beats is warned of.
        options: &["--quiet"],
        versions: &[V1_0],
        nacked: Nacked::Refused,
        lacks: &[
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
        ],
        ..USUAL
    },
    Broker {
        name: "stampy",
        variable: "STOMP_TEST_STAMPY",
        versions: &[V1_2],
        nacked: Nacked::Refused,
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
        ],
        ..USUAL
    },
];
