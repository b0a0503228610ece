#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use tokio::io::{AsyncReadExt, DuplexStream, duplex};

use super::*;
use crate::transport::DialErrorKind;

type HandshakeResult = Result<(WebSocketStream<DuplexStream>, Option<String>), DialError>;

/// Connects to a server that answers with `answer`, in which `KEY` stands for the right key; gives the
/// request too.
async fn answered(url: &str, options: &DialOptions, answer: &[u8]) -> (HandshakeResult, String) {
    let (near, mut far) = duplex(64 * 1024);
    let endpoint = Endpoint::parse(url).unwrap();
    let serve = async move {
        let Ok(head) = read_head(&mut far, b"GET ").await else { return String::new() };
        let head = String::from_utf8(head).unwrap();
        let key = head.split("Sec-WebSocket-Key: ").nth(1).unwrap().split("\r\n").next().unwrap();
        let accept = derive_accept_key(key.as_bytes());
        let answer = match std::str::from_utf8(answer) {
            Ok(text) => text.replace("KEY", &accept).into_bytes(),
            Err(_) => answer.to_vec(),
        };
        far.write_all(&answer).await.unwrap();
        head
    };
    tokio::join!(connect(near, &endpoint, options), serve)
}

async fn error(answer: &[u8]) -> DialError {
    answered("ws://h/ws", &DialOptions::default(), answer).await.0.map(|_| ()).unwrap_err()
}

const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
                    Sec-WebSocket-Accept: KEY\r\n";

#[tokio::test]
async fn the_request_names_host_path_and_subprotocols() {
    let answer = format!("{GOOD}Sec-WebSocket-Protocol: v11.stomp\r\n\r\n");
    let (connected, head) =
        answered("ws://broker.example:15674/ws?x=1", &DialOptions::default(), answer.as_bytes()).await;
    assert_eq!(connected.map(|(_, protocol)| protocol).unwrap().as_deref(), Some("v11.stomp"));
    assert!(head.starts_with("GET /ws?x=1 HTTP/1.1\r\nHost: broker.example:15674\r\n"), "{head}");
    assert!(head.contains("\r\nSec-WebSocket-Protocol: v12.stomp, v11.stomp, v10.stomp\r\n"), "{head}");
    assert!(!head.contains("Origin"), "{head}");
}

