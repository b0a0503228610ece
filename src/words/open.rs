//! Quotes and heredocs that are not closed yet.

use super::error::{Fault, WordsError};

/// A quote or a heredoc that is not closed where the text ends, so that the next line may continue it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// A quoted string.
    Quote {
        /// `'` or `"`.
        quote: char,
        /// The offset of the opening quote.
        at: usize,
    },
    /// A heredoc.
    Heredoc {
        /// The word that ends it.
        word: String,
        /// The offset of `<<`.
        at: usize,
    },
}

impl Open {
    /// The error to report if no further line can follow.
    pub fn error(&self) -> WordsError {
        match self {
            Self::Quote { quote, at } => WordsError::new(Fault::OpenQuote { quote: *quote }, *at..*at + 1),
            Self::Heredoc { word, at } => {
                WordsError::new(Fault::OpenHeredoc { word: word.clone() }, *at..*at + 2 + word.len())
            }
        }
    }
}
