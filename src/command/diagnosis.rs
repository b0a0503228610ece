//! Errors into exit statuses, messages and hints: the one place that knows all three.

use anyhow::Error;

use super::broken_frame;
use super::config::ConfigError;
use super::exit::{
    CLOSED, DENIED, FAILED, LOCAL, PROTOCOL, Problem, REFUSED, TIMEOUT, UNKNOWN, UNREACHABLE, USAGE,
};
use super::script_error::{ConnectFailed, SourceFailed};
use crate::client::ClientError;
use crate::render::{Diagnostic, StdoutError};
use crate::session::{Failure, RefusalKind, SessionError};
use crate::transport::{DialErrorKind, UrlError};

/// The exit code of an error.
pub(crate) fn code(error: &Error) -> u8 {
    if let Some(sourced) = error.downcast_ref::<SourceFailed>() {
        return code(&sourced.error);
    }
    if let Some(ConnectFailed(error)) = error.downcast_ref() {
        return code(error);
    }
    for cause in error.chain() {
        if let Some(problem) = cause.downcast_ref::<Problem>() {
            return match problem {
                Problem::Usage { .. } => USAGE,
                Problem::Local { .. } | Problem::Input(_) => LOCAL,
                Problem::TimedOut(_) => TIMEOUT,
                Problem::Sending { code, .. } | Problem::Stopped { code } | Problem::Exit { code } => *code,
                Problem::Denied { .. } => DENIED,
                Problem::Unanswered { .. } => UNREACHABLE,
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
        if cause.downcast_ref::<std::io::Error>().is_some() {
            return LOCAL;
        }
    }
    FAILED
}

/// The exit code of a connection's error.
pub(crate) fn client_code(error: &ClientError) -> u8 {
    match error {
        ClientError::Dial(error) => match error.kind() {
            DialErrorKind::CannotReach => UNREACHABLE,
            DialErrorKind::NotTrusted => DENIED,
            DialErrorKind::Local => LOCAL,
        },
        ClientError::Refused { refusal, .. } if refusal.kind == RefusalKind::Login => DENIED,
        ClientError::Refused { .. } | ClientError::Broker(_) => REFUSED,
        ClientError::Failure(failure) => failure_code(failure),
        ClientError::Protocol(_) | ClientError::UnknownVersion { .. } => PROTOCOL,
        ClientError::Body(_) | ClientError::Spool(_) => LOCAL,
        ClientError::Session(SessionError::Encode(_)) => USAGE,
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
        // Nothing of it reached a broker.
        ClientError::ConnectTimeout { .. }
        | ClientError::ClosedAtConnect { .. }
        | ClientError::NotStomp { .. }
        | ClientError::Lost { .. }
        | ClientError::NotConnected => UNREACHABLE,
    }
}

/// The exit code of a frame that was not confirmed.
pub(crate) fn failure_code(failure: &Failure) -> u8 {
    match failure {
        Failure::Refused { .. } => REFUSED,
        Failure::Unknown { .. } => UNKNOWN,
        Failure::NotSent { .. } => UNREACHABLE,
    }
}

/// Whether this end of a connection says more than that what was sent is unknown: who we are was refused,
/// or the broker broke the protocol.
pub(crate) fn says_why(error: &ClientError) -> bool {
    matches!(client_code(error), DENIED | REFUSED | PROTOCOL)
}

/// What to do about an error, one sentence each.
pub(crate) fn hints(error: &Error) -> Vec<String> {
    let mut hints = Vec::new();
    for cause in error.chain() {
        if let Some(
            Problem::Usage { hint: Some(hint), .. }
            | Problem::Denied { hint, .. }
            | Problem::Unanswered { hint, .. },
        ) = cause.downcast_ref::<Problem>()
        {
            hints.push(hint.clone());
        }
        if let Some(error) = cause.downcast_ref::<ClientError>() {
            hints.extend(client_hints(error));
        }
    }
    hints
}

/// What to do about a connection's error.
pub(crate) fn client_hints(error: &ClientError) -> Vec<String> {
    use crate::transport::DialError;
    let own = |text: &str| vec![text.to_owned()];
    match error {
        ClientError::Dial(error) => match &**error {
            DialError::Refused { .. } | DialError::Unreachable { .. } => {
                own("is the broker running, and STOMP switched on? Give its URL with -s stomp://host:port, \
                 or use --embedded, which brings a broker of its own")
            }
            DialError::NameLookup { .. } => own("check the host's name in the URL"),
            _ => Vec::new(),
        },
        ClientError::Refused { refusal, .. } => match refusal.kind {
            RefusalKind::Login => own(
                "give the login with -U USER and -W (asks for the password), or in the URL: stomp://user@host",
            ),
            RefusalKind::VirtualHost => {
                own("name the virtual host with --vhost NAME, or at the end of the URL: stomp://host/NAME")
            }
            RefusalKind::Version => own("offer other versions with --protocol 1.0, 1.1 or 1.2"),
            RefusalKind::Other => Vec::new(),
        },
        ClientError::NotStomp { advice: Some(advice), .. } => own(advice),
        ClientError::NotStomp { .. } => own("is this the broker's STOMP port? The usual one is 61613"),
        ClientError::ClosedAtConnect { .. } => own(
            "if the port speaks TLS, use stomps://; if it is a broker's, its log says why it closed the connection",
        ),
        ClientError::ConnectTimeout { step: "TLS handshake", .. } => own(
            "if this port speaks without TLS, the URL begins with stomp:// or ws://; --connect-timeout SECONDS waits longer",
        ),
        ClientError::ConnectTimeout { step: "WebSocket handshake", .. } => own(
            "if this port speaks STOMP without a WebSocket, the URL begins with stomp:// or stomps://; --connect-timeout SECONDS waits longer",
        ),
        ClientError::ConnectTimeout { .. } => own("--connect-timeout SECONDS waits longer"),
        ClientError::Protocol(error) => broken_frame::hints(error),
        ClientError::NotConnected => own("'connect URL' connects; 'connect' alone tries the last one again"),
        _ => Vec::new(),
    }
}

/// The text of an error, its causes in one line, for standard error.
pub(crate) fn diagnostic(error: &Error) -> Diagnostic {
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return error.diagnostic();
    }
    let mut text = String::new();
    for cause in error.chain() {
        let one = cause.to_string();
        // A transparent error repeats what it holds.
        if !text.ends_with(&one) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&one);
        }
    }
    let text = crate::render::escape::escape_text(&text, crate::render::escape::Lines::One).into_owned();
    let diagnostic = Diagnostic::error(text).hints(hints(error));
    match error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()) {
        Some(ClientError::Protocol(error)) => diagnostic.source(broken_frame::source(error)),
        _ => diagnostic,
    }
}

/// What is wrong with a connection, in full.
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
        assert_eq!(client_code(&SessionError::NothingUnacked.into()), FAILED);
    }
}
