//! The options of TLS and WebSocket.

use std::path::PathBuf;

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
        }
    }
}
