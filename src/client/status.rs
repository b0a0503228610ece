//! The state of a connection, for commands that show it.

use crate::session::{Connected, Dialect, Subscription};
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
    /// The number of connections so far, including the present one.
    pub(crate) connections: u64,
}
