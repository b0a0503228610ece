//! Script mode and the interactive shell.
//!
//! ```text
//! script.rs     commands from arguments, files, standard input
//! prompt.rs     lines asked for and run  reader.rs     the thread that reads them
//! asking.rs     the next prompt, and what is known for it
//! display.rs    what is printed above the line that is being typed
//! helper.rs     what rustyline asks
//! word.rs       the word that is typed   complete.rs   what Tab offers for it
//! files.rs      files, for Tab           menu.rs       the list that Tab shows
//! hint.rs       grey hints               highlight.rs  colours
//! keys.rs       keys of our own          past.rs       what was typed before
//! inputrc.rs    readline's own settings  reflow.rs  a screen of another width
//! terminal.rs   modes, kept and given back
//! failure.rs    how the error of a line is shown
//! seat.rs       what the command line says
//! ```

mod asking;
mod complete;
#[cfg(test)]
mod cost;
mod display;
mod failure;
mod files;
mod helper;
mod highlight;
mod hint;
mod inputrc;
mod keys;
mod menu;
mod past;
mod prompt;
mod reader;
mod reflow;
pub(crate) mod script;
mod seat;
mod terminal;
mod word;

use std::io::IsTerminal as _;
use std::sync::Arc;

use anyhow::Result;

use crate::command::COMMANDS;
use crate::command::context::{Context, RunOptions};
use crate::command::diagnosis;
use crate::command::inbox::Inbox;
use crate::command::screen::Streams;

pub(crate) use script::ScriptArgs;
pub(crate) use seat::Seat;

/// Runs the script, or the shell where someone sits at a terminal; the exit code.
pub(crate) async fn run(seat: Seat) -> Result<u8> {
    let scripted = !seat.script.execute.is_empty() || !seat.script.file.is_empty();
    if scripted || !std::io::stdin().is_terminal() {
        let screen = Arc::new(Streams { paint: seat.colors.stderr });
        let inbox = Inbox::new(screen.clone(), true, None, diagnosis::explain);
        let run_options = RunOptions {
            interactive: false,
            one_shot: false,
            quiet: seat.quiet,
            verbose: seat.verbose,
            // After an ERROR there is no connection any more; who wants to go on needs one.
            reconnects: seat.script.keep_going,
            sure: seat.sure,
        };
        let context =
            Context::new(COMMANDS, seat.program, seat.connection, inbox, screen, seat.colors, run_options);
        return script::run(context, &seat.script).await;
    }
    prompt::run(seat).await
}
