//! What to try where a step failed.

use super::report::Step;
use crate::client::{ClientError, ClientOptions};
use crate::command::diagnosis;
use crate::command::websocket_hints;
use crate::session::{Failure, RefusalKind};
use crate::transport::{DialError, Endpoint};

/// What failed, in one line, and hints.
pub(super) fn advice(
    step: Step,
    error: &ClientError,
    endpoint: Option<&Endpoint>,
    options: &ClientOptions,
) -> (String, Vec<String>) {
    if let ClientError::Dial(error) = error
        && let DialError::WebSocketRefused { refusal } = &**error
    {
        return (format!("no WebSocket at {refusal}"), websocket_hints::of_refusal(refusal));
    }
    let text = error.to_string();
    // The texts of dial errors end with a hint, after a semicolon.
    let (what, helps) = match (error, text.split_once("; ")) {
        (ClientError::Dial(_), Some((what, helps))) => (what.to_owned(), Some(helps.to_owned())),
        _ => (text, None),
    };
    let mut advice: Vec<String> = helps.into_iter().collect();
    let mut add = |text: &str| advice.push(text.to_owned());
    let port = endpoint.map(|endpoint| endpoint.port).unwrap_or_default();
    match error {
        ClientError::Dial(error) => match &**error {
            DialError::NameLookup { .. } => {
                add(
                    "check the host's name in the URL; if it is right, this machine's resolver does not know it",
                );
            }
            DialError::Refused { .. } => add(&format!(
                "the machine is there: is the broker running, STOMP switched on, and {port} its port? \
                 (61613 is the usual one, 61614 with TLS, 15674 RabbitMQ's for WebSocket)"
            )),
            DialError::Unreachable { .. } => {
                add("is the address right, and is there a route to it? (a VPN, a firewall)");
            }
            _ => {}
        },
        ClientError::ConnectTimeout { .. } => add(match step {
            Step::Name => "this machine's resolver does not answer; try again, or an IP address in the URL",
            Step::Tcp => {
                "packets go out and nothing comes back: a firewall, or an address where no machine is; \
                 --connect-timeout SECONDS waits longer"
            }
            Step::Tls => {
                "the port accepts and says nothing: does it speak TLS? If not, the URL begins with stomp:// or ws://"
            }
            Step::WebSocket => {
                "the port accepts and says nothing: is it a WebSocket's? If not, the URL begins with stomp:// or \
                 stomps://"
            }
            _ => {
                "the port accepts and says nothing: is it the broker's STOMP port, and if it speaks TLS, does the \
                 URL begin with stomps://? --connect-timeout SECONDS waits longer"
            }
        }),
        ClientError::Refused { refusal, .. } => {
            let user =
                options.connect.login.as_deref().or(endpoint.and_then(|endpoint| endpoint.user.as_deref()));
            let remote = endpoint.is_some_and(|endpoint| !endpoint.is_loopback());
            if refusal.kind == RefusalKind::Login && user == Some("guest") && remote {
                add("RabbitMQ lets the user guest in from its own machine alone; use another user");
            }
            if refusal.kind == RefusalKind::Other {
                add("the broker's log may say more");
            }
            advice.extend(diagnosis::client_hints(error));
        }
        ClientError::Failure(Failure::Unknown { .. }) => add("the broker's log may say why"),
        _ => advice.extend(diagnosis::client_hints(error)),
    }
    (what, advice)
}
