//! What can be wrong with the bytes of a peer.

use thiserror::Error;

use super::{Limit, Verb};

/// A stream of bytes that is not STOMP, or beyond a limit. Nothing after it can be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} (byte {byte} of the frame, {stream_byte} of the stream)")]
pub struct DecodeError {
    /// What is wrong with the bytes.
    pub fault: Fault,
    /// The frame's verb; [`Verb::Unknown`] where its first line is at fault, or not known.
    pub verb: Verb,
    /// Where, counted from the first byte of the frame, which is 0.
    pub byte: u64,
    /// Where, counted from the first byte of the stream, which is 0.
    pub stream_byte: u64,
    /// The frame as it came, or what is around the byte: at most 1,024 bytes. A passcode is made
    /// of asterisks, as many as it has bytes.
    pub excerpt: Vec<u8>,
    /// Where the excerpt begins, counted as `byte` is; 0 for a frame that is short so far.
    pub excerpt_at: u64,
}

impl DecodeError {
    /// Where in the excerpt the byte is.
    pub fn place(&self) -> usize {
        let place = usize::try_from(self.byte.saturating_sub(self.excerpt_at)).unwrap_or(usize::MAX);
        place.min(self.excerpt.len())
    }
}

/// Makes asterisks of the value of each `passcode` header in bytes that will be shown to people. They
/// begin with a line.
pub(crate) fn mask_passcodes(bytes: &mut [u8]) {
    const NAME: &[u8] = b"passcode:";
    for line in bytes.split_mut(|byte| *byte == b'\n') {
        let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let line = &mut line[blanks..];
        if line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
            line[NAME.len()..].fill(b'*');
        }
    }
}

/// What is wrong with a frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum Fault {
    /// A header line without a colon.
    #[error("a header line without a colon")]
    NoColon,
    /// A header whose name is empty.
    #[error("a header with an empty name")]
    EmptyName,
    /// An escape that this version does not have (1.1 and 1.2 call it fatal).
    #[error("'\\{}' is no escape of this version", letter.escape_ascii())]
    Escape { letter: u8 },
    /// A CR inside of a 1.2 header, where it has to be written `\r`.
    #[error("a carriage return inside of a header line")]
    CarriageReturn,
    /// A NUL before the empty line that ends the head.
    #[error("a NUL before the end of the headers")]
    NulInHead,
    /// A content-length that is not a number of bytes.
    #[error("content-length '{}' is not a number of bytes", text.escape_ascii())]
    ContentLength { text: Vec<u8> },
    /// The byte behind as many bytes as content-length says is not NUL.
    #[error("content-length is {length}, but the byte behind that many is {:?} and not NUL", char::from(*byte))]
    NotNul {
        length: u64,
        /// What stands where the NUL should.
        byte: u8,
    },
    /// One of the [`super::Limits`] is exceeded.
    #[error("more than {most} {limit}")]
    Limit { limit: Limit, most: u64 },
}
