//! What one logical line holds, once read.

use super::body::Body;
use super::error::WordsError;
use super::open::Open;
use std::borrow::Cow;
use std::ops::Range;

/// What a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The command's name.
    Command,
    /// An option, perhaps with its value attached.
    Option,
    /// The value of the option before it.
    Value,
    /// Any other word before the body.
    Positional,
    /// `--`.
    EndOfOptions,
}

/// A word, its quotes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// What it says.
    pub octets: Cow<'a, [u8]>,
    /// Its place, quotes included.
    pub span: Range<usize>,
    /// Whether any of it was quoted.
    pub quoted: bool,
    /// What it is for.
    pub role: Role,
}

/// A command's line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The connection that `@name` before the command picks.
    pub connection: Option<Cow<'a, [u8]>>,
    /// How often a count before the command runs it.
    pub repeat: Option<u64>,
    /// Command, options, values and positional words in their order, `--` included, without the body.
    pub words: Vec<Word<'a>>,
    /// The body, where the command takes one and it is there.
    pub body: Option<Body<'a>>,
    /// The system's shell's part behind `|`, trimmed.
    pub pipe: Option<Cow<'a, [u8]>>,
    /// Another command's line (`time CMD`), as it stands.
    pub rest: Option<Cow<'a, [u8]>>,
}

impl Line<'_> {
    /// The command's name; empty where there is none.
    pub fn command(&self) -> Cow<'_, str> {
        self.words.first().map_or(Cow::Borrowed(""), |word| String::from_utf8_lossy(&word.octets))
    }
}

/// What a logical line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// Nothing, or a comment.
    Blank,
    /// `!CMD`: the system's shell's line, trimmed.
    Shell(&'a [u8]),
    /// A command.
    Command(Line<'a>),
}

/// One logical line as far as it could be read, so that a half-typed one can be coloured and completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'a> {
    /// What it is; not to be run where `error` or `open` is there.
    pub item: Item<'a>,
    /// Where the next logical line begins.
    pub end: usize,
    /// The first thing that is wrong.
    pub error: Option<WordsError>,
    /// What goes on in the next line.
    pub open: Option<Open>,
}

impl<'a> Reading<'a> {
    /// The item, where nothing is wrong and the text is known to be at its end.
    pub fn finished(self) -> Result<Item<'a>, WordsError> {
        match (self.error, self.open) {
            (Some(error), _) => Err(error),
            (None, Some(open)) => Err(open.error()),
            (None, None) => Ok(self.item),
        }
    }
}
