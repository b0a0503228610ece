//! `history`: the lines that were typed, and the file that stores them.

mod file;

use super::prelude::*;
use crate::render::escape::{Lines, escape_text};

pub(crate) use file::{HistoryFile, entry_of};

/// Lists what was typed, in this shell and others
#[derive(Args, Debug, Clone)]
pub(crate) struct History {
    /// How many lines
    #[arg(value_name = "N", default_value_t = 20)]
    pub count: usize,
}

impl Command for History {
    const FACTS: Facts = Facts::new("history", Group::Shell).shell_only().without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let lines = HistoryFile::of_user().and_then(|mut file| file.changed()).unwrap_or_default();
        let mut text = String::new();
        for line in &lines[lines.len().saturating_sub(self.count)..] {
            // A program gets the bytes as they are.
            let shown = if context.is_captured() { line.into() } else { escape_text(line, Lines::Many) };
            text.push_str(&shown);
            text.push('\n');
        }
        context.out(text.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
