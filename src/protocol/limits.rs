//! Limits that keep a broken or hostile peer from exhausting the memory.

use std::fmt;

/// The limits of a decoder, in bytes except for `headers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest first line of a frame.
    pub verb: usize,
    /// The longest header line without its end of line.
    pub header_line: usize,
    /// The largest number of headers in a frame.
    pub headers: usize,
    /// The longest head: first line and headers together.
    pub head: usize,
    /// The longest body, streamed or not.
    pub body: u64,
    /// Longer bodies are delivered in chunks as they arrive ([`super::Part`]).
    pub stream_above: u64,
}

impl Limits {
    /// A practically unlimited `body`, for streams that are not kept in memory.
    pub const STREAMED: u64 = i64::MAX.unsigned_abs();

    /// The limits of a client after CONNECTED.
    pub const CLIENT: Self = Self {
        verb: 32,
        header_line: 64 << 10,
        headers: 1_000,
        head: 16 << 20,
        body: 256 << 20,
        stream_above: 1 << 20,
    };

    /// The limits of a client before CONNECTED.
    pub const CLIENT_BEFORE_CONNECTED: Self =
        Self { head: 64 << 10, body: 64 << 10, stream_above: u64::MAX, ..Self::CLIENT };

    /// The limits before CONNECTED of a client that has these limits after it: a limit that differs from
    /// [`Limits::CLIENT`] was set by the user and applies before CONNECTED too.
    pub fn before_connected(self) -> Self {
        let (default, before) = (Self::CLIENT, Self::CLIENT_BEFORE_CONNECTED);
        Self {
            head: if self.head == default.head { before.head } else { self.head },
            body: if self.body == default.body { before.body } else { self.body },
            stream_above: u64::MAX,
            ..self
        }
    }

    /// Sets one limit to `most` bytes, or headers for [`Limit::Headers`].
    pub fn set(&mut self, limit: Limit, most: u64) {
        let bytes = usize::try_from(most).unwrap_or(usize::MAX);
        match limit {
            Limit::Verb => self.verb = bytes,
            Limit::HeaderLine => self.header_line = bytes,
            Limit::Headers => self.headers = bytes,
            Limit::Head => self.head = bytes,
            Limit::Body => self.body = most,
        }
    }

    /// The limits of the embedded broker after CONNECT.
    pub const BROKER: Self = Self {
        verb: 32,
        header_line: 10 << 10,
        headers: 100,
        head: 1 << 20,
        body: 16 << 20,
        stream_above: u64::MAX,
    };

    /// The limits of the embedded broker before CONNECT.
    pub const BROKER_BEFORE_CONNECT: Self = Self { head: 64 << 10, body: 64 << 10, ..Self::BROKER };
}

/// One of [`Limits`], in errors and options. Each variant has the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // those of the fields of `Limits`
pub enum Limit {
    Verb,
    HeaderLine,
    Headers,
    Head,
    Body,
}

impl Limit {
    /// In the order of the fields of [`Limits`].
    pub const ALL: [Self; 5] = [Self::Verb, Self::HeaderLine, Self::Headers, Self::Head, Self::Body];

    /// The name in the option `--limit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verb => "verb",
            Self::HeaderLine => "header-line",
            Self::Headers => "headers",
            Self::Head => "head",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verb => "bytes in the first line of a frame",
            Self::HeaderLine => "bytes in a header line",
            Self::Headers => "headers in a frame",
            Self::Head => "bytes in a frame's head",
            Self::Body => "bytes in a body",
        })
    }
}
