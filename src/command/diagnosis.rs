//! Turns errors into exit statuses, messages and hints.

use anyhow::Error;

use super::broken_frame;
use super::config::ConfigError;
use super::exit::{
    CLOSED, DENIED, FAILED, LOCAL, PROTOCOL, Problem, REFUSED, TIMEOUT, UNKNOWN, UNREACHABLE, USAGE,
};
use super::script_error::{ConnectFailed, SendFailed, SourceFailed};
use super::websocket_hints;
use crate::client::ClientError;
use crate::render::escape::{Lines, escape_text};
use crate::render::{Diagnostic, StdoutError};
use crate::session::{Dialect, Failure, RefusalKind, SessionError};
use crate::transport::{DialErrorKind, UrlError};

/// The exit status of an error.
pub(crate) fn code(error: &Error) -> u8 {
    if let Some(SourceFailed { error, .. }) = error.downcast_ref() {
        return code(error);
    }
    if let Some(ConnectFailed(error)) = error.downcast_ref() {
        return code(error);
    }
    for cause in error.chain() {
        if let Some(problem) = cause.downcast_ref::<Problem>() {
            return match problem {
                Problem::Usage { .. } => USAGE,
                Problem::Local { .. } | Problem::Input(_) => LOCAL,
                Problem::TimedOut(_) | Problem::NoAnswer { .. } => TIMEOUT,
                Problem::Sending { code, .. } | Problem::Stopped { code } | Problem::Exit { code } => *code,
                Problem::Denied { .. } => DENIED,
                Problem::Unanswered { .. } => UNREACHABLE,
                Problem::NoQueue { .. } => REFUSED,
                Problem::AckUnconfirmed { error } => client_code(error),
                Problem::Unexpected { .. } => PROTOCOL,
            };
        }
        if let Some(error) = cause.downcast_ref::<ClientError>() {
            return client_code(error);
        }
        if let Some(error) = cause.downcast_ref::<StdoutError>() {
            return if error.is_closed() { CLOSED } else { LOCAL };
        }
        if cause.is::<UrlError>() || cause.is::<ConfigError>() {
            return USAGE;
        }
        if cause.is::<std::io::Error>() {
            return LOCAL;
        }
    }
    FAILED
}

/// The exit status of a connection's error.
pub(crate) fn client_code(error: &ClientError) -> u8 {
    match error {
        ClientError::Dial(error) => match error.kind() {
            DialErrorKind::CannotReach => UNREACHABLE,
            DialErrorKind::NotTrusted => DENIED,
            DialErrorKind::Local => LOCAL,
        },
        ClientError::Refused { refusal, .. }
            if matches!(refusal.kind, RefusalKind::Login | RefusalKind::Token) =>
        {
            DENIED
        }
        ClientError::WebSocketClosedAtConnect { close, .. } if close.is_refusal() => DENIED,
        ClientError::Refused { .. } | ClientError::Broker(_) => REFUSED,
        ClientError::Failure(failure) => failure_code(failure),
        ClientError::Protocol(_) | ClientError::UnknownVersion { .. } => PROTOCOL,
        ClientError::Body(_) | ClientError::Spool(_) => LOCAL,
        ClientError::Session(SessionError::Encode(_)) => USAGE,
        ClientError::Session(SessionError::LostTransaction { .. }) => UNKNOWN,
        ClientError::Session(
            SessionError::DuplicateSubscription { .. }
            | SessionError::NoSubscription { .. }
            | SessionError::DeletedBySubscriber { .. }
            | SessionError::DuplicateTransaction { .. }
            | SessionError::NoTransaction { .. }
            | SessionError::NothingUnacked
            | SessionError::NotUnacked { .. }
            | SessionError::NotInVersion { .. }
            | SessionError::Disconnecting,
        ) => FAILED,
        // No frame reached a broker.
        ClientError::ConnectTimeout { .. }
        | ClientError::ClosedAtConnect { .. }
        | ClientError::NotStomp { .. }
        | ClientError::Lost { .. }
        | ClientError::WebSocketClosed(_)
        | ClientError::WebSocketClosedAtConnect { .. }
        | ClientError::NotConnected
        | ClientError::LostBefore(_) => UNREACHABLE,
    }
}

/// An error that the loss of the connection caused. Its hints include those of the loss.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct AfterLoss {
    #[source]
    pub error: Error,
    pub loss: ClientError,
}

/// The exit status of a frame that was not confirmed.
pub(crate) fn failure_code(failure: &Failure) -> u8 {
    match failure {
        // The broker refused this frame or one before it.
        Failure::Refused { .. } | Failure::Unknown { error: Some(_), .. } => REFUSED,
        Failure::Unknown { error: None, .. } | Failure::NoReceipts => UNKNOWN,
        Failure::NotSent { .. } => UNREACHABLE,
    }
}

/// Whether the error that ended a connection explains more than that the outcome of sends is unknown: the broker refused,
/// or it violated the protocol.
pub(crate) fn explains_end(error: &ClientError) -> bool {
    matches!(client_code(error), DENIED | REFUSED | PROTOCOL)
}

/// The hints about an error, one sentence each.
pub(crate) fn hints(error: &Error) -> Vec<String> {
    let mut hints = Vec::new();
    for cause in error.chain() {
        if let Some(
            Problem::Usage { hint: Some(hint), .. }
            | Problem::Denied { hint, .. }
            | Problem::Unanswered { hint, .. }
            | Problem::NoQueue { hint, .. }
            | Problem::NoAnswer { hint, .. }
            | Problem::Unexpected { hint, .. },
        ) = cause.downcast_ref::<Problem>()
        {
            hints.push(hint.clone());
        }
        if let Some(Problem::AckUnconfirmed { error }) = cause.downcast_ref() {
            hints.push("the messages that came last may be delivered again".to_owned());
            hints.extend(client_hints(error));
        }
        if let Some(error) = cause.downcast_ref::<ClientError>() {
            hints.extend(client_hints(error));
        }
        if let Some(AfterLoss { loss, .. }) = cause.downcast_ref() {
            hints.extend(client_hints(loss));
        }
        if let Some(SendFailed { loss: Some(loss), .. }) = cause.downcast_ref() {
            hints.extend(client_hints(loss));
        }
        if let Some(hint) = cause.downcast_ref::<StdoutError>().and_then(StdoutError::hint) {
            hints.push(hint.to_owned());
        }
    }
    hints
}

