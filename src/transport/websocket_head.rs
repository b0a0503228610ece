//! HTTP heads of a WebSocket handshake, for client and server.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The most bytes of a head, enough for cookies and tokens.
const HEAD_LIMIT: usize = 16 * 1024;

pub(super) enum HeadError {
    Io(io::Error),
    /// The connection ended inside the head; the bytes before.
    Closed(Vec<u8>),
    /// The bytes received of a head that is longer than the limit.
    TooLong(Vec<u8>),
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
            return Err(HeadError::Closed(head));
        }
        let common = beginning.len().min(head.len());
        if head[..common] != beginning[..common] {
            return Err(HeadError::NotHttp(head));
        }
        // The end may lie across the last read and this one.
        let end = head_end(&head, seen.saturating_sub(3));
        if end.unwrap_or(head.len()) > HEAD_LIMIT {
            return Err(HeadError::TooLong(head));
        }
        if end.is_some() {
            return Ok(head);
        }
    }
}

/// Where the body begins, behind the first empty line at or after `from`. A bare LF ends a line too (RFC 9112, section
/// 2.2).
fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', &bytes[from..]).map(|at| from + at + 1).find_map(|next| {
        let line = &bytes[next..];
        let empty = if line.starts_with(b"\n") { 1 } else { 2 * usize::from(line.starts_with(b"\r\n")) };
        (empty > 0).then_some(next + empty)
    })
}

/// The head of an HTTP answer, read so leniently that even a broken server's status is known.
pub(super) struct ResponseHead {
    /// As in `HTTP/1.1`.
    pub(super) version: String,
    pub(super) status: u16,
    /// The phrase behind the status; may be empty.
    pub(super) phrase: String,
    headers: Vec<(String, String)>,
    /// The length of the head in bytes.
    pub(super) length: usize,
}

impl ResponseHead {
    /// Parses a head, or as much as there is of it. `None` without a status.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let length = head_end(bytes, 0).unwrap_or(bytes.len());
        let mut lines = bytes[..length].split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
        let first = lines.next()?.into_owned();
        let mut words = first.trim_end().splitn(3, ' ');
        let version = words.next()?.to_owned();
        let status = words.next()?;
        let status = Some(status).filter(|status| status.len() == 3)?.parse().ok()?;
        let phrase = words.next().unwrap_or_default().trim().to_owned();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            match (line.split_once(':'), headers.last_mut()) {
                // An old server may continue a value on the next line (RFC 9112, section 5.2).
                (_, Some((_, value))) if line.starts_with([' ', '\t']) && !line.trim().is_empty() => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                (Some((name, value)), _) => headers.push((name.trim().to_owned(), value.trim().to_owned())),
                (None, _) => {}
            }
        }
        Some(Self { version, status, phrase, headers, length })
    }

    /// The values of all headers of this name.
    pub(super) fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The value of the first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| &**value)
    }
}

/// Whether a comma-separated header value contains `token`, in any case.
pub(super) fn has_token(value: &str, token: &str) -> bool {
    value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token))
}
