//! The parts of a logical line.

use super::body::{Body, BodyKind};
use super::error::WordsError;
use super::open::Open;
use std::borrow::Cow;
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordRole {
    Command,
    /// Its value may be attached.
    Option,
    Value,
    Positional,
    /// `--`, which ends the options.
    EndOfOptions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The text without quotes and with escapes resolved.
    pub bytes: Cow<'a, [u8]>,
    /// Includes the quotes.
    pub span: Range<usize>,
    /// Whether a part of it was quoted.
    pub quoted: bool,
    pub role: WordRole,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The connection of `@name` before the command.
    pub connection: Option<Cow<'a, [u8]>>,
    /// How often to run the command: the count before it.
    pub repeat: Option<u64>,
    /// All words in order, including `--`, without the body.
    pub words: Vec<Word<'a>>,
    pub body: Option<Body<'a>>,
    /// The command line for the system's shell after `|`, trimmed.
    pub pipe: Option<Cow<'a, [u8]>>,
    /// The line of another command (`time CMD`).
    pub rest: Option<Cow<'a, [u8]>>,
}

impl Line<'_> {
    /// The name as typed, which may be an unknown one; empty if there are no words.
    pub fn command(&self) -> Cow<'_, str> {
        self.words.first().map_or(Cow::Borrowed(""), |word| String::from_utf8_lossy(&word.bytes))
    }

    /// Whether a line of its body ends in CR LF, as in a file of another system.
    pub(crate) fn has_carriage_return(&self) -> bool {
        let body = self.body.as_ref();
        match body.map(|body| body.kind) {
            Some(BodyKind::Text) => body.is_some_and(|body| body.bytes.ends_with(b"\r")),
            Some(BodyKind::Heredoc) => body.is_some_and(|body| body.bytes.ends_with(b"\r\n")),
            _ => self.rest.as_ref().is_some_and(|rest| rest.ends_with(b"\r")),
        }
    }
}

/// What a logical line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// An empty line or a comment.
    Blank,
    /// `!CMD`: a command line for the system's shell, trimmed.
    Shell(&'a [u8]),
    /// The command may be unknown; [`Reading::error`] says so.
    Command(Line<'a>),
}

/// A logical line as far as it could be read, so that an incomplete one can be coloured and completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'a> {
    /// Not to be run if there is an `error` or `open`.
    pub item: Item<'a>,
    /// The offset at which the next logical line begins.
    pub end: usize,
    /// The first of several errors.
    pub error: Option<WordsError>,
    /// The quote or heredoc that continues in the next line.
    pub open: Option<Open>,
}

impl<'a> Reading<'a> {
    /// The item, or its error if no further line follows.
    pub fn finished(self) -> Result<Item<'a>, WordsError> {
        match (self.error, self.open) {
            (Some(error), _) => Err(error),
            (None, Some(open)) => Err(open.error()),
            (None, None) => Ok(self.item),
        }
    }
}
