//! Blanks, line ends and the unquoted words before a command.

/// Whether the byte is a space or a tab.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The offset of the line feed that ends the line, or the length of the text.
pub(super) fn line_end(text: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |offset| from + offset)
}

/// Whether the line is over at `at`: LF, CR LF, or the text's end.
pub(super) fn is_line_end(text: &[u8], at: usize) -> bool {
    matches!(&text[at..], [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..])
}

/// The bytes up to a blank or the line's end, quotes and all.
pub(super) fn raw_token(text: &[u8], at: usize) -> &[u8] {
    let length =
        (at..text.len()).take_while(|place| !is_blank(text[*place]) && !is_line_end(text, *place)).count();
    &text[at..at + length]
}

/// Whether a token before the command picks a connection.
pub(super) fn is_connection(token: &[u8]) -> bool {
    token.len() > 1 && token[0] == b'@'
}

/// Whether a token before the command is a count.
pub(super) fn is_count(token: &[u8]) -> bool {
    !token.is_empty() && token.iter().all(u8::is_ascii_digit)
}
