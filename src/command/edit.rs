//! `edit`: writes lines in $EDITOR and runs them.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::exit;
use super::prelude::*;
use super::system::{foreground, shell};
use crate::render::escape::{Lines, escape_text};
use crate::words::mask_secrets;

/// Opens $EDITOR with LINE, or with the last line that was run, and runs what is saved there
///
/// What is not saved is not run. $VISUAL counts before $EDITOR. Ctrl-X Ctrl-E opens the line that is being
/// typed, and brings it back.
#[derive(Args, Debug, Clone)]
pub(crate) struct Edit {
    /// What stands there at first
    #[arg(id = "beginning", value_name = "LINE")]
    pub line: Option<String>,
}

pub(crate) struct Edited {
    pub text: String,
    pub saved: bool,
}

impl Command for Edit {
    const FACTS: Facts = Facts::new("edit", Group::Shell).shell_only();

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        if !context.run_options.interactive {
            return Err(Problem::usage("a script cannot edit").into());
        }
        let text = match &input.line {
            Some(line) => String::from_utf8_lossy(line).into_owned(),
            None => context.last_line.clone(),
        };
        let Edited { text, saved } = context.edit(&text).await?;
        if !saved || text.trim().is_empty() {
            let why = if saved { "nothing was written" } else { "nothing was saved" };
            context.note(&format!("{why}, nothing is run"));
            return Ok(ControlFlow::Continue);
        }
        // The screen and the history show the lines as if they had been typed.
        context.screen.say(&escape_text(&mask_secrets(&text), Lines::Many));
        context.edited = Some(text.clone());
        Box::pin(context.run_text(text.into_bytes())).await
    }
}

pub(super) fn editor() -> String {
    let named = |name| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

impl Context {
    /// Opens the text in the user's editor. It is an error if the editor fails.
    pub(crate) async fn edit(&self, text: &str) -> Result<Edited> {
        let failed = |error| Problem::local("cannot use a temporary file", error);
        let mut file = tempfile::Builder::new().suffix(".stomp").tempfile().map_err(failed)?;
        let before = format!("{text}\n");
        file.write_all(before.as_bytes()).map_err(failed)?;
        // Saving is detected by the modification time, whose resolution may be too coarse for an editor that saves at
        // once; so the file gets an older time.
        let past = SystemTime::now() - Duration::from_secs(2);
        file.as_file().set_modified(past).map_err(failed)?;
        let stamp = modified(file.path()).map_err(failed)?;
        // $EDITOR may contain options, which the shell splits; the path is an argument of its own.
        let mut command = shell(format!("{} \"$1\"", editor()).as_bytes());
        command.arg("stomp").arg(file.path());
        let status = foreground(self, move || command.status()).await?;
        if !status.success() {
            let reason = format!("the editor ended with {status}: its text is not used");
            return Err(Problem::Sending { reason, code: exit::FAILED }.into());
        }
        let bytes = std::fs::read(file.path()).map_err(failed)?;
        let saved = bytes != before.as_bytes() || modified(file.path()).map_err(failed)? != stamp;
        let text = String::from_utf8(bytes)
            .map_err(|_| Problem::usage_hint("the text is not UTF-8", "a body of other bytes is @FILE"))?;
        let text = text.trim_end_matches('\n').to_owned();
        Ok(Edited { text, saved })
    }
}

fn modified(path: &Path) -> std::io::Result<SystemTime> {
    std::fs::metadata(path)?.modified()
}
