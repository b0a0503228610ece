//! The line grammar of the prompt and of scripts: what is a word, what is an option, where a body begins.
//!
//! Everything here is a pure function of bytes. Bodies need not be UTF-8; spans are byte offsets into
//! the text that was read, so that an error can point at its place with a caret.
//!
//! - Words are split at blanks. `'…'` stands as it is; `"…"` knows `\n \t \" \\ \xHH`; a backslash
//!   outside quotes keeps the next byte. An open quote goes on in the next line.
//! - A body is the rest of the line behind exactly one blank, to the byte. See [`read`] for when it is
//!   quoted, a file or a heredoc.
//! - There is no `;`. A line whose first non-blank byte is `#` is a comment, one that begins with `!`
//!   is for the system's shell.

mod body;
mod error;
mod expand;
mod grammar;
mod line;
mod mask;
mod open;
mod quote;
mod read;
mod script;
mod token;

pub use body::{Body, BodyKind};
pub use error::{Fault, WordsError};
pub(crate) use expand::command_word;
pub use expand::{Lookup, expand_alias, expand_variables};
pub use grammar::{Grammar, Rest, Shape};
pub use line::{Item, Line, Reading, Role, Word};
pub use mask::mask_secrets_in_bytes;
pub(crate) use mask::{is_secret_name, mask_secrets, mask_secrets_around};
pub use open::Open;
pub(crate) use quote::{escape_quoted, quote_word};
pub(crate) use read::DEPTH;
#[cfg(test)]
pub(crate) use read::counted;
pub use read::{Language, read};
pub use script::{Completeness, Logical, ScriptReader, completeness};
