//! Connects to an endpoint: TCP, then TLS and WebSocket as its scheme asks.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::{BoxedStream, DialError, DialOptions, Endpoint, TlsSummary, tcp, tls, websocket_client};

pub(crate) struct Dialed {
    /// Writes must be followed by a flush.
    pub stream: BoxedStream,
    pub peer: SocketAddr,
    /// `None` without TLS.
    pub tls: Option<TlsSummary>,
    /// `None` without WebSocket.
    pub websocket: Option<WebSocketSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebSocketSummary {
    /// The subprotocol that the server chose; some brokers name none.
    pub protocol: Option<String>,
}

/// Connects and completes the TLS and WebSocket handshakes of the scheme. There is no time-out: the caller
/// holds one deadline over this and the login. Dropping the future cancels everything except a name
/// look-up, which the system finishes on its own thread.
pub(crate) async fn dial(endpoint: &Endpoint, options: &DialOptions) -> Result<Dialed, DialError> {
    let addresses = look_up(endpoint).await?;
    let dialed = reach(endpoint, addresses).await?;
    let dialed =
        if endpoint.scheme.is_tls() { secure(dialed, endpoint, options).await? } else { dialed.into() };
    if endpoint.scheme.is_websocket() { upgrade(dialed, endpoint, options).await } else { Ok(dialed) }
}

/// Resolves the host name: the first step of [`dial`], for callers that report each step.
pub(crate) async fn look_up(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, DialError> {
    tcp::look_up(endpoint).await
}

/// A TCP connection before any handshake.
pub(crate) struct Reached {
    tcp: TcpStream,
    pub peer: SocketAddr,
}

/// Connects to the first address that answers: the second step.
pub(crate) async fn reach(endpoint: &Endpoint, addresses: Vec<SocketAddr>) -> Result<Reached, DialError> {
    let tcp = tcp::connect(endpoint, addresses).await?;
    let io = |error| DialError::Io { authority: endpoint.authority(), doing: "connecting", error };
    let peer = tcp.peer_addr().map_err(io)?;
    Ok(Reached { tcp, peer })
}

impl From<Reached> for Dialed {
    fn from(Reached { tcp, peer }: Reached) -> Self {
        Self { stream: Box::new(tcp), peer, tls: None, websocket: None }
    }
}

/// Completes the TLS handshake: the third step, for `stomps` and `wss`.
pub(crate) async fn secure(
    Reached { tcp, peer }: Reached,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<Dialed, DialError> {
    let (stream, summary) = tls::connect(tcp, endpoint, options).await?;
    Ok(Dialed { stream: Box::new(stream), peer, tls: Some(summary), websocket: None })
}

/// Completes the WebSocket handshake: the last step, for `ws` and `wss`.
pub(crate) async fn upgrade(
    dialed: Dialed,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<Dialed, DialError> {
    let (stream, protocol) = websocket_client::connect(dialed.stream, endpoint, options).await?;
    let websocket = Some(WebSocketSummary { protocol });
    Ok(Dialed { stream: Box::new(stream), websocket, ..dialed })
}
