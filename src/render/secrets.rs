//! Secrets in URLs, which no text for people shows.

use std::borrow::Cow;
use std::ops::Range;

pub(crate) const MASK: &str = "***";

/// Replaces the passwords and tokens of all URLs in a text by `***`. Like everything here it masks too much rather than
/// too little, since most of what it sees is malformed.
pub(crate) fn mask_urls(text: &str) -> Cow<'_, str> {
    if !text.contains([':', '?']) {
        return text.into();
    }
    let bytes = text.as_bytes();
    let mut masked = String::new();
    let mut at = 0;
    let mut from = 0;
    while let Some(word) = next_word(bytes, from) {
        from = word.end;
        for secret in url_secrets(&bytes[word.clone()]) {
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
        if let Some(scheme) = scheme(&word[begin..at]) {
            starts.push((begin + scheme, at + 3));
            begin = at + 3;
        }
    }
    if starts.is_empty() {
        secrets.extend(bare_password(word));
        if let Some(query) = memchr::memchr(b'?', word) {
            tokens(word, query + 1..word.len(), false, &mut secrets);
        }
        return secrets;
    }
    for (index, (scheme, start)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(word.len(), |next| next.0);
        passwords(&word[..end], *start, &mut secrets);
        let is_websocket = word[*scheme..].starts_with(b"ws");
        let query = memchr::memchr(b'?', &word[*start..end]);
        if let Some(query) = query {
            tokens(word, start + query + 1..end, is_websocket, &mut secrets);
        }
    }
    secrets.sort_by_key(|span| span.start);
    secrets
}

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
    let mut start = query.start;
    for parameter in word[query].split(|byte| matches!(byte, b'&' | b',' | b'#')) {
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
    let (_, query) = url.split_once('?')?;
    let parameters = query.split(['&', ',']).filter_map(|parameter| parameter.split_once('='));
    let secret = |(name, value): &(&str, &str)| is_secret_parameter(name.as_bytes()) && !value.contains("${");
    parameters.filter(secret).map(|(name, _)| name).next()
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
    let ends: [&[u8]; 11] = [
        b"passcode",
        b"password",
        b"passwd",
        b"passphrase",
        b"secret",
        b"token",
        b"authorization",
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
            ("at (wss://u:p@h/ws?a=b&c), x", "at (wss://u:***@h/ws?a=***&***, x"),
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
            "the time is 10:30, bob@h",
            "connect to stomp://u@h:61613/v",
        ] {
            assert_eq!(mask_urls(plain), plain);
        }
    }
}
