//! The size of texts on a screen.

use rustix::termios::tcgetwinsize;
use unicode_truncate::UnicodeTruncateStr as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::{Lines, escaped_width};

const TAB: usize = 8;

/// The columns and rows of the terminal of standard output or else standard input.
pub(crate) fn screen() -> Option<(usize, usize)> {
    let size =
        tcgetwinsize(rustix::stdio::stdout()).or_else(|_| tcgetwinsize(rustix::stdio::stdin())).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}

/// The rows that a text takes on a screen. Its only escape sequences may be colours.
pub(crate) fn rows(text: &str, columns: usize) -> usize {
    text.lines().map(|line| width(line).max(1).div_ceil(columns.max(1))).sum()
}

/// The width of a line without its colours.
pub(crate) fn width(line: &str) -> usize {
    let mut width = 0;
    for (index, piece) in line.split('\x1b').enumerate() {
        let shown = if index == 0 { piece } else { piece.split_once('m').map_or("", |(_, rest)| rest) };
        for (index, stretch) in shown.split('\t').enumerate() {
            if index > 0 {
                width = (width / TAB + 1) * TAB;
            }
            width += stretch.width();
        }
    }
    width
}

/// The number of bytes of a body that fit these rows, as [`super::escape::escape`] shows them, up to the
/// end of a character.
pub(super) fn fitting(body: &[u8], most_rows: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let (mut row, mut column, mut end) = (0, 0, 0);
    // Moves on; whether there was room.
    let mut step = |bytes: usize, width: Option<usize>| {
        let Some(width) = width else {
            (row, column) = (row + 1, 0);
            end += bytes;
            return row < most_rows;
        };
        if column + width > columns && column > 0 {
            (row, column) = (row + 1, 0);
            if row >= most_rows {
                return false;
            }
        }
        // An escape that is wider than the screen takes rows of its own.
        column += width;
        row += column.saturating_sub(1) / columns;
        column -= column.saturating_sub(1) / columns * columns;
        end += bytes;
        true
    };
    'all: for chunk in body.utf8_chunks() {
        for character in chunk.valid().chars() {
            let width = match character {
                '\n' => None,
                '\t' => Some(TAB),
                _ => Some(escaped_width(character, Lines::Many).or(character.width()).unwrap_or(0)),
            };
            if !step(character.len_utf8(), width) {
                break 'all;
            }
        }
        for _ in chunk.invalid() {
            if !step(1, Some("\\xff".len())) {
                break 'all;
            }
        }
    }
    end
}

/// The number of bytes of a line, including colours, that fit these columns.
pub(crate) fn fitting_line(line: &str, columns: usize) -> usize {
    let mut column = 0;
    let mut escape = false;
    for (at, character) in line.char_indices() {
        if escape {
            escape = character != 'm';
            continue;
        }
        match character {
            '\x1b' => escape = true,
            '\t' => column = (column / TAB + 1) * TAB,
            _ => column += character.width().unwrap_or(0),
        }
        if column > columns {
            return at;
        }
    }
    line.len()
}

/// Leaves out the middle of a text that is wider than these columns; `None` if too little would remain.
pub(crate) fn shortened(text: &str, columns: usize) -> Option<String> {
    const LEAST: usize = 12;
    if text.width() <= columns {
        return Some(text.to_owned());
    }
    if columns < LEAST {
        return None;
    }
    let (head, width) = text.unicode_truncate((columns - 1) / 2);
    let (tail, _) = text[head.len()..].unicode_truncate_start(columns - 1 - width);
    Some(format!("{head}…{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_counted_without_colours_and_with_tabs() {
        assert_eq!(rows("\x1b[1;31mab\x1b[0m\n", 2), 1);
        assert_eq!(rows("abcde\n\nx\n", 2), 5);
        assert_eq!(rows("日本\n", 2), 2);
        assert_eq!((width("\tx"), width("1234567\tx"), width("12345678\tx")), (9, 9, 17));
    }

    #[test]
    fn joined_and_combining_characters_take_the_room_they_are_shown_in() {
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("👩\u{200d}👩\u{200d}👧"), 2);
        assert_eq!(width("שלום"), 4);
        assert_eq!(width("می\u{200c}خواهم"), 7);
    }

    #[test]
    fn what_fits_is_counted_in_columns() {
        assert_eq!(fitting("x".repeat(100).as_bytes(), 3, 10), 30);
        assert_eq!(fitting("日本".repeat(100).as_bytes(), 1, 10), 15);
        assert_eq!(fitting("日本".repeat(100).as_bytes(), 1, 11), 15);
        assert_eq!(fitting(b"1\n2\n3\n4\n", 3, 80), 6);
        assert_eq!(fitting(b"\x1b\x1b\x1b", 1, 8), 2);
        assert_eq!(fitting(b"\xff\xff\xff", 1, 8), 2);
        assert_eq!(fitting(b"12345\n", 1, 2), 2);
        assert_eq!(fitting(b"\x1b", 1, 2), 1, "something always fits");
    }

    #[test]
    fn the_middle_is_left_out() {
        assert_eq!(shortened("0123456789", 10).as_deref(), Some("0123456789"));
        assert_eq!(shortened("0123456789abcdef", 12).as_deref(), Some("01234…abcdef"));
        assert_eq!(shortened("日本日本日本日本", 12).as_deref(), Some("日本…本日本"));
        assert_eq!(shortened("0123456789abcdef", 11), None);
    }

    proptest! {
        #[test]
        fn what_fits_takes_no_more_rows_than_there_are(text in "[a\u{301}日\t\n\u{1b}é]{0,60}", most in 1_usize..6, columns in 8_usize..20) {
            let end = fitting(text.as_bytes(), most, columns);
            let shown = super::super::escape::escape(&text.as_bytes()[..end], Lines::Many).into_owned();
            prop_assert!(rows(&shown, columns) <= most, "{shown:?}");
        }

        #[test]
        fn what_is_shortened_fits(text in "[a日e\u{301}👩]{0,40}", columns in 12_usize..30) {
            let short = shortened(&text, columns);
            prop_assert!(short.is_some_and(|short| short.width() <= columns));
        }
    }
}
