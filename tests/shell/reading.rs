//! Messages that arrive at the prompt: what they look like, and that nothing disturbs what is being typed.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::screen::{Screen, Setting};
use crate::source::{Source, message, subscribed};

/// A shell at this source, subscribed to it.
fn at(source: &Source) -> Screen {
    subscribed(source.setting())
}

/// A number as the shell writes it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// The count of the summary that stands above the line, where there is one.
fn summary(rows: &[String]) -> Option<u64> {
    let row = rows.iter().rev().find_map(|row| row.strip_prefix("… "))?;
    row.split_once(" more").and_then(|(count, _)| count.replace(',', "").parse().ok())
}

/// Waits until a flood is only counted.
fn flooded(screen: &Screen) -> u64 {
    screen.until("a summary", summary)
}

/// Waits until the counter has moved.
fn moves(screen: &Screen, before: u64) -> u64 {
    screen.until("another count", |rows| summary(rows).filter(|count| *count > before))
}

/// Waits until `status` counts so many messages; at an empty prompt.
#[track_caller]
fn counts(screen: &mut Screen, count: u64) {
    // No two questions of a test are alike: the answer to an earlier one may still be on the screen.
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let deadline = std::time::Instant::now() + crate::stomp::DEADLINE;
    loop {
        let asked = ASKED.fetch_add(1, Ordering::Relaxed);
        screen.line(&format!("status | grep received | sed 's/^/{asked} /'"));
        let counted = screen.until("the count", |rows| {
            let row = rows.iter().find_map(|row| row.strip_prefix(&format!("{asked} received")))?;
            Some(row.trim_start().split(' ').next()?.to_owned())
        });
        if counted == grouped(count) {
            return;
        }
        // Some are on their way.
        assert!(std::time::Instant::now() < deadline, "of {count} messages it counts {counted}");
    }
}

#[test]
fn keys_are_shown_and_the_counter_moves_while_a_flood_comes() {
    let source = Source::start();
    let mut screen = at(&source);
    source.flood();
    let first = flooded(&screen);
    let mut count = first;
    let mut typed = "127.0.0.1> ".to_owned();
    // The line wraps in the middle of it.
    for (number, key) in ('a'..='z').cycle().take(100).enumerate() {
        screen.keys(&key.to_string());
        typed.push(key);
        screen.until("the key", |rows| {
            let at = rows.iter().rposition(|row| row.starts_with("127.0.0.1> "))?;
            (rows[at..].concat() == typed).then_some(())
        });
        if number % 25 == 0 {
            count = moves(&screen, count);
        }
    }
    let all = source.calm();
    let row = screen.until("the final count above the whole line", |rows| {
        let at = rows.iter().rposition(|row| row.starts_with("127.0.0.1> "))?;
        let shown: u64 =
            rows.iter().rev().find_map(|row| row.strip_prefix('#')?.split(' ').next()?.parse().ok())?;
        let expected = format!("… {} more on /topic/x; 'last 20' shows them", grouped(all - shown));
        (rows[at - 1] == expected && rows[at..].concat() == typed).then_some(rows.len() - 1)
    });
    screen.cursor_at(row, typed.len() - 80);
    screen.keys("\x15");
    screen.last_row("127.0.0.1>");
    counts(&mut screen, all);
}

#[test]
fn another_size_in_a_flood_leaves_line_and_counter_whole() {
    let source = Source::start();
    let mut screen = at(&source);
    screen.keys("send /queue/a half");
    source.flood();
    let mut count = flooded(&screen);
    for (rows, columns) in [(30, 100), (12, 60), (24, 44), (24, 80)] {
        screen.resize(rows, columns);
        count = moves(&screen, count);
        screen.keys("y");
        screen.until("the line", |rows| {
            let [.., summary, line] = rows else { return None };
            (line.starts_with("127.0.0.1> send /queue/a half") && summary.starts_with("… ")).then_some(())
        });
    }
    let all = source.calm();
    screen.last_row("127.0.0.1> send /queue/a halfyyyy");
    screen.keys("\x15");
    screen.last_row("127.0.0.1>");
    counts(&mut screen, all);
}

