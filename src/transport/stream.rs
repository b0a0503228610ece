//! The byte stream that every transport provides.

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;

/// A byte stream to a peer, over any transport. Writes may be buffered until the stream is flushed.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {
    /// What was received in text messages, if this is a WebSocket.
    fn text_messages(&mut self) -> Option<&mut TextMessages> {
        None
    }
}

impl ByteStream for TcpStream {}
impl ByteStream for DuplexStream {}
impl ByteStream for tokio_rustls::server::TlsStream<TcpStream> {}

pub(crate) type BoxedStream = Box<dyn ByteStream>;

/// Where text messages end in the bytes that were read from a WebSocket.
#[derive(Debug, Default)]
pub struct TextMessages {
    /// The positions in the stream behind the text messages whose last byte is NUL, since the reader took them.
    pub(crate) ends: Vec<u64>,
    /// Whether the stream so far ends inside a text message.
    pub(crate) open: bool,
}
