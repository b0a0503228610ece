//! Masking of secrets in lines, for history and traces. It must also work on malformed lines, and masks too
//! much rather than too little.

use super::token::{is_blank, line_end};
use crate::render::secrets::{MASK, is_secret_name, url_secrets};
use std::borrow::Cow;
use std::ops::Range;

/// Replaces secrets by `***`: passwords in URLs, values of `--password` and `--passcode`, secret headers
/// and variables.
pub(crate) fn mask_secrets(line: &str) -> Cow<'_, str> {
    match mask_secrets_in_bytes(line.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(line),
        Cow::Owned(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
    }
}

/// Like [`mask_secrets`], for a line that may not be UTF-8.
pub fn mask_secrets_in_bytes(line: &[u8]) -> Cow<'_, [u8]> {
    let secrets = secrets(line);
    if secrets.is_empty() { Cow::Borrowed(line) } else { Cow::Owned(masked(line, &secrets, line.len())) }
}

/// Masks a line, and moves a span of it to where it is in the masked line.
pub(crate) fn mask_secrets_around(line: &[u8], span: Range<usize>) -> (Vec<u8>, Range<usize>) {
    let secrets = secrets(line);
    let moved = |at: usize| masked(line, &secrets, at.min(line.len())).len();
    (masked(line, &secrets, line.len()), moved(span.start)..moved(span.end))
}

/// Masks the line up to `end`. A secret that `end` cuts is masked as a whole.
fn masked(line: &[u8], secrets: &[Range<usize>], end: usize) -> Vec<u8> {
    let mut masked = Vec::with_capacity(end);
    let mut at = 0;
    for span in secrets.iter().filter(|span| span.start < end) {
        if span.start >= at {
            masked.extend_from_slice(&line[at..span.start]);
            masked.extend_from_slice(MASK.as_bytes());
        }
        at = at.max(span.end);
    }
    masked.extend_from_slice(&line[at.min(end)..end]);
    masked
}

/// The byte ranges of secrets, in order.
fn secrets(line: &[u8]) -> Vec<Range<usize>> {
    let mut secrets = Secrets { line, found: Vec::new() };
    let mut previous: &[u8] = b"";
    let mut before: &[u8] = b"";
    // The value of a secret variable is the rest of its line.
    let mut hidden = 0;
    for span in tokens(line) {
        if span.start < hidden {
            secrets.hide(span.clone());
        } else {
            if before == b"set" && is_secret_name(previous) {
                hidden = line_end(line, span.start);
            }
            secrets.token(span.clone(), previous, before);
        }
        before = previous;
        previous = trim_quotes(&line[span]);
    }
    secrets.found.sort_by_key(|span| span.start);
    secrets.found
}

struct Secrets<'a> {
    line: &'a [u8],
    found: Vec<Range<usize>>,
}

