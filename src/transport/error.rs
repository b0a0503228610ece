//! Why no connection came about, in words that say what to do about it.

use std::{fmt, io, net::SocketAddr};

use super::{CertificateFileError, Endpoint, Scheme, TlsProblem};

/// Why [`super::dial`] failed. `authority` is the `host:port` of the URL.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("cannot look up the name {host:?}: {error}")]
    NameLookup { host: String, error: io::Error },
    #[error("nothing is listening on {authority}{tried}")]
    Refused { authority: String, tried: Tried },
    #[error("cannot reach {authority}{tried}: {error}")]
    Unreachable { authority: String, tried: Tried, error: io::Error },
    #[error("{authority}: {doing} failed: {error}")]
    Io { authority: String, doing: &'static str, error: io::Error },
    #[error("TLS with {authority}: {problem}")]
    Tls { authority: String, problem: TlsProblem },
    /// There is no fall-back from TLS to plain TCP.
    #[error(
        "TLS with {authority}: {how}; if this port speaks without TLS, the URL begins with stomp:// or ws://"
    )]
    PeerSpeaksPlain { authority: String, how: &'static str },
    #[error("no WebSocket at {}{refusal}", refusal.authority)]
    WebSocketRefused { refusal: Box<HandshakeRefusal> },
    #[error("WebSocket with {authority}: {what}")]
    WebSocket { authority: String, what: String },
    #[error(
        "the path and the headers of a WebSocket handshake must be printable ASCII, and the path must not have a space"
    )]
    WebSocketOption,
    #[error(transparent)]
    CertificateFile(#[from] CertificateFileError),
}

/// An HTTP answer other than 101 to a WebSocket handshake.
#[derive(Debug)]
pub struct HandshakeRefusal {
    pub authority: String,
    pub scheme: Scheme,
    /// Without what may be a token.
    pub path: String,
    pub status: u16,
    /// The meaning of the status or, where that is not known, the server's words.
    pub reason: String,
    /// The `WWW-Authenticate` headers of a 401.
    pub challenge: String,
    /// The `Location` of a redirect.
    pub location: Option<String>,
    /// Whether the request had an `Authorization` or `Cookie` header.
    pub had_credentials: bool,
    /// The `Origin` of the request.
    pub origin: Option<String>,
}

impl fmt::Display for HandshakeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.path, self.status, self.reason)?;
        if !self.challenge.is_empty() {
            write!(f, " (WWW-Authenticate: {})", self.challenge)?;
        }
        match &self.location {
            Some(location) => write!(f, " (it redirects to {location})"),
            None => Ok(()),
        }
    }
}

/// What a [`DialError`] means for the exit status and for reconnecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialErrorKind {
    /// The broker cannot be reached now; a later attempt may succeed.
    CannotReach,
    /// One side rejected the identity of the other: another attempt cannot succeed and must not be made.
    NotTrusted,
    /// A local file or option is wrong: another attempt cannot succeed.
    Local,
}

impl DialError {
    pub(crate) fn kind(&self) -> DialErrorKind {
        match self {
            Self::Tls { problem, .. } if problem.is_identity() => DialErrorKind::NotTrusted,
            Self::WebSocketRefused { refusal } if matches!(refusal.status, 401 | 403) => {
                DialErrorKind::NotTrusted
            }
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

    /// The error of a read or write on a dialled stream. With TLS 1.3, a broker that rejects the client
    /// certificate reports it only after the handshake, on the first read.
    pub(crate) fn from_stream(endpoint: &Endpoint, doing: &'static str, error: io::Error) -> Self {
        let authority = endpoint.authority();
        match TlsProblem::from_io(&error) {
            Some(problem) => Self::Tls { authority, problem },
            None => Self::Io { authority, doing, error },
        }
    }

    /// Whether another attempt, later or at the next broker of a list, may succeed.
    pub(crate) fn may_retry(&self) -> bool {
        self.kind() == DialErrorKind::CannotReach
    }
}

/// The addresses that were tried; empty where the host of the URL is itself the only address.
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

/// The protocol that a peer speaks instead of the expected one, judged by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerProtocol {
    Tls,
    Http,
    Stomp,
    /// Of a session of `SockJS`, whose frames begin with `o` for "open".
    SockJs,
}

impl PeerProtocol {
    pub(crate) fn from_first_bytes(first: &[u8]) -> Option<Self> {
        let begins = |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| first.starts_with(prefix));
        if begins(&[&[0x15, 0x03], &[0x16, 0x03]]) {
            Some(Self::Tls)
        } else if begins(&[b"HTTP/", b"GET ", b"HEAD ", b"POST ", b"PUT ", b"OPTIONS "]) {
            Some(Self::Http)
        } else if begins(&[b"ERROR\n", b"ERROR\r\n", b"CONNECTED\n", b"CONNECTED\r\n"]) {
            Some(Self::Stomp)
        } else if first == b"o" {
            Some(Self::SockJs)
        } else {
            None
        }
    }

    pub(crate) fn advice(self, scheme: Scheme) -> &'static str {
        match (self, scheme.is_websocket()) {
            (Self::Tls, false) => "this port speaks TLS; use stomps://",
            (Self::Tls, true) => "this port speaks TLS; use wss://",
            // It speaks HTTP inside TLS.
            (Self::Http, _) if scheme.is_tls() => "this port speaks HTTP; if that is a WebSocket, use wss://",
            (Self::Http, _) => "this port speaks HTTP; if that is a WebSocket, use ws://",
            (Self::SockJs, _) => {
                "this path speaks the protocol of SockJS; the endpoint's plain WebSocket is at /websocket below its own path"
            }
            (Self::Stomp, _) => "this port speaks plain STOMP; use stomp://",
        }
    }
}
