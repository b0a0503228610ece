//! Why a peer closed a WebSocket (RFC 6455, section 7.4).

use std::{fmt, io};

use super::secret::mask_texts;

const NORMAL_CLOSURE: u16 = 1000;
const GOING_AWAY: u16 = 1001;
/// Stands for a close frame without a code (section 7.1.5).
const NO_CODE: u16 = 1005;

/// What a server may say with a normal closure that is the answer to the client's own goodbye.
const GOODBYES: [&str; 9] =
    ["", "ok", "bye", "goodbye", "done", "normal", "normal closure", "client disconnected", "disconnected"];

/// A close frame.
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

    /// Reads the payload of a close frame.
    pub(super) fn read(payload: &[u8]) -> Self {
        let Some((code, reason)) = payload.split_first_chunk::<2>() else {
            return Self { code: NO_CODE, reason: String::new() };
        };
        let reason = String::from_utf8_lossy(reason).into_owned();
        Self { code: u16::from_be_bytes(*code), reason }
    }

    /// Whether nothing went wrong. `RabbitMQ` gives the code of a normal closure to errors too, so that the words count
    /// as well.
    pub(super) fn is_orderly(&self) -> bool {
        let words = self.reason.trim().trim_end_matches(['.', '!']).to_ascii_lowercase();
        matches!(self.code, NORMAL_CLOSURE | NO_CODE) && GOODBYES.contains(&&*words)
    }

    /// Whether a peer closed because it needs the connection no longer, as a browser does that leaves a page.
    pub(super) fn is_farewell(&self) -> bool {
        matches!(self.code, NORMAL_CLOSURE | GOING_AWAY | NO_CODE)
    }

    /// Whether the server does not allow the connection: by its code, or by the words beside one that says nothing.
    pub(crate) fn is_refusal(&self) -> bool {
        const WORDS: [&str; 8] = [
            "unauthori",
            "authenticat",
            "forbidden",
            "not allowed",
            "denied",
            "token",
            "credential",
            "login",
        ];
        match self.code {
            1008 | 3000 | 3003 | 4401 | 4403 => true,
            NORMAL_CLOSURE | 3001..=4999 => {
                let lower = self.reason.to_lowercase();
                WORDS.iter().any(|word| lower.contains(word))
            }
            _ => false,
        }
    }

    /// Whether it is what `RabbitMQ` says for whatever reason it closes.
    pub(crate) fn is_of_rabbitmq(&self) -> bool {
        self.code == NORMAL_CLOSURE && self.reason == "STOMP died"
    }

    /// Whether the server, or a proxy before it, stops.
    pub(crate) fn is_going_away(&self) -> bool {
        matches!(self.code, GOING_AWAY | 1012)
    }

    /// The same without these secrets in its words, of which longer ones come first.
    pub(crate) fn masked(&self, secrets: &[Vec<u8>]) -> Self {
        Self { code: self.code, reason: mask_texts(&self.reason, secrets) }
    }

    /// The close frame behind an error of reading.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    fn meaning(&self) -> &'static str {
        match self.code {
            NORMAL_CLOSURE => "normal closure",
            GOING_AWAY => "the server is going away",
            1002 => "protocol error",
            1003 => "it does not accept this type of message",
            NO_CODE => "no code",
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
            // As the status of HTTP behind the 4.
            4401 => "a code of this server's own, usually for unauthorized",
            4403 => "a code of this server's own, usually for forbidden",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(code: u16, reason: &str) -> WebSocketClose {
        WebSocketClose::read(&[&code.to_be_bytes(), reason.as_bytes()].concat())
    }

    #[test]
    fn only_a_normal_closure_without_complaint_is_orderly() {
        assert!(WebSocketClose::read(b"").is_orderly());
        for reason in ["", "Bye.", "Normal Closure"] {
            assert!(close(1000, reason).is_orderly(), "{reason}");
        }
        for (code, reason) in [(1000, "STOMP died"), (1000, "queue full"), (1001, ""), (1006, ""), (1011, "")]
        {
            assert!(!close(code, reason).is_orderly(), "{code} {reason}");
        }
    }

    #[test]
    fn codes_and_words_say_that_a_connection_is_not_allowed() {
        for (code, reason) in [
            (1008, ""),
            (3000, ""),
            (3003, "x"),
            (4401, ""),
            (4403, ""),
            (4001, "Unauthorized"),
            (1000, "Bad token"),
        ] {
            assert!(close(code, reason).is_refusal(), "{code} {reason}");
        }
        for (code, reason) in
            [(1000, ""), (1001, ""), (1009, ""), (1011, "token service down"), (4500, "slow")]
        {
            assert!(!close(code, reason).is_refusal(), "{code} {reason}");
        }
    }
}
