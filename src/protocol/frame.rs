//! An owned frame, to be sent or kept.

use std::fmt;

use bytes::Bytes;

use super::{Headers, Verb};

/// A frame with headers and a body of its own. Names and values are what they mean: escaping is
/// done on the way out.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The command of the frame, its first line.
    pub verb: Verb,
    /// Its headers, without the `content-length`, which the encoder writes.
    pub headers: Headers,
    /// The body; a `content-length` is written by the encoder.
    pub body: Bytes,
}

impl Frame {
    /// A frame with no headers and no body.
    pub fn new(verb: Verb) -> Self {
        Self { verb, headers: Headers::new(), body: Bytes::new() }
    }

    /// The same with one more header.
    pub fn with(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Replaces the body; the encoder adds the `content-length`.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name)
    }
}

impl fmt::Debug for Frame {
    /// Secrets are left out: a passcode has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_struct(self.verb.name());
        for (name, value) in self.headers.iter() {
            let secret = name == b"passcode";
            let text = if secret { "***".into() } else { String::from_utf8_lossy(value) };
            list.field(&String::from_utf8_lossy(name), &text);
        }
        list.field("body", &format_args!("{} bytes", self.body.len())).finish()
    }
}
