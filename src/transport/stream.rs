//! The byte stream that every transport provides.

use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream to a peer, over any transport. Writes may be buffered until the stream is flushed.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A [`Stream`] of any transport.
pub type BoxedStream = Box<dyn Stream>;