#[test]
fn one_long_message_is_cut_and_says_how_to_see_all() {
    let source = Source::start();
    let mut screen = subscribed(source.setting().env("PAGER", "cat; echo through the pager"));
    let lines: Vec<String> = (1..=100).map(|number| format!("line {number}")).collect();
    source.say(lines.join("\n").as_bytes());
    screen.until("a screenful", |rows| {
        let [.., body, note, prompt] = rows else { return None };
        let cut = body == "line 19" && note.ends_with(" more bytes; 'show 1' shows all");
        (cut && prompt == "127.0.0.1>" && rows.iter().any(|row| row.starts_with("#1 "))).then_some(())
    });
    screen.line("show 1");
    screen.until("the whole", |rows| {
        let [.., last, paged, _] = rows else { return None };
        (last == "line 100" && paged == "through the pager").then_some(())
    });
    screen.line("last | tail -n 1");
    screen.until("what is piped is whole", |rows| {
        let [.., command, last, _] = rows else { return None };
        (command.ends_with("tail -n 1") && last == "line 100").then_some(())
    });
    screen.line("last");
    screen.until("cut again", |rows| rows[rows.len() - 2].ends_with("'show 1' shows all").then_some(()));
}

#[test]
fn a_burst_that_is_no_flood_is_shown_message_by_message() {
    let source = Source::start();
    let screen = at(&source);
    let burst: Vec<u8> = (1..=30).flat_map(|n| message(format!("body {n}").as_bytes())).collect();
    source.write(burst);
    screen.until("all of them", |rows| {
        let heads: Vec<u64> =
            rows.iter().filter_map(|row| row.strip_prefix('#')?.split(' ').next()?.parse().ok()).collect();
        let in_order = heads.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        assert!(in_order && summary(rows).is_none(), "{rows:#?}");
        (rows[rows.len() - 2] == "body 30").then_some(())
    });
}

#[test]
fn what_came_before_the_end_is_shown_before_it() {
    let source = Source::start();
    let mut screen = at(&source);
    screen.line("pause");
    screen.last_row("127.0.0.1 [paused]>");
    source.write((1..=40).flat_map(|n| message(format!("body {n}").as_bytes())).collect());
    screen.line("wait 40 --timeout 50");
    screen.shows("40 messages came");
    screen.line("quit");
    screen.until("the last one", |rows| rows.iter().any(|row| row == "body 40").then_some(()));
    screen.ends(0);
}

#[test]
fn on_a_narrow_screen_a_head_line_is_one_row_and_a_dump_is_aligned() {
    let source = Source::start();
    let screen = subscribed(source.setting().size(24, 40));
    source.say(b"{\"list\": [\"one\", \"two\", \"three\", \"four\"], \"n\": 1}");
    source.say(b"\x00\x01\x02\x03\x04\x05");
    screen.until("both", |rows| {
        let at = rows.iter().position(|row| row.starts_with("#1 "))?;
        let head = |row: &str| row.contains("  [1]  /topic/x") && row.ends_with(" bytes");
        let dump = ["00000000  00 01  02 03  |....|", "00000004  04 05         |..|", "127.0.0.1>"];
        let [.., second, first, last, prompt] = rows else { return None };
        let dumped = [first, last, prompt].into_iter().eq(dump);
        (head(&rows[at]) && rows.get(at + 1)? == "{" && head(second) && dumped).then_some(())
    });
}

