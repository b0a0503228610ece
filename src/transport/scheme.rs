//! The schemes of URLs and their default ports.

use std::fmt;

/// The scheme of a URL: STOMP directly or in WebSocket messages, with or without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    Stomp,
    Stomps,
    Ws,
    Wss,
}

impl Scheme {
    /// The scheme of this name, in any case. ActiveMQ's users write `tcp`, `ssl`, `tls`, `stomp+ssl` and
    /// `stomp+tls`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "stomp" | "tcp" => Self::Stomp,
            "stomps" | "ssl" | "tls" | "stomp+ssl" | "stomp+tls" => Self::Stomps,
            "ws" => Self::Ws,
            "wss" => Self::Wss,
            _ => return None,
        })
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stomp => "stomp",
            Self::Stomps => "stomps",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    pub(crate) const fn default_port(self) -> u16 {
        match self {
            Self::Stomp => 61613,
            Self::Stomps => 61614,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    pub(crate) const fn is_tls(self) -> bool {
        matches!(self, Self::Stomps | Self::Wss)
    }

    pub(crate) const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
