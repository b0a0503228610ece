//! Listening sockets and the connections accepted on them.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::transport::{AcceptOptions, ClientProtocol, accept_websocket, prepare, sniff};

use super::error::BindError;
use super::peer::serve;
use super::shared::SharedRouter;

/// Listens on all addresses. Those with port 0 get the same free port.
pub(super) async fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    const TRIES: usize = 16;
    let mut tried = 0;
    loop {
        tried += 1;
        match bind_once(addresses).await {
            // The port that was free on one address was taken on the next.
            Err(BindError::Listen { address, source })
                if source.kind() == io::ErrorKind::AddrInUse
                    && tried < TRIES
                    && addresses.iter().any(|wanted| wanted.port() == 0 && wanted.ip() == address.ip()) => {}
            done => return done,
        }
    }
}

async fn bind_once(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut free_port = 0;
    for wanted in addresses {
        let mut address = *wanted;
        if address.port() == 0 {
            address.set_port(free_port);
        }
        let bound = TcpListener::bind(address).await;
        match bound.and_then(|listener| Ok((listener.local_addr()?, listener))) {
            Ok((local, listener)) => {
                if wanted.port() == 0 {
                    free_port = local.port();
                }
                listeners.push(listener);
            }
            // A machine without IPv6 still has the other loopback.
            Err(error)
                if address.ip() == Ipv6Addr::LOCALHOST && !listeners.is_empty() && !is_refusal(&error) => {}
            Err(source) => return Err(BindError::Listen { address, source }),
        }
    }
    Ok(listeners)
}

/// Whether the address exists but is taken or forbidden.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

/// The connections above the limit that are accepted to be sent an ERROR.
const EXTRA_CONNECTIONS: usize = 64;

/// Accepts connections until the task is aborted.
pub(super) async fn accept(listener: TcpListener, shared: Arc<SharedRouter>, slots: Arc<Semaphore>) {
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, address)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    if let Err(why) = open(stream, address, &shared).await {
                        shared.log(&format!("{address}: {why}"));
                    }
                    drop(slot);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: the next connection may find one.
                shared.log(&format!("cannot accept a connection: {error}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The permits for the connections that are accepted at a time.
pub(super) fn slots(connections: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(connections.saturating_add(EXTRA_CONNECTIONS).min(Semaphore::MAX_PERMITS)))
}

/// Detects the protocol of a client and serves it. The login time bounds the detection too.
async fn open(stream: TcpStream, address: SocketAddr, shared: &Arc<SharedRouter>) -> Result<(), String> {
    let (time, origin) = shared.with(|router| (router.config.login_time, router.config.origin.clone()));
    prepare(&stream).map_err(|error| error.to_string())?;
    let loopback = stream.local_addr().is_ok_and(|local| local.ip().is_loopback());
    let name = address.to_string();
    // A silent client is served as if it spoke STOMP, and gets an ERROR because no CONNECT came.
    let opening = tokio::time::timeout(time, sniff(&stream)).await;
    match opening.unwrap_or(Ok(Some(ClientProtocol::Stomp))).map_err(|error| error.to_string())? {
        None => {}
        Some(ClientProtocol::Tls) => return Err("TLS, which this port does not speak".to_owned()),
        Some(ClientProtocol::Stomp) => serve(stream, Arc::clone(shared), name).await,
        Some(ClientProtocol::Http) => {
            let options = AcceptOptions { origin, loopback };
            let accepted = tokio::time::timeout(time, accept_websocket(stream, &options)).await;
            let accepted = accepted.map_err(|_| "the WebSocket handshake took too long".to_owned())?;
            let stream = accepted.map_err(|error| error.to_string())?;
            serve(stream, Arc::clone(shared), format!("{name} (WebSocket)")).await;
        }
    }
    Ok(())
}
