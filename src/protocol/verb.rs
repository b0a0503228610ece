//! The first line of a frame.

use std::fmt;

/// A frame's command, as the specifications' grammar calls it; here it is the verb, because a
/// *command* is what a user types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Opens a connection (client).
    Connect,
    /// `CONNECT` by the name that 1.1 and 1.2 add (client).
    Stomp,
    /// A message for a destination (client).
    Send,
    /// Asks for a destination's messages (client).
    Subscribe,
    /// Ends a subscription (client).
    Unsubscribe,
    /// Settles a message (client).
    Ack,
    /// Refuses a message, from 1.1 on (client).
    Nack,
    /// Opens a transaction (client).
    Begin,
    /// Carries a transaction out (client).
    Commit,
    /// Drops a transaction (client).
    Abort,
    /// Ends the connection (client).
    Disconnect,
    /// Answers `CONNECT` (broker).
    Connected,
    /// A message of a subscription (broker).
    Message,
    /// Says that a frame was processed (broker).
    Receipt,
    /// Says what went wrong (broker).
    Error,
    /// Anything else; the frame's first line has its name.
    Unknown,
}

impl Verb {
    /// The verb that a first line names; case matters (STOMP 1.2, "STOMP Frames").
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

    /// The name on the wire; of [`Verb::Unknown`], `?`.
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

    /// Whether this frame's headers are never escaped, in any version (STOMP 1.2, "Value Encoding":
    /// CONNECT and CONNECTED, for compatibility with 1.0).
    pub fn is_never_escaped(self) -> bool {
        matches!(self, Self::Connect | Self::Stomp | Self::Connected)
    }

    /// Whether 1.1 and 1.2 allow a body on it (STOMP 1.2, "STOMP Frames").
    pub fn may_have_body(self) -> bool {
        matches!(self, Self::Send | Self::Message | Self::Error)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
