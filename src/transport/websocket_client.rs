//! The client's half of a WebSocket's opening handshake (RFC 6455, section 4.1).
//!
//! The library's client is not used because it rejects a server that names no subprotocol, as some
//! brokers do.

use std::borrow::Cow;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tungstenite::{
    handshake::{client::generate_key, derive_accept_key},
    http::StatusCode,
    protocol::Role,
};

use super::{
    DialError, DialOptions, Endpoint, HandshakeRefusal, PeerProtocol, Secret,
    secret::mask_texts,
    url::mask_path,
    websocket::WebSocketStream,
    websocket_head::{HeadError, ResponseHead, has_token, read_head},
};

/// Opens a WebSocket and returns it with the subprotocol that the server chose, if any.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<(WebSocketStream<S>, Option<String>), DialError> {
    let io = |error| DialError::from_stream(endpoint, "the WebSocket handshake", error);
    let key = generate_key();
    let request = request(endpoint, options, &key)?;
    stream.write_all(request.as_bytes()).await.map_err(io)?;
    stream.flush().await.map_err(io)?;
    let (head, is_whole) = match read_head(&mut stream, b"HTTP/").await {
        Ok(head) => (head, Ok(())),
        Err(HeadError::Io(error)) => return Err(io(error)),
        Err(HeadError::Closed(head)) if head.is_empty() => {
            return Err(broken(
                endpoint,
                "it closed the connection without an answer; if this port speaks STOMP without a WebSocket, the URL begins with stomp:// or stomps://",
            ));
        }
        Err(HeadError::Closed(head)) => (head, Err("it closed the connection in the middle of its answer")),
        Err(HeadError::TooLong(head)) => (head, Err("the answer is longer than a WebSocket's can be")),
        Err(HeadError::NotHttp(first)) => {
            let advice = PeerProtocol::from_first_bytes(&first).map(|speaks| speaks.advice(endpoint.scheme));
            return Err(broken(endpoint, advice.unwrap_or("the answer is not HTTP")));
        }
    };
    let response = ResponseHead::parse(&head);
    // A refusal is one even if its head is incomplete.
    if response.as_ref().is_none_or(|response| response.status == 101) {
        is_whole.map_err(|what| broken(endpoint, what))?;
    }
    let response = response.ok_or_else(|| broken(endpoint, "the answer is HTTP without a status"))?;
    let protocol = check(endpoint, options, &key, &response)?;
    Ok((WebSocketStream::new(stream, Role::Client, &head[response.length..]), protocol))
}

fn broken(endpoint: &Endpoint, what: impl Into<String>) -> DialError {
    DialError::WebSocket { authority: endpoint.authority(), what: what.into() }
}

fn request(endpoint: &Endpoint, options: &DialOptions, key: &str) -> Result<String, DialError> {
    let path = &endpoint.path;
    // The default port is left out, as browsers do. The zone of an IPv6 address has no meaning for the
    // server.
    let host = match endpoint.host.split('%').next().unwrap_or_default() {
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    };
    let port = match endpoint.port {
        port if port == endpoint.scheme.default_port() => String::new(),
        port => format!(":{port}"),
    };
    let mut headers: Vec<(&str, Cow<'_, str>)> = Vec::new();
    if !options.ws_headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        headers.push(("Host", format!("{host}{port}").into()));
    }
    headers.extend([
        ("Upgrade", "websocket".into()),
        ("Connection", "Upgrade".into()),
        ("Sec-WebSocket-Key", key.into()),
        ("Sec-WebSocket-Version", "13".into()),
    ]);
    if !options.ws_protocols.is_empty() {
        headers.push(("Sec-WebSocket-Protocol", options.ws_protocols.join(", ").into()));
    }
    headers.extend(options.ws_origin.as_deref().map(|origin| ("Origin", origin.into())));
    if let Some(login) = &options.ws_login {
        let user = login.user.as_deref().or(endpoint.user.as_deref()).unwrap_or_default();
        let password = login.password.as_ref().or(endpoint.password.as_ref());
        let credentials = password.unwrap_or(&Secret::new("")).basic(user);
        headers.push(("Authorization", credentials.expose().to_owned().into()));
    }
    headers.extend(options.ws_headers.iter().map(|(name, value)| (name.as_str(), value.expose().into())));

    let printable = |text: &str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if path.contains(' ') || !printable(path) {
        return Err(DialError::WebSocketOption);
    }
    let mut request = format!("GET {path} HTTP/1.1\r\n");
    for (name, value) in &headers {
        if !printable(name) || !printable(value) {
            return Err(DialError::WebSocketOption);
        }
        request.extend([*name, ": ", value, "\r\n"]);
    }
    request.push_str("\r\n");
    Ok(request)
}

