//! What can differ from broker to broker.

/// How a broker keeps a durable subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durable {
    /// The headers on SUBSCRIBE and UNSUBSCRIBE; `{}` stands for the name.
    pub(in crate::session) headers: &'static [(&'static str, &'static str)],
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
    pub(in crate::session) headers: &'static [(&'static str, &'static str)],
    /// How it ends.
    pub(in crate::session) end: BrowserEnd,
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
    pub(in crate::session) server: &'static str,
    /// The `session` header of its CONNECTED, where it has no `server` header.
    pub(in crate::session) session: &'static str,
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
    pub(in crate::session) queue_with: Option<(&'static str, &'static str)>,
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
    pub(in crate::session) topics: &'static [&'static str],
}
