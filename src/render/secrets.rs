//! Secrets in URLs, which no text for people shows.

use std::borrow::Cow;
use std::ops::Range;

use crate::transport::{Secret, path_tokens};

pub(crate) const MASK: &str = Secret::MASK;

/// Replaces the passwords and tokens of all URLs in a text by `***`. Like everything here it masks too much rather than
/// too little, since most of what it sees is malformed.
pub(crate) fn mask_urls(text: &str) -> Cow<'_, str> {
    if !text.contains([':', '?']) && !text.contains(REFUSED_VALUE) && !text.contains(JWT) {
        return text.into();
    }
    let bytes = text.as_bytes();
    let mut masked = String::new();
    let mut at = 0;
    let mut from = 0;
    while let Some(word) = next_word(bytes, from) {
        from = word.end;
        let argument = text.get(..word.start).is_some_and(|before| before.ends_with(REFUSED_VALUE));
        let header = argument.then(|| header_secret(&bytes[word.clone()])).flatten();
        for secret in header.map_or_else(|| url_secrets(&bytes[word.clone()]), |secret| vec![secret]) {
            let (start, end) = (word.start + secret.start, word.start + secret.end);
            // Both ends are beside ASCII characters, or at the end of a word.
            if let (true, Some(before)) = (start >= at, text.get(at..start)) {
                masked.extend([before, MASK]);
                at = end;
            }
        }
    }
    if at == 0 { text.into() } else { masked + text.get(at..).unwrap_or_default() }.into()
}

/// What precedes an argument that cannot be parsed.
const REFUSED_VALUE: &str = "invalid value '";

/// The beginning of a JSON Web Token: `{"` in base64.
const JWT: &str = "eyJ";

/// The value of an argument that is a header, as in `Authorization: Bearer TOKEN`, if only its name says so; or such a header
/// without its colon.
fn header_secret(argument: &[u8]) -> Option<Range<usize>> {
    let name = argument.iter().position(|byte| matches!(byte, b':' | b'=' | b' '))?;
    let gap = argument[name..].iter().take_while(|byte| matches!(byte, b':' | b'=' | b' ')).count();
    let start = name + gap;
    (is_secret_name(&argument[..name]) && start < argument.len()).then_some(start..argument.len())
}

/// The next word that a blank ends or, for one in quotes, the quote; at or after `from`.
fn next_word(text: &[u8], from: usize) -> Option<Range<usize>> {
    let start = from + text.get(from..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let quote = text[start];
    if matches!(quote, b'\'' | b'"' | b'`') {
        let closes = |at: &usize| {
            text[*at] == quote && text.get(at + 1).is_none_or(|next| !next.is_ascii_alphanumeric())
        };
        if let Some(end) = (start + 1..text.len()).find(closes) {
            return Some(start + 1..end);
        }
    }
    let length = text[start..].iter().position(u8::is_ascii_whitespace);
    Some(start..length.map_or(text.len(), |length| start + length))
}

/// The byte ranges of secrets in a word: the passwords and the tokens of URLs, alone or in a failover list, in order.
pub(crate) fn url_secrets(word: &[u8]) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut begin = 0;
    let mut starts = Vec::new();
    for at in memchr::memmem::find_iter(word, b"://") {
        if let Some(scheme) = scheme(&word[begin..at])
            // After a colon it belongs to a password.
            && (scheme == 0 || word[begin + scheme - 1] != b':')
        {
            starts.push((begin + scheme, at + 3));
            begin = at + 3;
        }
    }
    if starts.is_empty() {
        secrets.extend(bare_password(word));
        let query = memchr::memchr(b'?', word);
        let path_end = query.unwrap_or(word.len());
        if let Some(path) = memchr::memchr(b'/', &word[..path_end]) {
            secrets.extend(segments(word, path..path_end, false));
        }
        if let Some(query) = query {
            tokens(word, query + 1..word.len(), false, &mut secrets);
        }
        return secrets;
    }
    for (index, (scheme, start)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(word.len(), |next| next.0);
        passwords(&word[..end], *start, &mut secrets);
        let is_websocket = word[*scheme..].starts_with(b"ws");
        let query = memchr::memchr(b'?', &word[*start..end]);
        let path = memchr::memchr(b'/', &word[*start..end]).map(|slash| start + slash);
        let path_end = query.map_or(end, |query| start + query);
        if let Some(path) = path.filter(|path| *path < path_end) {
            let known = secrets.clone();
            let apart = |token: &Range<usize>| {
                known.iter().all(|other| token.end <= other.start || other.end <= token.start)
            };
            secrets.extend(segments(word, path..path_end, is_websocket).into_iter().filter(apart));
        }
        if let Some(query) = query {
            tokens(word, start + query + 1..end, is_websocket, &mut secrets);
        }
    }
    secrets.sort_by_key(|span| span.start);
    secrets
}

