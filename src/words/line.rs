//! What one logical line holds, once read.

use super::body::Body;
use super::error::WordsError;
use super::open::Open;
use std::borrow::Cow;
use std::ops::Range;

/// The role of a word in its command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The name of the command.
    Command,
    /// An option, perhaps with its value attached.
    Option,
    /// The value of the option before it.
    Value,
    /// Any other word before the body.
    Positional,
    /// `--`, which ends the options.
    EndOfOptions,
}

/// A word of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The text of the word, without quotes and with escapes resolved.
    pub bytes: Cow<'a, [u8]>,
    /// The byte range in the line, quotes included.
    pub span: Range<usize>,
    /// Whether any of it was quoted.
    pub quoted: bool,
    /// What kind of word it is.
    pub role: Role,
}

/// A command line, split into its parts.
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
        self.words.first().map_or(Cow::Borrowed(""), |word| String::from_utf8_lossy(&word.bytes))
    }
}

/// The kind of a logical line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// An empty line or a comment.
    Blank,
    /// `!CMD`: the system's shell's line, trimmed.
    Shell(&'a [u8]),
    /// A command of the shell.
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
