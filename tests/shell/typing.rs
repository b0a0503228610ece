//! What is seen while a line is typed: hints, colours, bodies of many lines, pastes, wide characters.

use std::path::Path;

use crate::screen::{Screen, Setting};

/// A shell with a broker of its own, whose prompt is there.
fn embedded() -> Screen {
    let screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen
}

/// The same with colours, and so with hints.
fn coloured() -> Screen {
    let screen = Setting::new(&["--embedded", "--color", "always"]).start();
    screen.last_row("embedded>");
    screen
}

/// Writes a history as an earlier shell would have left it.
fn history(home: &Path, lines: impl Iterator<Item = String>) {
    let folder = home.join(".local/state/stomp");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("history"), lines.map(|line| line + "\n").collect::<String>()).unwrap();
}

#[test]
fn a_hint_tells_what_a_command_takes_and_goes_as_it_is_typed() {
    let mut screen = coloured();
    screen.keys("send ");
    screen.last_row("embedded> send DEST [BODY]");
    let row = screen.rows().len() - 1;
    screen.cursor_at(row, "embedded> send ".len());
    assert!(screen.is_dim(row, "embedded> send ".len()));
    // It is nothing to be taken.
    screen.keys("\x1b[C\x05/queue/a");
    screen.last_row("embedded> send /queue/a");
    screen.keys("\x15ack ");
    screen.last_row("embedded> ack [ID|.|all]…");
    screen.keys("\x15sub --ack ");
    screen.last_row("embedded> sub --ack auto|client|client-individual");
    // What was not typed does not stay on the screen.
    screen.keys("\x03");
    screen.until("the line as typed", |rows| {
        let [.., before, prompt] = rows else { return None };
        (before == "embedded> sub --ack" && prompt == "embedded>").then_some(())
    });
}

#[test]
fn a_hint_from_the_history_is_taken_by_right_end_or_word_by_word() {
    let mut screen = coloured();
    screen.line("send /queue/a hello there");
    screen.shows("confirmed");
    let typed = "embedded> send /queue/a hello there";
    for key in ["\x1b[C", "\x05", "\x1b[F", "\x1bf\x1bf\x1bf"] {
        screen.last_row("embedded>");
        screen.keys("send /q");
        screen.last_row(typed);
        let row = screen.rows().len() - 1;
        screen.cursor_at(row, "embedded> send /q".len());
        screen.keys(key);
        screen.cursor_at(row, typed.len());
        screen.keys("\x15");
    }
    screen.keys("send /q\x1bf");
    let row = screen.rows().len() - 1;
    screen.cursor_at(row, "embedded> send /queue/a".len());
    screen.last_row(typed);
    // With something else typed it is gone.
    screen.keys("x");
    screen.last_row("embedded> send /queue/ax");
}

#[test]
fn a_hint_never_takes_a_row_of_its_own() {
    let setting = Setting::new(&["--embedded", "--color", "always"]);
    history(setting.home(), std::iter::once(format!("send /queue/a {}", "0123456789".repeat(30))));
    let mut screen = setting.start();
    screen.last_row("embedded>");
    screen.keys("send");
    let row = screen.until("the cut hint", |rows| rows.last()?.ends_with('…').then(|| rows.len() - 1));
    assert_eq!(screen.rows()[row].chars().count(), 79);
    screen.keys("\x1b[C");
    screen.until("all of it", |rows| (rows.len() == row + 5 && rows.last()? == "6789").then_some(()));
}

#[test]
fn without_colours_and_in_a_dumb_terminal_there_are_no_hints() {
    for term in ["xterm-256color", "dumb"] {
        let mut screen = Setting::new(&["--embedded"]).env("TERM", term).start();
        screen.last_row("embedded>");
        screen.line("send /queue/a once");
        screen.shows("confirmed");
        screen.last_row("embedded>");
        screen.keys("ack ");
        screen.last_row("embedded> ack");
        screen.keys("\x15send /q");
        screen.until(term, |rows| rows.last()?.ends_with("send /q").then_some(()));
    }
}

#[test]
fn what_is_wrong_is_red_as_it_is_typed_and_what_is_incomplete_is_not() {
    let mut screen = coloured();
    let mut red = |typed: &str| {
        screen.keys("\x15");
        screen.last_row("embedded>");
        screen.keys(typed);
        screen.until(typed, |rows| rows.last()?.starts_with(&format!("embedded> {typed}")).then_some(()));
        let row = screen.rows().len() - 1;
        let start = "embedded> ".len();
        let columns =
            (start..start + typed.len()).filter(|at| screen.colour(row, *at) == vt100::Color::Idx(1));
        columns.map(|at| char::from(typed.as_bytes()[at - start])).collect::<String>()
    };
    assert_eq!(red("sen"), "");
    assert_eq!(red("sned /queue/a x"), "sned");
    assert_eq!(red("send --presistent"), "--presistent");
    assert_eq!(red("send --persis"), "");
    assert_eq!(red("sub --ack clinet /queue/a"), "clinet");
    assert_eq!(red("send -H colour /queue/a"), "colour");
    assert_eq!(red("send -H 'colour: red' /queue/a"), "");
    assert_eq!(red("send -H 'colour"), "'");
    assert_eq!(red("send /queue/a \"open"), "\"");
    assert_eq!(red("send /queue/a \"closed\""), "");
    assert_eq!(red("send /queue/a {\"a\": [1, 2"), "");
    assert_eq!(red("send /queue/a {\"a\": [1 2"), "2");
}

