#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, duplex},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    client_async,
    tungstenite::{ClientRequestBuilder, Message, http::Uri},
};

use super::*;
use crate::transport::{DialOptions, Dialed, Endpoint, Scheme, dial, dial::WebSocketSummary};

/// Sends `request` and gives what came of it, and what the client was told.
async fn asked(request: &str, options: &AcceptOptions) -> (Result<BoxedStream, AcceptError>, String) {
    let (mut near, far) = duplex(64 * 1024);
    near.write_all(request.as_bytes()).await.unwrap();
    let accepted = accept_websocket(far, options).await;
    let mut told = vec![0; 4096];
    let count = near.read(&mut told).await.unwrap();
    told.truncate(count);
    (accepted, String::from_utf8(told).unwrap())
}

fn request(extra: &str) -> String {
    format!(
        "GET /stomp HTTP/1.1\r\nHost: broker.example:61613\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{extra}\r\n"
    )
}

#[tokio::test]
async fn the_handshake_of_the_rfc_is_answered_as_in_the_rfc() {
    let extra = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let (accepted, told) = asked(&request(extra), &AcceptOptions::default()).await;
    accepted.unwrap_or_else(|error| panic!("{error}"));
    let told = told.to_lowercase();
    assert!(told.starts_with("http/1.1 101 "), "{told}");
    assert!(told.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"), "{told}");
    assert!(!told.contains("\r\nsec-websocket-protocol") && !told.contains("extensions"), "{told}");
}

#[tokio::test]
async fn the_best_subprotocol_of_those_offered_is_chosen() {
    for (offer, chosen) in [
        ("v10.stomp, v11.stomp", Some("v11.stomp")),
        ("v12.stomp,v11.stomp,v10.stomp", Some("v12.stomp")),
        ("mqtt, v10.stomp", Some("v10.stomp")),
        ("mqtt", None),
    ] {
        let extra = format!("Sec-WebSocket-Protocol: {offer}\r\n");
        let (accepted, told) = asked(&request(&extra), &AcceptOptions::default()).await;
        accepted.unwrap();
        let line = format!("sec-websocket-protocol: {}\r\n", chosen.unwrap_or_default());
        assert_eq!(told.to_lowercase().contains(&line), chosen.is_some(), "{told}");
    }
    let two = "Sec-WebSocket-Protocol: v10.stomp\r\nSec-WebSocket-Protocol: v12.stomp\r\n";
    let (accepted, told) = asked(&request(two), &AcceptOptions::default()).await;
    accepted.unwrap();
    assert!(told.to_lowercase().contains("sec-websocket-protocol: v12.stomp\r\n"), "{told}");
}

#[test]
fn only_pages_of_the_same_host_or_of_listed_origins_may_connect() {
    let listed = OriginPolicy::Listed(vec!["https://shop.example".to_owned(), "null".to_owned()]);
    for (policy, loopback, origin, host, allowed) in [
        (OriginPolicy::SameHost, false, "http://broker.example", "broker.example:61613", true),
        (OriginPolicy::SameHost, false, "https://Broker.Example:8443", "broker.example", true),
        (OriginPolicy::SameHost, false, "http://[2001:db8::1]:80", "[2001:db8::1]:61613", true),
        (OriginPolicy::SameHost, false, "http://evil.example", "broker.example", false),
        (OriginPolicy::SameHost, false, "http://broker.example.evil.example", "broker.example", false),
        (OriginPolicy::SameHost, false, "null", "broker.example", false),
        (OriginPolicy::SameHost, false, "null", "", false),
        (OriginPolicy::SameHost, false, "http://", "", false),
        (OriginPolicy::SameHost, true, "http://localhost:8080", "localhost:61613", true),
        (OriginPolicy::SameHost, true, "http://localhost:8080", "127.0.0.1:61613", true),
        (OriginPolicy::SameHost, true, "http://[::1]", "localhost:61613", true),
        // A stranger's name that was given the address of this machine.
        (OriginPolicy::SameHost, true, "http://evil.example", "evil.example:61613", false),
        (OriginPolicy::SameHost, true, "http://evil.example", "localhost:61613", false),
        (listed.clone(), true, "https://shop.example", "localhost:61613", true),
        (listed.clone(), true, "null", "localhost:61613", true),
        (listed.clone(), true, "http://localhost", "localhost:61613", true),
        (listed, true, "http://shop.example", "localhost:61613", false),
        (OriginPolicy::Any, true, "http://evil.example", "localhost:61613", true),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_static(origin));
        headers.insert("host", HeaderValue::from_static(host));
        let options = AcceptOptions { origin: policy.clone(), loopback };
        assert_eq!(check_origin(&headers, &options).is_ok(), allowed, "{policy:?} {origin} {host}");
        headers.remove("origin");
        assert!(check_origin(&headers, &options).is_ok(), "no Origin is no browser");
    }
}

