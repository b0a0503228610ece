//! The list that Tab shows: at most a screenful, without asking whether to show more.

use rustyline::completion::{Pair, longest_common_prefix};
use unicode_truncate::UnicodeTruncateStr as _;
use unicode_width::UnicodeWidthStr as _;

use crate::render::escape::{Lines, escape_text};

/// The spaces that rustyline puts between two columns of the list.
const GAP: usize = 2;

/// The rows of the screen that the list leaves to the line.
const SPARED: usize = 3;

/// The offers for rustyline: escaped, because names come from the network, and cut to the width of the screen. If they
/// do not fit the screen, the last entry counts the rest, so that rustyline asks no question, shows no `--More--`
/// and never reaches its limit of 65,535.
pub(super) fn menu(offers: Vec<(String, String)>, (columns, rows): (usize, usize)) -> Vec<Pair> {
    let shown = |text: &str| cut(&escape_text(text, Lines::One), columns.saturating_sub(GAP).max(8));
    let pairs = offers.into_iter().map(|(show, text)| Pair { display: shown(&show), replacement: text });
    let mut pairs: Vec<Pair> = pairs.collect();
    let widest = pairs.iter().map(|pair| pair.display.width()).max().unwrap_or(0) + GAP;
    let across = (columns / widest.max(1)).max(1);
    let fits = (across * rows.saturating_sub(SPARED).max(2)).min(usize::from(u16::MAX));
    if pairs.len() > fits {
        // Keeps the common prefix that rustyline inserts.
        let common = longest_common_prefix(&pairs).unwrap_or_default().to_owned();
        let more = pairs.len() - (fits - 1);
        pairs.truncate(fits - 1);
        pairs.push(Pair { display: cut(&format!("… {more} more"), widest.max(8)), replacement: common });
    }
    pairs
}

pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    format!("{}…", text.unicode_truncate(columns.saturating_sub(1)).0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    fn same(words: impl Iterator<Item = String>) -> Vec<(String, String)> {
        words.map(|word| (word.clone(), word)).collect()
    }

    #[test]
    fn a_list_never_fills_more_than_the_screen_and_says_what_is_missing() {
        let pairs = menu(same((0..70_000).map(|number| format!("/queue/{number:05}"))), (80, 24));
        // 12 columns of text and 2 of gap: 5 across, 21 rows.
        assert_eq!(pairs.len(), 5 * 21);
        assert_eq!(pairs.last().unwrap().display, "… 69896 more");
        assert_eq!(longest_common_prefix(&pairs), Some("/queue/"));
    }

    #[test]
    fn what_fits_is_shown_whole() {
        let pairs = menu(same((0..100).map(|number| format!("q{number}"))), (80, 24));
        assert_eq!(pairs.len(), 100);
    }

    #[test]
    fn control_characters_are_escaped_and_long_words_cut() {
        let offers = vec![("a\x1b[2J".to_owned(), "x".to_owned()), ("y".repeat(200), "y".to_owned())];
        let pairs = menu(offers, (80, 24));
        assert_eq!(pairs[0].display, "a\\x1b[2J");
        assert_eq!(pairs[1].display, format!("{}…", "y".repeat(77)));
        assert_eq!(cut("日本語", 5), "日本…");
    }
}