impl Secrets<'_> {
    fn token(&mut self, span: Range<usize>, previous: &[u8], before: &[u8]) {
        let token = &self.line[span.clone()];
        let word = trim_quotes(token);
        let base = span.start + usize::from(token.len() > word.len() && matches!(token[0], b'\'' | b'"'));
        for secret in url_secrets(word) {
            self.hide(base + secret.start..base + secret.end);
        }

        let is_option = word.starts_with(b"-");
        let after_secret_option = is_secret_option(previous) && !is_option;
        let after_short = previous == b"-W" && !is_option && !looks_like_address(word);
        // `set password x`
        let after_set = before == b"set" && is_secret_name(previous);
        if after_secret_option || after_short || after_set {
            self.hide(base..base + word.len());
        } else if word.starts_with(b"-W") && word.len() > 2 {
            self.hide(base + 2..span.end);
        } else if let Some(equals) = memchr::memchr(b'=', word)
            && (is_secret_option(&word[..equals]) || (!is_option && is_secret_variable(&word[..equals])))
        {
            self.hide(base + equals + 1..span.end);
        }

        let header = if is_header_option(previous) {
            Some(0)
        } else if word.starts_with(b"-H") {
            Some(2)
        } else {
            memchr::memchr(b'=', word)
                .filter(|equals| is_header_option(&word[..*equals]))
                .map(|equals| equals + 1)
        };
        if let Some(start) = header {
            self.header(base + start, &word[start..], is_secret_name);
        }
        // All headers of a handshake are hidden, but for the names of files and variables.
        let named = |value: &[u8]| value.starts_with(b"@") || memchr::memmem::find(value, b"${").is_some();
        let handshake = if previous == b"--ws-header" {
            Some(0)
        } else {
            word.strip_prefix(b"--ws-header=").map(|value| word.len() - value.len())
        };
        if let Some(start) = handshake.filter(|start| !named(&word[*start..])) {
            let value = &word[start..];
            if value.contains(&b':') {
                self.header(base + start, value, |_| true);
            } else {
                self.hide(base + start..span.end);
            }
        }
    }

    fn header(&mut self, base: usize, header: &[u8], is_secret: impl Fn(&[u8]) -> bool) {
        let quotes = header.iter().take_while(|byte| matches!(byte, b'\'' | b'"')).count();
        let header = &header[quotes..];
        // Somebody may have forgotten the colon.
        let colon = memchr::memchr(b':', header).or_else(|| header.iter().position(|byte| is_blank(*byte)));
        let Some(colon) = colon else {
            return;
        };
        if !is_secret(header[..colon].trim_ascii()) {
            return;
        }
        let blanks = header[colon + 1..].iter().take_while(|byte| is_blank(**byte)).count();
        let start = colon + 1 + blanks;
        let end = header.len() - header.iter().rev().take_while(|byte| matches!(byte, b'\'' | b'"')).count();
        if start < end {
            self.hide(base + quotes + start..base + quotes + end);
        }
    }

    fn hide(&mut self, span: Range<usize>) {
        if !span.is_empty() {
            self.found.push(span);
        }
    }
}

fn is_secret_option(option: &[u8]) -> bool {
    let lower = option.to_ascii_lowercase();
    matches!(lower.as_slice(), b"--password" | b"--passcode" | b"--passwd" | b"--pass")
}

fn is_header_option(option: &[u8]) -> bool {
    matches!(option, b"-H" | b"--header" | b"--connect-header")
}

fn is_secret_variable(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"!").unwrap_or(name);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    !name.is_empty() && name.iter().all(plain) && (is_secret_name(name) || name == b"STOMP_WS_HEADER")
}

/// Whether a word may follow a `-W` without a value: `localhost`, `host:61613` or a URL.
fn looks_like_address(word: &[u8]) -> bool {
    if memchr::memmem::find(word, b"://").is_some() {
        return true;
    }
    match memchr::memrchr(b':', word) {
        Some(colon) => {
            let port = &word[colon + 1..];
            !port.is_empty() && port.iter().all(u8::is_ascii_digit)
        }
        None => word == b"localhost",
    }
}

/// The byte ranges of words with their quotes; an open quote extends to the end.
fn tokens(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while line.get(at).is_some_and(|byte| is_blank(*byte) || *byte == b'\n') {
            at += 1;
        }
        let start = at;
        let mut quote = None;
        while let Some(&byte) = line.get(at) {
            match quote {
                None if is_blank(byte) || byte == b'\n' => break,
                // An apostrophe inside a word opens nothing, unless it follows `=` or `-H`.
                None if matches!(byte, b'\'' | b'"') => {
                    let opens = at == start
                        || line[at - 1] == b'='
                        || &line[start..at] == b"-H"
                        || &line[start..at] == b"-W";
                    quote = (opens && line[at + 1..].contains(&byte)).then_some(byte);
                }
                Some(open) if byte == open => quote = None,
                _ => {}
            }
            at += 1;
        }
        (start < at).then_some(start..at)
    })
}

