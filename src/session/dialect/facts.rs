//! The fields in which brokers differ.

/// How to create and delete durable subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Durable {
    /// The headers on SUBSCRIBE and UNSUBSCRIBE; `{}` stands for the name.
    pub(in crate::session) headers: &'static [(&'static str, &'static str)],
    /// Whether CONNECT needs a `client-id`. Some brokers generate one if there is none, and the subscription is
    /// never found again.
    pub(crate) needs_client_id: bool,
    pub(crate) deleted: DurableDeletion,
}

/// How to delete a durable subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DurableDeletion {
    /// Its subscriber sends UNSUBSCRIBE with the headers that created it.
    Subscribed,
    /// Any connection sends UNSUBSCRIBE with its name while there is no subscriber.
    Unsubscribed,
    /// As `Subscribed`, by a subscription whose id is the `client-id`: HornetQ confuses the two.
    SubscribedAsClientId,
}

/// How to browse a queue: read its messages without consuming them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrowseSupport {
    /// The headers of a SUBSCRIBE that browses.
    pub(in crate::session) headers: &'static [(&'static str, &'static str)],
    pub(in crate::session) end: BrowserEnd,
}

/// The MESSAGE that marks the end of a browsed queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrowserEnd {
    /// A MESSAGE with this header and value.
    Header(&'static str, &'static str),
    /// A MESSAGE whose `destination` header is empty.
    EmptyDestination,
}

/// How temporary queues are created, which are deleted with their connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TempQueues {
    /// By a SUBSCRIBE to `/temp-queue/NAME`, or to any name.
    Subscribed,
    /// By a SEND whose reply-to names it; there is no SUBSCRIBE.
    Implicit,
    /// There are none, and other queues are not created on demand.
    No,
}

/// What happens to a message after a NACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum NackEffect {
    Requeued,
    /// Discarded, or moved to a dead-letter queue.
    Discarded,
    /// Consumed, as after an ACK.
    Acked,
    /// The broker does not support NACK.
    Refused,
    Unknown,
}

/// How the last acks of a subscription are sent so that the broker delivers no other messages in their place, which would
/// come again marked redelivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastAckOrder {
    /// It is not known how.
    Unknown,
    /// Together with UNSUBSCRIBE: the broker handles all that it has read before it delivers more.
    Together,
    /// In a transaction whose COMMIT follows UNSUBSCRIBE.
    CommittedLast,
    /// While the queue may deliver only to another subscription, which these headers make exclusive and which receives
    /// nothing. It ends last.
    Shielded(&'static [(&'static str, &'static str)]),
}

/// The frames of a transaction that get their receipts only after COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum HeldReceipts {
    None,
    Sends,
    /// Such a broker refuses the COMMIT if it refuses one of them.
    All,
}

/// The header that limits the life of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiration {
    /// A time in milliseconds since 1970, as in JMS.
    At(&'static str),
    /// A number of milliseconds after SEND.
    After(&'static str),
}

/// A queue that only one connection can consume, and that is deleted with it; `{}` stands for its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrivateQueue {
    /// The destination of the SUBSCRIBE that creates it.
    pub(crate) subscribe: &'static str,
    /// Additional headers of the SUBSCRIBE.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// The destination of a SEND to the queue.
    pub(crate) send: &'static str,
}

/// The two destinations of a queue on a broker that creates queues on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueCreation {
    /// The prefix of the destination that creates the queue, and that fails if the queue has other properties than a
    /// new one.
    pub(crate) creating: &'static str,
    /// The prefix of the destination that reaches the queue as it is. If there is none, SUBSCRIBE fails, and SEND is
    /// confirmed although the message is dropped.
    pub(crate) existing: &'static str,
    /// In the ERROR about a private queue whose name another queue has.
    pub(crate) taken: &'static str,
    /// In the ERROR about a queue with other properties.
    pub(in crate::session) mismatch: &'static str,
    /// In the ERROR about a queue that does not exist.
    pub(in crate::session) missing: &'static str,
    /// In the ERROR about a stream that is read without a prefetch.
    pub(in crate::session) stream: &'static str,
    /// What stands before and after the name of the queue in both.
    pub(in crate::session) name: (&'static str, &'static str),
}

