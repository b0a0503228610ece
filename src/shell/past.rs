//! What was typed before, here and in other shells, in the editor's memory.

use rustyline::Editor;
use rustyline::history::{History as _, MemHistory};

use super::helper::Assistant;
use crate::command::history::{HistoryFile, kept};

/// What was typed before.
pub(super) struct Past {
    file: Option<HistoryFile>,
    lines: Vec<String>,
}

impl Past {
    pub(super) fn of_user() -> Self {
        Self { file: HistoryFile::of_user(), lines: Vec::new() }
    }

    /// Takes over what other shells added.
    pub(super) fn refresh(&mut self, editor: &mut Editor<Assistant, MemHistory>) {
        if let Some(lines) = self.file.as_mut().and_then(HistoryFile::changed) {
            self.lines = lines;
            self.fill(editor.history_mut());
        }
    }

    fn fill(&self, history: &mut MemHistory) {
        // A history in memory does not fail.
        let _ = history.clear();
        for line in &self.lines {
            let _ = history.add(line);
        }
    }

    /// Adds a line, and drops older ones like it.
    pub(super) fn add(&mut self, line: &str, editor: &mut Editor<Assistant, MemHistory>) {
        let Some(entry) = kept(line) else { return };
        if let Some(file) = &mut self.file {
            file.append(&entry);
        }
        let before = self.lines.len();
        self.lines.retain(|own| *own != entry);
        let fresh = self.lines.len() == before;
        self.lines.push(entry);
        if fresh && let Some(entry) = self.lines.last() {
            let _ = editor.history_mut().add(entry);
        } else {
            self.fill(editor.history_mut());
        }
    }
}
