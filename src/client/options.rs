//! Everything that a user may set for a connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{FrameRef, HeartBeat, Limits};
use crate::session::ConnectOptions;
use crate::transport::{BoxedStream, DialOptions, Endpoint};

/// Opens a byte stream to the broker inside this process.
pub(crate) type LocalConnector = Arc<dyn Fn() -> BoxedStream + Send + Sync>;

/// Where the broker is.
#[derive(Clone)]
pub enum Target {
    /// One of these endpoints, tried in order.
    Remote(Vec<Endpoint>),
    /// The embedded broker of this process.
    Local(LocalConnector),
}

impl fmt::Display for Target {
    /// The URLs, separated by commas, without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(_) => f.write_str("the embedded broker"),
            Self::Remote(endpoints) => {
                for (index, endpoint) in endpoints.iter().enumerate() {
                    write!(f, "{}{endpoint}", if index == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

/// How to reconnect after a connection was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// The first pause. Each further pause is twice as long.
    pub min: Duration,
    /// The limit of the pauses.
    pub max: Duration,
    /// Whether to resend messages of a bulk that have no receipt, and to keep requests until there is a connection.
    pub resend: bool,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { min: Duration::from_millis(100), max: Duration::from_secs(30), resend: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Out,
    In,
}

/// Is called with every frame of a connection while it is on.
pub(crate) trait Tracer: Send + Sync {
    fn is_on(&self) -> bool;
    /// `frame` may be a part of a large frame.
    fn frame(&self, direction: Direction, frame: FrameRef<'_>);
}

/// Everything that a user may set for a connection.
#[derive(Clone)]
pub struct ClientOptions {
    pub(crate) target: Target,
    pub(crate) dial: DialOptions,
    /// What CONNECT says. User, password and virtual host of the URL apply where nothing is set here.
    pub connect: ConnectOptions,
    /// The virtual host, if the user named one. Otherwise it is `/`, and the host's name if the broker rejects that.
    pub(crate) vhost: Option<String>,
    /// The longest time from the name look-up to CONNECTED.
    pub(crate) connect_timeout: Duration,
    /// The longest time without a receipt or other progress while one is open. Zero: no limit.
    pub receipt_timeout: Duration,
    /// With `None`, a lost connection is an error.
    pub reconnect: Option<Reconnect>,
    /// Limits that protect against a broken or hostile broker.
    pub(crate) limits: Limits,
    /// Whether the receiver discards or spools large bodies. Their length is then limited only if the user set a limit.
    pub(crate) streams: bool,
    pub(crate) tracer: Option<Arc<dyn Tracer>>,
}

impl ClientOptions {
    /// The defaults of the command line.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            dial: DialOptions::default(),
            connect: ConnectOptions {
                heart_beat: HeartBeat { sends: 10_000, wants: 10_000 },
                ..ConnectOptions::default()
            },
            vhost: None,
            connect_timeout: Duration::from_secs(10),
            receipt_timeout: Duration::from_secs(30),
            reconnect: None,
            limits: Limits::CLIENT,
            streams: false,
            tracer: None,
        }
    }

    /// The limits of frames after CONNECTED, with a larger body if bodies are streamed.
    pub(super) fn limits_connected(&self) -> Limits {
        if self.streams && self.limits.body == Limits::CLIENT.body {
            return Limits { body: Limits::STREAMED, ..self.limits };
        }
        self.limits
    }
}
