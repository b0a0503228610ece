//! Who has the terminal: the line, a command, a pager, an editor, another program, another shell; and Ctrl-C,
//! Ctrl-Z and what arrives, in each of these states.

use crate::screen::{Screen, Setting};
use crate::source::{Source, subscribed};

/// The prompt of a shell at a source.
const PROMPT: &str = "127.0.0.1>";

/// A child that has the terminal until it is given a word.
const ASKS: &str = "printf 'name? '; read name </dev/tty; echo hello $name";

/// A child that stays until a signal comes.
const STAYS: &str = "echo it stays; exec sleep 1000";

/// An editor that is a shell script; its file is `$1`.
fn editor(setting: Setting, script: &str) -> Setting {
    let file = setting.home().join("editor");
    std::fs::write(&file, script).unwrap();
    setting.env("EDITOR", &format!("sh {}", file.display()))
}

/// Expects that the shell works: it runs a command and shows what it says.
#[track_caller]
fn works(screen: &mut Screen) {
    screen.last_row(PROMPT);
    screen.line("!echo it works | tr a-z A-Z");
    screen.until("the command", |rows| rows.iter().any(|row| row == "IT WORKS").then_some(()));
    screen.last_row(PROMPT);
}

/// Expects that a flood that comes while a child has the terminal is read but not shown, and is shown when
/// the child has ended. Leaves the shell at its prompt, or in a line.
#[track_caller]
fn holds(source: &Source, screen: &mut Screen) {
    screen.last_row("name?");
    source.flood();
    // Somebody reads, or the source could not write so much.
    while source.sent() < 200_000 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    source.calm();
    screen.keys("you");
    screen.last_row("name? you");
    let rows = screen.rows();
    assert!(!rows.iter().any(|row| row.starts_with(['#', '…'])), "{rows:#?}");
    screen.keys("\r");
    screen.until("the child's answer before what came", |rows| {
        let hello = rows.iter().position(|row| row == "hello you");
        let summary = rows.iter().position(|row| row.starts_with("… "))?;
        // It may have scrolled away, but it is never below.
        assert!(hello.is_none_or(|hello| hello < summary), "{rows:#?}");
        Some(())
    });
}

#[test]
fn a_program_has_the_terminal_to_itself_in_a_flood() {
    let source = Source::start();
    let mut screen = subscribed(source.setting());
    screen.line(&format!("!{ASKS}"));
    holds(&source, &mut screen);
    works(&mut screen);
}

#[test]
fn a_pager_has_the_terminal_to_itself_in_a_flood() {
    let source = Source::start();
    let mut screen = subscribed(source.setting().env("PAGER", &format!("cat >/dev/null; {ASKS}")));
    screen.line("help send");
    holds(&source, &mut screen);
    works(&mut screen);
}

#[test]
fn what_a_command_is_piped_into_has_the_terminal_to_itself_in_a_flood() {
    let source = Source::start();
    let mut screen = subscribed(source.setting());
    screen.line(&format!("status | cat >/dev/null; {ASKS}"));
    holds(&source, &mut screen);
    works(&mut screen);
}

#[test]
fn an_editor_has_the_terminal_to_itself_in_a_flood_and_the_line_comes_back_changed() {
    let source = Source::start();
    let setting = editor(source.setting(), &format!("{ASKS}; sed -i s/half/whole/ \"$1\""));
    let mut screen = subscribed(setting);
    screen.keys("send /queue/a half");
    screen.last_row("127.0.0.1> send /queue/a half");
    screen.keys("\x18\x05");
    holds(&source, &mut screen);
    screen.last_row("127.0.0.1> send /queue/a whole");
}

#[test]
fn ctrl_c_leaves_a_line_that_goes_on() {
    for begun in ["send /queue/a \"open", "send /queue/a <<END\rone\rtwo"] {
        let source = Source::start();
        let mut screen = subscribed(source.setting());
        screen.line(begun);
        screen.keys("more");
        screen.last_row("more");
        screen.keys("\x03");
        works(&mut screen);
    }
}

#[test]
fn ctrl_c_ends_a_child_and_not_the_shell() {
    let source = Source::start();
    let pager = format!("cat >/dev/null; {STAYS}");
    let mut screen = subscribed(editor(source.setting(), STAYS).env("PAGER", &pager));
    for line in [&format!("!{STAYS}"), "help send", &format!("status | cat >/dev/null; {STAYS}")] {
        screen.line("clear");
        screen.line(line);
        screen.until("the child", |rows| (rows.last()? == "it stays").then_some(()));
        screen.keys("\x03");
        works(&mut screen);
    }
    screen.line("clear");
    screen.keys("send /queue/a half\x18\x05");
    screen.until("the editor", |rows| (rows.last()? == "it stays").then_some(()));
    screen.keys("\x03");
    screen.last_row("127.0.0.1> send /queue/a half");
    screen.keys("\x03");
    works(&mut screen);
}