#[test]
fn bodies_of_any_script_leave_the_line_where_it_is() {
    let source = Source::start();
    let mut screen = at(&source);
    screen.keys("send /queue/a größer 日本");
    let bodies = [
        ("日本語".repeat(40), None),
        ("👩‍👩‍👧 👍🏽 🏳️‍🌈 family".to_owned(), None),
        ("e\u{301}a\u{308}\u{332} combining".to_owned(), None),
        ("שלום עולם".to_owned(), None),
        ("می\u{200c}خواهم".to_owned(), None),
        ("safe\u{202e}txt.exe\u{2066}\u{200f}".to_owned(), Some(r"safe\u{202e}txt.exe\u{2066}\u{200f}")),
        ("a\x1b]0;title\x07b\rc\u{9b}31m".to_owned(), Some(r"a\x1b]0;title\x07b\rc\u{9b}31m")),
        ("tab\tstop".to_owned(), Some("tab     stop")),
    ];
    for (number, (body, expected)) in bodies.iter().enumerate() {
        source.say(body.as_bytes());
        let head = format!("#{} ", number + 1);
        let row = screen.until("the message above the line", |rows| {
            let at = rows.iter().rposition(|row| row.starts_with(&head))?;
            // Before the line is back, not all is there.
            (rows.last()? == "127.0.0.1> send /queue/a größer 日本").then_some(())?;
            let shown = rows[at + 1..rows.len() - 1].concat();
            let first: String = body.chars().take(1).collect();
            assert!(shown.starts_with(&first), "{rows:#?}");
            assert!(expected.is_none_or(|expected| shown == expected), "{rows:#?}");
            Some(rows.len() - 1)
        });
        screen.cursor_at(row, "127.0.0.1> send /queue/a gr__er nnnn".len());
    }
    screen.keys("!");
    screen.last_row("127.0.0.1> send /queue/a größer 日本!");
}

#[test]
fn a_body_of_fifty_mebibytes_comes_at_the_prompt() {
    let source = Source::start();
    let mut screen = at(&source);
    screen.keys("half a line");
    source.say(&vec![b'x'; 50 << 20]);
    screen.until("its beginning", |rows| {
        let [.., note, line] = rows else { return None };
        let cut = note == "… 52,427,280 more bytes; 'show 1' shows what is kept";
        (cut && line == "127.0.0.1> half a line").then_some(())
    });
    screen.keys("\x15");
    screen.last_row("127.0.0.1>");
    screen.line("show 1 | wc -c");
    screen.until("what was kept", |rows| rows.iter().any(|row| row.trim() == "65536").then_some(()));
    screen.shows("of 52428800 bytes only the first 65536 were kept");
    source.say(b"after it");
    screen.shows("after it");
    counts(&mut screen, 2);
}

#[test]
fn a_body_of_a_million_lines_comes_at_the_prompt() {
    let source = Source::start();
    let mut screen = at(&source);
    screen.keys("half a line");
    source.say(&b"y\n".repeat(1_000_000));
    screen.until("its beginning", |rows| {
        let [.., body, note, line] = rows else { return None };
        let cut = body == "y" && note == "… 1,999,962 more bytes; 'show 1' shows all";
        (cut && line == "127.0.0.1> half a line").then_some(())
    });
    screen.keys("\x15");
    screen.last_row("127.0.0.1>");
    screen.line("show 1 | wc -l");
    screen.until("all of it", |rows| rows.iter().any(|row| row.trim() == "1000000").then_some(()));
}

#[test]
fn a_broken_frame_is_told_above_the_half_typed_line() {
    let source = Source::start();
    let setting = Setting::new(&["-s", &source.url(), "--reconnect-delay", "0.05,0.2"]);
    let mut screen = subscribed(setting);
    screen.keys("send /queue/a half");
    source.say(b"before it");
    source.write(b"MESSAGE\nno colon here\n\nbody\0".to_vec());
    screen.until("message, then what is wrong, above the line", |rows| {
        let before = rows.iter().position(|row| row == "before it")?;
        let wrong = rows.iter().position(|row| row.contains("no colon here"))?;
        (before < wrong && rows.last()? == "127.0.0.1> send /queue/a half").then_some(())
    });
}

#[test]
fn a_connection_lost_in_a_flood_is_told_and_made_again() {
    let source = Source::start();
    let setting = Setting::new(&["-s", &source.url(), "--reconnect-delay", "0.05,0.2"]);
    let mut screen = subscribed(setting);
    screen.keys("half a line");
    source.flood();
    flooded(&screen);
    let all = source.calm();
    source.end();
    screen.shows("; trying again");
    screen.shows("connected again, subscribed again");
    screen.last_row("127.0.0.1> half a line");
    screen.keys("\x15");
    screen.last_row("127.0.0.1>");
    counts(&mut screen, all);
}

