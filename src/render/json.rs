//! JSON: where it is invalid, and its tokens indented and coloured. Tokens are not changed, so that numbers
//! keep their digits, keys their order and strings their escapes.

use super::escape::{Lines, escape_text};
use super::style::{Paint, Role};
use std::fmt::Write as _;
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Complete,
    /// The text may become JSON if more follows.
    Incomplete,
    /// The text is not JSON, from this byte on.
    Wrong(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// `{` or `[`
    Open,
    /// `}` or `]`
    Close,
    Colon,
    Comma,
    Key,
    Text,
    Number,
    /// `true`, `false`, `null`
    Literal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    Colon,
    CommaOrClose,
    End,
}

/// Reads a text (RFC 8259) and passes its tokens to `token` in order, including an incomplete one. The
/// depth is not limited and takes no stack.
pub(crate) fn scan(text: &[u8], mut token: impl FnMut(Token, Range<usize>)) -> Verdict {
    let mut open: Vec<u8> = Vec::new();
    let mut expect = Expect::Value;
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            at += 1;
            continue;
        }
        let value_fits = matches!(expect, Expect::Value | Expect::ValueOrClose);
        let (kind, end) = match byte {
            b'{' | b'[' if value_fits => {
                open.push(byte);
                (Token::Open, Ok(at + 1))
            }
            b'}' | b']' if may_close(byte, expect, open.last()) => {
                open.pop();
                (Token::Close, Ok(at + 1))
            }
            b':' if expect == Expect::Colon => (Token::Colon, Ok(at + 1)),
            b',' if expect == Expect::CommaOrClose => (Token::Comma, Ok(at + 1)),
            b'"' if value_fits => (Token::Text, string(text, at)),
            b'"' if matches!(expect, Expect::Key | Expect::KeyOrClose) => (Token::Key, string(text, at)),
            b'-' | b'0'..=b'9' if value_fits => (Token::Number, number(text, at)),
            b't' if value_fits => (Token::Literal, literal(text, at, b"true")),
            b'f' if value_fits => (Token::Literal, literal(text, at, b"false")),
            b'n' if value_fits => (Token::Literal, literal(text, at, b"null")),
            _ => return Verdict::Wrong(at),
        };
        let end = match end {
            Ok(end) => end,
            Err(verdict) => {
                let end = if let Verdict::Wrong(wrong) = verdict { wrong } else { text.len() };
                token(kind, at..end);
                return verdict;
            }
        };
        token(kind, at..end);
        expect = match kind {
            Token::Open if byte == b'{' => Expect::KeyOrClose,
            Token::Open => Expect::ValueOrClose,
            Token::Comma if open.last() == Some(&b'{') => Expect::Key,
            Token::Colon | Token::Comma => Expect::Value,
            Token::Key => Expect::Colon,
            _ if open.is_empty() => Expect::End,
            _ => Expect::CommaOrClose,
        };
        at = end;
    }
    if expect == Expect::End { Verdict::Complete } else { Verdict::Incomplete }
}

fn may_close(byte: u8, expect: Expect, open: Option<&u8>) -> bool {
    match (byte, open) {
        (b'}', Some(b'{')) => matches!(expect, Expect::KeyOrClose | Expect::CommaOrClose),
        (b']', Some(b'[')) => matches!(expect, Expect::ValueOrClose | Expect::CommaOrClose),
        _ => false,
    }
}

fn string(text: &[u8], start: usize) -> Result<usize, Verdict> {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            0..=0x1f => return Err(Verdict::Wrong(at)),
            b'\\' => match text.get(at + 1) {
                None => return Err(Verdict::Incomplete),
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    let digits =
                        text[at + 2..].iter().take(4).take_while(|digit| digit.is_ascii_hexdigit()).count();
                    at += 2 + digits;
                    if digits < 4 {
                        return Err(if at == text.len() { Verdict::Incomplete } else { Verdict::Wrong(at) });
                    }
                }
                Some(_) => return Err(Verdict::Wrong(at + 1)),
            },
            _ => at += 1,
        }
    }
    Err(Verdict::Incomplete)
}

