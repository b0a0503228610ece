//! `--jsonl`: a message a line, out and in.
//!
//! `{"destination":"/queue/a","headers":[["k","v"]],"body":"…"}`, or `"body_base64"` where the body is
//! not UTF-8. A header that is not UTF-8 stands as `{"base64":"…"}` in the place of its string.
//! `content-length` is kept, because with some brokers it tells bytes from text.

use super::format::push_json;
use super::message::Message;
use crate::protocol::Headers;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::borrow::Cow;

/// What belongs to one delivery, and is dropped on the way in.
const OF_ONE_DELIVERY: [&str; 6] =
    ["message-id", "subscription", "ack", "redelivered", "receipt", "transaction"];

/// Whether a header belongs to one delivery, so that it is not sent on.
pub(crate) fn is_of_one_delivery(name: &[u8]) -> bool {
    OF_ONE_DELIVERY.iter().any(|dropped| dropped.as_bytes() == name)
}

/// Appends a message and a line feed.
pub(crate) fn push_envelope(message: &impl Message, out: &mut Vec<u8>) {
    push_head(message, out);
    if let Ok(body) = std::str::from_utf8(message.body()) {
        out.extend_from_slice(b",\"body\":");
        push_json(body, out);
    } else {
        out.extend_from_slice(b",\"body_base64\":\"");
        push_base64(message.body(), out);
        out.push(b'"');
    }
    out.extend_from_slice(b"}\n");
}

/// Appends the beginning of an envelope, up to the body.
fn push_head(message: &impl Message, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(destination) = message.header("destination") {
        out.extend_from_slice(b"\"destination\":");
        push_bytes(&destination, out);
        out.push(b',');
    }
    out.extend_from_slice(b"\"headers\":[");
    let mut first = true;
    for (name, value) in message.headers() {
        if &*name == b"destination" {
            continue;
        }
        out.extend_from_slice(if first { b"[" } else { b",[" });
        first = false;
        push_bytes(&name, out);
        out.push(b',');
        push_bytes(&value, out);
        out.push(b']');
    }
    out.push(b']');
}

/// An envelope whose body comes in pieces. Whether it is UTF-8 is not known before its end, so it is
/// base64.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Up to two bytes that wait for a third.
    carry: Vec<u8>,
}

impl Stream {
    pub(super) fn head(&mut self, message: &impl Message, out: &mut Vec<u8>) {
        self.carry.clear();
        push_head(message, out);
        out.extend_from_slice(b",\"body_base64\":\"");
    }

    pub(super) fn chunk(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        if !self.carry.is_empty() {
            let missing = (3 - self.carry.len()).min(bytes.len());
            self.carry.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.carry.len() < 3 {
                return;
            }
            push_base64(&self.carry, out);
            self.carry.clear();
        }
        let whole = bytes.len() - bytes.len() % 3;
        push_base64(&bytes[..whole], out);
        self.carry.extend_from_slice(&bytes[whole..]);
    }

    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        push_base64(&self.carry, out);
        self.carry.clear();
        out.extend_from_slice(b"\"}\n");
    }
}

fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        push_json(text, out);
    } else {
        out.extend_from_slice(b"{\"base64\":\"");
        push_base64(bytes, out);
        out.extend_from_slice(b"\"}");
    }
}

fn push_base64(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // The room is exact, so this does not fail.
    let written = STANDARD.encode_slice(bytes, &mut out[start..]).unwrap_or(0);
    out.truncate(start + written);
}

/// A message to send, read from an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// `None` if the envelope names no destination.
    pub destination: Option<Vec<u8>>,
    /// Headers in order, without those that belong to one delivery and without `content-length`.
    pub headers: Headers,
    pub body: Vec<u8>,
    /// Whether the message had a `content-length`; `None` where the envelope gives no headers.
    pub content_length: Option<bool>,
}

/// Why a line is no envelope.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvelopeError {
    /// It is not JSON, or not of the form; the text says where.
    #[error("not an envelope: {0}")]
    Json(#[from] serde_json::Error),
    #[error("not an envelope: it has both 'body' and 'body_base64'")]
    TwoBodies,
    #[error("not an envelope: '{field}' is not base64: {error}")]
    Base64 { field: &'static str, error: base64::DecodeError },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow, default)]
    destination: Option<Value<'a>>,
    #[serde(borrow, default)]
    headers: Option<Vec<(Value<'a>, Value<'a>)>>,
    #[serde(borrow, default)]
    body: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    body_base64: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a name or value must be a string or {\"base64\": \"…\"}")]
enum Value<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Bytes { base64: String },
}

impl Value<'_> {
    fn bytes(self, field: &'static str) -> Result<Vec<u8>, EnvelopeError> {
        match self {
            Self::Text(text) => Ok(text.into_owned().into_bytes()),
            Self::Bytes { base64 } => decode(&base64, field),
        }
    }
}

fn decode(text: &str, field: &'static str) -> Result<Vec<u8>, EnvelopeError> {
    STANDARD.decode(text).map_err(|error| EnvelopeError::Base64 { field, error })
}

