//! Completion, for the prompt and for the system's shells: the callers split the line into words, and quote what is
//! offered.
//!
//! ```text
//! current_word.rs  what the word is that is typed    completer.rs     what completes an argument
//! candidates.rs    what may stand there              destinations.rs  the destinations in a line
//! known.rs         what is known while someone types
//! ```

mod candidates;
mod completer;
mod current_word;
mod destinations;
mod known;

pub(crate) use candidates::{Candidate, candidates, possible};
pub(crate) use completer::{Completer, option, positional};
#[cfg(test)]
pub(crate) use current_word::tests::described;
pub(crate) use current_word::{CurrentWord, WordKind, current_word};
pub(crate) use destinations::destinations_in;
#[cfg(test)]
pub(crate) use known::tests::known;
pub(crate) use known::{ConnectionFacts, Known, Live};
