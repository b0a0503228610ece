//! Script mode and the interactive shell.
//!
//! ```text
//! script.rs     commands from arguments, files, standard input
//! prompt.rs     lines asked for and run  reader.rs     the thread that reads them
//! asking.rs     the next prompt, and what is known for it
//! display.rs    what is printed above the line that is being typed
//! helper.rs     what rustyline asks      known.rs      what is known while a line is typed
//! place.rs      where a word stands      complete.rs   what Tab offers there
//! files.rs      files, for Tab           menu.rs       the list that Tab shows
//! hint.rs       grey hints               highlight.rs  colours
//! keys.rs       keys of our own          past.rs       what was typed before
//! inputrc.rs    readline's own settings  reflow.rs  a screen of another width
//! terminal.rs   modes, kept and given back
//! ```

mod asking;
mod complete;
#[cfg(test)]
mod cost;
mod display;
mod files;
mod helper;
mod highlight;
mod hint;
mod inputrc;
mod keys;
mod known;
mod menu;
mod past;
mod place;
mod prompt;
mod reader;
mod reflow;
pub mod script;
mod terminal;

use std::io::IsTerminal as _;
use std::sync::Arc;

use anyhow::Result;

use crate::client::ClientError;
use crate::command::config::ConfigError;
use crate::command::connection::ConnectionArgs;
use crate::command::context::{Context, Manner, NotStarted};
use crate::command::exit;
use crate::command::inbox::Inbox;
use crate::command::language::LineError;
use crate::command::pipeline::Place;
use crate::command::screen::Streams;
use crate::command::source::Sourced;
use crate::render::{Colors, Diagnostic, Source};
use crate::session::ErrorNumber;

pub use script::ScriptArgs;

/// What the command line says of a shell or a script.
pub struct Seat {
    /// Where the broker is.
    pub connection: ConnectionArgs,
    /// Where commands come from.
    pub script: ScriptArgs,
    /// Whether only errors are told.
    pub quiet: bool,
    /// Whether more is told.
    pub verbose: u8,
    /// Whether what takes messages off a production's queues does so without asking.
    pub sure: bool,
    /// The colours of both streams.
    pub colors: Colors,
}

/// Runs the script, or the shell where someone sits at a terminal; the exit code.
pub async fn run(seat: Seat) -> Result<u8> {
    let scripted = !seat.script.execute.is_empty() || !seat.script.file.is_empty();
    if scripted || !std::io::stdin().is_terminal() {
        let screen = Arc::new(Streams { paint: seat.colors.stderr });
        let inbox = Inbox::new(screen.clone(), true, None, explain);
        let manner = Manner {
            interactive: false,
            quiet: seat.quiet,
            verbose: seat.verbose,
            // After an ERROR there is no connection any more; who wants to go on needs one.
            reconnects: seat.script.keep_going,
            sure: seat.sure,
        };
        let context = Context::new(seat.connection, inbox, screen, seat.colors, manner);
        return script::run(context, &seat.script).await;
    }
    prompt::run(seat).await
}

/// What is wrong with a connection, in full.
fn explain(error: &ClientError) -> Diagnostic {
    exit::diagnostic(&error.clone().into())
}

/// The ERROR frame that made a line fail, where one did.
fn error_number(error: &anyhow::Error) -> Option<ErrorNumber> {
    if let Some(Sourced { error, .. }) = error.downcast_ref() {
        return error_number(error);
    }
    error.chain().find_map(|cause| cause.downcast_ref::<ClientError>()?.error())
}

/// How an error of a line is shown.
pub fn diagnostic(error: &anyhow::Error, place: &Place) -> Diagnostic {
    if let Some(Sourced { place, error }) = error.downcast_ref() {
        return diagnostic(error, place);
    }
    if let Some(NotStarted(error)) = error.downcast_ref() {
        // The line that came first is not to blame.
        return diagnostic(error, &Place::default());
    }
    let diagnostic = match error.downcast_ref::<LineError>() {
        Some(LineError { error, text }) => {
            // What goes to standard error may go into a log.
            let (text, span) = crate::words::mask_secrets_around(text, error.span.clone());
            Diagnostic::error(error.fault.to_string()).source(Source::new(text, span)).hints(error.hint())
        }
        None => exit::diagnostic(error),
    };
    if place.file.is_empty() || error.is::<ConfigError>() {
        diagnostic
    } else {
        diagnostic.at(&place.file, place.line)
    }
}