#[test]
fn ctrl_c_in_a_flood_clears_the_line_then_warns_then_leaves() {
    let source = Source::start();
    let mut screen = subscribed(source.setting());
    screen.keys("half a line");
    source.flood();
    screen.shows("… ");
    screen.last_row("127.0.0.1> half a line");
    screen.keys("\x03");
    screen.last_row(PROMPT);
    screen.keys("whole");
    screen.last_row("127.0.0.1> whole");
    screen.keys("\x15\x03");
    screen.shows("Ctrl-C once more, or Ctrl-D, leaves");
    screen.last_row(PROMPT);
    screen.keys("\x03");
    screen.ends(0);
}

#[test]
fn ctrl_c_in_a_flood_cancels_a_running_command() {
    let source = Source::start();
    let mut screen = subscribed(source.setting());
    source.flood();
    screen.shows("… ");
    screen.line("wait 1000000000000");
    screen.until_modes("cooked", |modes| modes.contains("ISIG"));
    screen.keys("\x03");
    screen.shows("cancelled");
    screen.last_row(PROMPT);
    source.calm();
    works(&mut screen);
}

#[test]
fn ctrl_z_and_fg_in_a_flood_come_back_to_the_line_and_every_message_is_counted() {
    let source = Source::start();
    let mut screen = Setting::other("bash", &["--norc", "--noprofile", "--noediting", "-i"])
        .env("PS1", "system> ")
        .env("NO_COLOR", "1")
        .start();
    screen.last_row("system>");
    screen.line(&format!("{} -s {}", env!("CARGO_BIN_EXE_stomp"), source.url()));
    screen.last_row(PROMPT);
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.last_row(PROMPT);
    screen.keys("send /queue/a hal");
    source.flood();
    screen.shows("… ");
    for key in ["f", " whole"] {
        screen.keys("\x1a");
        screen.last_row("system>");
        screen.line("echo the other shell");
        screen.until("its answer", |rows| {
            (rows[rows.len() - 2] == "the other shell" && rows.last()? == "system>").then_some(())
        });
        screen.line("fg");
        screen.keys(key);
        screen.until("line and counter", |rows| {
            let [.., summary, line] = rows else { return None };
            let line = line.strip_prefix("127.0.0.1> send /queue/a half")?;
            (line == key.trim_start_matches('f') && summary.starts_with("… ")).then_some(())
        });
    }
    let all = source.calm();
    screen.keys("\x15");
    screen.last_row(PROMPT);
    screen.line(&format!("wait {all} --timeout 50"));
    screen.shows(&format!("{all} messages came"));
    screen.line("quit");
    screen.last_row("system>");
}

#[test]
fn a_pager_that_cannot_be_run_is_said_and_the_text_is_there() {
    let setting = Setting::new(&["--embedded"]).size(12, 80).env("PAGER", "no-such-pager -R");
    let mut screen = setting.start();
    screen.last_row("embedded>");
    screen.line("help send");
    screen.shows("'set pager off'");
    screen.line("help send | head -n 1");
    screen.last_row("embedded>");
}

#[test]
fn without_a_pager_named_it_is_less_with_an_end_for_what_fits() {
    let setting = Setting::new(&["--embedded"]);
    let folder = setting.home().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let less = folder.join("less");
    std::fs::write(&less, "#!/bin/sh\ncat >/dev/null\necho less $LESS $*\n").unwrap();
    std::fs::set_permissions(&less, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut screen = setting.env("PATH", &path).start();
    screen.last_row("embedded>");
    screen.line("help send");
    screen.until("less", |rows| rows.iter().any(|row| row == "less FRX").then_some(()));
    screen.last_row("embedded>");
}

#[test]
fn a_pager_that_is_left_early_or_fails_is_no_error() {
    for pager in ["head -n 1", "cat >/dev/null; exit 3", "exec 0<&-; kill -TERM $$"] {
        let mut screen = Setting::new(&["--embedded"]).env("PAGER", pager).start();
        screen.last_row("embedded>");
        screen.line("help send");
        screen.line("!echo behind it");
        screen.until("the next command", |rows| rows.iter().any(|row| row == "behind it").then_some(()));
        let rows = screen.rows();
        assert!(!rows.iter().any(|row| row.contains("error")), "{rows:#?}");
    }
}

#[test]
fn what_a_child_left_in_its_row_stays_there() {
    let source = Source::start();
    let mut screen = subscribed(source.setting());
    source.say(b"body without an end of line");
    screen.shows("body without");
    screen.last_row(PROMPT);
    screen.line("clear");
    screen.line("show 1 | cat");
    screen.until("the body in a row of its own", |rows| {
        let [.., body, prompt] = rows else { return None };
        (body == "body without an end of line" && prompt == PROMPT).then_some(())
    });
    screen.line("!printf %80s end | tr ' ' .");
    screen.until("a full row", |rows| {
        let [.., full, prompt] = rows else { return None };
        (full.len() == 80 && full.ends_with("...end") && prompt == PROMPT).then_some(())
    });
    screen.line("last | grep nothing");
    screen.line("!true");
    screen.last_row(PROMPT);
    let rows = screen.rows();
    assert!(
        !rows.iter().any(|row| row.contains("error")),
        "grep that finds nothing is no failure: {rows:#?}"
    );
}