/// The properties of one broker, or family of brokers.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The name in messages to the user.
    pub name: &'static str,
    /// The start of the `server` header in CONNECTED, in lower case.
    pub(in crate::session) server: &'static str,
    /// The `session` header in CONNECTED, if there is no `server` header.
    pub(in crate::session) session: &'static str,
    /// SUBSCRIBE headers that limit unacknowledged messages; `{}` stands for the number.
    pub(crate) prefetch: &'static [(&'static str, &'static str)],
    /// SUBSCRIBE headers that remove the broker's own limit on unacknowledged messages; `None` if that is
    /// impossible.
    pub(crate) unbounded: Option<&'static [(&'static str, &'static str)]>,
    /// `None` if the broker has no durable subscriptions, or they are not known.
    pub(crate) durable: Option<Durable>,
    /// `None` if the broker cannot browse: then `browser:true` consumes the messages.
    pub(crate) browses: Option<BrowseSupport>,
    /// Whether the `selector` header of SUBSCRIBE filters messages.
    pub(crate) selects: bool,
    pub(crate) nacked: NackEffect,
    /// The effect of a NACK as a warning to the user; empty if it is not known.
    pub(crate) nack_warning: &'static str,
    /// The NACK header that discards a message, or sends it to a dead-letter queue, where a NACK without it requeues
    /// it. `None` if there is none.
    pub(crate) discard_header: Option<(&'static str, &'static str)>,
    /// Whether the unacknowledged messages of a subscription stay with the connection after UNSUBSCRIBE, so that nobody
    /// else receives them before it ends.
    pub(crate) keeps_unacked: bool,
    /// The name of the ack mode `client-individual`.
    pub(crate) individual: &'static str,
    /// Whether header escapes are used in 1.0 too, against the specification.
    pub escapes_in_1_0: bool,
    /// The SEND header that creates the queue. Without it the broker confirms the message, and drops it if the
    /// queue does not exist.
    pub(crate) queue_creation_header: Option<(&'static str, &'static str)>,
    /// `None` if every destination of a queue creates it, or none does.
    pub(crate) queue_creation: Option<QueueCreation>,
    /// The SUBSCRIBE header that selects a queue, if the destination's name does not.
    pub(crate) queue_header: Option<(&'static str, &'static str)>,
    /// Whether DISCONNECT is answered with its receipt; if not, the broker closes the connection or stays silent.
    pub(crate) answers_disconnect: bool,
    /// Whether all messages are lost when the broker ends.
    pub(crate) in_memory: bool,
    pub(crate) expiration: Expiration,
    pub(crate) last_acks: LastAckOrder,
    /// Whether an ACK in a transaction takes effect at COMMIT.
    pub(crate) transacts_acks: bool,
    pub(in crate::session) held_receipts: HeldReceipts,
    /// SEND and SUBSCRIBE headers that let the broker delete a queue after a time without use.
    pub(crate) expiring_queue_headers: &'static [(&'static str, &'static str)],
    /// Whether a confirmed COMMIT may lose the messages that do not fit the broker's buffer.
    pub(crate) loses_in_transactions: bool,
    /// Whether the broker puts a frame together from several WebSocket messages, so that they do no harm where
    /// Spring's relay, which needs them, is not between.
    pub(crate) joins_websocket_messages: bool,
    /// Whether the broker has an HTTP management interface with figures of its queues.
    pub(crate) has_management: bool,
    /// The destination that answers an empty SEND with the figures of a queue; `{}` stands for its name.
    pub(crate) statistics: Option<&'static str>,
    pub(crate) temp_queues: TempQueues,
    pub(crate) private_queue: Option<PrivateQueue>,
    /// Broker-specific header names of SEND, for completion.
    pub(crate) send_headers: &'static [&'static str],
    /// Broker-specific header names of SUBSCRIBE, for completion.
    pub(crate) subscribe_headers: &'static [&'static str],
    /// Prefixes of destinations, for completion.
    pub(crate) destinations: &'static [&'static str],
    /// Prefixes of destinations that do not store messages for later subscribers.
    pub(in crate::session) topics: &'static [&'static str],
}