impl Envelope {
    /// Reads one line. Fields of other names are errors, because a misspelled one would be lost.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, EnvelopeError> {
        let wire: Wire<'_> = serde_json::from_slice(line)?;
        let body = match (wire.body, wire.body_base64) {
            (Some(_), Some(_)) => return Err(EnvelopeError::TwoBodies),
            (Some(body), None) => body.into_owned().into_bytes(),
            (None, Some(body)) => decode(&body, "body_base64")?,
            (None, None) => Vec::new(),
        };
        let mut content_length = wire.headers.as_ref().map(|_| false);
        let mut destination = wire.destination.map(|value| value.bytes("destination")).transpose()?;
        let mut headers = Headers::new();
        for (name, value) in wire.headers.unwrap_or_default() {
            let (name, value) = (name.bytes("headers")?, value.bytes("headers")?);
            match name.as_slice() {
                b"content-length" => content_length = Some(true),
                b"destination" => {
                    destination.get_or_insert(value);
                }
                other if is_of_one_delivery(other) => {}
                _ => headers.push(name, value),
            }
        }
        Ok(Self { destination, headers, body, content_length })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::message::example::message;
    use super::*;
    use crate::protocol::{Frame, Verb};
    use proptest::prelude::*;

    fn line(message: &Frame) -> String {
        let mut out = Vec::new();
        push_envelope(message, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(
            line(&message(b"a\n\"b\"")),
            "{\"destination\":\"/queue/a\",\"headers\":[[\"subscription\",\"1\"],[\"message-id\",\"T_1@@s@@7\"],\
             [\"colour\",\"red:\\nblue\"]],\"body\":\"a\\n\\\"b\\\"\"}\n"
        );
        let binary = Frame::new(Verb::Message)
            .with("k\u{ff}".as_bytes(), b"\xff".as_slice())
            .body(b"\x00\xff".to_vec());
        assert_eq!(
            line(&binary),
            "{\"headers\":[[\"k\u{ff}\",{\"base64\":\"/w==\"}]],\"body_base64\":\"AP8=\"}\n"
        );
    }

    #[test]
    fn what_belongs_to_one_delivery_is_dropped_on_the_way_in() {
        let envelope = Envelope::parse(
            br#"{"destination":"/queue/a","headers":[["message-id","1"],["subscription","1"],["ack","1"],
            ["redelivered","true"],["receipt","1"],["transaction","1"],["content-length","2"],["k","1"],["k","2"]],"body":"hi"}"#,
        )
        .unwrap();
        assert_eq!(envelope.destination.as_deref(), Some(b"/queue/a".as_slice()));
        assert_eq!(envelope.headers, [("k", "1"), ("k", "2")].into());
        assert_eq!(envelope.body, b"hi");
        assert_eq!(envelope.content_length, Some(true));
    }

    #[test]
    fn text_is_told_from_bytes_by_the_content_length() {
        let length = |line: &str| Envelope::parse(line.as_bytes()).unwrap().content_length;
        assert_eq!(length(r#"{"headers":[["content-length","0"]]}"#), Some(true));
        assert_eq!(length(r#"{"headers":[]}"#), Some(false));
        assert_eq!(length(r#"{"body":"x"}"#), None);
    }

    #[test]
    fn what_is_no_envelope_is_refused_with_a_reason() {
        let error = |line: &str| Envelope::parse(line.as_bytes()).unwrap_err().to_string();
        assert!(error("hello").starts_with("not an envelope: expected value"), "{}", error("hello"));
        assert!(error(r#"{"heders":[]}"#).contains("unknown field `heders`"));
        assert!(
            error(r#"{"headers":[["k",1]]}"#).contains("must be a string"),
            "{}",
            error(r#"{"headers":[["k",1]]}"#)
        );
        assert!(error(r#"{"body":"a","body_base64":"YQ=="}"#).contains("both"));
        assert!(error(r#"{"body_base64":"?"}"#).contains("'body_base64' is not base64"));
        assert!(error(r#"{"body":"a"} x"#).contains("trailing"));
    }

    proptest! {
        #[test]
        fn every_body_and_header_comes_back(
            body in proptest::collection::vec(any::<u8>(), 0..40),
            headers in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 1..8), proptest::collection::vec(any::<u8>(), 0..8)), 0..4),
            cut in 0usize..40,
        ) {
            let frame = headers.iter().fold(Frame::new(Verb::Message).with("destination", "/q"), |frame, (name, value)| {
                frame.with(name.clone(), value.clone())
            });
            let expected = Envelope {
                destination: Some(b"/q".to_vec()),
                headers: headers.into_iter().collect(),
                body: body.clone(),
                content_length: Some(false),
            };
            let mut streamed = Vec::new();
            let mut stream = Stream::default();
            stream.head(&frame, &mut streamed);
            let cut = cut.min(body.len());
            stream.chunk(&body[..cut], &mut streamed);
            stream.chunk(&body[cut..], &mut streamed);
            stream.end(&mut streamed);
            let mut whole = Vec::new();
            push_envelope(&frame.body(body), &mut whole);
            for line in [whole, streamed] {
                prop_assert_eq!(memchr::memchr(b'\n', &line), Some(line.len() - 1));
                prop_assert_eq!(Envelope::parse(&line).unwrap(), expected.clone());
            }
        }
    }
}
