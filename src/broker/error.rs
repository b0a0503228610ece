//! Why a broker did not start.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// Why `Broker::bind` failed.
#[derive(Debug, Error)]
pub enum BrokerError {
    /// Other machines could reach it, and no login is asked.
    #[error("{address} can be reached from other machines: that needs a user and a password")]
    OpenToAll {
        /// The address that is not of the loopback.
        address: SocketAddr,
    },
    /// A user without a password, or the reverse.
    #[error("a login needs both a user and a password")]
    HalfALogin,
    /// The system refused an address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}
