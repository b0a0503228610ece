//! Repairs the line when the screen is resized while it is typed.
//!
//! Most terminals rewrap their text after a resize, but rustyline clears as many rows as the line took before: too few, or
//! rows above the prompt. Therefore the cursor is moved to where rustyline expects it before each repaint.

use std::cell::Cell;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::IsTerminal as _;

use unicode_width::UnicodeWidthChar as _;

use super::terminal;

/// Corrects the position of the cursor after the screen was resized.
#[derive(Default)]
pub(super) struct Reflow {
    /// Whether the terminal rewraps its text after a resize.
    wraps: bool,
    /// Hash of the line, byte offset of the cursor in it, columns of the screen.
    painted: Cell<Option<(u64, usize, usize)>>,
}

fn hash(line: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(line)
}

impl Reflow {
    pub(super) fn of_terminal() -> Self {
        let wraps = std::io::stdout().is_terminal() && wraps(|name| std::env::var(name).ok());
        Self { wraps, painted: Cell::new(None) }
    }

    /// The line was painted behind the prompt, not in a search of the history.
    pub(super) fn painted(&self, line: &str, pos: usize) {
        if self.wraps {
            self.painted.set(Some((hash(line), pos, terminal::size().0)));
        }
    }

    pub(super) fn moved(&self, pos: usize) {
        self.painted.set(self.painted.get().map(|(hash, _, columns)| (hash, pos, columns)));
    }

    pub(super) fn forget(&self) {
        self.painted.set(None);
    }

    /// A line is about to be painted. If it is unchanged but the width of the screen is not, moves the cursor to where it
    /// would be without rewrapping. `prompt` is the width of the prompt in columns.
    pub(super) fn before(&self, line: &str, pos: usize, prompt: usize) {
        let Some((last, at, columns)) = self.painted.get() else { return };
        let now = terminal::size().0;
        if columns == now || at != pos || last != hash(line) {
            return;
        }
        // The thread that reads from the terminal notices if it fails.
        let _ =
            rustix::io::write(rustix::stdio::stdout(), moves(line, pos, prompt, (columns, now)).as_bytes());
    }
}

/// Whether the terminal is known to rewrap; xterm and screen do not.
fn wraps(variable: impl Fn(&str) -> Option<String>) -> bool {
    let there = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    let says = ["TMUX", "TERM_PROGRAM", "VTE_VERSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION"];
    let term = variable("TERM").unwrap_or_default();
    let known = ["tmux", "alacritty", "foot", "xterm-kitty", "xterm-ghostty", "wezterm"];
    // Inside screen, the terminal around it does not matter.
    !term.starts_with("screen.")
        && variable("STY").is_none()
        && (says.iter().any(there) || known.iter().any(|name| term.starts_with(name)))
}

/// The escapes that clear the line, rewrapped at width `now`, and move the cursor to where it was at width `before`.
fn moves(line: &str, pos: usize, prompt: usize, (before, now): (usize, usize)) -> String {
    let row = |text: &str, columns| row_of(text, prompt, columns);
    let up = row(&line[..pos], now);
    let (cursor, end) = (row(&line[..pos], before), row(line, before));
    let mut out = String::new();
    if up > 0 {
        out.push_str(&format!("\x1b[{up}A"));
    }
    out.push_str("\r\x1b[J");
    // Line feeds make room where the screen ends.
    out.push_str(&"\n".repeat(end));
    if end > cursor {
        out.push_str(&format!("\x1b[{}A", end - cursor));
    }
    out
}

/// The row, counted from the prompt's, of the position behind `text`.
fn row_of(text: &str, prompt: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let (mut row, mut column) = (prompt / columns, prompt % columns);
    for character in text.chars() {
        if character == '\n' {
            row += 1;
            column = 0;
            continue;
        }
        let width = if character == '\t' { 8 - column % 8 } else { character.width().unwrap_or(0) };
        column += width;
        if column > columns {
            row += 1;
            column = width;
        }
    }
    row + usize::from(column == columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_a_terminal_wraps() {
        assert_eq!(row_of("", 10, 80), 0);
        assert_eq!(row_of(&"x".repeat(69), 10, 80), 0);
        assert_eq!(row_of(&"x".repeat(70), 10, 80), 1);
        assert_eq!(row_of("a\nb\n", 10, 80), 2);
        // A wide character does not stand on two rows.
        assert_eq!(row_of(&"語".repeat(35), 9, 80), 0);
        assert_eq!(row_of(&"語".repeat(36), 9, 80), 1);
    }

    #[test]
    fn the_cursor_is_put_where_it_was_by_the_old_width() {
        let line = "x".repeat(100);
        // Two rows at 80 columns, one at 120: nothing above it is touched.
        assert_eq!(moves(&line, 100, 10, (80, 120)), "\r\x1b[J\n");
        // Two rows at 80, three at 40, the cursor at the beginning of the line.
        assert_eq!(moves(&line, 0, 10, (80, 40)), "\r\x1b[J\n\x1b[1A");
        assert_eq!(moves(&line, 100, 10, (80, 40)), "\x1b[2A\r\x1b[J\n");
    }

    #[test]
    fn terminals_that_wrap_anew_are_known() {
        let with = |name: &'static str, value: &'static str| {
            wraps(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(with("TMUX", "/tmp/tmux") && with("TERM_PROGRAM", "vscode") && with("TERM", "xterm-kitty"));
        assert!(!with("TERM", "xterm-256color") && !with("TERM", "screen-256color"));
    }
}
