//! Exit statuses, and the errors of commands themselves. `diagnosis` turns errors into messages and statuses.

use thiserror::Error as ThisError;

use crate::client::ClientError;

pub(crate) const OK: u8 = 0;
pub(crate) const FAILED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const UNREACHABLE: u8 = 3;
pub(crate) const DENIED: u8 = 4;
pub(crate) const REFUSED: u8 = 5;
pub(crate) const UNKNOWN: u8 = 6;
pub(crate) const PROTOCOL: u8 = 7;
pub(crate) const LOCAL: u8 = 8;
/// The exit status of timeout(1).
pub(crate) const TIMEOUT: u8 = 124;
/// 128 plus SIGHUP, as shells have it; the next three are the same for SIGINT, SIGPIPE and SIGTERM.
pub(crate) const HUNG_UP: u8 = 129;
pub(crate) const INTERRUPTED: u8 = 130;
pub(crate) const CLOSED: u8 = 141;
pub(crate) const TERMINATED: u8 = 143;

/// Whether the program ends because of a signal, of which the user knows.
pub(crate) fn is_signal(code: u8) -> bool {
    matches!(code, HUNG_UP | INTERRUPTED | CLOSED | TERMINATED)
}

/// The meaning of each exit status, for the manual page.
pub(crate) const CODES: &[(u8, &str)] = &[
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
    (HUNG_UP, "SIGHUP: the terminal was closed."),
    (INTERRUPTED, "Ctrl-C."),
    (CLOSED, "Standard output was closed."),
    (TERMINATED, "SIGTERM."),
];

/// The errors of commands that no connection has caused.
#[derive(Debug, ThisError)]
pub(crate) enum Problem {
    #[error("{message}")]
    Usage { message: String, hint: Option<String> },
    /// The system refused an operation on a file, a pipe or a terminal.
    #[error("{what}: {error}")]
    Local { what: String, error: std::io::Error },
    /// The input, or a message that the command names, cannot be used.
    #[error("{0}")]
    Input(String),
    #[error("{0}")]
    TimedOut(String),
    /// The same, with something to try.
    #[error("{message}")]
    NoAnswer { message: String, hint: String },
    /// A failure with an exit status of its own; counts have been reported.
    #[error("{reason}")]
    Sending { reason: String, code: u8 },
    /// A signal arrived while a question was open.
    #[error("it was stopped")]
    Stopped { code: u8 },
    /// A login was refused elsewhere than on a STOMP connection.
    #[error("{message}")]
    Denied { message: String, hint: String },
    /// A server that is no STOMP broker, such as RabbitMQ's management, does not answer.
    #[error("{message}")]
    Unanswered { message: String, hint: String },
    /// A queue that messages are to be sent to does not exist, and the broker would drop them.
    #[error("{message}")]
    NoQueue { message: String, hint: String },
    /// Nothing proves that the broker has processed the acks of messages that were printed or answered.
    #[error("the last ACK is not confirmed: {error}")]
    AckUnconfirmed { error: ClientError },
    /// A server answered what this program cannot read.
    #[error("{message}")]
    Unexpected { message: String, hint: String },
    /// A command failed and has reported why.
    #[error("a command failed")]
    Exit { code: u8 },
}

impl Problem {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    pub(crate) fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    pub(crate) fn local(what: impl Into<String>, error: std::io::Error) -> Self {
        Self::Local { what: what.into(), error }
    }

    /// A connection was closed while this transaction was open.
    pub(crate) fn never_committed(transaction: &str) -> Self {
        let reason =
            format!("transaction '{transaction}' was never committed: what was sent in it is dropped");
        Self::Sending { reason, code: FAILED }
    }
}
