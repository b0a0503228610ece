//! Frames into bytes.

use thiserror::Error;

use super::{Escapes, Frame, Verb, Version, escape_into};

/// A header that cannot be encoded in this version. No part of its frame was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum EncodeError {
    /// A line that begins with its colon would be refused by the peer.
    #[error("a header needs a name")]
    EmptyName,
    /// A byte that this version cannot escape: written raw, it would end the line or the frame.
    #[error("header '{}' holds {}, which {} cannot carry", name.escape_ascii(), byte_name(*byte), limited_by(*verb, *version))]
    Byte { name: Vec<u8>, byte: u8, verb: Verb, version: Version },
}

fn byte_name(byte: u8) -> &'static str {
    match byte {
        b'\n' => "a line feed",
        b'\r' => "a carriage return",
        b':' => "a colon in its name",
        _ => "a NUL",
    }
}

fn limited_by(verb: Verb, version: Version) -> String {
    if verb.is_never_escaped() { format!("a {verb} frame") } else { format!("STOMP {version}") }
}

/// An encoder for one direction of one connection.
#[derive(Debug, Clone, Copy)]
pub struct Encoder {
    version: Version,
}

impl Encoder {
    /// Before the version is negotiated, encode only CONNECT, CONNECTED and ERROR.
    pub fn new(version: Version) -> Self {
        Self { version }
    }

    /// The version that frames are encoded for.
    pub fn version(&self) -> Version {
        self.version
    }

    fn escapes(self, verb: Verb) -> Escapes {
        match self.version {
            _ if verb.is_never_escaped() => Escapes::None,
            Version::V1_0 => Escapes::None,
            Version::V1_1 => Escapes::V1_1,
            Version::V1_2 => Escapes::V1_2,
        }
    }

    /// Checks and appends one header line, with the escapes of a `verb` frame. On an error, nothing is
    /// appended.
    #[inline]
    pub fn header(self, out: &mut Vec<u8>, verb: Verb, name: &[u8], value: &[u8]) -> Result<(), EncodeError> {
        let escapes = self.escapes(verb);
        if name.is_empty() {
            return Err(EncodeError::EmptyName);
        }
        let bad = |byte: &u8| match byte {
            0 => true,
            b'\n' | b'\r' => escapes == Escapes::None,
            _ => false,
        };
        let colon = |byte: &u8| escapes == Escapes::None && *byte == b':';
        let found =
            name.iter().find(|byte| bad(byte) || colon(byte)).or_else(|| value.iter().find(|o| bad(o)));
        if let Some(&byte) = found {
            return Err(EncodeError::Byte { name: name.to_vec(), byte, verb, version: self.version });
        }
        escape_into(out, name, escapes);
        out.push(b':');
        escape_into(out, value, escapes);
        out.push(b'\n');
        Ok(())
    }

    /// Appends the first line and the headers without the empty line. A content-length is omitted: it is
    /// written with the body, and the first one would count. On an error, nothing is appended.
    pub fn head<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        self,
        out: &mut Vec<u8>,
        verb: Verb,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), EncodeError> {
        let before = out.len();
        out.extend_from_slice(verb.name().as_bytes());
        out.push(b'\n');
        self.headers(out, verb, headers).inspect_err(|_| out.truncate(before))
    }

    /// Appends header lines without a content-length, as [`Encoder::head`] does. On an error, the lines before
    /// the faulty one remain.
    pub fn headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        self,
        out: &mut Vec<u8>,
        verb: Verb,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), EncodeError> {
        for (name, value) in headers {
            if !self.is_content_length(name.as_ref()) {
                self.header(out, verb, name.as_ref(), value.as_ref())?;
            }
        }
        Ok(())
    }

    /// Whether a receiver reads this header as content-length; in 1.0 it may trim the name.
    fn is_content_length(self, name: &[u8]) -> bool {
        let name = if self.version == Version::V1_0 { name.trim_ascii() } else { name };
        name == b"content-length"
    }

    /// Appends a whole frame, with a content-length if it has a body or is a SEND (STOMP 1.2, "Header
    /// content-length"). On an error, nothing is appended.
    pub fn frame(self, out: &mut Vec<u8>, frame: &Frame) -> Result<(), EncodeError> {
        self.head(out, frame.verb, frame.headers.iter())?;
        if !frame.body.is_empty() || frame.verb == Verb::Send {
            content_length(out, frame.body.len() as u64);
        }
        out.push(b'\n');
        out.extend_from_slice(&frame.body);
        out.push(0);
        Ok(())
    }
}

pub(crate) fn content_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"content-length:");
    push_decimal(out, length);
    out.push(b'\n');
}

/// Appends the decimal digits without an allocation.
#[inline]
#[allow(clippy::cast_possible_truncation)] // a digit fits a byte
pub(crate) fn push_decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    fn encode(version: Version, frame: &Frame) -> Vec<u8> {
        let mut out = Vec::new();
        Encoder::new(version).frame(&mut out, frame).unwrap();
        out
    }

    #[test]
    fn a_send_has_its_content_length_and_a_nul() {
        let frame = Frame::new(Verb::Send).with("destination", "/queue/a").body("a\0b");
        assert_eq!(encode(Version::V1_2, &frame), b"SEND\ndestination:/queue/a\ncontent-length:3\n\na\0b\0");
    }

    #[test]
    fn no_other_content_length_stands_before_ours_however_it_is_padded() {
        let frame =
            Frame::new(Verb::Send).with(" content-length ", "1").with("content-length", "2").body("abc");
        assert_eq!(encode(Version::V1_0, &frame), b"SEND\ncontent-length:3\n\nabc\0");
        assert_eq!(encode(Version::V1_2, &frame), b"SEND\n content-length :1\ncontent-length:3\n\nabc\0");
    }

    #[test]
    fn connect_is_never_escaped() {
        let frame = Frame::new(Verb::Connect).with("passcode", r"a\b:c");
        assert_eq!(encode(Version::V1_2, &frame), b"CONNECT\npasscode:a\\b:c\n\n\0");
    }

    #[test]
    fn what_a_version_cannot_carry_never_reaches_the_wire() {
        let inject = Frame::new(Verb::Send).with("x", "a\nreceipt:1");
        let mut out = b"before".to_vec();
        assert!(Encoder::new(Version::V1_0).frame(&mut out, &inject).is_err());
        assert_eq!(out, b"before");
        let connect = Frame::new(Verb::Connect).with("login", "a\nb");
        assert!(Encoder::new(Version::V1_2).frame(&mut out, &connect).is_err());
        let nul = Frame::new(Verb::Send).with("x", "a\0b");
        let error = Encoder::new(Version::V1_2).frame(&mut out, &nul).unwrap_err();
        assert_eq!(error.to_string(), "header 'x' holds a NUL, which STOMP 1.2 cannot carry");
        let colon = Frame::new(Verb::Send).with("a:b", "c");
        assert!(Encoder::new(Version::V1_0).frame(&mut out, &colon).is_err());
        assert!(Encoder::new(Version::V1_1).frame(&mut out, &colon).is_ok());
    }

    #[test]
    fn numbers_are_decimal() {
        let mut out = Vec::new();
        push_decimal(&mut out, 0);
        push_decimal(&mut out, u64::MAX);
        assert_eq!(out, b"018446744073709551615");
    }
}
