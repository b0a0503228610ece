//! Byte streams to and from brokers.
//!
//! ```text
//! secret.rs        a password that does not print itself
//! scheme.rs        stomp, stomps, ws, wss
//! url.rs           stomp://user:password@host:port/vhost, and failover lists
//! url_error.rs     errors of URLs, with columns
//! stream.rs        the trait of all transports
//! options.rs       certificates, subprotocols, origin
//! dial.rs          connecting to an endpoint, at once or step by step
//! tcp.rs           name look-up, trying all addresses, socket options
//! tls.rs           TLS and its verification
//! tls_problem.rs   errors of TLS, and the option that helps
//! certificates.rs  PEM files for TLS
//! websocket.rs     WebSocket messages as a byte stream; websocket_client.rs, websocket_server.rs and
//!                  websocket_head.rs: the handshake; websocket_close.rs: why a peer closed
//! http.rs          one GET, for the management APIs of brokers
//! error.rs         errors of connecting
//! ```

mod certificates;
mod dial;
mod error;
pub(crate) mod http;
mod options;
pub(crate) mod scheme;
pub(crate) mod secret;
mod stream;
mod tcp;
mod tls;
mod tls_problem;
pub(crate) mod url;
pub(crate) mod url_error;
mod websocket;
mod websocket_client;
mod websocket_close;
mod websocket_head;
mod websocket_server;

pub(crate) use certificates::CertificateFileError;
pub(crate) use dial::{Dialed, Reached, dial, look_up, reach, secure, upgrade};
pub(crate) use error::{DialError, DialErrorKind, HandshakeRefusal, PeerProtocol};
pub(crate) use options::{DialOptions, HandshakeLogin};
pub(crate) use scheme::Scheme;
pub(crate) use secret::Secret;
pub(crate) use stream::{BoxedStream, ByteStream, TextMessages};
pub(crate) use tcp::prepare;
pub(crate) use tls::TlsSummary;
pub(crate) use tls_problem::TlsProblem;
pub use url::parse_list;
pub(crate) use url::{Endpoint, looks_like_url, path_tokens};
pub(crate) use url_error::UrlError;
pub use websocket_close::WebSocketClose;
pub(crate) use websocket_server::{AcceptOptions, ClientProtocol, OriginPolicy, accept_websocket, sniff};
