//! A password, passcode or key that does not print itself.

use std::fmt;

use base64::Engine as _;
use serde::Deserialize;

/// A text that must not reach a screen, a log, a trace or a history file.
///
/// `Debug` and `Display` give `***`; it cannot be serialized; [`Secret::expose`] is the one way to
/// the text, so that a search for that word finds every place that lets it out.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub(crate) const MASK: &'static str = "***";

    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The plain text, which must only be sent to the broker.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The value of an `Authorization` header for this password (RFC 7617).
    pub(crate) fn basic(&self, user: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", self.0));
        Self(format!("Basic {pair}"))
    }

    /// Whether `given` is this secret, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        let secret = self.0.as_bytes();
        secret.len() == given.len()
            && secret.iter().zip(given).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }
}

/// Replaces these secrets by the mask, of which longer ones come first. A text of limited length may end inside a secret.
pub(crate) fn mask_texts(text: &str, secrets: &[Vec<u8>]) -> String {
    /// The length of a beginning that is no accident.
    const TELLING: usize = 8;
    let mut masked = text.to_owned();
    for secret in secrets.iter().filter_map(|secret| std::str::from_utf8(secret).ok()) {
        if !secret.is_empty() {
            masked = masked.replace(secret, Secret::MASK);
        }
        let beginnings = secret.char_indices().rev().map(|(end, _)| &secret[..end]);
        let cut = beginnings.take_while(|begin| begin.len() >= TELLING).find(|begin| masked.ends_with(begin));
        if let Some(cut) = cut {
            masked.truncate(masked.len() - cut.len());
            masked.push_str(Secret::MASK);
        }
    }
    masked
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::MASK)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_three_stars_in_every_form() {
        let secret = Secret::new("canary");
        assert_eq!(secret.to_string(), "***");
        assert_eq!(format!("{secret:?} {secret:#?} {:?}", Some(&secret)), "*** *** Some(***)");
        assert_eq!(format!("{secret:>5}"), "  ***");
        assert_eq!(secret.expose(), "canary");
    }

    #[test]
    fn secrets_in_a_text_are_masked_also_where_its_end_cuts_one() {
        let secrets = [b"abcdefghijkl".to_vec(), b"pass".to_vec()];
        for (text, masked) in [
            ("no abcdefghijkl, pass", "no ***, ***"),
            ("token abcdefghij", "token ***"),
            ("token abcdefg", "token abcdefg"),
            ("plain", "plain"),
        ] {
            assert_eq!(mask_texts(text, &secrets), masked);
        }
    }

    #[test]
    fn a_secret_matches_its_own_bytes_and_no_others() {
        let secret = Secret::new("canary");
        assert!(secret.matches(b"canary"));
        for other in [&b"canarz"[..], b"canar", b"canaryy", b"", b"\0anary"] {
            assert!(!secret.matches(other), "{other:?}");
        }
        assert!(Secret::new("").matches(b""));
    }
}
