//! Header escapes of each version (STOMP 1.2, "Value Encoding").

use std::borrow::Cow;

/// How a peer writes header names and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// None at all: 1.0, and CONNECT and CONNECTED in any version.
    None,
    /// `\n` `\c` `\\`; any other escape is fatal.
    V1_1,
    /// `\n` `\c` `\\` `\r`; any other escape is fatal.
    V1_2,
    /// Those of 1.2; any other backslash is literal. For frames before the version is negotiated (an ERROR
    /// instead of CONNECTED) and for RabbitMQ, which escapes in 1.0 too.
    Lenient,
}

impl Escapes {
    #[inline]
    fn meaning(self, letter: u8) -> Option<u8> {
        match letter {
            b'n' => Some(b'\n'),
            b'c' => Some(b':'),
            b'\\' => Some(b'\\'),
            b'r' if self != Self::V1_1 => Some(b'\r'),
            _ => None,
        }
    }

    /// The position of the first backslash that does not begin an escape of this version.
    pub fn first_invalid(self, raw: &[u8]) -> Option<usize> {
        if matches!(self, Self::None | Self::Lenient) {
            return None;
        }
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'\\', &raw[at..]) {
            let slash = at + found;
            let letter = raw.get(slash + 1).copied();
            if letter.and_then(|letter| self.meaning(letter)).is_none() {
                return Some(slash);
            }
            at = slash + 2;
        }
        None
    }
}

/// Decodes escapes from left to right, once: `\\n` is a backslash and an `n`. Invalid escapes, which
/// [`Escapes::first_invalid`] finds, are literal.
pub fn unescape(raw: &[u8], escapes: Escapes) -> Cow<'_, [u8]> {
    if escapes == Escapes::None {
        return Cow::Borrowed(raw);
    }
    let Some(first) = memchr::memchr(b'\\', raw) else {
        return Cow::Borrowed(raw);
    };
    let mut out = Vec::with_capacity(raw.len());
    out.extend_from_slice(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some((&byte, tail)) = rest.split_first() {
        let meaning = match (byte, tail.first()) {
            (b'\\', Some(&letter)) => escapes.meaning(letter),
            _ => None,
        };
        if let Some(meaning) = meaning {
            out.push(meaning);
            rest = &tail[1..];
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    Cow::Owned(out)
}

/// Appends an escaped name or value. With [`Escapes::None`] the caller must have refused bytes that would end
/// the line, as [`super::Encoder::header`] does.
pub fn escape_into(out: &mut Vec<u8>, text: &[u8], escapes: Escapes) {
    if escapes == Escapes::None || !text.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b':' | b'\r')) {
        out.extend_from_slice(text);
        return;
    }
    for &byte in text {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b':' => out.extend_from_slice(b"\\c"),
            b'\r' if escapes != Escapes::V1_1 => out.extend_from_slice(b"\\r"),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_backslash_before_n_is_not_a_newline() {
        assert_eq!(&*unescape(br"\\n", Escapes::V1_2), br"\n");
        assert_eq!(&*unescape(br"a\\\nb", Escapes::V1_2), b"a\\\nb");
    }

    #[test]
    fn each_version_has_its_escapes() {
        assert_eq!(&*unescape(br"\n\c\\", Escapes::V1_1), b"\n:\\");
        assert_eq!(&*unescape(br"\r", Escapes::V1_2), b"\r");
        assert_eq!(Escapes::V1_1.first_invalid(br"a\r"), Some(1));
        assert_eq!(Escapes::V1_2.first_invalid(br"a\r\t"), Some(3));
        assert_eq!(Escapes::V1_2.first_invalid(br"end\"), Some(3));
        assert_eq!(&*unescape(br"a\cb", Escapes::None), br"a\cb");
    }

    #[test]
    fn lenient_keeps_what_is_no_escape() {
        assert_eq!(Escapes::Lenient.first_invalid(br"\t"), None);
        assert_eq!(&*unescape(br"a\tb\c\", Escapes::Lenient), b"a\\tb:\\");
    }

    #[test]
    fn escaping_undoes_unescaping() {
        let text = b"a\\b:c\nd\re";
        let mut out = Vec::new();
        escape_into(&mut out, text, Escapes::V1_2);
        assert_eq!(out, br"a\\b\cc\nd\re");
        assert_eq!(&*unescape(&out, Escapes::V1_2), text);
    }

    #[test]
    fn a_carriage_return_is_data_in_1_1() {
        let mut out = Vec::new();
        escape_into(&mut out, b"1\r", Escapes::V1_1);
        assert_eq!(out, b"1\r");
    }
}
