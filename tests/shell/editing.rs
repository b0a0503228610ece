//! The editor, vi's keys, the history.

use crate::screen::{Screen, Setting};
use crate::support::broker::BrokerProcess as Broker;
use crate::support::stomp::Stomp;

/// A shell with a broker of its own, whose prompt is there.
fn embedded() -> Screen {
    let screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen
}

/// A shell at this broker that has run this line.
fn subscribed(broker: &Broker, line: &str) -> Screen {
    let mut screen = Setting::new(&["-s", &broker.url]).start();
    screen.last_row("127.0.0.1>");
    screen.line(line);
    screen.shows("subscribed");
    screen.last_row("127.0.0.1>");
    screen
}

/// Sends numbers from 1 on, one a message.
fn send_many(broker: &Broker, destination: &str, count: u64) {
    let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    let sent = Stomp::new(["-s", &broker.url, "send", "-l", destination]).input(numbers.join("\n")).run();
    sent.code(0);
}

/// An editor that is this shell script; its first argument is the file.
fn editor(setting: &Setting, name: &str, script: &str) -> String {
    let path = setting.home().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    format!("sh {}", path.display())
}

#[test]
fn visual_counts_before_editor_and_what_comes_meanwhile_waits() {
    let broker = Broker::start();
    let setting = Setting::new(&["-s", &broker.url]);
    let visual = editor(&setting, "visual", "printf 'editing? '; read go; sed -i s/before/after/ \"$1\"");
    let mut screen = setting.env("VISUAL", &visual).env("EDITOR", "false").start();
    screen.last_row("127.0.0.1>");
    screen.line("sub /topic/e");
    screen.shows("subscribed");
    screen.keys("send /topic/e before\x18\x05");
    screen.last_row("editing?");
    send_many(&broker, "/topic/e", 3);
    screen.keys("\r");
    screen.last_row("127.0.0.1> send /topic/e after");
    screen.until("what came, below the editor", |rows| {
        let editing = rows.iter().position(|row| row.starts_with("editing?"))?;
        let first = rows.iter().position(|row| row.contains("[1]  /topic/e"))?;
        assert!(editing < first, "{rows:#?}");
        rows.iter().any(|row| row == "3").then_some(())
    });
    screen.line("");
    screen.until("sent", |rows| rows.iter().any(|row| row == "after").then_some(()));
}

#[test]
fn an_editor_that_fails_leaves_the_line_as_it_was() {
    let setting = Setting::new(&["--embedded"]);
    let failing = editor(&setting, "failing", "echo gone > \"$1\"; exit 3");
    let mut screen = setting.env("VISUAL", "").env("EDITOR", &failing).start();
    screen.last_row("embedded>");
    screen.keys("send /queue/a kept\x18\x05");
    screen.shows("the editor ended with exit status: 3: its text is not used");
    screen.last_row("embedded> send /queue/a kept");
    screen.keys("\x15");
    screen.line("edit status");
    screen.until("the second error", |rows| {
        (rows.iter().filter(|row| row.contains("exit status: 3")).count() == 2).then_some(())
    });
    screen.last_row("embedded>");
}

#[test]
fn edit_opens_the_last_line_and_runs_only_what_was_saved() {
    let setting = Setting::new(&["--embedded"]);
    let looking = editor(&setting, "looking", "[ -e saves ] || exit 0; sed -i s/one/two/ \"$1\"");
    let mut screen = setting.env("EDITOR", &looking).start();
    screen.last_row("embedded>");
    screen.line("sub /queue/e");
    screen.shows("subscribed");
    screen.line("send /queue/e one");
    screen.until("one", |rows| rows.iter().any(|row| row == "one").then_some(()));
    screen.line("edit");
    screen.shows("nothing was saved, nothing is run");
    std::fs::write(screen.home().join("saves"), "").unwrap();
    screen.line("edit");
    screen.until("what runs, and what it did", |rows| {
        let shown = rows.iter().position(|row| row == "send /queue/e two")?;
        let came = rows.iter().position(|row| row == "two")?;
        (shown < came).then_some(())
    });
    screen.keys("\x1b[A");
    screen.last_row("embedded> send /queue/e two");
}