#[test]
fn what_comes_while_held_is_shown_when_let_go() {
    let source = Source::start();
    let mut screen = at(&source);
    screen.line("pause");
    screen.last_row("127.0.0.1 [paused]>");
    source.say(b"one");
    source.say(b"two");
    counts(&mut screen, 2);
    let rows = screen.rows();
    assert!(!rows.iter().any(|row| row == "one"), "{rows:#?}");
    screen.line("resume");
    screen.until("both", |rows| {
        let [.., second, _, _] = rows else { return None };
        (rows.iter().any(|row| row == "one") && second.starts_with("#2 ")
            || rows.iter().any(|row| row == "two"))
        .then_some(())
    });
    screen.last_row("127.0.0.1>");
    screen.line("pause");
    screen.last_row("127.0.0.1 [paused]>");
    source.flood();
    let all = source.calm();
    counts(&mut screen, all);
    let rows = screen.rows();
    assert!(summary(&rows).is_none(), "{rows:#?}");
    screen.line("resume");
    screen.until("the summary", |rows| rows.iter().any(|row| row.starts_with("… ")).then_some(()));
}

#[test]
fn a_quiet_subscription_is_only_counted() {
    let mut screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen.line("sub --quiet /topic/q");
    screen.shows("subscribed to /topic/q as 1");
    screen.line("3 send /topic/q unseen");
    screen.line("wait 3 --timeout 20");
    screen.line("subs");
    screen.until("the count", |rows| {
        rows.iter().any(|row| row.starts_with("1   /topic/q") && row.contains("  3  ")).then_some(())
    });
    assert!(!screen.rows().iter().any(|row| row == "unseen"), "{:#?}", screen.rows());
}

#[test]
fn a_queue_is_said_to_be_taken_from_and_a_topic_is_not() {
    let mut screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen.line("sub /topic/a");
    screen.shows("subscribed to /topic/a as 1");
    screen.last_row("embedded>");
    assert!(!screen.rows().iter().any(|row| row.starts_with("takes messages off")), "{:#?}", screen.rows());
    screen.line("sub /queue/a");
    screen.shows("takes messages off the queue; peek does not");
}

#[test]
fn each_subscription_has_a_colour_and_json_and_xml_are_coloured() {
    let mut screen = Setting::new(&["--embedded", "--color", "always"]).start();
    screen.last_row("embedded>");
    screen.line("sub /topic/a /topic/b");
    screen.shows("subscribed to /topic/b as 2");
    screen.line("send /topic/a {\"key\": [1, \"text\"]}");
    screen.line("send /topic/b <a><b>text</b></a>");
    let (first, second) = screen.until("both", |rows| {
        let at = |start: &str| rows.iter().rposition(|row| row.starts_with(start));
        (rows.last()? == "embedded>").then_some((at("#1 ")?, at("#2 ")?))
    });
    let rows = screen.rows();
    let column = |row: usize, text: &str| rows[row][..rows[row].find(text).unwrap()].chars().count();
    let colour = |row: usize, text: &str| screen.colour(row, column(row, text));
    assert_ne!(colour(first, "1]"), colour(second, "2]"), "{rows:#?}");
    assert_eq!(colour(first, "/topic/a"), colour(second, "/topic/b"));
    assert_eq!(colour(first + 2, "\"key\""), vt100::Color::Idx(6), "{rows:#?}");
    assert_eq!(colour(first + 2, "1"), vt100::Color::Idx(5));
    assert_eq!(colour(first + 2, "\"text\""), vt100::Color::Idx(2));
    assert_eq!(colour(second + 2, "<b>"), vt100::Color::Idx(6), "{rows:#?}");
    assert_eq!(colour(second + 2, "text"), vt100::Color::Idx(2));
}
