//! The HTTP heads that open a WebSocket: the part that both sides share.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The most bytes of a head; cookies and tokens fit, a flood does not.
const HEAD_LIMIT: usize = 16 * 1024;

/// Why the head of a request or a response could not be read.
pub(super) enum HeadError {
    Io(io::Error),
    /// The peer closed the connection before the head was complete.
    Closed,
    /// The head is longer than [`HEAD_LIMIT`].
    TooLong,
    /// The first bytes that came, which are not HTTP.
    NotHttp(Vec<u8>),
}

/// Reads up to the empty line that ends a head, and what comes with it. `beginning` is what the head
/// must begin with.
pub(super) async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    beginning: &[u8],
) -> Result<Vec<u8>, HeadError> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let seen = head.len();
        if stream.read_buf(&mut head).await.map_err(HeadError::Io)? == 0 {
            return Err(HeadError::Closed);
        }
        let common = beginning.len().min(head.len());
        if head[..common] != beginning[..common] {
            return Err(HeadError::NotHttp(head));
        }
        // The end may lie across the last read and this one.
        let from = seen.saturating_sub(3);
        let end = memchr::memmem::find(&head[from..], b"\r\n\r\n").map(|at| from + at);
        if end.unwrap_or(head.len()) > HEAD_LIMIT {
            return Err(HeadError::TooLong);
        }
        if end.is_some() {
            return Ok(head);
        }
    }
}

/// Whether the value of a header, a list with commas, holds `token` in any case.
pub(super) fn has_token(value: &str, token: &str) -> bool {
    value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token))
}