#[tokio::test]
async fn the_usual_port_is_left_out_of_host_and_an_origin_is_sent_where_given() {
    let options = DialOptions {
        ws_origin: Some("https://shop.example".to_owned()),
        ws_protocols: Vec::new(),
        ..DialOptions::default()
    };
    for (url, host) in
        [("ws://h", "h"), ("wss://h", "h"), ("ws://h:443", "h:443"), ("ws://[fe80::1%25lo]:8", "[fe80::1]:8")]
    {
        let (_, head) = answered(url, &options, b"").await;
        assert!(head.contains(&format!("\r\nHost: {host}\r\n")), "{head}");
        assert!(head.contains("\r\nOrigin: https://shop.example\r\n"), "{head}");
        assert!(!head.contains("Protocol"), "{head}");
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_subprotocol_is_taken_and_its_early_bytes_are_kept() {
    let answer = format!("{GOOD}\r\n\u{1}\u{5}early");
    let (connected, _) = answered("ws://h/ws", &DialOptions::default(), answer.as_bytes()).await;
    let (mut stream, protocol) = connected.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(protocol, None);
    let mut early = [0; 5];
    stream.read_exact(&mut early).await.unwrap();
    assert_eq!(&early, b"early");
}

#[tokio::test]
async fn a_refusal_tells_its_status_and_what_the_server_wants() {
    for (answer, said, kind) in [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "no WebSocket at h:80/ws: 404 Not Found",
            DialErrorKind::CannotReach,
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "no WebSocket at h:80/ws: 403 Forbidden",
            DialErrorKind::NotTrusted,
        ),
        (
            "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: Bearer\r\n\r\n",
            "no WebSocket at h:80/ws: 401 Unauthorized (WWW-Authenticate: Basic realm=\"a\", Bearer)",
            DialErrorKind::NotTrusted,
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: https://h/ws?t=x\r\n\r\n",
            "no WebSocket at h:80/ws: 302 Found (it redirects to https://h/ws?t=***)",
            DialErrorKind::CannotReach,
        ),
        (
            "HTTP/1.1 503 Busy\r\n\r\n",
            "no WebSocket at h:80/ws: 503 Service Unavailable",
            DialErrorKind::CannotReach,
        ),
    ] {
        let error = error(answer.as_bytes()).await;
        assert_eq!(error.to_string(), said);
        assert_eq!(error.kind(), kind, "{said}");
    }
}

#[tokio::test]
async fn the_status_of_an_odd_answer_is_told_too() {
    let long = format!("HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    let many = format!("HTTP/1.1 401 X\r\n{}WWW-Authenticate: Bearer\r\n\r\n", "X: y\r\n".repeat(300));
    for answer in [
        "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\n\r\n<html>no</html>",
        "HTTP/1.1 401\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 401 \r\nwww-authenticate:\r\n Bearer\r\n\r\n",
        "HTTP/1.0 401 X\nWWW-Authenticate: Bearer\n\nno",
        "HTTP/2 401\r\nWWW-Authenticate: Bearer\r\nno colon\r\n\r\n",
        // The connection ends in the middle.
        "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer\r\n",
        &long,
        &many,
    ] {
        let error = error(answer.as_bytes()).await;
        let said = error.to_string().replace("  ", " ");
        assert!(said.contains("401 Unauthorized (WWW-Authenticate: "), "{answer}: {said}");
        assert!(said.contains("Bearer)"), "{answer}: {said}");
        assert_eq!(error.kind(), DialErrorKind::NotTrusted, "{answer}");
    }
    let own = error(b"HTTP/1.1 599 Our own words\r\n\r\n").await.to_string();
    assert_eq!(own, "no WebSocket at h:80/ws: 599 Our own words");
}

#[tokio::test]
async fn an_answer_that_repeats_what_was_sent_is_shown_without_it() {
    let options = DialOptions {
        ws_headers: vec![("Authorization".to_owned(), Secret::new("Bearer canary-token"))],
        ..DialOptions::default()
    };
    let answer = "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer error=\"canary-token or query-token\"\r\n\
        Location: /login/canary-token\r\n\r\n";
    let (refused, _) = answered("ws://h/ws?t=query-token", &options, answer.as_bytes()).await;
    let said = refused.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("Bearer error=\"*** or ***\") (it redirects to /login/***)"), "{said}");
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_named() {
    for (answer, said) in [
        (&b"ERROR\nmessage:Bad command\n\n\0"[..], "this port speaks plain STOMP; use stomp://"),
        (b"\x15\x03\x01\x00\x02\x02\x46\xff", "this port speaks TLS; use wss://"),
        (b"SSH-2.0-x\r\n", "the answer is not HTTP"),
        (b"", "it closed the connection without an answer"),
        (b"HTTP/1.0 101 X\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"HTTP/1.1\r\n\r\n", "the answer is HTTP without a status"),
        (b"HTTP/1.1 101 X\r\nUpgr", "it closed the connection in the middle of its answer"),
    ] {
        let error = error(answer).await;
        assert!(error.to_string().starts_with(&format!("WebSocket with h:80: {said}")), "{error}");
        assert!(error.may_retry());
    }
}

#[tokio::test]
async fn an_answer_that_breaks_the_handshake_is_an_error() {
    let without =
        |what: &str| GOOD.lines().filter(|line| !line.starts_with(what)).collect::<Vec<_>>().join("\r\n");
    for (answer, said) in [
        (format!("{}\r\n\r\n", without("Sec-")), "belongs to another request"),
        (format!("{}\r\n\r\n", without("upgrade")), "does not upgrade"),
        (format!("{}\r\n\r\n", without("Connection")), "does not upgrade"),
        (GOOD.replace("KEY", "bm9uc2Vuc2U=") + "\r\n", "belongs to another request"),
        (format!("{GOOD}Sec-WebSocket-Protocol: mqtt\r\n\r\n"), "\"mqtt\", which was not offered"),
        (format!("{GOOD}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"), "an extension"),
        (format!("HTTP/1.1 101 X\r\nX: {}\r\n\r\n", "x".repeat(20_000)), "longer than"),
    ] {
        let error = error(answer.as_bytes()).await;
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}

#[tokio::test]
async fn an_option_cannot_add_a_line_to_the_request() {
    let (near, _far) = duplex(1024);
    let options = DialOptions { ws_origin: Some("x\r\nCookie: y".to_owned()), ..DialOptions::default() };
    let error = connect(near, &Endpoint::parse("ws://h").unwrap(), &options).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, DialError::WebSocketOption), "{error:?}");
    assert_eq!(error.kind(), DialErrorKind::Local);
}
