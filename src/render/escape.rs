//! Escaping for terminals: what would move the cursor, change colours or the direction of the text, or be
//! invisible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Which white space is not escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// None: the text becomes part of a line.
    One,
    /// Line feeds and tabs: the text may have several lines.
    Many,
}

/// Escapes a text for terminals. C0, DEL and bytes that are not UTF-8 become `\xHH` (or `\n`, `\r`, `\t`);
/// C1, direction marks and other invisible characters become `\u{…}`. Backslashes are not doubled: the
/// result is for reading, not for parsing.
pub fn escape(bytes: &[u8], lines: Lines) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain(bytes, lines) || !text.chars().any(|c| is_unsafe(c, lines)) => {
            Cow::Borrowed(text)
        }
        _ => {
            let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
            escape_into(bytes, lines, &mut out);
            Cow::Owned(out)
        }
    }
}

pub(crate) fn escape_text(text: &str, lines: Lines) -> Cow<'_, str> {
    escape(text.as_bytes(), lines)
}

pub(crate) fn escape_into(bytes: &[u8], lines: Lines, out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        let mut plain = 0;
        for (at, character) in text.char_indices().filter(|(_, character)| is_unsafe(*character, lines)) {
            out.push_str(&text[plain..at]);
            plain = at + character.len_utf8();
            push_escape(character, out);
        }
        out.push_str(&text[plain..]);
        for byte in chunk.invalid() {
            // Writing to a String does not fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

/// The width of a character's escape; `None` if it is not escaped.
pub(super) fn escaped_width(character: char, lines: Lines) -> Option<usize> {
    let code = u32::from(character);
    is_unsafe(character, lines).then(|| match character {
        '\n' | '\r' | '\t' => "\\n".len(),
        _ if code < 0x80 => "\\x1b".len(),
        _ => format!("\\u{{{code:x}}}").len(),
    })
}

fn push_escape(character: char, out: &mut String) {
    let code = u32::from(character);
    let _ = match character {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        _ if code < 0x80 => write!(out, "\\x{code:02x}"),
        _ => write!(out, "\\u{{{code:x}}}"),
    };
}

/// Whether all bytes are printable ASCII, which needs no check of characters.
fn is_plain(bytes: &[u8], lines: Lines) -> bool {
    bytes.iter().all(|byte| match byte {
        b' '..=b'~' => true,
        b'\n' | b'\t' => lines == Lines::Many,
        _ => false,
    })
}

fn is_unsafe(character: char, lines: Lines) -> bool {
    match character {
        '\n' | '\t' => lines == Lines::One,
        _ => is_hidden(character),
    }
}

/// Whether a character is a control character, a direction mark or invisible. Joiners (U+200C, U+200D) and
/// variation selectors are not hidden: scripts and emoji need them.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn printable_text_is_not_copied() {
        for text in ["", "hello ~", "größer 日本 👩‍👩‍👧 می‌خواهم", "\\x1b"] {
            assert!(matches!(escape(text.as_bytes(), Lines::One), Cow::Borrowed(_)), "{text}");
        }
        assert!(matches!(escape(b"a\n\tb", Lines::Many), Cow::Borrowed(_)));
    }

    #[test]
    fn what_moves_the_cursor_turns_the_text_or_hides_is_shown() {
        assert_eq!(escape(b"\x1b[2J\x07\x00\x7f\r", Lines::Many), "\\x1b[2J\\x07\\x00\\x7f\\r");
        assert_eq!(
            escape("\u{9b}31m\u{202e}\u{feff}\u{61c}".as_bytes(), Lines::One),
            "\\u{9b}31m\\u{202e}\\u{feff}\\u{61c}"
        );
        assert_eq!(escape(b"a\n\tb", Lines::One), "a\\n\\tb");
        assert_eq!(escape(b"a\xff\xc3(\x80", Lines::One), "a\\xff\\xc3(\\x80");
    }

    proptest! {
        #[test]
        fn the_width_of_an_escape_is_that_of_what_is_shown(character: char) {
            let text = character.to_string();
            let shown = escape(text.as_bytes(), Lines::One);
            let expected = (shown != text).then_some(shown.len());
            prop_assert_eq!(escaped_width(character, Lines::One), expected);
        }

        #[test]
        fn no_control_character_comes_through(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in ".{0,30}") {
            for input in [bytes.as_slice(), text.as_bytes()] {
                let one = escape(input, Lines::One);
                prop_assert!(!one.chars().any(char::is_control), "{one:?}");
                let many = escape(input, Lines::Many);
                prop_assert!(!many.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{many:?}");
                let turned = many.chars().any(|c| ('\u{202a}'..='\u{202e}').contains(&c));
                prop_assert!(!turned);
            }
        }
    }
}
