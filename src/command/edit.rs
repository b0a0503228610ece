//! `edit`: a line, or many, written in $EDITOR.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::exit::Problem;

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
        let text = context.edit(&self.text.join(" ")).await?;
        if text.trim().is_empty() {
            context.note("nothing was written, nothing is run");
            return Ok(Flow::Continue);
        }
        Box::pin(context.run_text(text.into_bytes())).await
    }
}
