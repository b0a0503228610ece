//! Listening sockets, and who comes through them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::transport::prepare;

use super::{BrokerError, Shared, peer};

/// Listens on all of these addresses; those with port 0 get a free one, the same for all.
pub(super) async fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, BrokerError> {
    const TRIES: usize = 16;
    let mut tried = 0;
    loop {
        tried += 1;
        match bind_once(addresses).await {
            // The port that was free on one address was taken on the next.
            Err(BrokerError::Listen { address, source })
                if source.kind() == io::ErrorKind::AddrInUse
                    && tried < TRIES
                    && addresses.iter().any(|own| own.port() == 0 && own.ip() == address.ip()) => {}
            done => return done,
        }
    }
}

async fn bind_once(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, BrokerError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut free_port = 0;
    for wanted in addresses {
        let mut address = *wanted;
        if address.port() == 0 {
            address.set_port(free_port);
        }
        let bound = match TcpListener::bind(address).await {
            Ok(listener) => listener.local_addr().map(|local| (listener, local)),
            Err(error) => Err(error),
        };
        match bound {
            Ok((listener, local)) => {
                if wanted.port() == 0 {
                    free_port = local.port();
                }
                listeners.push(listener);
            }
            // A machine without IPv6 still has the other loopback.
            Err(error) if address.ip().is_loopback() && address.is_ipv6() && no_such_address(&error) => {}
            Err(source) => return Err(BrokerError::Listen { address, source }),
        }
    }
    Ok(listeners)
}

fn no_such_address(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(97)
}

/// Takes connections until the task is aborted.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: the next connection may find one.
                shared.log(&format!("cannot accept a connection: {error}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if let Err(error) = prepare(&stream) {
            shared.log(&format!("{address}: {error}"));
            continue;
        }
        tokio::spawn(peer::serve(stream, Arc::clone(&shared), address.to_string()));
    }
}
