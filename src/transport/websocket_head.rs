//! HTTP heads of a WebSocket handshake, for client and server.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The most bytes of a head, enough for cookies and tokens.
const HEAD_LIMIT: usize = 16 * 1024;

pub(super) enum HeadError {
    Io(io::Error),
    Closed,
    TooLong,
    /// The bytes received instead of HTTP.
    NotHttp(Vec<u8>),
}

/// Reads until the empty line that ends a head; the result may hold bytes after it. A head that does not
/// begin with `beginning` is an error.
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

/// Whether a comma-separated header value contains `token`, in any case.
pub(super) fn has_token(value: &str, token: &str) -> bool {
    value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token))
}
