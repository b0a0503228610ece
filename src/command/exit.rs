//! Errors into hints and exit codes: the one place that knows both.

use anyhow::Error;
use thiserror::Error as ThisError;

use super::broken_frame;
use super::config::ConfigError;
use super::context::NotStarted;
use crate::client::ClientError;
use crate::render::{Diagnostic, StdoutError};
use crate::session::{Failure, RefusalKind, SessionError};
use crate::transport::{DialErrorKind, UrlError};

/// Done.
pub const OK: u8 = 0;
/// A script's command or an `--exec` failed.
pub const FAILED: u8 = 1;
/// The command line makes no sense.
pub const USAGE: u8 = 2;
/// The broker cannot be reached.
pub const UNREACHABLE: u8 = 3;
/// The login, or a TLS identity, was refused.
pub const DENIED: u8 = 4;
/// The broker refused (ERROR).
pub const REFUSED: u8 = 5;
/// The outcome is unknown: no receipt.
pub const UNKNOWN: u8 = 6;
/// A protocol violation, or a limit.
pub const PROTOCOL: u8 = 7;
/// Local input or output.
pub const LOCAL: u8 = 8;
/// Time ran out.
pub const TIMEOUT: u8 = 124;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;
/// SIGTERM.
pub const TERMINATED: u8 = 143;
/// Standard output was closed.
pub const CLOSED: u8 = 141;

/// What each code means, for people.
pub const CODES: &[(u8, &str)] = &[
    (OK, "Done."),
    (FAILED, "A script's command, or an --exec, failed."),
    (USAGE, "Usage."),
    (UNREACHABLE, "The broker cannot be reached."),
    (DENIED, "The login, or a TLS identity, was refused."),
    (REFUSED, "The broker refused (ERROR)."),
    (UNKNOWN, "The outcome is unknown: no receipt."),
    (PROTOCOL, "A protocol violation, or a limit."),
    (LOCAL, "Local input or output."),
    (TIMEOUT, "Time ran out."),
    (INTERRUPTED, "Ctrl-C."),
    (CLOSED, "Standard output was closed."),
    (TERMINATED, "SIGTERM."),
];

/// Errors of commands themselves.
#[derive(Debug, ThisError)]
pub enum Problem {
    /// The command line makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A file, a pipe or a terminal.
    #[error("{what}: {error}")]
    Local {
        /// What was being done.
        what: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Input that is not what it should be.
    #[error("{0}")]
    Input(String),
    /// Time ran out.
    #[error("{0}")]
    TimedOut(String),
    /// Sending ended before its end; the counts have been printed.
    #[error("{reason}")]
    Sending {
        /// Why.
        reason: String,
        /// The exit code that fits.
        code: u8,
    },
    /// The broker sent an ERROR.
    #[error("the broker sent an ERROR: {0}")]
    BrokerError(String),
    /// A signal came while a question was open.
    #[error("it was stopped")]
    Stopped {
        /// The exit code that belongs to the signal.
        code: u8,
    },
    /// A login was refused elsewhere than on a connection.
    #[error("{message}")]
    Denied {
        /// By whom.
        message: String,
        /// What to do.
        hint: String,
    },
    /// What was asked beside a connection does not answer.
    #[error("{message}")]
    Unanswered {
        /// Who, and why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A command of a script failed; it has been printed.
    #[error("a command failed")]
    Script {
        /// The exit code that fits.
        code: u8,
    },
}

impl Problem {
    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// A usage error that says what to do.
    pub fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// A local failure.
    pub fn local(what: impl Into<String>, error: std::io::Error) -> Self {
        Self::Local { what: what.into(), error }
    }
}

/// The exit code of an error.
pub fn code(error: &Error) -> u8 {
    if let Some(sourced) = error.downcast_ref::<super::source::Sourced>() {
        return code(&sourced.error);
    }
    if let Some(NotStarted(error)) = error.downcast_ref() {
        return code(error);
    }
    for cause in error.chain() {
        if let Some(problem) = cause.downcast_ref::<Problem>() {
            return match problem {
                Problem::Usage { .. } => USAGE,
                Problem::Local { .. } | Problem::Input(_) => LOCAL,
                Problem::TimedOut(_) => TIMEOUT,
                Problem::Sending { code, .. } | Problem::Stopped { code } | Problem::Script { code } => *code,
                Problem::BrokerError(_) => REFUSED,
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
pub fn client_code(error: &ClientError) -> u8 {
    match error {
        ClientError::Dial(error) => match error.kind() {
            DialErrorKind::CannotReach => UNREACHABLE,
            DialErrorKind::NotTrusted => DENIED,
            DialErrorKind::Local => LOCAL,
        },
        ClientError::Refused { refusal, .. } if refusal.kind == RefusalKind::Login => DENIED,
        ClientError::Refused { .. } | ClientError::Failure(Failure::Refused { .. }) => REFUSED,
        ClientError::Failure(Failure::Unknown { .. }) => UNKNOWN,
        ClientError::Protocol(_) | ClientError::UnknownVersion { .. } => PROTOCOL,
        ClientError::Body(_) => LOCAL,
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
        ClientError::Failure(Failure::NotSent { .. })
        | ClientError::ConnectTimeout { .. }
        | ClientError::ClosedAtConnect { .. }
        | ClientError::NotStomp { .. }
        | ClientError::Lost { .. }
        | ClientError::NotConnected => UNREACHABLE,
    }
}

/// Whether this end of a connection says more than that what was sent is unknown: who we are was refused,
/// or the broker broke the protocol.
pub fn says_why(error: &ClientError) -> bool {
    matches!(client_code(error), DENIED | REFUSED | PROTOCOL)
}

/// What to do about an error, one sentence each.
pub fn hints(error: &Error) -> Vec<String> {
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
pub fn client_hints(error: &ClientError) -> Vec<String> {
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
pub fn diagnostic(error: &Error) -> Diagnostic {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_sent_and_what_is_unknown_have_exit_codes_of_their_own() {
        let reason = || "the connection was lost".to_owned();
        let code = |failure: Failure| client_code(&failure.into());
        assert_eq!(code(Failure::NotSent { reason: reason() }), UNREACHABLE);
        assert_eq!(code(Failure::Unknown { reason: reason() }), UNKNOWN);
        assert_eq!(code(Failure::Refused { message: reason() }), REFUSED);
        assert_eq!(client_code(&ClientError::NotConnected), UNREACHABLE);
        assert_eq!(client_code(&SessionError::NothingUnacked.into()), FAILED);
    }
}
