//! `--filter NAME=VALUE` and `--grep RE`.

use super::message::Message;
use regex::bytes::Regex;

#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Regex>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FilterError {
    #[error("'{text}' is no filter: NAME=VALUE is wanted")]
    NotNameValue { text: String },
    #[error("{0}")]
    Pattern(#[from] regex::Error),
}

impl Filter {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds the condition `NAME=VALUE`: a header with exactly this value, which may contain `=`.
    pub(crate) fn header(mut self, text: &str) -> Result<Self, FilterError> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
                Ok(self)
            }
            _ => Err(FilterError::NotNameValue { text: text.to_owned() }),
        }
    }

    /// Adds a regular expression for the body, which need not be UTF-8.
    pub(crate) fn grep(mut self, pattern: &str) -> Result<Self, FilterError> {
        self.body = Some(Regex::new(pattern)?);
        Ok(self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.body.is_none()
    }

    pub(crate) fn needs_body(&self) -> bool {
        self.body.is_some()
    }

    /// The body must be complete if [`Filter::needs_body`].
    pub(crate) fn matches(&self, message: &impl Message) -> bool {
        self.headers_match(message) && self.body_matches(message.body())
    }

    pub(crate) fn headers_match(&self, message: &impl Message) -> bool {
        self.headers.iter().all(|(name, value)| message.header(name).is_some_and(|found| *found == **value))
    }

    pub(crate) fn body_matches(&self, body: &[u8]) -> bool {
        self.body.as_ref().is_none_or(|pattern| pattern.is_match(body))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::message::example::message;
    use super::*;

    #[test]
    fn all_conditions_must_be_met() {
        let message = message(b"total: \xff 42");
        let passes = |filter: Filter| filter.matches(&message);
        assert!(passes(Filter::new()));
        assert!(passes(Filter::new().header("destination=/queue/a").unwrap()));
        assert!(!passes(Filter::new().header("destination=/queue").unwrap()));
        assert!(!passes(Filter::new().header("absent=").unwrap()));
        assert!(passes(Filter::new().grep(r"(?-u:\xff) \d+$").unwrap().header("subscription=1").unwrap()));
        assert!(!passes(Filter::new().grep("^42").unwrap()));
    }

    #[test]
    fn wrong_filters_are_errors() {
        assert_eq!(
            Filter::new().header("x").unwrap_err().to_string(),
            "'x' is no filter: NAME=VALUE is wanted"
        );
        assert!(Filter::new().header("=x").is_err());
        assert!(Filter::new().grep("(").is_err());
    }
}
