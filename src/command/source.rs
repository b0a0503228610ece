//! `source`: the commands of a file.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::exit::Problem;

/// How deep files may run files.
const DEEPEST: u32 = 16;

/// Runs the commands of a file, until one fails
#[derive(Args, Debug, Clone)]
pub struct Source {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

impl Source {
    /// Runs them.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        let failed = |error| Problem::local(format!("cannot read {}", self.file.display()), error);
        let text = std::fs::read(&self.file).map_err(failed)?;
        if context.depth >= DEEPEST {
            return Err(Problem::usage(format!(
                "files run files more than {DEEPEST} deep; does one run itself?"
            ))
            .into());
        }
        context.depth += 1;
        let result = context.run_text(text).await;
        context.depth -= 1;
        result.map_err(|error| error.context(format!("{}", self.file.display())))
    }
}
