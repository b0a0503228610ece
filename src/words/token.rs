//! Blanks, line ends and the unquoted words before a command.

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The offset of the line feed at the end of the line, or the length of the text.
pub(super) fn line_end(text: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |offset| from + offset)
}

/// Whether LF, CR LF or the end of the text is at `at`.
pub(super) fn is_line_end(text: &[u8], at: usize) -> bool {
    matches!(&text[at..], [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..])
}

/// The bytes up to a blank or the end of the line, including quotes.
pub(super) fn raw_token(text: &[u8], at: usize) -> &[u8] {
    let length =
        (at..text.len()).take_while(|index| !is_blank(text[*index]) && !is_line_end(text, *index)).count();
    &text[at..at + length]
}

/// The text inside quotes that enclose all of it, or the whole text.
pub(super) fn strip_quotes(text: &[u8]) -> &[u8] {
    match text {
        [quote @ (b'\'' | b'"'), inner @ .., last] if quote == last => inner,
        _ => text,
    }
}

pub(super) fn is_connection(token: &[u8]) -> bool {
    token.len() > 1 && token[0] == b'@'
}

pub(super) fn is_count(token: &[u8]) -> bool {
    !token.is_empty() && token.iter().all(u8::is_ascii_digit)
}
