//! What a key costs: counted in bytes that are read, and, where asked, measured.
#![allow(clippy::unwrap_used)] // a failure here is the test's

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Instant;

use rustyline::history::{History as _, MemHistory};

use super::complete::candidates;
use super::hint::{continuation, hint};
use super::word::word_at_end;
use super::{highlight, menu};
use crate::command::completing::{Known, known};
use crate::render::Paint;
use crate::words::counted;

/// Long lines that people may type or paste, by name.
fn texts() -> Vec<(&'static str, String)> {
    let members: Vec<String> =
        (0..500).map(|number| format!("\"member-{number}\": [{number}, true]")).collect();
    let json = format!("send --persistent -H 'a: b' /queue/a {{{}}}", members.join(", "));
    let mut pasted = String::new();
    for number in 0..1_000 {
        let _ = writeln!(pasted, "s -H 'number: {number}' /queue/a \"message {number}\"");
    }
    let heredoc = format!("time s /queue/a <<END\n{}", "a line of the body\n".repeat(600));
    let nested = format!("{}send /queue/a x", "time ".repeat(2_000));
    let words = format!("sub {}", "/queue/a ".repeat(1_200));
    let open = format!("send /queue/a \"{}", "it's 'open \\n ".repeat(800));
    vec![
        ("json", json),
        ("pasted", pasted),
        ("heredoc", heredoc),
        ("nested", nested),
        ("words", words),
        ("open quote", open),
    ]
}

/// A history with as many entries as the shell keeps.
fn history() -> MemHistory {
    let mut history = MemHistory::new();
    history.set_max_len(10_000).unwrap();
    for number in 0..10_000 {
        history.add(&format!("send /queue/number-{number} {{\"number\": {number}}}")).unwrap();
    }
    history
}

/// What the shell does after each key.
fn key(text: &str, known: &Known, history: &MemHistory) {
    let _ = hint(text, known, history, 80);
    let _ = continuation(text, known, 80);
    let _ = highlight::paint(text, known, Paint::new(true));
}

/// What the shell does after Tab.
fn tab(text: &str, known: &Known) {
    let mut entries =
        (0..10_000).map(|number| Cow::Owned(format!("send /queue/number-{number} {{\"number\": {number}}}")));
    let typed = word_at_end(text, known);
    let all = candidates(&typed, known, &mut entries);
    let offers = all
        .into_iter()
        .map(|candidate| (candidate.word.clone(), super::complete::text(&candidate, &typed)))
        .collect();
    let _ = menu::menu(offers, (80, 24));
}

/// How often a text may be read. Commands that stand in each other are read at each depth, of which
/// there are few.
fn times(name: &str) -> usize {
    if name == "nested" { 600 } else { 24 }
}

#[test]
fn a_key_reads_the_line_a_few_times_whatever_stands_in_it() {
    let (known, history) = (known(), history());
    for (name, text) in texts() {
        let read = counted::during(|| key(&text, &known, &history));
        assert!(read <= times(name) * text.len(), "{name}: {read} bytes for {}", text.len());
    }
}

#[test]
fn tab_reads_the_line_and_the_newest_of_the_history() {
    let known = known();
    for (name, text) in texts() {
        let read = counted::during(|| tab(&text, &known));
        assert!(read <= times(name) * text.len() + 1_000 * 60, "{name}: {read} bytes for {}", text.len());
    }
}

#[test]
#[ignore = "measures: cargo test --release --lib shell::cost -- --ignored --nocapture"]
#[allow(clippy::print_stdout)] // that is what it is for
fn what_a_key_and_a_tab_take() {
    const TIMES: u32 = 20;
    let (known, history) = (known(), history());
    let short = [("short", "send /queue/a hello".to_owned()), ("command", "send ".to_owned())];
    for (name, text) in short.into_iter().chain(texts()) {
        let begun = Instant::now();
        (0..TIMES).for_each(|_| key(&text, &known, &history));
        let key = begun.elapsed() / TIMES;
        let begun = Instant::now();
        (0..TIMES).for_each(|_| tab(&text, &known));
        println!("{name:>10}: {:>6} bytes, a key {key:?}, Tab {:?}", text.len(), begun.elapsed() / TIMES);
    }
}
