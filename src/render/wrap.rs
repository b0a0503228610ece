//! Lines for a terminal that break between words.

use unicode_width::UnicodeWidthChar;

/// The text with no line longer than the columns, where a blank allows it. Colours take no room. Lines
/// that begin with a blank are laid out already, and stay as they are.
pub fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if line.starts_with(' ') { out.push_str(line) } else { push_wrapped(line, columns, &mut out) }
    }
    out
}

fn push_wrapped(line: &str, columns: usize, out: &mut String) {
    let (mut width, mut blank, mut start) = (0, None, 0);
    let mut escape = false;
    for (at, character) in line.char_indices() {
        if escape || character == '\x1b' {
            // What `Paint` writes ends with an m.
            escape = character != 'm';
            continue;
        }
        width += character.width().unwrap_or(0);
        if character == ' ' {
            blank = Some((at, width));
        }
        if width > columns
            && let Some((cut, before)) = blank.take()
            && cut > start
        {
            out.push_str(&line[start..cut]);
            out.push('\n');
            start = cut + 1;
            width -= before;
        }
    }
    out.push_str(&line[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_colours_take_no_room() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(wrap("one two three", 80), "one two three");
        assert_eq!(wrap("one two\nthree", 7), "one two\nthree");
        assert_eq!(wrap("abcdefghij kl", 5), "abcdefghij\nkl");
        assert_eq!(wrap("日本 日本", 6), "日本\n日本");
        assert_eq!(wrap("  as it stands, however long", 7), "  as it stands, however long");
        let painted = "\x1b[31merror:\x1b[0m two three";
        assert_eq!(wrap(painted, 10), "\x1b[31merror:\x1b[0m two\nthree");
        assert_eq!(wrap("exactly te", 10), "exactly te");
    }
}
