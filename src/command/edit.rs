//! `edit`: a line, or many, written in $EDITOR.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::exit::Problem;
use super::system;

/// Opens $EDITOR, and runs what was written there
#[derive(Args, Debug, Clone)]
pub struct Edit {
    /// What stands there at first
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,
}

impl Edit {
    /// Edits and runs.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        if !context.manner.interactive {
            return Err(Problem::usage("a script cannot edit").into());
        }
        let failed = |error| Problem::local("cannot edit", error);
        let file = tempfile::Builder::new().prefix("stomp-").suffix(".txt").tempfile().map_err(failed)?;
        std::fs::write(file.path(), self.text.join(" ")).map_err(failed)?;
        let editor =
            std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_owned());
        let mut command = Command::new("sh");
        // $EDITOR may hold options; the system's shell splits it, and the path is an argument.
        command.arg("-c").arg(format!("{editor} \"$1\"")).arg("stomp").arg(file.path());
        system::foreground(context, move || command.status()).await?;
        let text = std::fs::read(file.path()).map_err(failed)?;
        if text.trim_ascii().is_empty() {
            context.note("nothing was written, nothing is run");
            return Ok(Flow::Continue);
        }
        Box::pin(context.run_text(text)).await
    }
}
