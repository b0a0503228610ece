//! The options of TLS and WebSocket.

use std::path::PathBuf;

/// How to connect to a broker: certificates for TLS, and the headers of a WebSocket handshake.
#[derive(Clone, Debug)]
pub struct DialOptions {
    /// Certificates (PEM) of authorities that are trusted beside the platform's.
    pub cafile: Option<PathBuf>,
    /// The client's certificate chain (PEM), its own first.
    pub cert: Option<PathBuf>,
    /// The key of `cert` (PEM); where it is not given, `cert` holds the key too.
    pub key: Option<PathBuf>,
    /// Whether the broker's certificate goes unverified.
    pub insecure: bool,
    /// WebSocket subprotocols to offer, in order.
    pub ws_protocols: Vec<String>,
    /// The `Origin` of a WebSocket handshake; programs that are no browser need none.
    pub ws_origin: Option<String>,
}

impl Default for DialOptions {
    fn default() -> Self {
        Self {
            cafile: None,
            cert: None,
            key: None,
            insecure: false,
            ws_protocols: ["v12.stomp", "v11.stomp", "v10.stomp"].map(str::to_owned).to_vec(),
            ws_origin: None,
        }
    }
}
