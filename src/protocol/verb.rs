//! The first line of a frame.

use std::fmt;

/// The command of a frame (STOMP 1.2, "Augmented BNF"). It is called verb here, because a *command* is what a user
/// types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the specification defines them
pub enum Verb {
    Connect,
    /// The other name of CONNECT, from 1.1 on.
    Stomp,
    Send,
    Subscribe,
    Unsubscribe,
    Ack,
    /// From 1.1 on.
    Nack,
    Begin,
    Commit,
    Abort,
    Disconnect,
    Connected,
    Message,
    Receipt,
    Error,
    /// Any other first line, which [`super::FrameRef::verb_name`] returns.
    Unknown,
}

impl Verb {
    /// Parses a first line, case-sensitively (STOMP 1.2, "STOMP Frames").
    #[inline]
    pub fn parse(line: &[u8]) -> Self {
        match line {
            b"MESSAGE" => Self::Message,
            b"SEND" => Self::Send,
            b"RECEIPT" => Self::Receipt,
            b"ACK" => Self::Ack,
            b"NACK" => Self::Nack,
            b"CONNECT" => Self::Connect,
            b"STOMP" => Self::Stomp,
            b"SUBSCRIBE" => Self::Subscribe,
            b"UNSUBSCRIBE" => Self::Unsubscribe,
            b"BEGIN" => Self::Begin,
            b"COMMIT" => Self::Commit,
            b"ABORT" => Self::Abort,
            b"DISCONNECT" => Self::Disconnect,
            b"CONNECTED" => Self::Connected,
            b"ERROR" => Self::Error,
            _ => Self::Unknown,
        }
    }

    /// The name on the wire; `?` for [`Verb::Unknown`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Stomp => "STOMP",
            Self::Send => "SEND",
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Ack => "ACK",
            Self::Nack => "NACK",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
            Self::Disconnect => "DISCONNECT",
            Self::Connected => "CONNECTED",
            Self::Message => "MESSAGE",
            Self::Receipt => "RECEIPT",
            Self::Error => "ERROR",
            Self::Unknown => "?",
        }
    }

    /// Whether headers are not escaped in any version: those of CONNECT and CONNECTED, for compatibility with
    /// 1.0 (STOMP 1.2, "Value Encoding").
    pub fn is_never_escaped(self) -> bool {
        matches!(self, Self::Connect | Self::Stomp | Self::Connected)
    }

    /// Whether 1.1 and 1.2 allow a body (STOMP 1.2, "STOMP Frames").
    pub fn may_have_body(self) -> bool {
        matches!(self, Self::Send | Self::Message | Self::Error)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
