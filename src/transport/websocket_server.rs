//! The server's half of a WebSocket's opening handshake, and how one port serves WebSocket and STOMP
//! (RFC 6455, section 4.2).

use std::{io, net::IpAddr};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tungstenite::{
    handshake::{
        machine::TryParse,
        server::{Request, create_response, write_response},
    },
    http::{HeaderMap, HeaderValue},
    protocol::Role,
};

use super::{
    BoxedStream, Stream,
    websocket::WebSocketStream,
    websocket_head::{HeadError, read_head},
};

/// The subprotocols of STOMP, best first.
const PROTOCOLS: [&str; 3] = ["v12.stomp", "v11.stomp", "v10.stomp"];

/// What a client that has just connected is about to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A STOMP frame, or something else that STOMP's decoder has an answer to.
    Stomp,
    /// An HTTP request: a WebSocket, or a browser gone astray.
    Http,
    /// The beginning of a TLS handshake.
    Tls,
}

/// Waits for the first byte and tells by it; nothing is taken from the stream. `None` is a client
/// that left without a word. No verb of STOMP begins with a `G`, and every WebSocket does.
pub(crate) async fn sniff(stream: &TcpStream) -> io::Result<Option<Opening>> {
    let mut first = [0];
    let count = stream.peek(&mut first).await?;
    Ok(first[..count].first().map(|byte| match byte {
        b'G' => Opening::Http,
        0x16 => Opening::Tls,
        _ => Opening::Stomp,
    }))
}

/// Whose pages may open a WebSocket in somebody's browser. Programs that are no browser send no
/// Origin and are always let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OriginPolicy {
    /// Pages from the host that they connect to (any port of it).
    #[default]
    SameHost,
    /// Pages of these origins (`https://shop.example`, `null`), beside those from the same host.
    Listed(Vec<String>),
    /// Pages of any origin.
    Any,
}

/// How a broker accepts a WebSocket.
#[derive(Clone, Debug, Default)]
pub struct AcceptOptions {
    /// Which origins may connect.
    pub origin: OriginPolicy,
    /// Whether the client came to a loopback address. A page's `Host` must then name this machine: a
    /// page may give any name of its own the address 127.0.0.1 and so come from "the same host".
    pub loopback: bool,
}

/// A WebSocket that a client opened.
pub struct AcceptedWebSocket {
    /// The bytes inside its messages. Writes must be followed by a flush; each is one message.
    pub stream: BoxedStream,
    /// The path that was asked for.
    pub path: String,
    /// The subprotocol that was agreed on, if the client offered one that is known.
    pub protocol: Option<String>,
}

/// Why a client got no WebSocket. It was told, where it could be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum AcceptError {
    /// Reading or writing failed.
    #[error("the connection failed in the WebSocket handshake: {0}")]
    Io(#[from] io::Error),
    /// The client closed the connection before the handshake was complete.
    #[error("the client closed the connection in the WebSocket handshake")]
    Closed,
    /// The request is not one for a WebSocket.
    #[error("not a request for a WebSocket: {what}")]
    NotAWebSocket { what: String },
    /// The origin policy does not allow the page.
    #[error("a page of {origin:?} may not connect to {host:?}")]
    OriginRefused { origin: String, host: String },
}

/// Answers the request for a WebSocket that comes on `stream`.
pub async fn accept_websocket<S: Stream + 'static>(
    mut stream: S,
    options: &AcceptOptions,
) -> Result<AcceptedWebSocket, AcceptError> {
    let head = match read_head(&mut stream, b"GET ").await {
        Ok(head) => head,
        Err(HeadError::Io(error)) => return Err(error.into()),
        Err(HeadError::Closed) => return Err(AcceptError::Closed),
        Err(HeadError::TooLong) => {
            return Err(
                refuse(stream, "431 Request Header Fields Too Large", not("its head is too long")).await
            );
        }
        Err(HeadError::NotHttp(_)) => {
            return Err(refuse(stream, "400 Bad Request", not("it does not begin with GET")).await);
        }
    };
    let (size, request) = match Request::try_parse(&head) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => return Err(refuse(stream, "400 Bad Request", not("its head is broken")).await),
        Err(error) => return Err(refuse(stream, "400 Bad Request", not(&error)).await),
    };
    let mut response = match create_response(&request) {
        Ok(response) => response,
        Err(error) => {
            let status = "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
            return Err(refuse(stream, status, not(&error)).await);
        }
    };
    if let Err(refused) = check_origin(request.headers(), options) {
        return Err(refuse(stream, "403 Forbidden", refused).await);
    }
    let protocol = choose_protocol(request.headers());
    if let Some(protocol) = protocol {
        response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(protocol));
    }
    let mut answer = Vec::new();
    write_response(&mut answer, &response).map_err(|error| not(&error))?;
    stream.write_all(&answer).await?;
    stream.flush().await?;
    Ok(AcceptedWebSocket {
        stream: Box::new(WebSocketStream::new(stream, Role::Server, &head[size..])),
        path: request.uri().to_string(),
        protocol: protocol.map(str::to_owned),
    })
}

fn not(what: &(impl ToString + ?Sized)) -> AcceptError {
    AcceptError::NotAWebSocket { what: what.to_string() }
}

/// Tells the client, as far as it still listens, and hands `error` on.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    status: &str,
    error: AcceptError,
) -> AcceptError {
    let body = format!("This is a STOMP broker.\n{error}\n");
    let answer = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // The refusal matters, not whether it is read.
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        let _ = stream.shutdown().await;
    }
    error
}

/// The best of those that the client offers.
fn choose_protocol(headers: &HeaderMap) -> Option<&'static str> {
    PROTOCOLS.into_iter().find(|known| {
        headers.get_all("sec-websocket-protocol").iter().any(|offer| {
            offer.to_str().is_ok_and(|list| list.split(',').any(|offered| offered.trim() == *known))
        })
    })
}

fn check_origin(headers: &HeaderMap, options: &AcceptOptions) -> Result<(), AcceptError> {
    let Some(origin) = headers.get("origin") else { return Ok(()) };
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let allowed = match &options.origin {
        OriginPolicy::Any => true,
        OriginPolicy::Listed(list) if list.iter().any(|one| one.eq_ignore_ascii_case(&origin)) => true,
        OriginPolicy::Listed(_) | OriginPolicy::SameHost => origin
            .split_once("://")
            .is_some_and(|(_, page)| same_host(name(page), name(host), options.loopback)),
    };
    if allowed {
        Ok(())
    } else {
        Err(AcceptError::OriginRefused { origin: origin.into_owned(), host: host.to_owned() })
    }
}

fn same_host(page: &str, asked: &str, loopback: bool) -> bool {
    let both_here = names_this_machine(page) && names_this_machine(asked);
    both_here || (!loopback && !asked.is_empty() && page.eq_ignore_ascii_case(asked))
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn name(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn names_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
