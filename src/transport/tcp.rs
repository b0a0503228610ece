//! TCP connections: name look-up, trying all addresses, socket options.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::sleep,
};

use super::{DialError, Endpoint, error::Tried};

/// The time without an answer from one address after which the next is tried too (RFC 8305, section 5).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// With neither STOMP heart-beats nor traffic, a dead link is noticed after about two and a half minutes.
const KEEP_ALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Disables Nagle's algorithm and enables TCP keep-alive, on client and broker sockets alike.
pub(crate) fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE_IDLE).with_interval(KEEP_ALIVE_INTERVAL);
    SockRef::from(stream).set_tcp_keepalive(&keep_alive)
}

/// Resolves the host name; each address is listed once.
pub(super) async fn look_up(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, DialError> {
    let failed = |error| DialError::NameLookup { host: endpoint.host.clone(), error };
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in lookup_host((endpoint.host.as_str(), endpoint.port)).await.map_err(failed)? {
        // A resolver may give an address once for each socket type.
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(failed(io::Error::new(ErrorKind::NotFound, "the name has no address")));
    }
    Ok(addresses)
}

pub(super) async fn connect(endpoint: &Endpoint, addresses: Vec<SocketAddr>) -> Result<TcpStream, DialError> {
    let stream = match race(&addresses).await {
        Ok(stream) => stream,
        Err(error) => return Err(failure(endpoint, addresses, error)),
    };
    prepare(&stream).map_err(|error| DialError::Io {
        authority: endpoint.authority(),
        doing: "setting up the socket",
        error,
    })?;
    Ok(stream)
}

/// Tries the addresses in the resolver's order, the next one as soon as the one before has failed or been
/// silent for [`NEXT_ADDRESS_AFTER`]. The first that answers wins and the other attempts are dropped.
async fn race(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    let mut left = addresses.iter().copied();
    let mut worst: Option<io::Error> = None;
    loop {
        if let Some(address) = left.next() {
            attempts.spawn(TcpStream::connect(address));
        }
        tokio::select! {
            Some(done) = attempts.join_next() => match done {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => keep_more_specific(&mut worst, error),
                Err(error) => keep_more_specific(&mut worst, io::Error::other(error)),
            },
            () = sleep(NEXT_ADDRESS_AFTER), if left.len() > 0 => {}
            else => break,
        }
        if attempts.is_empty() && left.len() == 0 {
            break;
        }
    }
    Err(worst.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into()))
}

/// Keeps a refusal, which came from the broker's machine, rather than "no route", which often only means
/// that this machine has no IPv6.
fn keep_more_specific(kept: &mut Option<io::Error>, error: io::Error) {
    let is_refusal = |error: &io::Error| error.kind() == ErrorKind::ConnectionRefused;
    if !kept.as_ref().is_some_and(is_refusal) {
        *kept = Some(error);
    }
}

fn failure(endpoint: &Endpoint, addresses: Vec<SocketAddr>, error: io::Error) -> DialError {
    let authority = endpoint.authority();
    // `stomp://127.0.0.1` needs no list of addresses after it.
    let literal = addresses.len() == 1 && addresses[0].ip().to_string() == endpoint.host;
    let tried = Tried(if literal { Vec::new() } else { addresses });
    match error.kind() {
        ErrorKind::ConnectionRefused => DialError::Refused { authority, tried },
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::TimedOut => DialError::Unreachable { authority, tried, error },
        _ => DialError::Io { authority, doing: "connecting", error },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::transport::{DialErrorKind, Scheme};

    async fn dial(endpoint: Endpoint) -> Result<TcpStream, DialError> {
        connect(&endpoint, look_up(&endpoint).await?).await
    }

    /// A port that is bound, so that nobody else takes it, and on which nothing listens.
    fn closed_port() -> (TcpSocket, SocketAddr) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    #[tokio::test]
    async fn a_connection_has_no_delay_and_keep_alive() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stream = dial(Endpoint::new(Scheme::Stomp, "127.0.0.1", Some(port))).await.unwrap();
        assert!(stream.nodelay().unwrap());
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), KEEP_ALIVE_IDLE);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), KEEP_ALIVE_INTERVAL);
    }

    #[tokio::test]
    async fn nothing_listening_is_said_so() {
        let (_bound, address) = closed_port();
        let error = dial(Endpoint::new(Scheme::Stomp, "127.0.0.1", Some(address.port()))).await.unwrap_err();
        assert!(matches!(error, DialError::Refused { .. }), "{error:?}");
        assert_eq!(error.to_string(), format!("nothing is listening on {address}"));
        assert_eq!(error.kind(), DialErrorKind::CannotReach);
        assert!(error.may_retry());
    }

    #[tokio::test]
    async fn nothing_listening_on_a_name_lists_its_addresses() {
        let (_bound, address) = closed_port();
        let error = dial(Endpoint::new(Scheme::Stomp, "localhost", Some(address.port()))).await.unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("nothing is listening on localhost:{} (tried ", address.port())),
            "{said}"
        );
        assert!(said.contains("127.0.0.1"), "{said}");
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_named() {
        // RFC 6761 keeps `.invalid` free of addresses for ever.
        let error = dial(Endpoint::new(Scheme::Stomp, "no-such.invalid", None)).await.unwrap_err();
        assert!(matches!(error, DialError::NameLookup { .. }), "{error:?}");
        assert!(error.to_string().starts_with("cannot look up the name \"no-such.invalid\": "), "{error}");
    }

    #[tokio::test]
    async fn a_second_address_is_tried_where_the_first_refuses() {
        let (_bound, closed) = closed_port();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        assert_eq!(race(&[closed, open]).await.unwrap().peer_addr().unwrap(), open);
        assert_eq!(race(&[open, closed]).await.unwrap().peer_addr().unwrap(), open);
        assert_eq!(race(&[closed, closed]).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_refusal_is_told_rather_than_a_missing_route() {
        for order in [[0, 1], [1, 0]] {
            let mut kept = None;
            for which in order {
                keep_more_specific(
                    &mut kept,
                    [ErrorKind::ConnectionRefused, ErrorKind::NetworkUnreachable][which].into(),
                );
            }
            assert_eq!(kept.unwrap().kind(), ErrorKind::ConnectionRefused);
        }
    }
}
