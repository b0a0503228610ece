//! `-F FORMAT`: a template for each message, compiled once.

use super::message::{Arrival, Message};
use jiff::Timestamp;
use std::io::Write as _;
use std::ops::Range;

/// A template, parsed once and then applied to each message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Bytes(Vec<u8>),
    Destination,
    Body,
    Header(String),
    Headers,
    Id,
    Size,
    Time,
    Count,
}

/// What is wrong with a format, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormatError {
    /// One line, without the format itself.
    pub message: String,
    /// The byte range of the format to point at.
    pub span: Range<usize>,
}

impl Format {
    /// Compiles `%d %b %h{name} %H %i %s %t %n %%` and `\n \t \r \0 \\ \xHH`; all else stands for itself.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let mut pieces = Vec::new();
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(special) = rest.find(['%', '\\']) {
            bytes.extend_from_slice(&rest.as_bytes()[..special]);
            let at = text.len() - rest.len() + special;
            rest = &rest[special..];
            let (piece, length) = if rest.starts_with('%') { code(rest, at)? } else { escape(rest, at)? };
            match piece {
                Piece::Bytes(more) => bytes.extend(more),
                piece => {
                    if !bytes.is_empty() {
                        pieces.push(Piece::Bytes(std::mem::take(&mut bytes)));
                    }
                    pieces.push(piece);
                }
            }
            rest = &rest[length..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        if !bytes.is_empty() {
            pieces.push(Piece::Bytes(bytes));
        }
        Ok(Self { pieces })
    }

    /// Appends the template with the values of this message.
    pub fn render(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            push(piece, message, arrival, out);
        }
    }

    /// Appends what stands before the body to `before` and what follows it to `behind`, for a body that
    /// comes in pieces; whether there is a body at all. A second `%b` stays empty.
    pub(super) fn render_around(
        &self,
        message: &impl Message,
        arrival: &Arrival<'_>,
        before: &mut Vec<u8>,
        behind: &mut Vec<u8>,
    ) -> bool {
        let mut seen = false;
        for piece in &self.pieces {
            if *piece == Piece::Body {
                seen = true;
            } else {
                push(piece, message, arrival, if seen { behind } else { before });
            }
        }
        seen
    }
}

fn push(piece: &Piece, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
    let push_header = |name: &str, out: &mut Vec<u8>| {
        if let Some(value) = message.header(name) {
            out.extend_from_slice(&value);
        }
    };
    match piece {
        Piece::Bytes(bytes) => out.extend_from_slice(bytes),
        Piece::Body => out.extend_from_slice(message.body()),
        Piece::Destination => push_header("destination", out),
        Piece::Header(name) => push_header(name, out),
        Piece::Id => push_header("message-id", out),
        Piece::Headers => push_headers(message, out),
        Piece::Size => push_number(message.size(), out),
        Piece::Count => push_number(arrival.number, out),
        Piece::Time => push_time(arrival.at, out),
    }
}

/// Appends all headers as a JSON object; of repeated ones the first counts, as in STOMP.
fn push_headers(message: &impl Message, out: &mut Vec<u8>) {
    let mut seen = Vec::new();
    out.push(b'{');
    for (name, value) in message.headers() {
        if seen.contains(&name) {
            continue;
        }
        if !seen.is_empty() {
            out.extend_from_slice(b", ");
        }
        push_json(&String::from_utf8_lossy(&name), out);
        out.extend_from_slice(b": ");
        push_json(&String::from_utf8_lossy(&value), out);
        seen.push(name);
    }
    out.push(b'}');
}

