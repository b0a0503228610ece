//! Scripts and the interactive shell.
//!
//! ```text
//! script.rs     commands from arguments, files, standard input
//! prompt.rs     reads lines at the prompt and runs them
//! reader.rs     the thread that reads them
//! asking.rs     builds the next prompt
//! display.rs    prints above the line that is being typed
//! helper.rs     rustyline's helper
//! word.rs       the word at the cursor        complete.rs   its candidates
//! files.rs      file names for Tab            menu.rs       the list that Tab shows
//! hint.rs       grey hints                    highlight.rs  colours
//! keys.rs       key bindings                  history.rs    lines typed before
//! inputrc.rs    the user's readline settings  reflow.rs     resizing the screen
//! terminal.rs   saves and restores the terminal's modes
//! failure.rs    how the error of a line is shown
//! options.rs    what the command line says about a shell or a script
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
mod history;
mod inputrc;
mod keys;
mod menu;
mod options;
mod prompt;
mod reader;
mod reflow;
pub(crate) mod script;
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

pub(crate) use options::ShellOptions;
pub(crate) use script::ScriptArgs;

/// Runs the script, or the shell if standard input is a terminal. Returns the exit status.
pub(crate) async fn run(options: ShellOptions) -> Result<u8> {
    let scripted = !options.script.execute.is_empty() || !options.script.file.is_empty();
    if scripted || !std::io::stdin().is_terminal() {
        let screen = Arc::new(Streams { paint: options.colors.stderr });
        let inbox = Inbox::new(screen.clone(), true, None, diagnosis::explain);
        let ShellOptions { quiet, verbose, sure, .. } = options;
        // An ERROR closes the connection, and --keep-going needs a new one.
        let reconnects = options.script.keep_going;
        let run_options = RunOptions { quiet, verbose, reconnects, sure, ..RunOptions::default() };
        let context = Context::new(
            COMMANDS,
            options.program,
            options.connection,
            inbox,
            screen,
            options.colors,
            run_options,
        );
        return Box::pin(script::run(context, &options.script)).await;
    }
    options.script.refuse_at_prompt()?;
    prompt::run(options).await
}
