//! Errors of starting a broker.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// The reasons for which `Broker::bind` fails.
#[derive(Debug, Error)]
pub enum BindError {
    /// Other machines could reach the address, and no login is configured.
    #[error("{address} can be reached from other machines: that needs a user and a password")]
    OpenToAll {
        /// The address that is not of the loopback.
        address: SocketAddr,
    },
    /// A user without a password, or the reverse.
    #[error("a login needs both a user and a password")]
    HalfALogin,
    /// The operating system refused to listen on an address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address as configured, or with the port chosen for all addresses.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
}
