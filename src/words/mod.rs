//! The line grammar of the prompt and of scripts: what is a word, what is an option, where a body begins.
//!
//! Everything here is a pure function of bytes. Bodies need not be UTF-8. Spans are byte offsets into the text,
//! so that an error can be shown with carets.
//!
//! - Words are separated by blanks. `'…'` is literal; `"…"` has the escapes `\n \t \" \\ \xHH`; a backslash
//!   outside quotes keeps the next byte. An open quote continues in the next line.
//! - A body is the rest of the line after exactly one blank, byte for byte. See [`read`] for when it is
//!   quoted, a file or a heredoc.
//! - There is no `;`. A line that begins with `#` is a comment, one with `!` is run by the system's shell.

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

pub(crate) use crate::render::secrets::is_secret_name;
pub(crate) use body::{Body, BodyKind};
pub(crate) use error::{LineFault, WordsError};
pub(crate) use expand::command_word;
pub use expand::{expand_alias, expand_variables};
pub use grammar::{Grammar, Rest, Shape};
pub use line::Item;
pub(crate) use line::{Line, Word, WordRole};
pub use mask::mask_secrets_in_bytes;
pub(crate) use mask::{mask_secrets, mask_secrets_around};
pub(crate) use open::Open;
pub(crate) use quote::{escape_quoted, quote_word};
pub(crate) use read::DEPTH;
#[cfg(test)]
pub(crate) use read::counted;
pub use read::{Language, read};
pub use script::{Completeness, ScriptReader, completeness};
