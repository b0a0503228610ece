//! The byte stream that every transport provides.

use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream to a peer, over any transport. Writes may be buffered until the stream is flushed.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

pub(crate) type BoxedStream = Box<dyn ByteStream>;
