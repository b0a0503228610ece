//! Byte streams to and from brokers.
//!
//! ```text
//! secret.rs      a password that does not print itself
//! scheme.rs      stomp, stomps, ws, wss
//! url.rs         stomp://user:password@host:port/vhost, and failover lists
//! url_error.rs   what can be wrong with one, and where
//! ```

pub mod scheme;
pub mod secret;
pub mod url;
pub mod url_error;

pub use scheme::Scheme;
pub use secret::Secret;
pub use url::{Endpoint, looks_like_url, parse_list};
pub use url_error::UrlError;
