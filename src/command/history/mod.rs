//! `history`: what was typed; the file that keeps it.

mod file;

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, ControlFlow};
use crate::command::facts::{Facts, Group, Typed};
use crate::command::tree::Input;
use crate::render::escape::{Lines, escape_text};

pub(crate) use file::{HistoryFile, kept};

/// Lists what was typed, in this shell and others
#[derive(Args, Debug, Clone)]
pub(crate) struct History {
    /// How many lines
    #[arg(value_name = "N", default_value_t = 20)]
    pub count: usize,
}

impl Command for History {
    const FACTS: Facts = Facts::new("history", Group::Shell).typed(Typed::InShell).without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let lines = HistoryFile::of_user().and_then(|mut file| file.changed()).unwrap_or_default();
        let mut text = String::new();
        for line in &lines[lines.len().saturating_sub(self.count)..] {
            // Into a pipe go the bytes.
            let shown = if context.is_captured() { line.into() } else { escape_text(line, Lines::Many) };
            text.push_str(&shown);
            text.push('\n');
        }
        context.out(text.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