#[test]
fn vi_keys_come_by_a_setting_or_from_the_inputrc() {
    let setting = Setting::new(&["--embedded"]);
    let added = editor(&setting, "added", "sed -i 's/$/ there/' \"$1\"");
    let mut screen = setting.env("EDITOR", &added).start();
    screen.last_row("embedded>");
    screen.line("set editing vi");
    screen.last_row("embedded>");
    screen.keys("xend /queue/a hello\x1b");
    screen.last_row("embedded> xend /queue/a hello");
    screen.keys("0rs");
    screen.last_row("embedded> send /queue/a hello");
    screen.keys("v");
    screen.last_row("embedded> send /queue/a hello there");
    screen.keys("\x1bdd");
    screen.last_row("embedded>");
    screen.line("iset editing emacs");
    screen.last_row("embedded>");
    screen.keys("end\x01s");
    screen.last_row("embedded> send");

    let setting = Setting::new(&["--embedded"]);
    std::fs::write(setting.home().join(".inputrc"), "set editing-mode vi\n").unwrap();
    let mut screen = setting.start();
    screen.last_row("embedded>");
    screen.keys("never\x1b");
    // Escape is a key of its own: the cursor goes back onto the last letter.
    screen.cursor_at(screen.rows().len() - 1, "embedded> neve".len());
    screen.keys("dd");
    screen.last_row("embedded>");
    screen.line("iset editing");
    screen.until("the setting", |rows| rows.iter().any(|row| row == "vi").then_some(()));
}

#[test]
fn ctrl_r_finds_what_was_typed_and_what_comes_meanwhile_waits_for_it() {
    let broker = Broker::start();
    let mut screen = subscribed(&broker, "sub /topic/r");
    screen.line("send /queue/found one");
    screen.shows("confirmed");
    screen.line("send /queue/other two");
    screen.last_row("127.0.0.1>");
    screen.keys("\x12fou");
    screen.last_row("(reverse-i-search)`fou': send /queue/found one");
    send_many(&broker, "/topic/r", 200);
    screen.keys("nd");
    screen.last_row("(reverse-i-search)`found': send /queue/found one");
    screen.keys("\x1b[C");
    screen.last_row("127.0.0.1> send /queue/found one");
    screen.shows("on /topic/r; 'last 20' shows them");
    screen.keys("\x05!\r");
    screen.last_row("127.0.0.1>");
    let got = Stomp::new(["-s", &broker.url, "sub", "/queue/found", "-c", "2", "--timeout", "20"]).run();
    got.code(0).stdout("one\none!\n");
}

#[test]
fn two_shells_at_a_time_share_their_history_without_duplicates() {
    let mut one = embedded();
    let home = one.home().display().to_string();
    let mut other = Setting::new(&["--embedded"]).env("HOME", &home).start();
    other.last_row("embedded>");
    one.line("send /queue/a from one");
    one.shows("confirmed");
    one.last_row("embedded>");
    // The other one looks at its next prompt.
    other.line("status");
    other.shows("stomp-shell/");
    other.last_row("embedded>");
    other.keys("\x1b[A\x1b[A");
    other.last_row("embedded> send /queue/a from one");
    other.line("");
    other.shows("confirmed");
    other.last_row("embedded>");
    one.line("set a_token hush hush");
    one.last_row("embedded>");
    one.line(" send /queue/a unseen");
    one.last_row("embedded>");
    one.line("send -H 'passcode: hush' /queue/a x");
    one.last_row("embedded>");
    one.line("history");
    one.shows("send -H 'passcode: ***' /queue/a x");
    one.last_row("embedded>");
    let rows = one.rows();
    let at = rows.iter().rposition(|row| row == "embedded> history").unwrap();
    let expected = [
        "status",
        "send /queue/a from one",
        "set a_token *** ***",
        "send -H 'passcode: ***' /queue/a x",
        "history",
        "embedded>",
    ];
    assert_eq!(rows[at + 1..], expected);
}

#[test]
fn page_up_goes_through_the_entries_that_begin_alike() {
    let mut screen = embedded();
    for line in ["send /queue/a one", "status", "send /queue/a two", "subs"] {
        screen.line(line);
        screen.until(line, |rows| {
            (rows.last()? == "embedded>" && rows.contains(&format!("embedded> {line}"))).then_some(())
        });
    }
    screen.keys("send\x1b[5~");
    screen.last_row("embedded> send /queue/a two");
    screen.keys("\x1b[5~");
    screen.last_row("embedded> send /queue/a one");
    screen.keys("\x1b[6~");
    screen.last_row("embedded> send /queue/a two");
}
