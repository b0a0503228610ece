//! Why a peer closed a WebSocket (RFC 6455, section 7.4).

use std::{fmt, io};

const NORMAL_CLOSURE: u16 = 1000;
const GOING_AWAY: u16 = 1001;

/// A close frame with another code than that of a normal end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSocketClose {
    /// The status code.
    pub code: u16,
    /// The peer's words; may be empty.
    pub reason: String,
}

impl WebSocketClose {
    /// The message is larger than the peer accepts.
    pub const TOO_BIG: u16 = 1009;

    /// Reads the payload of a close frame; `None` for a normal end.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (code, reason) = payload.split_first_chunk::<2>()?;
        let code = u16::from_be_bytes(*code);
        let reason = String::from_utf8_lossy(reason).into_owned();
        (!matches!(code, NORMAL_CLOSURE | GOING_AWAY)).then_some(Self { code, reason })
    }

    /// The close frame behind an error of reading.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    fn meaning(&self) -> &'static str {
        match self.code {
            1002 => "protocol error",
            1003 => "it does not accept this type of message",
            1007 => "invalid data",
            1008 => "policy violation",
            Self::TOO_BIG => "message too big",
            1010 => "it needs an extension",
            1011 => "internal error of the server",
            1012 => "the server restarts",
            1013 => "the server is overloaded",
            1014 => "bad gateway",
            3000 => "unauthorized",
            3003 => "forbidden",
            // Spring's CloseStatus.SESSION_NOT_RELIABLE.
            4500 => "the client reads too slowly, or the session became unreliable",
            4000..=4999 => "a code of this server's own",
            _ => "a code without a known meaning",
        }
    }
}

impl fmt::Display for WebSocketClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the peer closed the WebSocket with code {} ({})", self.code, self.meaning())?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason.escape_debug()) }
    }
}

impl std::error::Error for WebSocketClose {}
