//! What a connection is and has done, for whoever asks.

use crate::session::{Connected, Dialect, Subscription};
use crate::transport::Endpoint;

/// What the connection is and has done.
#[derive(Debug, Clone)]
pub struct Status {
    /// What CONNECTED said; `None` while there is no connection.
    pub connected: Option<Connected>,
    /// The broker's ways.
    pub dialect: &'static Dialect,
    /// Where the broker is, without secrets.
    pub endpoint: String,
    /// The same with the user and the vhost in force; `None` where it is in this process.
    pub at: Option<Endpoint>,
    /// What CONNECT called this client, if anything.
    pub client_id: Option<String>,
    /// The subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Open transactions.
    pub transactions: Vec<String>,
    /// Messages that came.
    pub received: u64,
    /// Receipts that are open.
    pub open_receipts: usize,
    /// How many connections there were, the present one counted.
    pub connections: u64,
}
