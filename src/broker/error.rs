//! Errors of starting a broker.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum BindError {
    #[error("{address} can be reached from other machines: that needs a user and a password")]
    OpenToAll { address: SocketAddr },
    #[error("a login needs both a user and a password")]
    HalfALogin,
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The configured address, or with the port that was chosen for all addresses.
        address: SocketAddr,
        source: io::Error,
    },
}
