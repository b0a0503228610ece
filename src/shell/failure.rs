//! How the shell and scripts show the error of a line.

use crate::client::ClientError;
use crate::command::config::ConfigError;
use crate::command::diagnosis;
use crate::command::script_error::{ConnectFailed, SourceFailed, SourceLocation};
use crate::command::tree::LineError;
use crate::render::{Diagnostic, Excerpt};
use crate::session::ErrorNumber;

/// Adds the location to the error of a command: file and line, and for a syntax error the text with a caret.
pub(super) fn diagnostic(error: &anyhow::Error, location: &SourceLocation) -> Diagnostic {
    if let Some(SourceFailed { location: place, error }) = error.downcast_ref() {
        return diagnostic(error, place);
    }
    if let Some(ConnectFailed(error)) = error.downcast_ref() {
        // The first connection failed, not the line that needed it.
        return diagnostic(error, &SourceLocation::default());
    }
    let diagnostic = match error.downcast_ref::<LineError>() {
        Some(LineError { error, text }) => {
            // Standard error may go into a log.
            let (text, span) = crate::words::mask_secrets_around(text, error.span.clone());
            Diagnostic::error(error.fault.to_string()).source(Excerpt::new(text, span)).hints(error.hint())
        }
        None => diagnosis::diagnostic(error),
    };
    if location.file.is_empty() || error.is::<ConfigError>() {
        diagnostic
    } else {
        diagnostic.at(&location.file, location.line)
    }
}

/// The number of the ERROR frame that made a line fail, if one did.
pub(super) fn error_number(error: &anyhow::Error) -> Option<ErrorNumber> {
    if let Some(SourceFailed { error, .. }) = error.downcast_ref() {
        return error_number(error);
    }
    error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()?.error_number())
}
