//! What a user may set about the embedded broker.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{HeartBeat, Limits};
use crate::transport::{OriginPolicy, Secret};

/// Takes one line of the broker's log. It is called from the broker's tasks and must not block.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// How an embedded broker is set up.
#[derive(Clone)]
pub struct BrokerConfig {
    /// Where to listen. Port 0 takes a free one, the same for all addresses with port 0. Without an
    /// address, only `RunningBroker::connect` leads in.
    pub listen: Vec<SocketAddr>,
    /// The login that clients need; with `None` any login does, and none too.
    pub user: Option<String>,
    /// The passcode of `user`.
    pub password: Option<Secret>,
    /// What the broker offers: the least time between two heart-beats that it can send, and that it
    /// wants, in milliseconds. A client that asks for more time gets it.
    pub heart_beat: HeartBeat,
    /// Bounds on a frame, once the client has logged in.
    pub limits: Limits,
    /// The most octets in one queue, or for one subscription to a topic; then the producer is not
    /// read from until there is room.
    pub queue_bytes: usize,
    /// The most connections.
    pub connections: usize,
    /// The most subscriptions of a connection.
    pub subscriptions: usize,
    /// The most open transactions of a connection.
    pub transactions: usize,
    /// The time that a client has to log in.
    pub login_time: Duration,
    /// Whether clients are taught: what the specifications forbid is an ERROR, even where it is plain
    /// what is meant.
    pub strict: bool,
    /// Whose pages may connect by WebSocket, which the same port speaks.
    pub origin: OriginPolicy,
    /// Where log lines go.
    pub log: Option<Log>,
}

impl BrokerConfig {
    /// The port of [`BrokerConfig::default`].
    pub const PORT: u16 = 61613;

    /// The loopback of IPv4 and IPv6 with this port; 0 takes a free one.
    pub fn loopback(port: u16) -> Vec<SocketAddr> {
        vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
    }
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            listen: Self::loopback(Self::PORT),
            user: None,
            password: None,
            heart_beat: HeartBeat { sends: 500, wants: 500 },
            limits: Limits::BROKER,
            queue_bytes: 1 << 30,
            connections: 1_024,
            subscriptions: 1_000,
            transactions: 16,
            login_time: Duration::from_secs(10),
            strict: false,
            origin: OriginPolicy::default(),
            log: None,
        }
    }
}

impl fmt::Debug for BrokerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerConfig")
            .field("listen", &self.listen)
            .field("user", &self.user)
            .field("password", &self.password)
            .field("heart_beat", &self.heart_beat)
            .field("queue_bytes", &self.queue_bytes)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}
