//! The settings of the embedded broker.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{HeartBeat, Limits};
use crate::transport::{OriginPolicy, Secret};

/// Receives the lines of the broker's log. It is called from the broker's tasks and must not block.
pub(crate) type LogFn = Arc<dyn Fn(&str) + Send + Sync>;

/// By default the broker listens on port 61613 of the loopback addresses and needs no login.
#[derive(Clone)]
pub struct BrokerConfig {
    /// The addresses to listen on. Port 0 takes a free port, the same for all addresses with port 0.
    /// Without an address, only `RunningBroker::connect` reaches the broker.
    pub listen: Vec<SocketAddr>,
    /// The login that clients need; with `None`, clients need none and any is accepted.
    pub user: Option<String>,
    /// The passcode that clients need together with `user`; either both are set or neither.
    pub password: Option<Secret>,
    /// The `heart-beat` header of CONNECTED: the shortest intervals that the broker can send and wants, in
    /// milliseconds. A client that asks for longer ones gets them.
    pub heart_beat: HeartBeat,
    /// The limits on frames once the client has logged in.
    pub limits: Limits,
    /// The most bytes in one queue, or for one subscription to a topic. The broker stops reading from
    /// a producer that exceeds it until there is room.
    pub queue_bytes: usize,
    /// The most connections at a time; one more gets an ERROR.
    pub connections: usize,
    /// The most subscriptions of a connection.
    pub subscriptions: usize,
    /// The most open transactions of a connection.
    pub transactions: usize,
    /// The time from accepting a connection to its CONNECT.
    pub login_time: Duration,
    /// Whether everything that the specifications forbid gets an ERROR, even where its meaning is clear.
    pub strict: bool,
    /// The web pages that may connect by WebSocket; the STOMP ports accept WebSockets too.
    pub origin: OriginPolicy,
    /// Receives the log; without it, nothing is logged.
    pub log: Option<LogFn>,
}

impl BrokerConfig {
    pub(crate) const PORT: u16 = 61613;

    /// The loopback addresses of IPv4 and IPv6 with this port.
    pub(crate) fn loopback(port: u16) -> Vec<SocketAddr> {
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