#[test]
fn an_open_body_says_what_ends_it_is_left_by_ctrl_c_and_recalled_whole() {
    let mut screen = embedded();
    screen.line("send /queue/m <<END");
    screen.last_row("… up to a line 'END'");
    screen.keys("one\r");
    screen.until("both rows", |rows| {
        let [.., one, sign] = rows else { return None };
        (one == "one" && sign == "… up to a line 'END'").then_some(())
    });
    screen.keys("\x03");
    screen.last_row("embedded>");
    screen.line("send /queue/m \"open");
    screen.last_row("… up to the closing \"");
    screen.line("shut\"");
    screen.shows("confirmed");
    screen.last_row("embedded>");
    screen.keys("\x1b[A");
    screen.until("the whole body", |rows| {
        let [.., first, last] = rows else { return None };
        (first == "embedded> send /queue/m \"open" && last == "shut\"").then_some(())
    });
    screen.line("");
    screen.last_row("embedded>");
    screen.line("depth /queue/m");
    screen.until("two", |rows| rows.iter().any(|row| row.trim() == "2").then_some(()));
}

#[test]
fn a_paste_with_quotes_and_heredocs_runs_as_a_script_would() {
    let mut screen = embedded();
    screen.line("sub --count-only /queue/p");
    screen.shows("subscribed");
    let paste = "send /queue/p \"one\ntwo\"\nsend /queue/p <<END\n\tthree\nsend /queue/p not a command\nEND\n\
                 # a comment\nsend /queue/p it's four";
    screen.keys(&format!("\x1b[200~{paste}\x1b[201~\r"));
    screen.last_row("embedded>");
    screen.line("wait 3 --timeout 20");
    screen.shows("3 messages came");
    screen.line("clear");
    screen.until("a clear screen", |rows| (rows.len() == 1 && rows[0] == "embedded>").then_some(()));
    for (number, body) in [(1, "one\ntwo"), (2, "\tthree\nsend /queue/p not a command\n"), (3, "it's four")] {
        screen.line(&format!("show {number} --raw | od -An -c"));
        let last = format!("{number} --raw");
        let bytes: Vec<String> = screen.until("the body", |rows| {
            let at = rows.iter().rposition(|row| row.contains(&last))?;
            (rows.last()? == "embedded>" && rows.len() > at + 2)
                .then(|| rows[at + 1..rows.len() - 1].to_vec())
        });
        let shown = bytes.join(" ");
        let shown: String = shown.split_whitespace().collect();
        let wanted = body.replace('\n', "\\n").replace('\t', "\\t").replace(' ', "");
        assert_eq!(shown, wanted);
    }
}

#[test]
fn an_escape_that_is_pasted_does_not_reach_the_terminal() {
    let mut screen = coloured();
    screen.keys("\x1b[200~send /queue/a \u{9b}2J\x07\x0ex\x1b[201~");
    screen.last_row("embedded> send /queue/a 2Jx");
    screen.shows("'help' lists the commands");
}

#[test]
fn wide_characters_and_emoji_are_edited_where_they_stand_and_lines_wrap_as_the_screen_does() {
    let mut screen = embedded();
    screen.line("sub --count-only /queue/w");
    screen.shows("subscribed");
    screen.keys("send /queue/w 日本語 🎉 x");
    screen.last_row("embedded> send /queue/w 日本語 🎉 x");
    let row = screen.rows().len() - 1;
    screen.cursor_at(row, "embedded> send /queue/w ".len() + 6 + 1 + 2 + 2);
    // Over the x and the blank, and the emoji away.
    screen.keys("\x1b[D\x1b[D\x7f🚀");
    screen.last_row("embedded> send /queue/w 日本語 🚀 x");
    screen.cursor_at(row, "embedded> send /queue/w ".len() + 6 + 1 + 2);
    screen.keys(&format!("\x05{}", "語".repeat(40)));
    // 80 columns: no wide character is split.
    screen.until("two rows", |rows| (rows.len() == row + 2).then_some(()));
    screen.resize(24, 61);
    screen.keys("!");
    screen.until("three rows", |rows| rows.last()?.ends_with("語!").then_some(()));
    screen.line("");
    screen.last_row("embedded>");
    screen.line("wait 1 --timeout 20");
    screen.line("show 1 --raw | wc -c");
    let length = "日本語 🚀 x".len() + 40 * "語".len() + 1;
    screen.until("all bytes", |rows| rows.iter().any(|row| row.trim() == length.to_string()).then_some(()));
}
