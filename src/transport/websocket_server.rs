//! The server's half of a WebSocket's opening handshake, and how one port serves WebSocket and STOMP
//! (RFC 6455, section 4.2).

use std::io;

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
    BoxedStream, ByteStream,
    options::SUBPROTOCOLS,
    url::is_loopback,
    websocket::WebSocketStream,
    websocket_head::{HeadError, read_head},
};

/// The protocol of a client, judged by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientProtocol {
    /// Anything else, which STOMP's decoder accepts or answers with an ERROR.
    Stomp,
    /// The request for a WebSocket, or for a page.
    Http,
    /// The beginning of a TLS handshake.
    Tls,
}

/// Waits for the first byte without consuming it; `None` if the client closed the connection. No verb of
/// STOMP begins with `G`, and every WebSocket handshake does.
pub(crate) async fn sniff(stream: &TcpStream) -> io::Result<Option<ClientProtocol>> {
    let mut first = [0];
    let count = stream.peek(&mut first).await?;
    Ok(first[..count].first().map(|byte| match byte {
        b'G' => ClientProtocol::Http,
        0x16 => ClientProtocol::Tls,
        _ => ClientProtocol::Stomp,
    }))
}

/// Which web pages may open a WebSocket. Programs other than browsers send no Origin and are always
/// allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OriginPolicy {
    /// Pages from the host that they connect to, on any of its ports.
    #[default]
    SameHost,
    /// Pages of these origins (`https://shop.example`, `null`) and of the same host.
    Listed(Vec<String>),
    Any,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct AcceptOptions {
    pub origin: OriginPolicy,
    /// Whether the client connected to a loopback address. A page's `Host` must then name this machine: a
    /// page can resolve a name of its own to 127.0.0.1 and so appear to be on the same host.
    pub loopback: bool,
}

/// Why a WebSocket handshake failed. The client has been told, unless the connection is lost.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcceptError {
    #[error("the connection failed in the WebSocket handshake: {0}")]
    Io(#[from] io::Error),
    #[error("the client closed the connection in the WebSocket handshake")]
    Closed,
    #[error("not a request for a WebSocket: {what}")]
    NotAWebSocket { what: String },
    #[error("a page of {origin:?} may not connect to {host:?}")]
    OriginRefused { origin: String, host: String },
}

/// Answers the request for a WebSocket and returns the payload of its messages. Writes must be followed by
/// a flush; each write is one message.
pub(crate) async fn accept_websocket<S: ByteStream + 'static>(
    mut stream: S,
    options: &AcceptOptions,
) -> Result<BoxedStream, AcceptError> {
    let head = match read_head(&mut stream, b"GET ").await {
        Ok(head) => head,
        Err(HeadError::Io(error)) => return Err(error.into()),
        Err(HeadError::Closed(_)) => return Err(AcceptError::Closed),
        Err(HeadError::TooLong(_)) => {
            return Err(refuse(
                stream,
                "431 Request Header Fields Too Large",
                not_a_websocket("its head is too long"),
            )
            .await);
        }
        Err(HeadError::NotHttp(_)) => {
            return Err(
                refuse(stream, "400 Bad Request", not_a_websocket("it does not begin with GET")).await
            );
        }
    };
    let (size, request) = match Request::try_parse(&head) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => {
            return Err(refuse(stream, "400 Bad Request", not_a_websocket("its head is broken")).await);
        }
        Err(error) => return Err(refuse(stream, "400 Bad Request", not_a_websocket(&error)).await),
    };
    let mut response = match create_response(&request) {
        Ok(response) => response,
        Err(error) => {
            let status = "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
            return Err(refuse(stream, status, not_a_websocket(&error)).await);
        }
    };
    if let Err(refused) = check_origin(request.headers(), options) {
        return Err(refuse(stream, "403 Forbidden", refused).await);
    }
    if let Some(protocol) = choose_protocol(request.headers()) {
        response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(protocol));
    }
    let mut answer = Vec::new();
    write_response(&mut answer, &response).map_err(|error| not_a_websocket(&error))?;
    stream.write_all(&answer).await?;
    stream.flush().await?;
    Ok(Box::new(WebSocketStream::new(stream, Role::Server, &head[size..])))
}

fn not_a_websocket(what: &(impl ToString + ?Sized)) -> AcceptError {
    AcceptError::NotAWebSocket { what: what.to_string() }
}

/// Sends the refusal to the client, as far as it still reads, and returns `error`.
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
    // Whether the client reads it does not matter.
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        let _ = stream.shutdown().await;
    }
    error
}

fn choose_protocol(headers: &HeaderMap) -> Option<&'static str> {
    SUBPROTOCOLS.into_iter().find(|known| {
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
        OriginPolicy::Listed(list) if list.iter().any(|listed| listed.eq_ignore_ascii_case(&origin)) => true,
        OriginPolicy::Listed(_) | OriginPolicy::SameHost => origin
            .split_once("://")
            .is_some_and(|(_, page)| same_host(host_of(page), host_of(host), options.loopback)),
    };
    if allowed {
        Ok(())
    } else {
        Err(AcceptError::OriginRefused { origin: origin.into_owned(), host: host.to_owned() })
    }
}

fn same_host(page: &str, requested: &str, loopback: bool) -> bool {
    let both_local = is_loopback(page) && is_loopback(requested);
    both_local || (!loopback && !requested.is_empty() && page.eq_ignore_ascii_case(requested))
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
