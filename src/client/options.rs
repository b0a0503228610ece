//! Where to, as whom, how patiently.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{FrameRef, Limits};
use crate::session::ConnectOptions;
use crate::transport::{BoxedStream, DialOptions, Endpoint};

/// Makes a byte stream to a broker inside of this process.
pub type LocalConnector = Arc<dyn Fn() -> BoxedStream + Send + Sync>;

/// Where the broker is.
#[derive(Clone)]
pub enum Target {
    /// Behind one of these URLs, tried in order.
    Remote(Vec<Endpoint>),
    /// In this process.
    Local(LocalConnector),
}

impl fmt::Display for Target {
    /// Without passwords.
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

/// How a lost connection is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// The first pause; each further one is twice as long.
    pub min: Duration,
    /// The longest pause.
    pub max: Duration,
    /// Whether messages of a bulk that have no receipt are sent again.
    pub resend: bool,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { min: Duration::from_millis(100), max: Duration::from_secs(30), resend: false }
    }
}

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the broker.
    Out,
    /// From the broker.
    In,
}

/// Someone who wants to see every frame.
pub trait Tracer: Send + Sync {
    /// Whether frames are wanted now.
    fn is_on(&self) -> bool;
    /// A frame, or a part of a large one.
    fn frame(&self, direction: Direction, frame: FrameRef<'_>);
}

/// Everything about a connection that a user may set.
#[derive(Clone)]
pub struct ClientOptions {
    /// Where the broker is.
    pub target: Target,
    /// Certificates and the like.
    pub dial: DialOptions,
    /// What CONNECT says; user, password and vhost of a URL stand behind what is set here.
    pub connect: ConnectOptions,
    /// The virtual host where it is given; else `/`, and after an ERROR about it the host's name.
    pub vhost: Option<String>,
    /// The longest time from the name look-up to CONNECTED.
    pub connect_timeout: Duration,
    /// The longest time without a receipt or other progress while one is open; zero: for ever.
    pub receipt_timeout: Duration,
    /// Whether and how a lost connection is made again.
    pub reconnect: Option<Reconnect>,
    /// Bounds against a broken or hostile broker.
    pub limits: Limits,
    /// Whether whoever takes the messages lets large bodies go by and keeps none of them in memory: then
    /// there is no bound on their length but one that was set.
    pub streams: bool,
    /// Someone who wants to see every frame.
    pub tracer: Option<Arc<dyn Tracer>>,
}

impl ClientOptions {
    /// The defaults of the command line for a target.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            dial: DialOptions::default(),
            connect: ConnectOptions {
                heart_beat: crate::protocol::HeartBeat { sends: 10_000, wants: 10_000 },
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
    /// The bounds that hold after CONNECTED.
    pub(super) fn limits_connected(&self) -> Limits {
        if self.streams && self.limits.body == Limits::CLIENT.body {
            return Limits { body: Limits::STREAMED, ..self.limits };
        }
        self.limits
    }
}
