//! The editor's history: lines that were typed in this and in other shells.

use rustyline::Editor;
use rustyline::history::{History as _, MemHistory};

use super::helper::Assistant;
use crate::command::history::{HistoryFile, entry_of};

pub(super) struct LineHistory {
    file: Option<HistoryFile>,
    lines: Vec<String>,
}

impl LineHistory {
    pub(super) fn of_user() -> Self {
        Self { file: HistoryFile::of_user(), lines: Vec::new() }
    }

    /// Reloads the history file if another shell has changed it.
    pub(super) fn refresh(&mut self, editor: &mut Editor<Assistant, MemHistory>) {
        if let Some(lines) = self.file.as_mut().and_then(HistoryFile::changed) {
            self.lines = lines;
            self.fill(editor.history_mut());
        }
    }

    fn fill(&self, history: &mut MemHistory) {
        // Only histories in files can fail.
        let _ = history.clear();
        for line in &self.lines {
            let _ = history.add(line);
        }
    }

    /// Adds a line and removes older copies of it.
    pub(super) fn add(&mut self, line: &str, editor: &mut Editor<Assistant, MemHistory>) {
        let Some(entry) = entry_of(line) else { return };
        if let Some(file) = &mut self.file {
            file.append(&entry);
        }
        let before = self.lines.len();
        self.lines.retain(|line| *line != entry);
        let is_new = self.lines.len() == before;
        self.lines.push(entry);
        if is_new && let Some(entry) = self.lines.last() {
            let _ = editor.history_mut().add(entry);
        } else {
            self.fill(editor.history_mut());
        }
    }
}