/// The segments of a path that look like tokens, without punctuation of the sentence that the URL is in. Outside of the URLs
/// of WebSockets, where a path may be a destination or name an order, only JSON Web Tokens.
fn segments(word: &[u8], path: Range<usize>, all: bool) -> Vec<Range<usize>> {
    let start = path.start;
    let Ok(text) = std::str::from_utf8(&word[path]) else { return Vec::new() };
    let tokens = path_tokens(text.trim_end_matches(PUNCTUATION)).into_iter();
    let tokens = tokens.filter(|token| all || text[token.clone()].starts_with(JWT));
    tokens.map(|token| start + token.start..start + token.end).collect()
}

/// What may follow a URL in a sentence.
const PUNCTUATION: [char; 8] = [':', ')', ',', ';', '.', ']', '\'', '"'];

/// Where the scheme begins that ends the text, if one does.
fn scheme(before: &[u8]) -> Option<usize> {
    let length =
        before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'+').count();
    (length > 0).then(|| before.len() - length)
}

/// The password of `user:password@host`, a URL without its scheme.
fn bare_password(word: &[u8]) -> Option<Range<usize>> {
    let colon = memchr::memchr(b':', word)?;
    let at = memchr::memrchr(b'@', word).filter(|at| *at > colon + 1)?;
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%+=".contains(byte);
    let user = &word[..colon];
    let host = word.get(at + 1)?;
    let fits = user.iter().all(in_name)
        && word[colon + 1] != b'/'
        && (host.is_ascii_alphanumeric() || *host == b'[');
    fits.then_some(colon + 1..at)
}

fn passwords(word: &[u8], mut start: usize, secrets: &mut Vec<Range<usize>>) {
    loop {
        let rest = &word[start..];
        let Some(stop) = rest.iter().position(|byte| matches!(byte, b':' | b'/' | b',' | b'@')) else {
            return;
        };
        if rest[stop] == b':' {
            let secret = &rest[stop + 1..];
            let digits = secret.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let port = digits > 0 && matches!(secret.get(digits), None | Some(b'/' | b',' | b'?' | b'#'));
            if !port && let Some(end) = password_end(secret) {
                let from = start + stop + 1;
                secrets.extend((end > 0).then_some(from..from + end));
                start = from + end;
                continue;
            }
        }
        match memchr::memchr(b',', rest) {
            Some(comma) => start += comma + 1,
            None => return,
        }
    }
}

/// The offset of the `@` after a URL's password. With an unescaped `/` or `,` it is not a valid URL but still has a
/// secret.
fn password_end(secret: &[u8]) -> Option<usize> {
    let authority = secret.iter().position(|byte| matches!(byte, b'/' | b',')).unwrap_or(secret.len());
    memchr::memrchr(b'@', &secret[..authority]).or_else(|| memchr::memrchr(b'@', secret))
}

/// The values of a query: all of them in the URL of a WebSocket, elsewhere those whose names are secret.
fn tokens(word: &[u8], query: Range<usize>, all: bool, secrets: &mut Vec<Range<usize>>) {
    let is_punctuation = |byte: &&u8| PUNCTUATION.contains(&char::from(**byte));
    let trailing = word[query.clone()].iter().rev().take_while(is_punctuation).count();
    let mut start = query.start;
    for parameter in word[query.start..query.end - trailing].split(|byte| matches!(byte, b'&' | b',' | b'#'))
    {
        let end = start + parameter.len();
        let value = memchr::memchr(b'=', parameter);
        let name = &parameter[..value.unwrap_or(parameter.len())];
        let from = start + value.map_or(0, |equals| equals + 1);
        let named = memchr::memmem::find(&word[from..end], b"${").is_some();
        if !named
            && (all || value.is_some() && is_secret_parameter(name))
            && from < end
            && &word[from..end] != MASK.as_bytes()
        {
            secrets.push(from..end);
        }
        start = end + 1;
    }
}