/// Appends the text as a JSON string, quotes included.
#[allow(
    clippy::needless_bitwise_bool,
    reason = "without branches the whole is looked at many bytes at a time"
)]
pub(super) fn push_json(text: &str, out: &mut Vec<u8>) {
    let special =
        text.bytes().fold(false, |found, byte| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\'));
    if special {
        // Writing to a Vec does not fail, and neither does a string's serialisation.
        let _ = serde_json::to_writer(out, text);
    } else {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

fn push_number(number: u64, out: &mut Vec<u8>) {
    crate::protocol::push_decimal(out, number);
}

/// Appends a time, in UTC with milliseconds, as in RFC 3339.
pub(super) fn push_time(at: Timestamp, out: &mut Vec<u8>) {
    // Writing to a Vec does not fail.
    let _ = write!(out, "{at:.3}");
}

/// Reads what `%` at the beginning of `text` means, and how long it is.
fn code(text: &str, at: usize) -> Result<(Piece, usize), FormatError> {
    let piece = match text.as_bytes().get(1) {
        Some(b'd') => Piece::Destination,
        Some(b'b') => Piece::Body,
        Some(b'H') => Piece::Headers,
        Some(b'i') => Piece::Id,
        Some(b's') => Piece::Size,
        Some(b't') => Piece::Time,
        Some(b'n') => Piece::Count,
        Some(b'%') => Piece::Bytes(b"%".to_vec()),
        Some(b'h') => {
            let name =
                text[2..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
            return match name {
                Some(name) if !name.is_empty() => Ok((Piece::Header(name.to_owned()), name.len() + 4)),
                _ => Err(FormatError {
                    message: "%h needs a header's name in braces: %h{name}".to_owned(),
                    span: at..at + 2,
                }),
            };
        }
        _ => return Err(unknown(text, at)),
    };
    Ok((piece, 2))
}

/// Reads what the backslash at the beginning of `text` means, and how long it is.
fn escape(text: &str, at: usize) -> Result<(Piece, usize), FormatError> {
    let byte = match text.as_bytes().get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'0') => 0,
        Some(b'\\') => b'\\',
        Some(b'x') => {
            let digits =
                text.get(2..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            return match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                Some(byte) => Ok((Piece::Bytes(vec![byte]), 4)),
                None => Err(FormatError {
                    message: r"\x needs two hexadecimal digits".to_owned(),
                    span: at..at + 2,
                }),
            };
        }
        _ => return Err(unknown(text, at)),
    };
    Ok((Piece::Bytes(vec![byte]), 2))
}

fn unknown(text: &str, at: usize) -> FormatError {
    let length = text.chars().take(2).map(char::len_utf8).sum::<usize>();
    let code = &text[..length];
    let message = match code.len() {
        1 => format!("nothing follows '{code}' in the format"),
        _ => format!("unknown '{code}' in the format"),
    };
    FormatError { message, span: at..at + length }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::message::example::{arrival, message};
    use super::*;
    use proptest::prelude::*;

    fn render(format: &str) -> String {
        let mut out = Vec::new();
        Format::parse(format).unwrap().render(&message(b"hi"), &arrival(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_code_has_its_meaning() {
        assert_eq!(render(r"%n %d %i %s %b%%\t\\\x41\0\r\n"), "7 /queue/a T_1@@s@@7 2 hi%\t\\A\0\r\n");
        assert_eq!(render("[%h{colour}] [%h{absent}]"), "[red:\nblue] []");
        assert_eq!(render("%t"), "2023-11-14T22:13:20.123Z");
        assert_eq!(
            render("%H"),
            r#"{"subscription": "1", "message-id": "T_1@@s@@7", "destination": "/queue/a", "colour": "red:\nblue"}"#
        );
        assert_eq!(render("é%d"), "é/queue/a");
    }

    #[test]
    fn of_repeated_headers_the_first_counts() {
        let message =
            crate::protocol::Frame::new(crate::protocol::Verb::Message).with("a", "1").with("a", "2");
        let mut out = Vec::new();
        Format::parse("%H").unwrap().render(&message, &arrival(), &mut out);
        assert_eq!(out, br#"{"a": "1"}"#);
    }

    #[test]
    fn unknown_codes_are_errors_at_their_place() {
        let error = |format: &str| {
            let error = Format::parse(format).unwrap_err();
            (error.message, error.span)
        };
        assert_eq!(error("%d %q"), ("unknown '%q' in the format".into(), 3..5));
        assert_eq!(error("é%é"), ("unknown '%é' in the format".into(), 2..5));
        assert_eq!(error("x%"), ("nothing follows '%' in the format".into(), 1..2));
        assert_eq!(error("x\\"), ("nothing follows '\\' in the format".into(), 1..2));
        assert_eq!(error("%h"), ("%h needs a header's name in braces: %h{name}".into(), 0..2));
        assert_eq!(error("%h{}").1, 0..2);
        assert_eq!(error(r"a\xg1").1, 1..3);
    }

    proptest! {
        #[test]
        fn any_format_is_compiled_or_refused(text in "([%\\\\][a-zA-Z0-9{}é]|.){0,12}") {
            match Format::parse(&text) {
                Ok(format) => format.render(&message(b"x"), &arrival(), &mut Vec::new()),
                Err(error) => prop_assert!(text.get(error.span).is_some()),
            }
        }
    }
}
