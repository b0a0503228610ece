//! Puts logical lines together from what was read of a script, a paste or the prompt.

use super::body::ends_heredoc;
use super::error::{Fault, WordsError};
use super::expand::expand_alias;
use super::line::Item;
use super::open::Open;
use super::quote::closing_double_quote;
use super::read::{Language, read};
use super::token::line_end;
use std::borrow::Cow;

/// Whether what was typed can be run, or goes on in the next line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// It can be run, or it is wrong whatever follows.
    Complete,
    /// It waits for the end of a quote or a heredoc.
    NeedMore(Open),
}

/// Whether the last logical line of a text is complete. A line that is wrong already is, so that its
/// error shows at once.
pub fn completeness(text: &[u8], language: &Language<'_>) -> Completeness {
    let mut reader = ScriptReader::of(text);
    while let Some(logical) = reader.next(language) {
        let Err(WordsError { fault, span }) = logical.item else {
            continue;
        };
        match fault {
            Fault::OpenQuote { quote } => {
                return Completeness::NeedMore(Open::Quote { quote, at: span.start });
            }
            Fault::OpenHeredoc { word } => {
                return Completeness::NeedMore(Open::Heredoc { word, at: span.start });
            }
            _ => {}
        }
    }
    Completeness::Complete
}

/// One logical line of a script.
#[derive(Debug)]
pub struct Logical<'a> {
    /// The number of its first line, from 1.
    pub line: u64,
    /// Its bytes, aliases replaced, without the line feed that ends it. Spans are offsets into this.
    pub text: &'a [u8],
    /// What the line was read as.
    pub item: Result<Item<'a>, WordsError>,
}

/// Takes a script's bytes in whatever pieces they come and gives its logical lines, one at a time, so
/// that a line may change aliases and variables for the next. Blank lines and comments are left out.
/// Linear in the script's length.
#[derive(Debug, Default)]
pub struct ScriptReader {
    buffer: Vec<u8>,
    /// Where in the buffer the next logical line begins.
    start: usize,
    /// Up to where the logical line being gathered reaches; a line's beginning.
    reach: usize,
    /// Up to where the buffer holds no line feed behind `reach`.
    scanned: usize,
    /// The number of the line at `start`, from 0.
    line: u64,
    /// What the gathered lines wait for.
    open: Option<Open>,
    /// The logical line with its alias replaced.
    expanded: Vec<u8>,
    finished: bool,
}

impl ScriptReader {
    /// A reader that waits for input; see [`ScriptReader::push`].
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

    /// Marks the end of the script: a line that is still open becomes an error.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether [`ScriptReader::finish`] was called.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// The next logical line, `None` where more must be pushed, or where the script is over.
    pub fn next<'s>(&'s mut self, language: &Language<'_>) -> Option<Logical<'s>> {
        if self.line == 0 && self.start == 0 {
            self.skip_mark()?;
        }
        let (from, line) = loop {
            let gathered = self.gather(language)?;
            let (from, line) = (self.start, self.line + 1);
            self.line += count_lines(&self.buffer[from..self.reach]);
            self.start = self.reach;
            if gathered == Gathered::Item {
                break (from, line);
            }
        };
        let text = self.text(from);
        Some(Logical { line, text, item: read(text, language).finished() })
    }

    /// Passes the byte order mark that some editors put before a text; `None` where it may still come.
    fn skip_mark(&mut self) -> Option<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.buffer.starts_with(MARK) {
            self.start = MARK.len();
        }
        let may_come = !self.finished && self.buffer.len() < MARK.len() && MARK.starts_with(&self.buffer);
        (!may_come).then_some(())
    }

    /// Moves `reach` behind the logical line that begins at `start`; `None` where more is needed.
    fn gather(&mut self, language: &Language<'_>) -> Option<Gathered> {
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
                return self.open.take().map(|_| Gathered::Item);
            }
            let line = &self.buffer[begin..end];
            let may_close = match &self.open {
                None => true,
                Some(Open::Heredoc { word, .. }) => ends_heredoc(line, word.as_bytes()),
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
                let blank = reading.item == Item::Blank;
                let open = reading.open;
                self.open = open;
                if self.open.is_none() {
                    return Some(if blank { Gathered::Blank } else { Gathered::Item });
                }
            }
        }
    }

    /// Replaces an alias at the beginning of the logical line.
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

#[derive(PartialEq, Eq)]
enum Gathered {
    Blank,
    Item,
}

fn count_lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).fold(0, |count, _| count + 1)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
