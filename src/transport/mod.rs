//! Byte streams to and from brokers.
//!
//! ```text
//! secret.rs        a password that does not print itself
//! scheme.rs        stomp, stomps, ws, wss
//! url.rs           stomp://user:password@host:port/vhost, and failover lists
//! url_error.rs     what can be wrong with one, and where
//! stream.rs        what all transports have in common
//! options.rs       certificates, subprotocols, origin
//! dial.rs          from an endpoint to a byte stream, at once or step by step
//! tcp.rs           name look-up, every address tried, socket options
//! tls.rs           TLS and its verification
//! tls_problem.rs   what TLS can find wrong, and the option that helps
//! certificates.rs  the PEM files that TLS needs
//! websocket.rs     messages as a byte stream; websocket_client.rs, websocket_server.rs and
//!                  websocket_head.rs: the handshake
//! http.rs          one GET, for what a broker tells beside its STOMP port
//! error.rs         why no connection came about
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
mod websocket_head;
mod websocket_server;

pub use certificates::CertificateFileError;
pub use dial::{Dialed, WebSocketSummary};
pub(crate) use dial::{Reached, dial, look_up, reach, secure, upgrade};
pub(crate) use error::Speaks;
pub use error::{DialError, DialErrorKind, Tried};
pub use options::DialOptions;
pub use scheme::Scheme;
pub use secret::Secret;
pub use stream::{BoxedStream, Stream};
pub(crate) use tcp::prepare;
pub use tls::TlsSummary;
pub use tls_problem::TlsProblem;
pub(crate) use url::looks_like_url;
pub use url::{Endpoint, parse_list};
pub use url_error::UrlError;
pub use websocket_server::{AcceptError, AcceptOptions, AcceptedWebSocket, OriginPolicy, accept_websocket};
pub(crate) use websocket_server::{Opening, sniff};