/// The name of the first parameter of a URL's query that holds a secret and does not name a variable for it.
pub(crate) fn url_token(url: &str) -> Option<&str> {
    url_tokens(url).map(|(name, _)| name).next()
}

/// The parameters of a URL's query that hold secrets, without those that name a variable: names and values.
pub(crate) fn url_tokens(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let parameters = query.split(['&', ',']).filter_map(|parameter| parameter.split_once('='));
    parameters.filter(|(name, value)| is_secret_parameter(name.as_bytes()) && !value.contains("${"))
}

fn is_secret_parameter(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_name(name)
        || [&b"key"[..], b"auth", b"jwt", b"sig", b"signature", b"ticket"]
            .iter()
            .any(|end| lower.ends_with(end))
}

/// Whether a header, variable or parameter of this name holds a secret.
pub(crate) fn is_secret_name(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends: [&[u8]; 14] = [
        b"passcode",
        b"password",
        b"passwd",
        b"passphrase",
        b"secret",
        b"token",
        b"authorization",
        b"auth",
        b"cookie",
        b"jwt",
        b"credentials",
        b"apikey",
        b"api_key",
        b"api-key",
    ];
    matches!(lower.as_slice(), b"pass" | b"pwd") || ends.iter().any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_a_text_show_no_secret() {
        for (text, masked) in [
            ("invalid value 'http://u:p w@h' for it", "invalid value 'http://u:***@h' for it"),
            ("no context 'stomp://u:it's@h'", "no context 'stomp://u:***@h'"),
            ("at (wss://u:p@h/ws?a=b&c), x", "at (wss://u:***@h/ws?a=***&***), x"),
            ("no WebSocket at ws://h/ws?t=x: 401", "no WebSocket at ws://h/ws?t=***: 401"),
            ("no WebSocket at ws://h/ws?t=***: 401", "no WebSocket at ws://h/ws?t=***: 401"),
            ("(see http://h/login?token=x.)", "(see http://h/login?token=***.)"),
            ("ws://h/token/s3cret-4711: 401", "ws://h/token/***: 401"),
            ("at h:1/ws/eyJhbGciOi.e30.x?a: 401", "at h:1/ws/***?a: 401"),
            ("no 'ws://u:eyJx@h/ws'", "no 'ws://u:***@h/ws'"),
            ("connect stomp://user:a://@host", "connect stomp://user:***@host"),
            (
                "invalid value 'Authorization Bearer x' for '--header <NAME: VALUE>'",
                "invalid value 'Authorization ***' for '--header <NAME: VALUE>'",
            ),
            ("invalid value 'x-token:x y' for", "invalid value 'x-token:***' for"),
            ("--url=stomp://u:p@a,v:q@b", "--url=stomp://u:***@a,v:***@b"),
            ("unknown command 'u:p@h:1'", "unknown command 'u:***@h:1'"),
            ("to /login?access_token=x&next=y", "to /login?access_token=***&next=y"),
            ("http://shop/?id=7&sig=x", "http://shop/?id=7&sig=***"),
            ("ws://h/ws?t=***", "ws://h/ws?t=***"),
            ("ws://h/ws?t=${T}", "ws://h/ws?t=${T}"),
            ("na\u{ef}ve 'stomp://u:p\u{e9}@h' \u{20ac}", "na\u{ef}ve 'stomp://u:***@h' \u{20ac}"),
        ] {
            assert_eq!(mask_urls(text), masked);
        }
        for plain in [
            "nothing is listening on 127.0.0.1:61613",
            "{\"at\":\"bob@shop.example\"}",
            "is it on? 'x' switches it on",
            "the queue /queue/token/s3cret-4711 is full: x",
            "http://shop/orders/550e8400-e29b-41d4-a716-446655440000",
            "a body eyJhIjoxfQ== and another:",
            "invalid value 'receipt: x' for '--header'",
            "the time is 10:30, bob@h",
            "connect to stomp://u@h:61613/v",
        ] {
            assert_eq!(mask_urls(plain), plain);
        }
    }
}
