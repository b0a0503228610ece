//! An owned frame, to be sent or kept.

use std::fmt;

use bytes::Bytes;

use super::Verb;

/// A frame with headers and a body of its own. Names and values are what they mean: escaping is
/// done on the way out.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The command of the frame, its first line.
    pub verb: Verb,
    /// Names and values in order; a name may stand more than once, and the first counts.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body; a `content-length` is written by the encoder.
    pub body: Bytes,
}

impl Frame {
    /// A frame with no headers and no body.
    pub fn new(verb: Verb) -> Self {
        Self { verb, headers: Vec::new(), body: Bytes::new() }
    }

    /// The same with one more header.
    pub fn with(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Replaces the body; the encoder adds the `content-length`.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(own, _)| own == name.as_bytes()).map(|(_, value)| value.as_slice())
    }
}

impl fmt::Debug for Frame {
    /// Secrets are left out: a passcode has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_struct(self.verb.name());
        for (name, value) in &self.headers {
            let secret = name == b"passcode";
            let text = if secret { "***".into() } else { String::from_utf8_lossy(value) };
            list.field(&String::from_utf8_lossy(name), &text);
        }
        list.field("body", &format_args!("{} bytes", self.body.len())).finish()
    }
}