fn number(text: &[u8], start: usize) -> Result<usize, Verdict> {
    let digits = |from: usize| -> Result<usize, Verdict> {
        let count = text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (count, from == text.len()) {
            (0, true) => Err(Verdict::Incomplete),
            (0, false) => Err(Verdict::Wrong(from)),
            _ => Ok(from + count),
        }
    };
    let mut at = start + usize::from(text[start] == b'-');
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Ok(at)
}

fn literal(text: &[u8], start: usize, word: &[u8]) -> Result<usize, Verdict> {
    let same = text[start..].iter().zip(word).take_while(|(byte, wanted)| byte == wanted).count();
    if same == word.len() {
        Ok(start + same)
    } else if start + same == text.len() {
        Err(Verdict::Incomplete)
    } else {
        Err(Verdict::Wrong(start + same))
    }
}

/// Inner objects and arrays up to this many columns stay on one line if the screen is wide enough.
const SHORT: usize = 60;

struct PrettyToken {
    kind: Token,
    span: Range<usize>,
    /// Of an opening bracket: the index of its closing one, and whether both fit on a line.
    close: usize,
    short: bool,
}

/// Appends JSON indented by two, with a member or element per line except in short inner ones, and without
/// a final line feed. Returns false and appends nothing if the text is not JSON.
pub(crate) fn push_pretty(text: &str, width: usize, paint: Paint, out: &mut String) -> bool {
    let most = SHORT.min(width / 4 * 3);
    let mut tokens: Vec<PrettyToken> = Vec::new();
    // Openers: their index, and the columns that came before them.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut columns = 0;
    let verdict = scan(text.as_bytes(), |kind, span| {
        columns += span.len() + usize::from(matches!(kind, Token::Colon | Token::Comma));
        let index = tokens.len();
        if kind == Token::Open {
            open.push((index, columns));
        } else if kind == Token::Close
            && let Some((opener, before)) = open.pop()
        {
            tokens[opener].close = index;
            tokens[opener].short = index == opener + 1 || (columns - before <= most && !open.is_empty());
        }
        tokens.push(PrettyToken { kind, span, close: 0, short: false });
    });
    if verdict != Verdict::Complete {
        return false;
    }
    out.reserve(text.len() * 2);
    let mut depth = 0;
    // Up to this index all stays on one line.
    let mut inline = 0;
    for (index, token) in tokens.iter().enumerate() {
        let one_line = index <= inline && inline > 0;
        let source = &text[token.span.clone()];
        match token.kind {
            Token::Open => {
                out.push_str(source);
                if !one_line && token.short {
                    inline = token.close;
                } else if !one_line {
                    depth += 1;
                    push_line(depth, out);
                }
            }
            Token::Close => {
                if !one_line {
                    depth -= 1;
                    push_line(depth, out);
                }
                out.push_str(source);
            }
            Token::Colon => out.push_str(": "),
            Token::Comma if one_line => out.push_str(", "),
            Token::Comma => {
                out.push(',');
                push_line(depth, out);
            }
            kind => {
                let text = escape_text(source, Lines::One);
                // Writing to a String does not fail.
                let _ = write!(out, "{}", paint.paint(role(kind), &text));
            }
        }
    }
    true
}

pub(crate) fn role(kind: Token) -> Role {
    match kind {
        Token::Key => Role::Key,
        Token::Text => Role::Text,
        Token::Number => Role::Digits,
        _ => Role::Literal,
    }
}

