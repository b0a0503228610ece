//! Bounds that keep a broken or hostile peer from taking all memory.

use std::fmt;

/// The bounds a decoder keeps. Counted in octets but for `headers`.
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
    /// The longest body.
    pub body: u64,
    /// Bodies longer than this are handed on in pieces as they come.
    pub stream_above: u64,
}

impl Limits {
    /// What a client bears from a broker after CONNECTED.
    pub const CLIENT: Self = Self {
        verb: 32,
        header_line: 64 << 10,
        headers: 1_000,
        head: 16 << 20,
        body: 256 << 20,
        stream_above: 1 << 20,
    };

    /// What a client bears before CONNECTED: 64 KiB in all.
    pub const CLIENT_BEFORE_CONNECTED: Self = Self {
        header_line: 64 << 10,
        head: 64 << 10,
        body: 64 << 10,
        stream_above: u64::MAX,
        ..Self::CLIENT
    };

    /// What the embedded broker bears from a client that has logged in.
    pub const BROKER: Self = Self {
        verb: 32,
        header_line: 10 << 10,
        headers: 100,
        head: 1 << 20,
        body: 16 << 20,
        stream_above: u64::MAX,
    };

    /// What the embedded broker bears before CONNECT: 64 KiB in all.
    pub const BROKER_BEFORE_CONNECT: Self = Self { head: 64 << 10, body: 64 << 10, ..Self::BROKER };
}

/// One of the bounds, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::verb`].
    Verb,
    /// [`Limits::header_line`].
    HeaderLine,
    /// [`Limits::headers`].
    Headers,
    /// [`Limits::head`].
    Head,
    /// [`Limits::body`].
    Body,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verb => "octets in the first line of a frame",
            Self::HeaderLine => "octets in a header line",
            Self::Headers => "headers in a frame",
            Self::Head => "octets in a frame's head",
            Self::Body => "octets in a body",
        })
    }
}
