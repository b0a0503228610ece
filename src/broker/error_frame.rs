//! ERROR, the last frame that a refused client gets.

use std::borrow::Cow;
use std::fmt;

use crate::protocol::{DecodeError, Escapes, Fault, FrameRef, Limit, Version, escape_into, push_decimal};

/// The contents of an ERROR. The connection is closed after it (STOMP 1.2, "ERROR").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErrorFrame {
    /// The `message` header.
    pub(super) message: String,
    /// The body: what the client can do about it.
    pub(super) advice: String,
    /// Whether a `version` header lists the supported versions.
    pub(super) versions: bool,
}

/// The result of handling a frame. An error is sent, and the connection closed.
pub(super) type FrameResult = Result<(), ErrorFrame>;

impl ErrorFrame {
    pub(super) fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { message: message.into(), advice: advice.into(), versions: false }
    }

    pub(super) fn missing(verb: &str, header: &str) -> Self {
        Self::new(
            format!("{verb} lacks the header '{header}'"),
            format!("'{header}' must be there, with a value."),
        )
    }

    /// The ERROR for bytes that the decoder rejected; `connected` is false before CONNECT.
    pub(super) fn bytes(error: &DecodeError, connected: bool) -> Self {
        let advice = match (&error.fault, connected) {
            (Fault::Limit { limit: Limit::Body, .. }, true) => {
                "The broker's option --max-body raises this limit."
            }
            (Fault::Limit { .. }, true) => "This limit is fixed.",
            (_, true) => "Nothing behind this byte can be understood.",
            (Fault::Limit { .. }, false) => {
                "This port speaks STOMP: the first frame is CONNECT or STOMP, and has its limits."
            }
            (_, false) => "This port speaks STOMP: the first frame is CONNECT or STOMP.",
        };
        // A frame that holds a passcode is not shown back: it may end up in a log.
        let shown = if connected { around(error) } else { String::new() };
        Self::new(format!("malformed frame: {error}"), format!("{advice}{shown}"))
    }

    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        version: Option<Version>,
        receipt: Option<&[u8]>,
        end: &[u8],
    ) {
        let escapes = escapes(version);
        out.extend_from_slice(b"ERROR\nmessage:");
        escape_into(out, one_line(&self.message).as_bytes(), escapes);
        out.push(b'\n');
        if let Some(receipt) = receipt {
            out.extend_from_slice(b"receipt-id:");
            out.extend_from_slice(receipt);
            out.push(b'\n');
        }
        if self.versions {
            out.extend_from_slice(b"version:1.0,1.1,1.2\n");
        }
        let body = format!("{}\n{}\n", self.message, self.advice);
        out.extend_from_slice(b"content-type:text/plain\ncontent-length:");
        push_decimal(out, body.len() as u64);
        out.extend_from_slice(b"\n\n");
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(end);
    }
}

/// An ERROR before CONNECT is not escaped.
fn escapes(version: Option<Version>) -> Escapes {
    match version {
        None | Some(Version::V1_0) => Escapes::None,
        Some(Version::V1_1) => Escapes::V1_1,
        Some(Version::V1_2) => Escapes::V1_2,
    }
}

/// The `receipt-id` of the ERROR for a refused frame, escaped for `version`. The receipt of most frames is
/// copied as it came; but CONNECT is never escaped, and the ERROR for a second one is.
pub(super) fn receipt_of(frame: FrameRef<'_>, version: Option<Version>) -> Option<Cow<'_, [u8]>> {
    let raw = frame.raw_header("receipt")?;
    if !frame.verb().is_never_escaped() {
        return Some(raw.into());
    }
    let mut escaped = Vec::new();
    escape_into(&mut escaped, raw, escapes(version));
    Some(escaped.into())
}

/// An excerpt of the frame: its beginning, or the bytes around the error if that is far away.
fn around(error: &DecodeError) -> String {
    const SHOWN: usize = 120;
    let place = error.excerpt_index;
    let (words, from) = if !error.excerpt_is_cut && place < SHOWN {
        ("The frame begins", 0)
    } else {
        ("Around this byte", place.saturating_sub(SHOWN / 2))
    };
    let to = error.excerpt.len().min(from + SHOWN);
    format!("\n{words}: {}", Printable(&error.excerpt[from..to]))
}

/// Replaces what would end a header line, for versions without escapes.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n', '\0'], " ")
}

/// Displays bytes of a client in a text: shortened, with control characters escaped.
pub(super) struct Printable<'a>(pub(super) &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 200;
        let text = String::from_utf8_lossy(self.0);
        for character in text.chars().take(MOST) {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        if text.chars().nth(MOST).is_some() { f.write_str("…") } else { Ok(()) }
    }
}
