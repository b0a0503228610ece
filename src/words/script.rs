//! Logical lines of a script, a paste or the prompt.

use super::body::{ends_heredoc, without_tabs};
use super::error::{LineFault, WordsError};
use super::expand::{alias_loop, expand_alias};
use super::line::Item;
use super::open::Open;
use super::quote::closing_double_quote;
use super::read::{Language, read};
use super::token::line_end;
use std::borrow::Cow;

/// Whether a text can be run or needs another line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// It can be run, or has an error whatever follows.
    Complete,
    /// A quote or heredoc is not closed.
    NeedMore(Open),
}

/// Whether the last logical line of a text is complete. A line with an error is, so that its error is shown
/// at once.
pub fn completeness(text: &[u8], language: &Language<'_>) -> Completeness {
    let mut reader = ScriptReader::of(text);
    while let Some(logical) = reader.next(language) {
        let Err(WordsError { fault, span }) = logical.item else {
            continue;
        };
        match fault {
            LineFault::OpenQuote { quote } => {
                return Completeness::NeedMore(Open::Quote { quote, at: span.start });
            }
            LineFault::OpenHeredoc { word } => {
                return Completeness::NeedMore(Open::Heredoc { word, at: span.start });
            }
            _ => {}
        }
    }
    Completeness::Complete
}

#[derive(Debug)]
pub struct LogicalLine<'a> {
    /// The number of its first line, from 1.
    pub line: u64,
    /// The line with aliases replaced and without its line feed. Spans are offsets into this.
    pub text: &'a [u8],
    pub item: Result<Item<'a>, WordsError>,
}

/// Assembles logical lines from the bytes of a script. They are returned one at a time, so that a line can
/// change aliases and variables for the next. Blank lines and comments are skipped. The time is linear in
/// the length of the script.
#[derive(Debug, Default)]
pub struct ScriptReader {
    buffer: Vec<u8>,
    /// The offset of the next logical line.
    start: usize,
    /// The end of the lines gathered for the next logical line.
    reach: usize,
    /// The buffer has no line feed between `reach` and here.
    scanned: usize,
    /// The number of the line at `start`, from 0.
    line: u64,
    /// The quote or heredoc that the gathered lines do not close.
    open: Option<Open>,
    /// The logical line with its alias replaced, or empty.
    expanded: Vec<u8>,
    finished: bool,
}

impl ScriptReader {
    /// A reader of input that is pushed piece by piece.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of a whole text.
    pub fn of(text: impl Into<Vec<u8>>) -> Self {
        Self { buffer: text.into(), finished: true, ..Self::default() }
    }

    /// Appends the next piece of the script, of any length.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.reach = self.reach.saturating_sub(self.start);
            self.scanned = self.scanned.saturating_sub(self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Marks the end of the script: a quote or heredoc that is still open becomes an error.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// The next logical line; `None` if more input is needed or the script has ended.
    pub fn next<'s>(&'s mut self, language: &Language<'_>) -> Option<LogicalLine<'s>> {
        if self.line == 0 && self.start == 0 {
            self.skip_mark()?;
        }
        let (from, line) = loop {
            let is_blank = self.gather(language)?;
            let (from, line) = (self.start, self.line + 1);
            self.line += memchr::memchr_iter(b'\n', &self.buffer[from..self.reach]).count() as u64;
            self.start = self.reach;
            if !is_blank {
                break (from, line);
            }
        };
        let text = self.text(from);
        let mut item = read(text, language).finished();
        // An alias is unknown only where it is not replaced within itself.
        if let Err(WordsError { fault, .. }) = &mut item
            && let LineFault::UnknownCommand { name, .. } = fault
            && let Some(names) = language.aliases.and_then(|aliases| alias_loop(name, aliases))
        {
            *fault = LineFault::AliasLoop { names };
        }
        Some(LogicalLine { line, text, item })
    }

    /// Skips a byte order mark; `None` if more input is needed to recognise one.
    fn skip_mark(&mut self) -> Option<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.buffer.starts_with(MARK) {
            self.start = MARK.len();
        }
        let may_come = !self.finished && self.buffer.len() < MARK.len() && MARK.starts_with(&self.buffer);
        (!may_come).then_some(())
    }

    /// Moves `reach` to the end of the logical line at `start` and returns whether that is blank; `None` if
    /// more input is needed.
    fn gather(&mut self, language: &Language<'_>) -> Option<bool> {
        self.reach = self.reach.max(self.start);
        self.scanned = self.scanned.max(self.reach);
        loop {
            let end = line_end(&self.buffer, self.scanned);
            let whole = end < self.buffer.len();
            if !whole && !self.finished {
                self.scanned = end;
                return None;
            }
            let begin = self.reach;
            if begin == self.buffer.len() {
                // Nothing follows: what is still open is an error now.
                return self.open.take().map(|_| false);
            }
            let line = &self.buffer[begin..end];
            let may_close = match &self.open {
                None => true,
                Some(Open::Heredoc { word, .. }) => {
                    ends_heredoc(line, word.as_bytes()) || ends_heredoc(without_tabs(line), word.as_bytes())
                }
                Some(Open::Quote { quote: '"', .. }) => closing_double_quote(line, 0).is_some(),
                Some(Open::Quote { .. }) => line.contains(&b'\''),
            };
            if begin == self.start {
                self.expand(language, end);
            } else if !self.expanded.is_empty() {
                self.expanded.push(b'\n');
                self.expanded.extend_from_slice(&self.buffer[begin..end]);
            }
            self.reach = end + usize::from(whole);
            self.scanned = self.reach;
            if may_close {
                let reading = read(self.text(self.start), language);
                let is_blank = reading.item == Item::Blank;
                self.open = reading.open;
                if self.open.is_none() {
                    return Some(is_blank);
                }
            }
        }
    }

    fn expand(&mut self, language: &Language<'_>, end: usize) {
        self.expanded.clear();
        if let Some(aliases) = language.aliases
            && let Cow::Owned(expanded) = expand_alias(&self.buffer[self.start..end], aliases)
        {
            self.expanded = expanded;
        }
    }

    /// The logical line from `from` to `reach` without its last line feed.
    fn text(&self, from: usize) -> &[u8] {
        if !self.expanded.is_empty() {
            return &self.expanded;
        }
        let text = &self.buffer[from..self.reach];
        text.strip_suffix(b"\n").unwrap_or(text)
    }
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