/// The hints about the error of a connection, one sentence each.
pub(crate) fn client_hints(error: &ClientError) -> Vec<String> {
    use crate::transport::DialError;
    let hint = |text: &str| vec![text.to_owned()];
    match error {
        ClientError::Dial(error) => match &**error {
            DialError::Refused { .. } | DialError::Unreachable { .. } => hint(
                "is the broker running, and STOMP switched on? Give its URL with -s stomp://host:port, \
                 or use --embedded, which brings a broker of its own",
            ),
            DialError::WebSocketRefused { refusal } => websocket_hints::of_refusal(refusal),
            DialError::NameLookup { .. } => hint("check the host's name in the URL"),
            _ => Vec::new(),
        },
        ClientError::Refused { refusal, .. } => match refusal.kind {
            RefusalKind::Login => hint(
                "give the login with -U USER and -W (asks for the password), or in the URL: stomp://user@host",
            ),
            RefusalKind::Token => hint(
                "give the token with --connect-header 'Authorization: Bearer ${TOKEN}', here of the variable TOKEN",
            ),
            RefusalKind::VirtualHost => {
                hint("name the virtual host with --vhost NAME, or at the end of the URL: stomp://host/NAME")
            }
            RefusalKind::Version => hint("offer other versions with --protocol 1.0, 1.1 or 1.2"),
            RefusalKind::ClientId => hint(
                "another connection has this client-id, perhaps one of another shell: end it, or choose another one \
                 with --client-id ID; only durable subscriptions need one",
            ),
            RefusalKind::Other => Vec::new(),
        },
        ClientError::NotStomp { advice: Some(advice), .. } => hint(advice),
        ClientError::NotStomp { .. } => hint("is this the broker's STOMP port? The usual one is 61613"),
        ClientError::ClosedAtConnect { .. } => hint(
            "if the port speaks TLS, use stomps://; if it is a broker's, its log says why it closed the connection",
        ),
        ClientError::ConnectTimeout { step: "TLS handshake", .. } => hint(
            "if this port speaks without TLS, the URL begins with stomp:// or ws://; --connect-timeout SECONDS waits longer",
        ),
        ClientError::ConnectTimeout { step: "WebSocket handshake", .. } => hint(
            "if this port speaks STOMP without a WebSocket, the URL begins with stomp:// or stomps://; --connect-timeout SECONDS waits longer",
        ),
        ClientError::ConnectTimeout { .. } => hint("--connect-timeout SECONDS waits longer"),
        ClientError::WebSocketClosedAtConnect { close, .. } if close.is_refusal() => {
            websocket_hints::of_refused_login()
        }
        ClientError::WebSocketClosed(close) | ClientError::WebSocketClosedAtConnect { close, .. } => {
            websocket_hints::of_close(close)
        }
        ClientError::Protocol(error) => broken_frame::hints(error),
        ClientError::Failure(Failure::NoReceipts) => {
            hint("--receipts never sends to such a server without waiting for receipts")
        }
        ClientError::Session(SessionError::NoTransaction { name }) => {
            vec![format!("'begin {name}' opens it")]
        }
        ClientError::Broker(error) => Dialect::queue_hint(&error.line).into_iter().collect(),
        ClientError::Failure(
            Failure::Refused { message: text, .. } | Failure::Unknown { reason: text, error: Some(_) },
        ) => Dialect::queue_hint(text).into_iter().collect(),
        ClientError::LostBefore(loss) => {
            [client_hints(loss), client_hints(&ClientError::NotConnected)].concat()
        }
        ClientError::NotConnected => hint("'connect URL' connects; 'connect' alone tries the last one again"),
        _ => Vec::new(),
    }
}

/// The message of an error, with its causes in one line, and the hints.
pub(crate) fn diagnostic(error: &Error) -> Diagnostic {
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return error.diagnostic();
    }
    let mut text = String::new();
    for cause in error.chain() {
        let message = cause.to_string();
        // A transparent error repeats the message of its source.
        if !text.ends_with(&message) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&message);
        }
    }
    let text = escape_text(&text, Lines::One).into_owned();
    let diagnostic = Diagnostic::error(text).hints(hints(error));
    match error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()) {
        Some(ClientError::Protocol(error)) => diagnostic.source(broken_frame::source(error)),
        _ => diagnostic,
    }
}

/// [`diagnostic`] for the error of a connection.
pub(crate) fn explain(error: &ClientError) -> Diagnostic {
    diagnostic(&error.clone().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_and_what_is_unknown_have_exit_codes_of_their_own() {
        let reason = || "the connection was lost".to_owned();
        let code = |failure: Failure| client_code(&failure.into());
        assert_eq!(code(Failure::NotSent { reason: reason() }), UNREACHABLE);
        assert_eq!(code(Failure::unknown(reason())), UNKNOWN);
        assert_eq!(client_code(&ClientError::NotConnected), UNREACHABLE);
        assert_eq!(client_code(&ClientError::LostBefore(ClientError::NotConnected.into())), UNREACHABLE);
        assert_eq!(client_code(&SessionError::NothingUnacked.into()), FAILED);
    }
}
