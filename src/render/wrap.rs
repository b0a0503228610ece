//! Lines for a terminal that break between words.

use std::borrow::Cow;

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Breaks each line of a text at spaces, where it is wider than `columns`. A word that is wider than that stays
/// whole. Colours take no room. Lines that begin with a space are laid out already, and stay as they are.
pub(crate) fn wrap(text: &str, columns: usize) -> String {
    let wrapped =
        |line: &str| if line.starts_with(' ') { line.to_owned() } else { lines(line, columns).join("\n") };
    text.split('\n').map(wrapped).collect::<Vec<_>>().join("\n")
}

/// The lines that one line becomes, as [`wrap`] breaks it.
pub(crate) fn lines(line: &str, columns: usize) -> Vec<Cow<'_, str>> {
    let options = Options::new(columns)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .break_words(false);
    textwrap::wrap(line, options)
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
