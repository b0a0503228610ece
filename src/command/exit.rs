//! Exit statuses, and the errors of commands themselves. `diagnosis` turns errors into both words and statuses.

use thiserror::Error as ThisError;

/// Done.
pub(crate) const OK: u8 = 0;
/// A script's command or an `--exec` failed.
pub(crate) const FAILED: u8 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: u8 = 2;
/// The broker cannot be reached.
pub(crate) const UNREACHABLE: u8 = 3;
/// The login, or a TLS identity, was refused.
pub(crate) const DENIED: u8 = 4;
/// The broker refused (ERROR).
pub(crate) const REFUSED: u8 = 5;
/// The outcome is unknown: no receipt.
pub(crate) const UNKNOWN: u8 = 6;
/// A protocol violation, or a limit.
pub(crate) const PROTOCOL: u8 = 7;
/// Local input or output.
pub(crate) const LOCAL: u8 = 8;
/// Time ran out.
pub(crate) const TIMEOUT: u8 = 124;
/// Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;
/// SIGTERM.
pub(crate) const TERMINATED: u8 = 143;
/// Standard output was closed.
pub(crate) const CLOSED: u8 = 141;

/// What each code means, for people.
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
    (INTERRUPTED, "Ctrl-C."),
    (CLOSED, "Standard output was closed."),
    (TERMINATED, "SIGTERM."),
];

/// Errors of commands themselves.
#[derive(Debug, ThisError)]
pub(crate) enum Problem {
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
    /// A command failed, and has told so.
    #[error("a command failed")]
    Exit {
        /// The exit code that fits.
        code: u8,
    },
}

impl Problem {
    /// A usage error without a hint.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// A usage error that says what to do.
    pub(crate) fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    pub(crate) fn local(what: impl Into<String>, error: std::io::Error) -> Self {
        Self::Local { what: what.into(), error }
    }
}
