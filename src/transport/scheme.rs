//! The four ways in which STOMP travels, and what URLs call them.

use std::fmt;

/// The scheme of a URL: STOMP directly or in WebSocket messages, with or without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `stomp`: STOMP over TCP.
    Stomp,
    /// `stomps`: STOMP over TLS.
    Stomps,
    /// `ws`: STOMP in WebSocket messages over TCP.
    Ws,
    /// `wss`: STOMP in WebSocket messages over TLS.
    Wss,
}

impl Scheme {
    /// The scheme of that name, in any case. `tcp`, `ssl`, `tls`, `stomp+ssl` and `stomp+tls` are
    /// what `ActiveMQ`'s users write.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "stomp" | "tcp" => Self::Stomp,
            "stomps" | "ssl" | "tls" | "stomp+ssl" | "stomp+tls" => Self::Stomps,
            "ws" => Self::Ws,
            "wss" => Self::Wss,
            _ => return None,
        })
    }

    /// The name before `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stomp => "stomp",
            Self::Stomps => "stomps",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// The port where a URL names none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Stomp => 61613,
            Self::Stomps => 61614,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// True for `stomps` and `wss`.
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Stomps | Self::Wss)
    }

    /// True for `ws` and `wss`.
    pub const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
