//! What to try where a server refuses a WebSocket's handshake, or closes one.

use crate::transport::{HandshakeRefusal, WebSocketClose};

const TOKEN: &str = "--ws-header 'Authorization: Bearer ${TOKEN}'";

/// The hints about an HTTP answer to a handshake.
pub(super) fn of_refusal(refusal: &HandshakeRefusal) -> Vec<String> {
    let HandshakeRefusal { authority, scheme, path, .. } = refusal;
    let url = format!("{scheme}://{authority}{path}");
    let mut hints = Vec::new();
    let mut hint = |text: String| hints.push(text);
    match refusal.status {
        401 => {
            if refusal.had_credentials {
                hint(
                    "the server did not accept the credentials of the handshake; has the token expired?"
                        .into(),
                );
            }
            let challenge = refusal.challenge.to_ascii_lowercase();
            if !challenge.starts_with("basic") {
                hint(format!("{TOKEN} sends a token with the handshake, here of the variable TOKEN"));
            }
            if challenge.is_empty() || challenge.contains("basic") {
                hint("-U USER -W --ws-basic sends user and password with the handshake".into());
            }
        }
        403 => {
            if let Some(origin) = &refusal.origin {
                hint(format!("the server may not accept the origin {origin}; --origin names another"));
            } else {
                let site = if scheme.is_tls() { "https" } else { "http" };
                hint(format!(
                    "if the server accepts only pages of its own site, --origin {site}://{authority} names that"
                ));
            }
            if !refusal.had_credentials {
                hint(format!("if it wants a login, {TOKEN} sends a token with the handshake"));
            }
        }
        300..=399 => match moved(refusal) {
            Some((moved, true)) => hint(format!("the WebSocket is at {moved}")),
            moved => {
                if let Some((moved, _)) = moved {
                    hint(format!("if the WebSocket has moved, connect to {moved}"));
                }
                hint(format!(
                    "if that is a login page, send what a browser has after the login: \
                     --ws-header 'Cookie: ${{COOKIE}}' or {TOKEN}"
                ));
            }
        },
        404 => {
            hint(
                "the path in the URL may be wrong: usual ones are /ws (RabbitMQ, Spring), /stomp and /websocket".into(),
            );
            hint(sockjs(&url));
        }
        200 | 400 | 405 | 426 => {
            hint(sockjs(&url));
            hint(
                "an ordinary web server answers so, too: check path and port, and whether it wants wss://"
                    .into(),
            );
        }
        429 => hint("the server limits how often a client may connect; try again later".into()),
        500.. => hint("the log of the server, or of the proxy before it, says why".into()),
        _ => {}
    }
    hints
}

/// Where a redirect leads, and whether that differs only in a slash at the end of the path. `None`: to another page of the
/// same server.
fn moved(refusal: &HandshakeRefusal) -> Option<(String, bool)> {
    let HandshakeRefusal { authority, scheme, path, .. } = refusal;
    let location = refusal.location.as_deref()?;
    let absolute = location.strip_prefix("http").map(|rest| format!("ws{rest}"));
    let url = match &absolute {
        Some(url) => url.clone(),
        None if location.starts_with("//") => format!("{scheme}:{location}"),
        None if location.starts_with('/') => format!("{scheme}://{authority}{location}"),
        None => return None,
    };
    let host = url.find("://").map_or(0, |end| end + 3);
    let theirs = url[host..].find('/').map_or("", |slash| &url[host + slash..]);
    let without_query = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let (theirs, ours) = (without_query(theirs), without_query(path));
    let slash = theirs != ours && theirs.trim_end_matches('/') == ours.trim_end_matches('/');
    (slash || absolute.is_some()).then_some((url, slash))
}

/// What to try where there is no WebSocket but perhaps a SockJS endpoint (of which Spring makes one with `withSockJS`), whose
/// plain WebSocket is at `/websocket` below it.
fn sockjs(url: &str) -> String {
    let (path, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    let path = path.trim_end_matches('/');
    match path.strip_suffix("/websocket") {
        Some(endpoint) => {
            format!("if the endpoint is not one of SockJS, its WebSocket is {endpoint}{query}")
        }
        None => format!("if this is a SockJS endpoint, its WebSocket is {path}/websocket{query}"),
    }
}

/// The hints about a close frame in place of CONNECTED that says that the connection is not allowed.
pub(super) fn of_refused_login() -> Vec<String> {
    vec![
        format!(
            "the server may not accept the token or the login: give a token with {TOKEN} or, in CONNECT, with \
             --connect-header 'Authorization: Bearer ${{TOKEN}}'"
        ),
        "user and password go into CONNECT with -U USER -W, and into the handshake too with --ws-basic"
            .to_owned(),
    ]
}

/// The hints about a close frame.
pub(super) fn of_close(close: &WebSocketClose) -> Vec<String> {
    let hint = match close.code {
        1003 | 1007 => {
            "give a body that is no text its type: -H 'content-type: application/octet-stream'; some servers accept only text"
        }
        _ if close.is_refusal() => "the server may not accept the token or the login any more; log in again",
        _ if close.is_going_away() => "the server or a proxy before it stops; --reconnect connects again",
        _ if close.is_of_rabbitmq() => {
            "RabbitMQ closes so for whatever reason, after an ERROR or because heart-beats were missing; its log says which"
        }
        WebSocketClose::TOO_BIG => {
            "--ws-chunk 8192 sends a frame in several WebSocket messages of at most 8192 bytes; a smaller number makes smaller ones"
        }
        4500 => {
            "the server could not send fast enough; --reconnect connects again, and messages sent meanwhile are lost"
        }
        _ => return Vec::new(),
    };
    vec![hint.to_owned()]
}
