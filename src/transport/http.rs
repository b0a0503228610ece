//! One GET over HTTP/1.1, for the management APIs of brokers.
//!
//! Connections are made by the code that dials brokers. There are no redirects, no cookies and no
//! proxies: the server is a broker on its own port.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::{DialError, DialOptions, Endpoint, Scheme, Secret, dial};

/// The longest response in bytes; it has room for a hundred thousand queues.
const MAX_RESPONSE: usize = 64 << 20;

const MAX_HEADERS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpUrl {
    /// Whether the scheme is `https`.
    pub tls: bool,
    /// An IPv6 address has no brackets.
    pub host: String,
    pub port: u16,
    /// The path before each requested path, without a trailing `/`.
    pub prefix: String,
}

impl FromStr for HttpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no URL such as http://host:15672");
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("a login has no place in this URL: it is that of the broker".to_owned());
        }
        // Host and port have the syntax of a broker's URL.
        let endpoint = Endpoint::parse(&format!("stomp://{authority}")).map_err(|_| wrong())?;
        let bare = authority.strip_suffix(&format!(":{}", endpoint.port)).is_none();
        let port = if bare { if tls { 443 } else { 80 } } else { endpoint.port };
        Ok(Self { tls, host: endpoint.host, port, prefix: prefix.trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.endpoint().authority(), self.prefix)
    }
}

impl TryFrom<String> for HttpUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<HttpUrl> for String {
    fn from(url: HttpUrl) -> Self {
        url.to_string()
    }
}

