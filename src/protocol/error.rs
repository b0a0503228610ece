//! What can be wrong with the bytes of a peer.

use thiserror::Error;

use super::{Limit, Verb};

/// A stream of bytes that is not STOMP, or beyond a limit. Nothing after it can be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} (byte {byte} of the frame, {stream_byte} of the stream)")]
pub struct DecodeError {
    /// The rule that the bytes break.
    pub fault: Fault,
    /// The frame's verb; [`Verb::Unknown`] if its first line is at fault or names no known verb.
    pub verb: Verb,
    /// The offset of the faulty byte in its frame, from 0.
    pub byte: u64,
    /// The offset of the faulty byte in the stream, from 0.
    pub stream_byte: u64,
    /// The frame as received, or the bytes around the faulty one: about 1,024 bytes at most. The values
    /// of headers that log in are masked.
    pub excerpt: Vec<u8>,
    /// The index of the faulty byte in the excerpt; the length of the excerpt if the byte is behind it.
    pub excerpt_index: usize,
    /// Whether the frame begins before the excerpt.
    pub excerpt_is_cut: bool,
}

/// Stands for a secret, whatever its length.
pub(crate) const MASK: &[u8] = b"***";

/// Replaces the values of headers that log in by asterisks, in bytes that will be shown to people. `bytes` begin at the
/// start of a line.
pub(crate) fn mask_logins(bytes: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match login_value(line) {
            Some(start) => {
                masked.extend_from_slice(&line[..start]);
                masked.extend_from_slice(MASK);
                masked.extend(line.ends_with(b"\n").then_some(b'\n'));
            }
            None => masked.extend_from_slice(line),
        }
    }
    masked
}

/// Where the value begins in a header line that logs in.
pub(super) fn login_value(line: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 3] = [b"passcode", b"password", b"authorization"];
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii();
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)).then_some(colon + 1)
}

/// A violation of the frame grammar (STOMP 1.2, "Augmented BNF") or of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum Fault {
    /// Allowed in 1.0, where ActiveMQ sends such lines.
    #[error("a header line without a colon")]
    NoColon,
    /// A header line that begins with its colon.
    #[error("a header with an empty name")]
    EmptyName,
    /// An undefined escape, which is a fatal error (STOMP 1.2, "Value Encoding").
    #[error("'\\{}' is no escape of this version", letter.escape_ascii())]
    Escape { letter: u8 },
    /// A CR in a 1.2 header, which must be escaped as `\r`.
    #[error("a carriage return inside of a header line")]
    CarriageReturn,
    /// A NUL before the empty line that ends the head.
    #[error("a NUL before the end of the headers")]
    NulInHead,
    /// A content-length that is not a number of bytes.
    #[error("content-length '{}' is not a number of bytes", text.escape_ascii())]
    ContentLength { text: Vec<u8> },
    /// The body of `content-length` bytes is not followed by a NUL.
    #[error("content-length is {length}, but the byte behind that many is {:?} and not NUL", char::from(*byte))]
    NotNul { length: u64, byte: u8 },
    /// One of the [`super::Limits`] is exceeded.
    #[error("more than {most} {limit}")]
    Limit { limit: Limit, most: u64 },
}
