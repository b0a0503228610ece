//! Bounds that keep a broken or hostile peer from taking all memory.

use std::fmt;

/// The bounds a decoder keeps. Counted in bytes but for `headers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest first line of a frame.
    pub verb: usize,
    /// The longest header line, its end of line not counted.
    pub header_line: usize,
    /// The most headers a frame may have.
    pub headers: usize,
    /// The longest head: first line and headers together.
    pub head: usize,
    /// The longest body in bytes.
    pub body: u64,
    /// Bodies longer than this are handed on in pieces as they come.
    pub stream_above: u64,
}

impl Limits {
    /// As good as no bound on a body, for whoever keeps none of it.
    pub const STREAMED: u64 = i64::MAX.unsigned_abs();

    /// What a client bears from a broker after CONNECTED.
    pub const CLIENT: Self = Self {
        verb: 32,
        header_line: 64 << 10,
        headers: 1_000,
        head: 16 << 20,
        body: 256 << 20,
        stream_above: 1 << 20,
    };

    /// What a client bears before CONNECTED: 64 KiB of head, and as many of body.
    pub const CLIENT_BEFORE_CONNECTED: Self = Self {
        header_line: 64 << 10,
        head: 64 << 10,
        body: 64 << 10,
        stream_above: u64::MAX,
        ..Self::CLIENT
    };

    /// What a client that bears this after CONNECTED bears before: what was set otherwise than
    /// [`Limits::CLIENT`] has it holds there too.
    pub fn before_connected(self) -> Self {
        let (all, before) = (Self::CLIENT, Self::CLIENT_BEFORE_CONNECTED);
        let own = |own, all, before| if own == all { before } else { own };
        Self {
            header_line: own(self.header_line, all.header_line, before.header_line),
            head: own(self.head, all.head, before.head),
            body: if self.body == all.body { before.body } else { self.body },
            stream_above: u64::MAX,
            ..self
        }
    }

    /// Sets the limit of this kind.
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

    /// What the embedded broker bears from a client that has logged in.
    pub const BROKER: Self = Self {
        verb: 32,
        header_line: 10 << 10,
        headers: 100,
        head: 1 << 20,
        body: 16 << 20,
        stream_above: u64::MAX,
    };

    /// What the embedded broker bears before CONNECT: 64 KiB of head, and as many of body.
    pub const BROKER_BEFORE_CONNECT: Self = Self { head: 64 << 10, body: 64 << 10, ..Self::BROKER };
}

/// One of the bounds, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The limit [`Limits::verb`].
    Verb,
    /// The limit [`Limits::header_line`].
    HeaderLine,
    /// The limit [`Limits::headers`].
    Headers,
    /// The limit [`Limits::head`].
    Head,
    /// The limit [`Limits::body`].
    Body,
}

impl Limit {
    /// All kinds, in the order of the fields of [`Limits`].
    pub const ALL: [Self; 5] = [Self::Verb, Self::HeaderLine, Self::Headers, Self::Head, Self::Body];

    /// The name that people set it by.
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