/// Begins a line with its indentation.
pub(super) fn push_line(depth: usize, out: &mut String) {
    out.push('\n');
    // Deeper than this, indentation only pushes the text out of sight.
    for _ in 0..depth.min(40) {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict(text: &str) -> Verdict {
        scan(text.as_bytes(), |_, _| {})
    }

    fn pretty(text: &str) -> String {
        let mut out = String::new();
        if push_pretty(text, 80, Paint::PLAIN, &mut out) { out } else { format!("not JSON: {out:?}") }
    }

    #[test]
    fn what_is_incomplete_is_not_wrong() {
        for text in [
            "",
            "{",
            "{\"",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1,",
            "[1,",
            "[\"\\",
            "[\"\\u00",
            "tr",
            "[-",
            "[1.",
            "[1e",
            "[1e+",
        ] {
            assert_eq!(verdict(text), Verdict::Incomplete, "{text}");
        }
        for text in ["{}", "[]", " null ", "-0.5e+10", "\"\\u00e9\\n\"", "[{\"a\":[]}]", "\"\u{7f}\""] {
            assert_eq!(verdict(text), Verdict::Complete, "{text}");
        }
    }

    #[test]
    fn the_byte_that_cannot_be_right_is_named() {
        for (text, at) in [
            ("{a", 1),
            ("{\"a\" 1", 5),
            ("[1 2", 3),
            ("[01", 2),
            ("[1,]", 3),
            ("{\"a\":1,}", 7),
            ("trx", 2),
            ("[}", 1),
            ("{]", 1),
            ("1 2", 2),
            ("[\"\\q\"", 3),
            ("[\"\\u00g", 6),
            ("[\"a\nb", 3),
            ("[.5", 1),
            ("[1.x", 3),
            ("hello", 0),
        ] {
            assert_eq!(verdict(text), Verdict::Wrong(at), "{text}");
        }
    }

    #[test]
    fn numbers_keys_and_escapes_stay_as_they_are() {
        assert_eq!(
            pretty(
                r#"{"b":1.00000000000000000000000010,"a":[1, 2,{"x":null}],"b":"\u00e9\/","e":{},"f":[ ]}"#
            ),
            "{\n  \"b\": 1.00000000000000000000000010,\n  \"a\": [1, 2, {\"x\": null}],\n  \"b\": \"\\u00e9\\/\",\n  \
             \"e\": {},\n  \"f\": []\n}"
        );
    }

    #[test]
    fn long_inner_values_get_lines_of_their_own() {
        let long = "x".repeat(58);
        assert_eq!(pretty(&format!("[[\"{long}\"],[1]]")), format!("[\n  [\n    \"{long}\"\n  ],\n  [1]\n]"));
        let mut narrow = String::new();
        assert!(push_pretty("[[\"0123456789\",\"0123456789\"],[1]]", 32, Paint::PLAIN, &mut narrow));
        assert_eq!(narrow, "[\n  [\n    \"0123456789\",\n    \"0123456789\"\n  ],\n  [1]\n]");
        assert_eq!(pretty("{}"), "{}");
        assert_eq!(pretty("[1]"), "[\n  1\n]");
    }

    #[test]
    fn what_is_not_json_is_left_alone() {
        assert_eq!(pretty("{\"a\":1"), "not JSON: \"\"");
        assert_eq!(pretty("{a}"), "not JSON: \"\"");
    }

    #[test]
    fn control_characters_in_strings_are_shown() {
        assert_eq!(pretty("[\"\u{9b}1m\u{202e}\"]"), "[\n  \"\\u{9b}1m\\u{202e}\"\n]");
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(pretty(&deep).starts_with("[\n  ["));
    }

    proptest! {
        #[test]
        fn the_verdict_is_serde_jsons(text in "[\\[\\]{}:,\"\\\\a-f0-9.eEtrun+ -]{0,12}") {
            let parsed = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(verdict(&text) == Verdict::Complete, parsed);
        }

        #[test]
        fn indenting_changes_no_value(text in "(\\[|\\{\"a\":|1,|\"b\"|\\]|\\}|,){0,12}") {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty(&text)).ok(), Some(value));
            }
        }
    }
}
