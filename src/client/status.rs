//! The state of a connection, for commands that show it.

use crate::protocol::Version;
use crate::session::dialect::LastAckOrder;
use crate::session::{AckMode, Connected, Dialect, ReceiptPolicy, Subscription};
use crate::transport::Endpoint;

/// A snapshot of a connection and its session.
#[derive(Debug, Clone)]
pub struct Status {
    /// What CONNECTED said. `None` while there is no connection.
    pub connected: Option<Connected>,
    pub(crate) dialect: &'static Dialect,
    /// The broker's URL without secrets, or the name of the embedded broker.
    pub(crate) endpoint: String,
    /// The URL with the user and virtual host of CONNECT. `None` for the embedded broker.
    pub(crate) at: Option<Endpoint>,
    /// The `client-id` header of CONNECT, if there was one.
    pub(crate) client_id: Option<String>,
    /// The active subscriptions, in the order of their SUBSCRIBE.
    pub subscriptions: Vec<Subscription>,
    /// The names of the open transactions, the oldest first.
    pub transactions: Vec<String>,
    /// The number of messages received, across reconnects.
    pub(crate) received: u64,
    pub(crate) open_receipts: usize,
    /// Which frames ask for receipts.
    pub(crate) receipts: ReceiptPolicy,
    /// Whether no receipt has come for so long that nobody waits for one any longer.
    pub(crate) seems_without_receipts: bool,
    /// Whether the server is known to handle the frames of a connection in their order.
    pub(crate) in_order: bool,
    /// The number of connections so far, including the present one.
    pub(crate) connections: u64,
}

impl Status {
    /// The mode to ack many messages in: cumulative, unless a later ACK could overtake an earlier one.
    pub(crate) fn bulk_ack(&self) -> AckMode {
        let version = self.connected.as_ref().map_or(Version::V1_2, |connected| connected.version);
        // 1.0 has no other mode, but the brokers that we know have it in 1.0 too.
        let individual = version != Version::V1_0 || self.dialect.is_known();
        if self.in_order || !individual { AckMode::Client } else { AckMode::ClientIndividual }
    }

    /// Whether a subscription to this destination can end with its last acks, so that the broker delivers no other messages
    /// in their place.
    pub(crate) fn ends_with_acks(&self, destination: &str) -> bool {
        self.in_order
            && self.dialect.last_acks != LastAckOrder::Unknown
            && !self.dialect.is_topic(destination)
            && self.connected.as_ref().is_some_and(|connected| connected.version != Version::V1_0)
    }
}
