//! The options of TLS and WebSocket.

use std::path::PathBuf;

use super::Secret;

/// The WebSocket subprotocols of STOMP, in order of preference.
pub(super) const SUBPROTOCOLS: [&str; 3] = ["v12.stomp", "v11.stomp", "v10.stomp"];

/// Certificates for TLS and headers for the WebSocket handshake.
#[derive(Clone, Debug)]
pub(crate) struct DialOptions {
    /// A PEM file of certificates that are trusted in addition to the platform's.
    pub cafile: Option<PathBuf>,
    /// A PEM file with the client's certificate chain, the client's own certificate first.
    pub cert: Option<PathBuf>,
    /// A PEM file with the key of `cert`; if `None`, `cert` holds the key too.
    pub key: Option<PathBuf>,
    /// Accept any certificate of the broker.
    pub insecure: bool,
    /// The WebSocket subprotocols to offer, in order of preference.
    pub ws_protocols: Vec<String>,
    /// The `Origin` header of the WebSocket handshake; only browsers need one.
    pub ws_origin: Option<String>,
    /// More headers of the WebSocket handshake, as names and values. A `Host` replaces that of the URL.
    pub ws_headers: Vec<(String, Secret)>,
    /// Send a login with the WebSocket handshake, as HTTP Basic.
    pub ws_login: Option<HandshakeLogin>,
}

/// A login for HTTP Basic. That of the URL stands for what is missing here.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandshakeLogin {
    pub user: Option<String>,
    pub password: Option<Secret>,
}

impl Default for DialOptions {
    fn default() -> Self {
        Self {
            cafile: None,
            cert: None,
            key: None,
            insecure: false,
            ws_protocols: SUBPROTOCOLS.map(str::to_owned).to_vec(),
            ws_origin: None,
            ws_headers: Vec::new(),
            ws_login: None,
        }
    }
}