impl HttpUrl {
    fn endpoint(&self) -> Endpoint {
        let scheme = if self.tls { Scheme::Stomps } else { Scheme::Stomp };
        Endpoint::new(scheme, self.host.clone(), Some(self.port))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpResponse {
    pub status: u16,
    pub body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    #[error("it does not answer in HTTP: {0}")]
    NotHttp(String),
    #[error("its answer is longer than {MAX_RESPONSE} bytes")]
    TooLong,
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silent(Duration),
}

/// Sends a GET. Fails if for the time of `silence` there is no connection, or no byte of the answer; it may last longer as a
/// whole.
pub(crate) async fn get(
    url: &HttpUrl,
    path: &str,
    login: Option<(&str, &Secret)>,
    options: &DialOptions,
    silence: Duration,
) -> Result<HttpResponse, HttpError> {
    let late = |_| HttpError::Silent(silence);
    let mut stream = timeout(silence, dial(&url.endpoint(), options)).await.map_err(late)??.stream;
    let mut head = format!(
        "GET {}{path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\nUser-Agent: stomp/{}\r\n",
        url.prefix,
        url.endpoint().authority(),
        env!("CARGO_PKG_VERSION"),
    );
    if let Some((user, password)) = login {
        head.push_str(&format!("Authorization: {}\r\n", password.basic(user).expose()));
    }
    head.push_str("\r\n");
    timeout(silence, stream.write_all(head.as_bytes())).await.map_err(late)??;
    timeout(silence, stream.flush()).await.map_err(late)??;
    let mut received = Vec::new();
    loop {
        let ended = timeout(silence, stream.read_buf(&mut received)).await.map_err(late)?? == 0;
        if let Some(answer) = parse_response(&received, ended)? {
            return Ok(answer);
        }
        if ended {
            return Err(HttpError::NotHttp("it ended too early".to_owned()));
        }
        if received.len() > MAX_RESPONSE {
            return Err(HttpError::TooLong);
        }
    }
}

/// Parses a response; `None` until all of it has been received. `ended` says that the connection was
/// closed.
fn parse_response(received: &[u8], ended: bool) -> Result<Option<HttpResponse>, HttpError> {
    let wrong = |error: httparse::Error| HttpError::NotHttp(error.to_string());
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(received).map_err(wrong)? else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let rest = &received[start..];
    let chunked = header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let body = if chunked {
        decode_chunks(rest)?
    } else if let Some(length) = header("content-length") {
        let length: usize = length
            .trim()
            .parse()
            .map_err(|_| HttpError::NotHttp(format!("its content-length is '{}'", length.escape_debug())))?;
        if length > MAX_RESPONSE {
            return Err(HttpError::TooLong);
        }
        rest.get(..length).map(<[u8]>::to_vec)
    } else {
        // The body ends with the connection.
        ended.then(|| rest.to_vec())
    };
    Ok(body.map(|body| HttpResponse { status, body }))
}

/// Decodes a chunked body (RFC 9112, section 7.1); `None` until its last chunk has been received.
fn decode_chunks(mut rest: &[u8]) -> Result<Option<Vec<u8>>, HttpError> {
    let mut body = Vec::new();
    loop {
        let parsed = httparse::parse_chunk_size(rest);
        let parsed = parsed.map_err(|_| HttpError::NotHttp("a chunk has no length".to_owned()))?;
        let httparse::Status::Complete((start, length)) = parsed else { return Ok(None) };
        if length == 0 {
            return Ok(Some(body));
        }
        let length = usize::try_from(length).map_err(|_| HttpError::TooLong)?;
        let Some(end) = start.checked_add(length).filter(|end| *end <= MAX_RESPONSE) else {
            return Err(HttpError::TooLong);
        };
        // A line end follows each chunk.
        let (Some(chunk), Some(next)) = (rest.get(start..end), rest.get(end + 2..)) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        rest = next;
    }
}

/// Percent-encodes one segment of a path: all but the unreserved characters of RFC 3986, section 2.3.
pub(crate) fn segment(text: &str) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn urls_have_a_scheme_a_host_and_perhaps_a_prefix() {
        let url = |text: &str| text.parse::<HttpUrl>();
        let all = |text| {
            let url = url(text).unwrap();
            (url.tls, url.host.clone(), url.port, url.prefix.clone(), url.to_string())
        };
        let own = |tls, host: &str, port, prefix: &str, shown: &str| {
            (tls, host.to_owned(), port, prefix.to_owned(), shown.to_owned())
        };
        assert_eq!(all("http://a:15672"), own(false, "a", 15672, "", "http://a:15672"));
        assert_eq!(all("https://a/rabbit/"), own(true, "a", 443, "/rabbit", "https://a:443/rabbit"));
        assert_eq!(all("http://[::1]:1"), own(false, "::1", 1, "", "http://[::1]:1"));
        for wrong in ["a:15672", "ftp://a", "http://", "http://u:p@a", "http://a:b"] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    /// Reads an answer wherever it is cut: not before its end, and then as a whole.
    #[track_caller]
    fn whole(answer: &[u8], status: u16, body: &[u8]) {
        for cut in 0..answer.len() {
            assert_eq!(parse_response(&answer[..cut], false).unwrap(), None, "cut at {cut}");
        }
        assert_eq!(
            parse_response(answer, false).unwrap(),
            Some(HttpResponse { status, body: body.to_vec() })
        );
    }

    #[test]
    fn an_answer_ends_by_its_length_its_last_chunk_or_with_the_connection() {
        whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi");
        whole(
            b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n",
            404,
            b"abc0123456789",
        );
        let open = b"HTTP/1.0 200 OK\r\n\r\nall of it";
        assert_eq!(parse_response(open, false).unwrap(), None);
        assert_eq!(parse_response(open, true).unwrap().unwrap().body, b"all of it");
    }

    #[test]
    fn what_is_no_http_is_said_to_be_none() {
        for wrong in [
            &b"ERROR\nmessage:x\n\n\0"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        ] {
            assert!(parse_response(wrong, false).is_err(), "{}", wrong.escape_ascii());
        }
    }

    #[tokio::test]
    async fn an_answer_may_last_longer_than_the_silence_that_is_borne() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url: HttpUrl = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        std::thread::spawn(move || {
            use std::io::{BufRead as _, Write as _};
            for (stream, pieces) in listener.incoming().zip([4, 0]) {
                let mut stream = stream.unwrap();
                let lines = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
                assert!(lines.map_while(Result::ok).any(|line| line.is_empty()));
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").unwrap();
                for _ in 0..pieces {
                    std::thread::sleep(Duration::from_millis(400));
                    stream.write_all(b"x").unwrap();
                }
                // The second one is held open until the client gives up.
                let _ = std::io::Read::read(&mut stream, &mut [0]);
            }
        });
        let options = DialOptions::default();
        let slow = get(&url, "/", None, &options, Duration::from_millis(1_500)).await.unwrap();
        assert_eq!(slow.body, b"xxxx");
        let silent = get(&url, "/", None, &options, Duration::from_millis(100)).await;
        assert!(matches!(silent, Err(HttpError::Silent(_))));
    }

    #[test]
    fn a_segment_holds_anything() {
        assert_eq!(segment("a/b c%\u{e4}"), "a%2Fb%20c%25%C3%A4");
        assert_eq!(segment("/"), "%2F");
    }
}
