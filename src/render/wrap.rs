//! Word wrapping.

use std::borrow::Cow;

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Wraps lines at spaces. Wider words stay whole, colours have no width, and lines that begin with a space
/// are not wrapped.
pub(crate) fn wrap(text: &str, columns: usize) -> String {
    let wrapped =
        |line: &str| if line.starts_with(' ') { line.to_owned() } else { lines(line, columns).join("\n") };
    text.split('\n').map(wrapped).collect::<Vec<_>>().join("\n")
}

/// The lines that [`wrap`] makes of one line.
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
