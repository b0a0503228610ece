//! Quotes and heredocs that are not closed.

use super::error::{LineFault, WordsError};

/// A quote or heredoc that the text does not close, so that the next line may continue it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// `at` is the offset of the opening quote.
    Quote { quote: char, at: usize },
    /// `at` is the offset of the `<<`.
    Heredoc { word: String, at: usize },
}

impl Open {
    /// The error if no further line follows.
    pub(crate) fn error(&self) -> WordsError {
        match self {
            Self::Quote { quote, at } => {
                WordsError::new(LineFault::OpenQuote { quote: *quote }, *at..*at + 1)
            }
            Self::Heredoc { word, at } => {
                WordsError::new(LineFault::OpenHeredoc { word: word.clone() }, *at..*at + 2 + word.len())
            }
        }
    }
}
