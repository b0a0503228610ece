//! Connects to an endpoint: TCP, then TLS and WebSocket as its scheme asks.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::{BoxedStream, DialError, DialOptions, Endpoint, TlsSummary, tcp, tls, websocket_client};

/// A connection on which CONNECT can be sent.
pub struct Dialed {
    /// Writes must be followed by a flush.
    pub stream: BoxedStream,
    /// The broker's address.
    pub peer: SocketAddr,
    /// The local address.
    pub local: SocketAddr,
    /// `None` without TLS.
    pub tls: Option<TlsSummary>,
    /// `None` without WebSocket.
    pub websocket: Option<WebSocketSummary>,
}

/// What a WebSocket handshake agreed on, for `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketSummary {
    /// The subprotocol; some brokers name none.
    pub protocol: Option<String>,
}

impl Dialed {
    /// Whether each write should be one whole frame (or a part of a large one): it becomes one
    /// WebSocket message, and there are brokers that look for a frame's beginning in each.
    pub fn wants_whole_frames(&self) -> bool {
        self.websocket.is_some()
    }
}

/// Connects, and shakes hands as the scheme asks.
///
/// There is no time-out in here: the caller holds one deadline over this and what follows. Dropping
/// the future gives up cleanly, but for a name look-up, which the system finishes on a thread of
/// its own.
pub(crate) async fn dial(endpoint: &Endpoint, options: &DialOptions) -> Result<Dialed, DialError> {
    let addresses = look_up(endpoint).await?;
    let dialed = reach(endpoint, addresses).await?;
    let dialed =
        if endpoint.scheme.is_tls() { secure(dialed, endpoint, options).await? } else { dialed.into() };
    if endpoint.scheme.is_websocket() { upgrade(dialed, endpoint, options).await } else { Ok(dialed) }
}

/// The first step of [`dial`], for who wants to look at each: the addresses of the host's name.
pub(crate) async fn look_up(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, DialError> {
    tcp::look_up(endpoint).await
}

/// A TCP connection, and nothing spoken on it yet.
pub struct Reached {
    tcp: TcpStream,
    /// The broker's address.
    pub peer: SocketAddr,
    local: SocketAddr,
}

/// The second step: a connection to the first of these addresses that answers.
pub(crate) async fn reach(endpoint: &Endpoint, addresses: Vec<SocketAddr>) -> Result<Reached, DialError> {
    let tcp = tcp::connect(endpoint, addresses).await?;
    let io = |error| DialError::Io { authority: endpoint.authority(), doing: "connecting", error };
    let (peer, local) = (tcp.peer_addr().map_err(io)?, tcp.local_addr().map_err(io)?);
    Ok(Reached { tcp, peer, local })
}

impl From<Reached> for Dialed {
    fn from(Reached { tcp, peer, local }: Reached) -> Self {
        Self { stream: Box::new(tcp), peer, local, tls: None, websocket: None }
    }
}

/// The third step, where the scheme has TLS.
pub(crate) async fn secure(
    Reached { tcp, peer, local }: Reached,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<Dialed, DialError> {
    let (stream, summary) = tls::connect(tcp, endpoint, options).await?;
    Ok(Dialed { stream: Box::new(stream), peer, local, tls: Some(summary), websocket: None })
}

/// The last step, where the scheme is a WebSocket's.
pub(crate) async fn upgrade(
    dialed: Dialed,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<Dialed, DialError> {
    let (stream, protocol) = websocket_client::connect(dialed.stream, endpoint, options).await?;
    let websocket = Some(WebSocketSummary { protocol });
    Ok(Dialed { stream: Box::new(stream), websocket, ..dialed })
}