/// What the request carries that its answer may repeat: tokens and passwords, the longest first.
fn sent_secrets(endpoint: &Endpoint, options: &DialOptions) -> Vec<Vec<u8>> {
    /// Shorter texts may be ordinary words.
    const SHORTEST: usize = 6;
    let values = options.ws_headers.iter().map(|(_, value)| value.expose());
    let last_words = values.clone().filter_map(|value| value.rsplit(' ').next());
    let login = options.ws_login.as_ref().and_then(|login| login.password.as_ref());
    let passwords = login.into_iter().chain(&endpoint.password).map(Secret::expose);
    let query = endpoint.path.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('&').filter_map(|parameter| parameter.split_once('=')).map(|(_, value)| value);
    let all = values.chain(last_words).chain(passwords).chain(query);
    let mut secrets: Vec<_> =
        all.filter(|text| text.len() >= SHORTEST).map(|text| text.as_bytes().to_vec()).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn check(
    endpoint: &Endpoint,
    options: &DialOptions,
    key: &str,
    response: &ResponseHead,
) -> Result<Option<String>, DialError> {
    let header = |name: &str| response.header(name);
    if response.status != 101 {
        let secrets = sent_secrets(endpoint, options);
        let meaning = StatusCode::from_u16(response.status).ok().and_then(|status| status.canonical_reason());
        let phrase = Some(&*response.phrase).filter(|phrase| !phrase.is_empty());
        let reason = meaning.or(phrase).unwrap_or("without a known reason");
        let sent = |name: &str| options.ws_headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        let challenges = response.all("www-authenticate").collect::<Vec<_>>().join(", ");
        return Err(DialError::WebSocketRefused {
            refusal: Box::new(HandshakeRefusal {
                authority: endpoint.authority(),
                scheme: endpoint.scheme,
                path: mask_path(&endpoint.path).into_owned(),
                status: response.status,
                reason: mask_texts(reason, &secrets),
                challenge: mask_texts(&challenges, &secrets),
                location: header("location").map(|location| mask_texts(&mask_path(location), &secrets)),
                had_credentials: options.ws_login.is_some() || sent("authorization") || sent("cookie"),
                origin: options.ws_origin.clone(),
            }),
        });
    }
    if response.version != "HTTP/1.1" {
        return Err(broken(endpoint, "the answer is not HTTP/1.1"));
    }
    let upgrades = header("upgrade").is_some_and(|value| has_token(value, "websocket"))
        && header("connection").is_some_and(|value| has_token(value, "upgrade"));
    if !upgrades {
        return Err(broken(endpoint, "the answer does not upgrade to a WebSocket"));
    }
    if header("sec-websocket-accept") != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err(broken(endpoint, "the answer belongs to another request (Sec-WebSocket-Accept)"));
    }
    if header("sec-websocket-extensions").is_some_and(|value| !value.trim().is_empty()) {
        return Err(broken(endpoint, "it uses an extension that was not offered"));
    }
    let protocol = header("sec-websocket-protocol").map(str::trim).filter(|value| !value.is_empty());
    match protocol {
        Some(chosen) if !options.ws_protocols.iter().any(|offered| offered == chosen) => {
            Err(broken(endpoint, format!("it chose the subprotocol {chosen:?}, which was not offered")))
        }
        chosen => Ok(chosen.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests;
