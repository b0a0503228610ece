//! Double quotes: where they close, and what their escapes mean.

use super::error::{LineFault, WordsError};
use super::expand::{Lookup, expand_dollar};
use crate::render::escape::is_hidden;
use std::borrow::Cow;
use std::ops::Range;

/// The offset of the `"` that closes a string whose content begins at `from`.
pub(super) fn closing_double_quote(input: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', input.get(at..)?)?;
        if input[found] == b'"' {
            return Some(found);
        }
        at = found + 2;
    }
}

/// Appends the content of a double-quoted string, with escapes resolved. Malformed escapes are copied, and
/// the first error is returned.
pub(super) fn unquote(
    input: &[u8],
    inside: Range<usize>,
    variables: Option<Lookup<'_>>,
    out: &mut Vec<u8>,
) -> Option<WordsError> {
    let mut error = None;
    let mut at = inside.start;
    while at < inside.end {
        let Some(plain) = memchr::memchr2(b'\\', b'$', &input[at..inside.end]) else {
            out.extend_from_slice(&input[at..inside.end]);
            break;
        };
        out.extend_from_slice(&input[at..at + plain]);
        at += plain;
        let step = if input[at] == b'$' {
            expand_dollar(input, at, inside.end, variables, out)
        } else {
            escape(input, at, inside.end, out)
        };
        match step {
            Ok(next) => at = next,
            Err(fault) => {
                let end = fault.span.end.max(at + 1).min(inside.end);
                out.extend_from_slice(&input[at..end]);
                error = error.or(Some(fault));
                at = end;
            }
        }
    }
    error
}

/// Appends the byte of the escape at `at` and returns the offset behind it.
fn escape(input: &[u8], at: usize, end: usize, out: &mut Vec<u8>) -> Result<usize, WordsError> {
    let Some(&escape) = input[..end].get(at + 1) else {
        return Err(WordsError::new(LineFault::TrailingBackslash, at..at + 1));
    };
    let byte = match escape {
        b'n' => b'\n',
        b't' => b'\t',
        b'"' | b'\\' => escape,
        b'x' => {
            let digits = input[..end].get(at + 2..at + 4).and_then(|pair| {
                let high = char::from(pair[0]).to_digit(16)?;
                let low = char::from(pair[1]).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()
            });
            let Some(byte) = digits else {
                return Err(WordsError::new(LineFault::BadHexEscape, at..at + 2));
            };
            out.push(byte);
            return Ok(at + 4);
        }
        b'\n' => return Err(WordsError::new(LineFault::TrailingBackslash, at..at + 1)),
        _ => {
            let character = first_character(&input[at + 1..end]);
            let width = character.len();
            let escape = String::from_utf8_lossy(character).into_owned();
            return Err(WordsError::new(LineFault::UnknownEscape { escape }, at..at + 1 + width));
        }
    };
    out.push(byte);
    Ok(at + 2)
}

/// The first character, or the first byte of what is not UTF-8.
fn first_character(bytes: &[u8]) -> &[u8] {
    let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let width = valid.chars().next().map_or(1, char::len_utf8);
    &bytes[..width.min(bytes.len())]
}

/// Quotes a word, where it needs quotes, so that it is read back as it is.
pub(crate) fn quote_word(word: &str) -> Cow<'_, str> {
    let special = |c: char| is_hidden(c) || c.is_whitespace() || matches!(c, '\'' | '"' | '\\' | '$' | '|');
    // An unquoted `<<` looks like the beginning of a heredoc.
    if !word.is_empty() && !word.starts_with('-') && !word.contains(special) && !word.contains("<<") {
        return Cow::Borrowed(word);
    }
    if !word.contains(|c: char| c == '\'' || is_hidden(c)) {
        return Cow::Owned(format!("'{word}'"));
    }
    Cow::Owned(format!("\"{}\"", escape_quoted(word)))
}

/// Escapes a text for double quotes.
pub(crate) fn escape_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // A dollar would begin a variable's name.
            '$' => out.push_str("\\x24"),
            _ if is_hidden(character) => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).as_bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::{Grammar, Item, Language, Shape, read};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_word_that_was_quoted_is_read_as_it_was(word in "\\PC*|[ -~\x00-\x1f\u{80}-\u{9f}é]{0,12}") {
            let grammar = Grammar::default().command("sub", Shape::default());
            let line = format!("sub {} x", quote_word(&word));
            prop_assert!(!line.contains(|c: char| c.is_control()));
            let variables = |_: &str| Some("value".to_owned());
            let language = Language { variables: Some(&variables), ..Language::new(&grammar) };
            let Ok(Item::Command(line)) = read(line.as_bytes(), &language).finished() else {
                return Err(TestCaseError::fail("no command"));
            };
            prop_assert_eq!(line.words.len(), 3);
            prop_assert_eq!(&*line.words[1].bytes, word.as_bytes());
        }
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(quote_word("/queue/a"), "/queue/a");
        assert_eq!(quote_word("/queue/my q"), "'/queue/my q'");
        assert_eq!(quote_word("it's"), r#""it's""#);
        assert_eq!(quote_word("a\x1b[2J"), r#""a\x1b[2J""#);
        assert_eq!(quote_word(""), "''");
        assert_eq!(quote_word("-x"), "'-x'");
    }

    fn inside(text: &[u8]) -> (Vec<u8>, Option<LineFault>) {
        let mut out = Vec::new();
        let error = unquote(text, 0..text.len(), None, &mut out);
        (out, error.map(|error| error.fault))
    }

    #[test]
    fn the_five_escapes_are_resolved() {
        assert_eq!(inside(br#"a\n\t\"\\\x00\xFfz"#), (b"a\n\t\"\\\x00\xffz".to_vec(), None));
    }

    #[test]
    fn an_unknown_escape_is_an_error_that_shows_the_character() {
        let fault = inside("\\é".as_bytes()).1.unwrap();
        assert_eq!(fault, LineFault::UnknownEscape { escape: "é".into() });
        assert_eq!(inside(br"\x4").1, Some(LineFault::BadHexEscape));
        assert_eq!(inside(br"a\").1, Some(LineFault::TrailingBackslash));
    }

    #[test]
    fn an_escaped_quote_does_not_close() {
        assert_eq!(closing_double_quote(br#"a\"b"c"#, 0), Some(4));
        assert_eq!(closing_double_quote(br#"a\\"c"#, 0), Some(3));
        assert_eq!(closing_double_quote(br"a\", 0), None);
    }
}
