//! What someone with nothing but `help` can find out: four jobs, done as the screen suggests.

use crate::screen::{Screen, Setting};

/// A shell with room to read, and a pager that just prints.
fn sit() -> Screen {
    let screen = Setting::new(&["--embedded"]).env("PAGER", "cat").size(70, 100).start();
    screen.last_row("embedded>");
    screen
}

/// Types a line and waits for the next prompt; the rows that it brought.
fn run(screen: &mut Screen, line: &str) -> Vec<String> {
    screen.line("clear");
    screen.until("a clear screen", |rows| (rows.len() == 1 && rows[0].starts_with("embedded")).then_some(()));
    screen.line(line);
    screen.until(line, |rows| {
        let typed = |row: &String| row.starts_with("embedded") && row.ends_with(&format!("> {line}"));
        let at = rows.iter().position(typed)?;
        let last = rows.last()?;
        let over = last.starts_with("embedded") && last.ends_with('>') && rows.len() > at + 1;
        over.then(|| rows[at + 1..rows.len() - 1].to_vec())
    })
}

/// Expects these words in one of the rows.
fn told(rows: &[String], words: &str) {
    assert!(rows.iter().any(|row| row.contains(words)), "no '{words}' in\n{}", rows.join("\n"));
}

#[test]
fn what_is_in_a_queue_is_seen_without_taking_it() {
    let mut screen = sit();
    run(&mut screen, "send /queue/orders {\"id\": 6}");
    run(&mut screen, "send /queue/orders {\"id\": 7}");
    told(&run(&mut screen, "help"), "peek DEST                   what is in a queue, without taking it");
    told(&run(&mut screen, "help peek"), "peek /queue/orders");
    for _ in 0..2 {
        let rows = run(&mut screen, "peek /queue/orders");
        assert_eq!(rows.iter().filter(|row| row.contains("/queue/orders")).count(), 2, "{rows:#?}");
        told(&rows, "\"id\": 7");
    }
}

#[test]
fn a_message_is_sent_again_with_a_changed_header() {
    let mut screen = sit();
    run(&mut screen, "sub --ack client-individual --headers /queue/orders");
    run(&mut screen, "send -H 'attempt: 1' /queue/orders {\"id\": 7}");
    // The whole message, its last line too: what comes behind 'clear' would stand on a screen that is clear.
    screen.until("the message", |rows| {
        let header = rows.iter().position(|row| row.trim() == "attempt: 1")?;
        rows[header..].iter().any(|row| row == "}").then_some(())
    });
    told(&run(&mut screen, "help"), "one message in full");
    let help = run(&mut screen, "help show");
    told(&help, "sent once more, with a header changed");
    told(&help, "send --jsonl -H 'attempt: 2' /queue/orders @again.jsonl");
    run(&mut screen, "show 1 --jsonl | cat > again.jsonl");
    screen.line("send --jsonl -H 'attempt: 2' /queue/orders @again.jsonl");
    screen.until("it came again", |rows| {
        let again = rows.iter().position(|row| row.starts_with("#2 "))?;
        let second = &rows[again..];
        let has = |words: &str| second.iter().any(|row| row.contains(words));
        (has("attempt: 2") && has("\"id\": 7") && !has("attempt: 1")).then_some(())
    });
}

#[test]
fn a_topic_is_followed_quietly_and_counted() {
    let mut screen = sit();
    told(&run(&mut screen, "help"), "show what comes; end that; list and count");
    told(&run(&mut screen, "help sub"), "counts quietly; 'subs' shows the count");
    run(&mut screen, "sub --count-only /topic/ticks");
    run(&mut screen, "send --repeat 1234 /topic/ticks tick");
    let rows = run(&mut screen, "subs");
    told(&rows, "RECEIVED");
    told(&rows, "1,234");
    assert!(!screen.rows().iter().any(|row| row == "tick"), "{:#?}", screen.rows());
}

#[test]
fn three_sends_are_wrapped_in_a_transaction() {
    let mut screen = sit();
    told(&run(&mut screen, "help"), "a transaction: several sends, or none");
    told(&run(&mut screen, "help begin"), "three messages at once, or none");
    run(&mut screen, "sub --count-only /queue/orders");
    told(&run(&mut screen, "begin"), "'commit' carries it out");
    screen.last_row("embedded [tx-1]>");
    for body in ["one", "two", "three"] {
        screen.line(&format!("send /queue/orders {body}"));
    }
    screen.line("status");
    screen.shows("received      0 messages");
    screen.line("commit");
    screen.shows("committed transaction tx-1");
    screen.last_row("embedded>");
    told(&run(&mut screen, "wait 3 --timeout 20"), "3 messages came");
}
