//! `$name` and aliases.

use super::error::{LineFault, WordsError};
use super::token::{is_blank, is_connection, is_count, raw_token};
use std::borrow::Cow;
use std::ops::Range;

/// Returns the value of a variable or alias.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The name of the variable whose dollar is at `at`, and the offset behind it; `None` if no name follows.
fn variable_at(input: &[u8], at: usize) -> Option<Result<(&str, usize), WordsError>> {
    let braced = *input.get(at + 1)? == b'{';
    let start = at + 1 + usize::from(braced);
    let rest = &input[start..];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    if length == 0 || rest[0].is_ascii_digit() {
        return None;
    }
    let name = std::str::from_utf8(&rest[..length]).ok()?;
    let end = start + length;
    Some(match (braced, input.get(end)) {
        (false, _) => Ok((name, end)),
        (true, Some(b'}')) => Ok((name, end + 1)),
        (true, _) => Err(WordsError::new(LineFault::OpenVariable, at..end)),
    })
}

/// Appends the value of `$name` at `at` and returns the offset behind it. Without variables or without a
/// name, the dollar is literal.
pub(super) fn expand_dollar(
    input: &[u8],
    at: usize,
    end: usize,
    variables: Option<Lookup<'_>>,
    out: &mut Vec<u8>,
) -> Result<usize, WordsError> {
    let (Some(lookup), Some(found)) = (variables, variable_at(&input[..end], at)) else {
        out.push(b'$');
        return Ok(at + 1);
    };
    let (name, end) = found?;
    match lookup(name) {
        Some(value) => {
            out.extend_from_slice(value.as_bytes());
            Ok(end)
        }
        None => Err(WordsError::new(LineFault::UnknownVariable { name: name.to_owned() }, at..end)),
    }
}

/// Replaces `$name` and `${name}` by their values and `$$` by a dollar; any other dollar is literal. Only
/// for bodies of messages that ask for it.
pub fn expand_variables<'a>(text: &'a [u8], lookup: Lookup<'_>) -> Result<Cow<'a, [u8]>, WordsError> {
    if memchr::memchr(b'$', text).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(plain) = memchr::memchr(b'$', &text[at..]) {
        out.extend_from_slice(&text[at..at + plain]);
        at += plain;
        if text.get(at + 1) == Some(&b'$') {
            out.push(b'$');
            at += 2;
        } else {
            at = expand_dollar(text, at, text.len(), Some(lookup), &mut out)?;
        }
    }
    out.extend_from_slice(&text[at..]);
    Ok(Cow::Owned(out))
}

/// The byte range of the word that may be an alias: the first after counts and `@name`.
pub(crate) fn command_word(text: &[u8]) -> Range<usize> {
    let mut at = 0;
    loop {
        at += text[at..].iter().take_while(|byte| is_blank(**byte)).count();
        let token = raw_token(text, at);
        if !(is_connection(token) || is_count(token)) {
            return at..at + token.len();
        }
        at += token.len();
    }
}

/// Replaces the command word by the text of its alias, which may begin with another alias. As in a system's
/// shell, an alias is not replaced within itself.
pub fn expand_alias<'a>(text: &'a [u8], aliases: Lookup<'_>) -> Cow<'a, [u8]> {
    let mut text = Cow::Borrowed(text);
    let mut seen: Vec<String> = Vec::new();
    loop {
        let word = command_word(&text);
        let Ok(name) = std::str::from_utf8(&text[word.clone()]) else {
            return text;
        };
        if name.is_empty() || seen.iter().any(|known| known == name) {
            return text;
        }
        let Some(meaning) = aliases(name) else {
            return text;
        };
        seen.push(name.to_owned());
        let mut expanded = Vec::with_capacity(text.len() + meaning.len());
        expanded.extend_from_slice(&text[..word.start]);
        expanded.extend_from_slice(meaning.as_bytes());
        expanded.extend_from_slice(&text[word.end..]);
        text = Cow::Owned(expanded);
    }
}

/// The aliases that lead from this one back to it, which it begins and ends; `None` if they lead elsewhere.
pub(super) fn alias_loop(name: &str, aliases: Lookup<'_>) -> Option<Vec<String>> {
    let mut names = vec![name.to_owned()];
    loop {
        let meaning = aliases(names.last()?)?;
        let word = meaning.get(command_word(meaning.as_bytes()))?;
        let is_back = word == name;
        if !is_back && names.iter().any(|known| known == word) {
            return None;
        }
        names.push(word.to_owned());
        if is_back {
            return Some(names);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "q" => Some("/queue/a".into()),
            "s" => Some("send /queue/a".into()),
            "sub" => Some("sub --headers".into()),
            "x" => Some("y 1".into()),
            "y" => Some("x 2".into()),
            _ => None,
        }
    }

    #[test]
    fn names_are_replaced_and_other_dollars_kept() {
        let expand = |text: &str| {
            expand_variables(text.as_bytes(), &lookup).map(|out| String::from_utf8(out.into_owned()).unwrap())
        };
        assert_eq!(expand("to $q, ${q}b $5 $$q $").unwrap(), "to /queue/a, /queue/ab $5 $q $");
        assert_eq!(expand("$nope").unwrap_err().fault, LineFault::UnknownVariable { name: "nope".into() });
        assert_eq!(expand("a ${q").unwrap_err().span, 2..5);
    }

    #[test]
    fn an_alias_stands_behind_prefixes_and_may_hold_its_own_name() {
        let expand =
            |text: &str| String::from_utf8(expand_alias(text.as_bytes(), &lookup).into_owned()).unwrap();
        assert_eq!(expand(" @prod 5 s  hi"), " @prod 5 send /queue/a  hi");
        assert_eq!(expand("sub /queue/b"), "sub --headers /queue/b");
        assert_eq!(expand("x 3"), "x 2 1 3");
        assert_eq!(expand("send s"), "send s");
        assert_eq!(expand(""), "");
    }
}
