//! `-F FORMAT`: a template for each message, compiled once.

use super::message::{Arrival, Message};
use crate::protocol::push_decimal;
use jiff::Timestamp;
use std::io::Write as _;
use std::ops::Range;

/// A template, parsed once and then applied to each message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    parts: Vec<FormatPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FormatPart {
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

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormatError {
    pub message: String,
    /// The byte range of the format.
    pub span: Range<usize>,
}

impl Format {
    /// Compiles `%d %b %h{name} %H %i %s %t %n %%` and `\n \t \r \0 \\ \xHH`; all other text is literal.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let mut parts = Vec::new();
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(special) = rest.find(['%', '\\']) {
            bytes.extend_from_slice(&rest.as_bytes()[..special]);
            let at = text.len() - rest.len() + special;
            rest = &rest[special..];
            let (part, length) =
                if rest.starts_with('%') { placeholder(rest, at)? } else { escape(rest, at)? };
            match part {
                FormatPart::Bytes(more) => bytes.extend(more),
                part => {
                    if !bytes.is_empty() {
                        parts.push(FormatPart::Bytes(std::mem::take(&mut bytes)));
                    }
                    parts.push(part);
                }
            }
            rest = &rest[length..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        if !bytes.is_empty() {
            parts.push(FormatPart::Bytes(bytes));
        }
        Ok(Self { parts })
    }

    /// Appends the template with the values of this message.
    pub fn render(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        for part in &self.parts {
            push(part, message, arrival, out);
        }
    }

    /// Appends the text before the body to `before` and the text after it to `behind`, for a body in
    /// chunks. Returns whether the format has a body. A second `%b` stays empty.
    pub(super) fn render_around(
        &self,
        message: &impl Message,
        arrival: &Arrival<'_>,
        before: &mut Vec<u8>,
        behind: &mut Vec<u8>,
    ) -> bool {
        let mut seen = false;
        for part in &self.parts {
            if *part == FormatPart::Body {
                seen = true;
            } else {
                push(part, message, arrival, if seen { behind } else { before });
            }
        }
        seen
    }
}

fn push(part: &FormatPart, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
    let push_header = |name: &str, out: &mut Vec<u8>| {
        if let Some(value) = message.header(name) {
            out.extend_from_slice(&value);
        }
    };
    match part {
        FormatPart::Bytes(bytes) => out.extend_from_slice(bytes),
        FormatPart::Body => out.extend_from_slice(message.body()),
        FormatPart::Destination => push_header("destination", out),
        FormatPart::Header(name) => push_header(name, out),
        FormatPart::Id => push_header("message-id", out),
        FormatPart::Headers => push_headers(message, out),
        FormatPart::Size => push_decimal(out, message.size()),
        FormatPart::Count => push_decimal(out, arrival.number),
        FormatPart::Time => push_time(arrival.at, out),
    }
}

/// Appends all headers as a JSON object. Of repeated headers only the first counts, as in STOMP.
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

/// Appends a JSON string with its quotes.
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

/// Appends a time in UTC with milliseconds (RFC 3339).
pub(super) fn push_time(at: Timestamp, out: &mut Vec<u8>) {
    // Writing to a Vec does not fail.
    let _ = write!(out, "{at:.3}");
}

/// Parses the `%` code that begins the text, and returns its length too.
fn placeholder(text: &str, at: usize) -> Result<(FormatPart, usize), FormatError> {
    let part = match text.as_bytes().get(1) {
        Some(b'd') => FormatPart::Destination,
        Some(b'b') => FormatPart::Body,
        Some(b'H') => FormatPart::Headers,
        Some(b'i') => FormatPart::Id,
        Some(b's') => FormatPart::Size,
        Some(b't') => FormatPart::Time,
        Some(b'n') => FormatPart::Count,
        Some(b'%') => FormatPart::Bytes(b"%".to_vec()),
        Some(b'h') => {
            let name =
                text[2..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
            return match name {
                Some(name) if !name.is_empty() => Ok((FormatPart::Header(name.to_owned()), name.len() + 4)),
                _ => Err(wrong("%h needs a header's name in braces: %h{name}", at..at + 2)),
            };
        }
        _ => return Err(unknown(text, at)),
    };
    Ok((part, 2))
}

/// Parses the escape that begins the text, and returns its length too.
fn escape(text: &str, at: usize) -> Result<(FormatPart, usize), FormatError> {
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
                Some(byte) => Ok((FormatPart::Bytes(vec![byte]), 4)),
                None => Err(wrong(r"\x needs two hexadecimal digits", at..at + 2)),
            };
        }
        _ => return Err(unknown(text, at)),
    };
    Ok((FormatPart::Bytes(vec![byte]), 2))
}

fn wrong(message: impl Into<String>, span: Range<usize>) -> FormatError {
    FormatError { message: message.into(), span }
}

fn unknown(text: &str, at: usize) -> FormatError {
    let length = text.chars().take(2).map(char::len_utf8).sum::<usize>();
    let code = &text[..length];
    let message = match code.len() {
        1 => format!("nothing follows '{code}' in the format"),
        _ => format!("unknown '{code}' in the format"),
    };
    wrong(message, at..at + length)
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
