//! Errors and warnings with their place, the text they are about, and hints.

use super::escape::{Lines, escape, escape_text};
use super::secrets::mask_urls;
use super::style::{Paint, Role};
use std::fmt::Write as _;
use std::ops::Range;
use unicode_truncate::UnicodeTruncateStr as _;
use unicode_width::UnicodeWidthStr;

/// A text and the part of it that an error is about.
#[derive(Debug, Clone)]
pub(crate) struct Excerpt {
    text: Vec<u8>,
    span: Range<usize>,
    /// The number of lines to show before and after the part.
    around: (usize, usize),
}

impl Excerpt {
    /// An empty span points between two characters.
    pub(crate) fn new(text: impl Into<Vec<u8>>, span: Range<usize>) -> Self {
        Self { text: text.into(), span, around: (0, 0) }
    }

    /// Also shows this many lines before and after the part.
    pub(crate) fn around(mut self, before: usize, after: usize) -> Self {
        self.around = (before, after);
        self
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Diagnostic {
    severity: Severity,
    message: String,
    place: Option<String>,
    source: Option<Excerpt>,
    hints: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
}

/// The width of the excerpt of a line.
const WINDOW: usize = 72;

impl Diagnostic {
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            source: None,
            hints: Vec::new(),
        }
    }

    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Adds the name of a script and a line number, from 1.
    pub(crate) fn at(mut self, file: &str, line: u64) -> Self {
        self.place = Some(format!("{file}:{line}"));
        self
    }

    /// Adds the text to quote, with carets under the span.
    pub(crate) fn source(mut self, source: Excerpt) -> Self {
        self.source = Some(source);
        self
    }

    /// Adds what to do next, if possible as a command that can be pasted.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    pub(crate) fn without_hints(self) -> Self {
        Self { hints: Vec::new(), ..self }
    }

    /// The lines for standard error, each with a line feed. All texts are escaped, since they may quote
    /// what was received, and secrets of URLs are masked.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        if let Some(place) = &self.place {
            let _ = write!(out, "{}: ", escape_text(place, Lines::One));
        }
        let (role, word) = match self.severity {
            Severity::Error => (Role::Error, "error:"),
            Severity::Warning => (Role::Warning, "warning:"),
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            out,
            "{} {}",
            paint.paint(role, word),
            escape_text(&mask_urls(&self.message), Lines::Many)
        );
        if let Some(source) = &self.source {
            push_source(source, paint, &mut out);
        }
        for hint in &self.hints {
            let _ = writeln!(
                out,
                "{} {}",
                paint.paint(Role::Hint, "hint:"),
                escape_text(&mask_urls(hint), Lines::Many)
            );
        }
        out
    }
}

/// Appends the line of the span with carets under it, and the lines around it.
fn push_source(source: &Excerpt, paint: Paint, out: &mut String) {
    let text = &source.text;
    let start = source.span.start.min(text.len());
    let from = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
    let to = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
    let end = source.span.end.clamp(start, to);

    if from > 0 {
        let before: Vec<&[u8]> = text[..from - 1].split(|byte| *byte == b'\n').collect();
        before[before.len().saturating_sub(source.around.0)..].iter().for_each(|line| push_line(line, out));
    }
    push_marked(text, from..to, start..end, paint, out);
    if to < text.len() {
        let after = text[to + 1..].split(|byte| *byte == b'\n');
        after.take(source.around.1).for_each(|line| push_line(line, out));
    }
}

fn push_line(line: &[u8], out: &mut String) {
    let _ = writeln!(out, "  {}", cut_end(escape(line, Lines::One).into_owned(), WINDOW));
}

/// The text in this many columns; a longer one is followed by an ellipsis.
fn cut_end(text: String, columns: usize) -> String {
    if text.width() > columns { format!("{}…", text.unicode_truncate(columns).0) } else { text }
}

/// Appends a line, and carets under a part of it.
fn push_marked(text: &[u8], line: Range<usize>, place: Range<usize>, paint: Paint, out: &mut String) {
    let (from, to, start, end) = (line.start, line.end, place.start, place.end);
    let shown = |range: Range<usize>| escape(&text[range], Lines::One).into_owned();
    let (mut before, mut marked, after) = (shown(from..start), shown(start..end), shown(end..to));
    let marks = marked.width().clamp(1, WINDOW);
    let room = WINDOW.saturating_sub(marks);
    let after_room = room.saturating_sub(before.width()).max(room / 3);
    let after = cut_end(after, after_room);
    let before_room = room.saturating_sub(after.width()).max(room / 3);
    if before.width() > before_room {
        before = format!("…{}", before.unicode_truncate_start(before_room).0);
    }
    if marked.width() > WINDOW {
        marked = format!("{}…", marked.unicode_truncate(WINDOW - 1).0);
    }
    let _ = writeln!(out, "  {before}{marked}{after}");
    let carets = paint.paint(Role::Error, &"^".repeat(marks)).to_string();
    let _ = writeln!(out, "  {}{carets}", " ".repeat(before.width()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn source(text: &str, span: Range<usize>) -> String {
        let mut out = String::new();
        push_source(&Excerpt::new(text, span), Paint::PLAIN, &mut out);
        out
    }

    #[test]
    fn an_error_has_a_caret_and_a_hint() {
        let error = Diagnostic::error("'send' has no option '--presistent'")
            .source(Excerpt::new("send --presistent /queue/a", 5..17))
            .hint("did you mean '--persistent'?");
        assert_eq!(
            error.render(Paint::PLAIN),
            "error: 'send' has no option '--presistent'\n  send --presistent /queue/a\n       ^^^^^^^^^^^^\n\
             hint: did you mean '--persistent'?\n"
        );
        assert_eq!(
            error.at("a.stomp", 2).render(Paint::PLAIN).lines().next(),
            Some("a.stomp:2: error: 'send' has no option '--presistent'")
        );
    }

    #[test]
    fn carets_stand_under_wide_and_escaped_characters() {
        assert_eq!(source("a 日本\tx", 3 + 6..3 + 7), "  a 日本\\tx\n          ^\n");
        assert_eq!(source("ab", 2..2), "  ab\n    ^\n");
        assert_eq!(source("one\ntwo 'x\nthree", 8..9), "  two 'x\n      ^\n");
    }

    #[test]
    fn of_a_long_line_only_the_place_is_shown() {
        let text = "x".repeat(200) + "HERE" + &"y".repeat(200);
        let shown = source(&text, 200..204);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].width() <= 80, "{shown}");
        assert_eq!(lines[0].find("HERE").map(|at| lines[0][..at].width()), lines[1].find('^'));
    }

    #[test]
    fn a_brokers_text_cannot_play_with_the_terminal() {
        let text = Diagnostic::warning("broker says \u{1b}[2J").at("a\n", 1).render(Paint::PLAIN);
        assert_eq!(text, "a\\n:1: warning: broker says \\x1b[2J\n");
    }

    proptest! {
        #[test]
        fn any_place_in_any_text_is_shown_in_eighty_columns(
            text in proptest::collection::vec(any::<u8>(), 0..300), start in 0usize..300, length in 0usize..300
        ) {
            let shown = Diagnostic::error("x").source(Excerpt::new(text, start..start + length)).render(Paint::PLAIN);
            for line in shown.lines() {
                prop_assert!(line.width() <= 80, "{shown}");
            }
            prop_assert_eq!(shown.lines().count(), 3);
        }
    }
}