#[tokio::test]
async fn a_strangers_page_is_told_that_it_may_not() {
    let extra = "Origin: https://evil.example\r\n";
    let (accepted, told) = asked(&request(extra), &AcceptOptions::default()).await;
    assert!(matches!(accepted, Err(AcceptError::OriginRefused { .. })));
    assert!(told.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{told}");
    assert!(
        told.ends_with("a page of \"https://evil.example\" may not connect to \"broker.example:61613\"\n")
    );
}

#[tokio::test]
async fn a_browser_gone_astray_is_told_what_this_is() {
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(), "426 Upgrade Required"),
        (request("").replace("Version: 13", "Version: 8"), "426 Upgrade Required"),
        ("GARBAGE\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000)), "431 Request Header Fields Too Large"),
    ] {
        let (accepted, told) = asked(&request, &AcceptOptions::default()).await;
        assert!(matches!(accepted, Err(AcceptError::NotAWebSocket { .. })), "{request}");
        assert!(told.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{told}");
        assert!(told.contains("This is a STOMP broker."), "{told}");
    }
}

#[tokio::test]
async fn one_byte_tells_websocket_stomp_and_tls_apart_and_stays_in_the_stream() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for (first, opening) in [
        (&b"GET / HTTP/1.1"[..], Some(ClientProtocol::Http)),
        (b"CONNECT\n", Some(ClientProtocol::Stomp)),
        (b"STOMP\n", Some(ClientProtocol::Stomp)),
        (b"\n", Some(ClientProtocol::Stomp)),
        (b"\x16\x03\x01", Some(ClientProtocol::Tls)),
        (b"", None),
    ] {
        let mut near = TcpStream::connect(address).await.unwrap();
        near.write_all(first).await.unwrap();
        near.shutdown().await.unwrap();
        let (mut far, _) = listener.accept().await.unwrap();
        assert_eq!(sniff(&far).await.unwrap(), opening, "{first:?}");
        let mut all = Vec::new();
        far.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, first);
    }
}

#[tokio::test]
async fn another_client_can_talk_to_this_server() {
    let (near, far) = duplex(1024);
    let serve = tokio::spawn(async move {
        let mut stream = accept_websocket(far, &AcceptOptions::default()).await.unwrap();
        let mut seven = [0; 7];
        stream.read_exact(&mut seven).await.unwrap();
        stream.write_all(&seven).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let request =
        ClientRequestBuilder::new(Uri::from_static("ws://localhost:61613/")).with_sub_protocol("v12.stomp");
    let (mut other, response) = client_async(request, near).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "v12.stomp");
    other.send(Message::text("STOMP\n\n")).await.unwrap();
    assert_eq!(other.next().await.unwrap().unwrap(), Message::text("STOMP\n\n"));
    assert!(matches!(other.next().await.unwrap().unwrap(), Message::Close(Some(_))));
    serve.await.unwrap();
}

/// Accepts one WebSocket, over TLS where a configuration is given, and sends back what it reads.
async fn echo(listener: TcpListener, tls: Option<Arc<ServerConfig>>) {
    let (tcp, _) = listener.accept().await.unwrap();
    let accepted = match tls {
        Some(config) => {
            let tls = TlsAcceptor::from(config).accept(tcp).await.unwrap();
            accept_websocket(tls, &AcceptOptions::default()).await
        }
        None => accept_websocket(tcp, &AcceptOptions::default()).await,
    };
    let (mut read, mut write) = tokio::io::split(accepted.unwrap_or_else(|error| panic!("{error}")));
    let mut some = [0; 100];
    loop {
        let count = read.read(&mut some).await.unwrap();
        if count == 0 {
            return;
        }
        write.write_all(&some[..count]).await.unwrap();
        write.flush().await.unwrap();
    }
}

async fn talk(mut dialed: Dialed) {
    assert_eq!(dialed.websocket, Some(WebSocketSummary { protocol: Some("v12.stomp".to_owned()) }));
    for said in [&b"SEND\n\nx\0"[..], b"\n", b"\0\xff\0"] {
        dialed.stream.write_all(said).await.unwrap();
        dialed.stream.flush().await.unwrap();
        let mut back = vec![0; said.len()];
        dialed.stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, said);
    }
    dialed.stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_dialled_websocket_carries_frames_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(echo(listener, None));
    let dialed = dial(&Endpoint::new(Scheme::Ws, "127.0.0.1", Some(port)), &DialOptions::default()).await;
    talk(dialed.unwrap_or_else(|error| panic!("{error}"))).await;
    served.await.unwrap();
}

#[tokio::test]
async fn a_dialled_websocket_on_tls_carries_frames_both_ways() {
    let held = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(held.signing_key.serialize_der().into());
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![held.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(echo(listener, Some(Arc::new(config))));
    let options = DialOptions { insecure: true, ..DialOptions::default() };
    let dialed = dial(&Endpoint::new(Scheme::Wss, "127.0.0.1", Some(port)), &options).await;
    let dialed = dialed.unwrap_or_else(|error| panic!("{error}"));
    assert!(dialed.tls.is_some());
    talk(dialed).await;
    served.await.unwrap();
}
