//! Why no connection came about, in words that say what to do about it.

use std::{fmt, io, net::SocketAddr};

use super::{CertificateFileError, Endpoint, Scheme, TlsProblem};

/// Why [`super::dial`] failed. `authority` is the `host:port` of the URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum DialError {
    /// The host's name has no address, or the look-up failed.
    #[error("cannot look up the name {host:?}: {error}")]
    NameLookup { host: String, error: io::Error },
    /// The machine answered that nothing listens on this port.
    #[error("nothing is listening on {authority}{tried}")]
    Refused { authority: String, tried: Tried },
    /// No way to the machine, or no answer from it.
    #[error("cannot reach {authority}{tried}: {error}")]
    Unreachable { authority: String, tried: Tried, error: io::Error },
    /// Any other error of the operating system.
    #[error("{authority}: {doing} failed: {error}")]
    Io { authority: String, doing: &'static str, error: io::Error },
    /// The TLS handshake failed, or the broker ended TLS with an alert.
    #[error("TLS with {authority}: {problem}")]
    Tls { authority: String, problem: TlsProblem },
    /// TLS was wanted and the peer does not speak it. There is no fall-back to plain.
    #[error(
        "TLS with {authority}: {how}; if this port speaks without TLS, the URL begins with stomp:// or ws://"
    )]
    PeerSpeaksPlain { authority: String, how: &'static str },
    /// The server answered the request for a WebSocket with something else.
    #[error("no WebSocket at {authority}{path}: {status} {reason}{hint}")]
    WebSocketRefused {
        authority: String,
        path: String,
        status: u16,
        reason: &'static str,
        /// Empty, or begins with `; `.
        hint: String,
    },
    /// The peer does not speak WebSocket, or not by its rules.
    #[error("WebSocket with {authority}: {what}")]
    WebSocket { authority: String, what: String },
    /// A path, subprotocol or origin would break the request.
    #[error("a WebSocket's path, subprotocols and origin are printable ASCII, and its path has no space")]
    WebSocketOption,
    /// A file of `--cafile`, `--cert` or `--key` cannot be used.
    #[error(transparent)]
    CertificateFile(#[from] CertificateFileError),
}

/// Groups of [`DialError`] that share an exit status and whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialErrorKind {
    /// The broker cannot be reached now; later it may be.
    CannotReach,
    /// Who we are or who they are was refused: trying again cannot help, and must not be done.
    NotTrusted,
    /// A local file or option is at fault: trying again cannot help.
    Local,
}

impl DialError {
    /// Decides the exit status, and whether to try again.
    pub fn kind(&self) -> DialErrorKind {
        match self {
            Self::Tls { problem, .. } if problem.is_identity() => DialErrorKind::NotTrusted,
            Self::WebSocketRefused { status: 401 | 403, .. } => DialErrorKind::NotTrusted,
            Self::CertificateFile(_) | Self::WebSocketOption => DialErrorKind::Local,
            Self::NameLookup { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::Io { .. }
            | Self::Tls { .. }
            | Self::WebSocketRefused { .. }
            | Self::WebSocket { .. }
            | Self::PeerSpeaksPlain { .. } => DialErrorKind::CannotReach,
        }
    }

    /// What a read or a write on a dialled stream failed of. In TLS 1.3 a broker that does not like
    /// our certificate says so only after the handshake, on the first read.
    pub fn from_stream(endpoint: &Endpoint, doing: &'static str, error: io::Error) -> Self {
        let authority = endpoint.authority();
        match TlsProblem::from_io(&error) {
            Some(problem) => Self::Tls { authority, problem },
            None => Self::Io { authority, doing, error },
        }
    }

    /// Whether another try, later or at the next broker of a list, may succeed.
    pub fn may_retry(&self) -> bool {
        self.kind() == DialErrorKind::CannotReach
    }
}

/// The addresses that were tried; shown only where the name does not say it all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried(pub Vec<SocketAddr>);

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, address) in self.0.iter().enumerate() {
            write!(f, "{}{}", if n == 0 { " (tried " } else { ", " }, address.ip())?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

/// What the first bytes from a peer say of the protocol it speaks, when they are not what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// The first bytes are a TLS record.
    Tls,
    /// The first bytes are HTTP, with which a WebSocket begins.
    Http,
    /// The first bytes are a STOMP frame.
    Stomp,
}

impl Speaks {
    /// Guesses the protocol from the first bytes; `None` if none matches.
    pub(crate) fn from_first_bytes(first: &[u8]) -> Option<Self> {
        let begins = |what: &[&[u8]]| what.iter().any(|what| first.starts_with(what));
        if begins(&[&[0x15, 0x03], &[0x16, 0x03]]) {
            Some(Self::Tls)
        } else if begins(&[b"HTTP/", b"GET ", b"HEAD ", b"POST ", b"PUT ", b"OPTIONS "]) {
            Some(Self::Http)
        } else if begins(&[b"ERROR\n", b"ERROR\r\n", b"CONNECTED\n", b"CONNECTED\r\n"]) {
            Some(Self::Stomp)
        } else {
            None
        }
    }

    /// The advice for a user who connected with `scheme`.
    pub(crate) fn advice(self, scheme: Scheme) -> &'static str {
        match (self, scheme.is_websocket()) {
            (Self::Tls, false) => "this port speaks TLS; use stomps://",
            (Self::Tls, true) => "this port speaks TLS; use wss://",
            // Inside of TLS, which it does speak.
            (Self::Http, _) if scheme.is_tls() => "this port speaks HTTP; if that is a WebSocket, use wss://",
            (Self::Http, _) => "this port speaks HTTP; if that is a WebSocket, use ws://",
            (Self::Stomp, _) => "this port speaks plain STOMP; use stomp://",
        }
    }
}
