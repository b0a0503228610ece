//! An owned frame, to be sent or kept.

use std::fmt;

use bytes::Bytes;

use super::{Headers, Verb};

/// A frame that owns its headers and body. Names and values are not escaped; the encoder does that.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// [`Verb::Unknown`] cannot be encoded as the name it came with.
    pub verb: Verb,
    /// In the order in which they are written. The encoder ignores a `content-length` among them.
    pub headers: Headers,
    /// Of any bytes; the encoder adds the `content-length`.
    pub body: Bytes,
}

impl Frame {
    /// A frame without headers and body.
    pub fn new(verb: Verb) -> Self {
        Self { verb, headers: Headers::new(), body: Bytes::new() }
    }

    /// Appends a header; an earlier one of the same name takes precedence.
    pub fn with(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Sets the body, to which the encoder adds a `content-length`.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The value of the first header with this name (STOMP 1.2, "Repeated Header Entries").
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name)
    }
}

impl fmt::Debug for Frame {
    /// Hides the passcode, which must not appear in a log.
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
