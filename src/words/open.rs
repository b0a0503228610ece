//! Quotes and heredocs that are not closed yet.

use super::error::{Fault, WordsError};

/// A quote or a heredoc that is not closed where the text ends, so that the next line may continue it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// An opening quote without the closing one.
    Quote {
        /// The quote itself, `'` or `"`.
        quote: char,
        /// The offset of the opening quote.
        at: usize,
    },
    /// A heredoc without the line that ends it.
    Heredoc {
        /// The word on the line that ends the heredoc.
        word: String,
        /// The offset of the `<<`.
        at: usize,
    },
}

impl Open {
    /// The error to report if no further line can follow.
    pub(crate) fn error(&self) -> WordsError {
        match self {
            Self::Quote { quote, at } => WordsError::new(Fault::OpenQuote { quote: *quote }, *at..*at + 1),
            Self::Heredoc { word, at } => {
                WordsError::new(Fault::OpenHeredoc { word: word.clone() }, *at..*at + 2 + word.len())
            }
        }
    }
}
