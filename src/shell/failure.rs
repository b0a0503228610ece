//! The error of a command, as it is shown in a shell and in a script.

use crate::client::ClientError;
use crate::command::config::ConfigError;
use crate::command::diagnosis;
use crate::command::failed::{NotStarted, SourceLocation, Sourced};
use crate::command::tree::LineError;
use crate::render::{Diagnostic, Source};
use crate::session::ErrorNumber;

/// The error of a command with the place where the command stands: for an error of the line itself the text and
/// a caret, for one of a file its name and line.
pub(super) fn diagnostic(error: &anyhow::Error, place: &SourceLocation) -> Diagnostic {
    if let Some(Sourced { place, error }) = error.downcast_ref() {
        return diagnostic(error, place);
    }
    if let Some(NotStarted(error)) = error.downcast_ref() {
        // The line that came first is not to blame.
        return diagnostic(error, &SourceLocation::default());
    }
    let diagnostic = match error.downcast_ref::<LineError>() {
        Some(LineError { error, text }) => {
            // What goes to standard error may go into a log.
            let (text, span) = crate::words::mask_secrets_around(text, error.span.clone());
            Diagnostic::error(error.fault.to_string()).source(Source::new(text, span)).hints(error.hint())
        }
        None => diagnosis::diagnostic(error),
    };
    if place.file.is_empty() || error.is::<ConfigError>() {
        diagnostic
    } else {
        diagnostic.at(&place.file, place.line)
    }
}

/// The ERROR frame that made a line fail, where one did.
pub(super) fn error_number(error: &anyhow::Error) -> Option<ErrorNumber> {
    if let Some(Sourced { error, .. }) = error.downcast_ref() {
        return error_number(error);
    }
    error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()?.error_number())
}