/// The word without enclosing quotes, or without an open one.
fn trim_quotes(word: &[u8]) -> &[u8] {
    match word {
        [quote @ (b'\'' | b'"'), inner @ .., last] if quote == last => inner,
        [b'\'' | b'"', inner @ ..] => inner,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_hidden() {
        for (line, masked) in [
            ("connect stomp://u:p@h:61613/v", "connect stomp://u:***@h:61613/v"),
            ("connect stomp://u:p@ss@h", "connect stomp://u:***@h"),
            ("connect stomp://u:p/w@h", "connect stomp://u:***@h"),
            ("connect stomp://u:1234@h", "connect stomp://u:***@h"),
            ("connect stomp://a:1,u:p@b:2", "connect stomp://a:1,u:***@b:2"),
            ("connect stomp://u:p@a,stomp://v:q@b", "connect stomp://u:***@a,stomp://v:***@b"),
            ("connect 'wss://u:my pass@h/ws'", "connect 'wss://u:***@h/ws'"),
            ("connect --password x h:1", "connect --password *** h:1"),
            ("connect --password='x y' h:1", "connect --password=*** h:1"),
            ("connect --passcode \"x y\"", "connect --passcode \"***\""),
            ("connect -W x", "connect -W ***"),
            ("connect -Wx", "connect -W***"),
            ("connect -W stomp://h", "connect -W stomp://h"),
            ("connect -W h:61613", "connect -W h:61613"),
            ("send -H 'passcode: x' /queue/a b", "send -H 'passcode: ***' /queue/a b"),
            ("send -H'passcode: x' /queue/a b", "send -H'passcode: ***' /queue/a b"),
            ("connect --connect-header 'passcode:x'", "connect --connect-header 'passcode:***'"),
            ("connect --connect-header=passcode:x", "connect --connect-header=passcode:***"),
            ("send --header \"X-Api-Token: x\" a", "send --header \"X-Api-Token: ***\" a"),
            ("send -H 'x-token x' /queue/a b", "send -H 'x-token ***' /queue/a b"),
            ("connect --ws-header 'X-Tenant: x' h", "connect --ws-header 'X-Tenant: ***' h"),
            ("connect --ws-header=x h", "connect --ws-header=*** h"),
            ("connect --ws-header @file h", "connect --ws-header @file h"),
            ("connect --ws-header='Cookie: x' h", "connect --ws-header='Cookie: ***' h"),
            (
                "connect --ws-header 'Authorization: Bearer ${T}'",
                "connect --ws-header 'Authorization: Bearer ${T}'",
            ),
            ("connect u:p@h:61613", "connect u:***@h:61613"),
            ("connect ws://h/ws?access_token=x", "connect ws://h/ws?access_token=***"),
            ("send /queue/a http://h/?id=7", "send /queue/a http://h/?id=7"),
            ("set password x", "set password ***"),
            ("set db_password two words", "set db_password *** ***"),
            ("set API_KEY x\nset other y", "set API_KEY ***\nset other y"),
            ("send -H 'pass: x' /queue/a compass: north", "send -H 'pass: ***' /queue/a compass: north"),
            ("!STOMP_PASSWORD=x env", "!STOMP_PASSWORD=*** env"),
        ] {
            assert_eq!(mask_secrets(line), masked, "{line}");
        }
    }

    #[test]
    fn a_place_in_a_line_is_the_same_place_behind_hidden_secrets() {
        let around = |line: &str, what: &str| {
            let start = line.find(what).unwrap();
            let (masked, span) = mask_secrets_around(line.as_bytes(), start..start + what.len());
            let masked = String::from_utf8(masked).unwrap();
            (masked[span].to_owned(), masked)
        };
        let line = "connect --password secret --bogus h";
        assert_eq!(around(line, "--bogus"), ("--bogus".into(), "connect --password *** --bogus h".into()));
        assert_eq!(around(line, "--password").0, "--password");
        assert_eq!(around(line, "secret").0, "***");
        assert_eq!(around(line, "cret --").0, " --");
        assert_eq!(around(line, "word sec").0, "word ***");
    }

    #[test]
    fn lines_without_secrets_are_not_copied() {
        for line in [
            "send /queue/a it's {\"passcode\": 1}",
            "connect stomp://h:61613/v",
            "sub a -H 'id: 7'",
            "",
            "ack .",
        ] {
            assert!(matches!(mask_secrets(line), Cow::Borrowed(_)), "{line}");
        }
    }

    proptest! {
        #[test]
        fn masking_never_panics(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = mask_secrets_in_bytes(&line);
        }

        #[test]
        fn a_password_in_a_url_never_stays(secret in "[a-zA-Z][a-zA-Z0-9@/,:'\"]{3,12}") {
            let line = format!("connect stomp://user:{secret}@host");
            prop_assert!(!mask_secrets(&line).contains(&secret), "{}", mask_secrets(&line));
        }
    }
}
