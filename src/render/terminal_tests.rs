//! Tests of what people see.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::super::message::example::{arrival, message};
use super::*;
use crate::protocol::{Frame, Verb};
use proptest::prelude::*;

fn terminal() -> Terminal {
    Terminal { time_zone: TimeZone::UTC, in_shell: true, ..Terminal::default() }
}

fn shown(terminal: &Terminal, message: &Frame) -> String {
    let mut out = String::new();
    terminal.push(message, &arrival(), &mut out);
    out
}

fn body(limit: Option<BodyLimit>, body: &[u8]) -> String {
    let mut out = String::new();
    Terminal { limit, ..terminal() }.push_body(body, body.len() as u64, None, 7, &mut out);
    out
}

#[test]
fn a_message_has_one_head_line_and_a_pretty_body() {
    assert_eq!(
        shown(&terminal(), &message(b"{\"x\":[1,2]}").with("content-type", "application/json")),
        "#7  22:13:20.123  [1]  /queue/a  T_1@@s@@7  application/json  11 bytes\n{\n  \"x\": [1, 2]\n}\n"
    );
    assert_eq!(shown(&terminal(), &message(b"")), "#7  22:13:20.123  [1]  /queue/a  T_1@@s@@7  0 bytes\n");
}

#[test]
fn headers_are_shown_where_asked_and_escaped() {
    let terminal = Terminal { headers: true, bodies: BodyStyle::Hidden, ..terminal() };
    let text = shown(&terminal, &message(b"x").with("redelivered", "true"));
    assert!(text.starts_with("#7  22:13:20.123  [1]  /queue/a  T_1@@s@@7  redelivered  1 byte\n"), "{text}");
    assert!(text.ends_with("  colour: red:\\nblue\n  redelivered: true\n"), "{text}");
}

#[test]
fn a_long_id_gives_way_to_the_width() {
    let id = "ID:broker.example.com-45533-1700000000000-3:1:-1:1:1";
    let message = Frame::new(Verb::Message).with("message-id", id).with("destination", "/queue/a");
    let head = shown(&terminal(), &message);
    assert_eq!(crate::render::measure::width(head.trim_end()), 80, "{head}");
    assert!(head.contains("  ID:broker.") && head.contains("…") && head.contains("1:-1:1:1  "), "{head}");
    assert!(!shown(&Terminal { width: 45, ..terminal() }, &message).contains("ID:"));
}

#[test]
fn bodies_are_shown_by_what_they_are() {
    assert_eq!(body(None, b"hello"), "hello\n");
    assert_eq!(body(None, b"a\r\n\x1b[2Jb\n"), "a\\r\n\\x1b[2Jb\n");
    assert_eq!(body(None, b"{\"a\":"), "{\"a\":\n", "incomplete JSON is text");
    assert_eq!(body(None, b"<a><b/></a>"), "<a>\n  <b/>\n</a>\n");
    assert!(body(None, b"\x00\x01").starts_with("00000000  00 01 "));
    assert!(body(None, b"caf\xe9").starts_with("00000000  63 61 66 e9 "));
    let mut out = String::new();
    terminal().push_body(b"caf\xe9", 4, Some(b"Text/plain; charset=latin1"), 7, &mut out);
    assert_eq!(out, "caf\\xe9\n");
}

#[test]
fn long_bodies_are_cut_and_say_how_much_is_missing() {
    let limit = Some(BodyLimit { rows: 3, bytes: 1000 });
    assert_eq!(body(limit, b"1\n2\n3\n"), "1\n2\n3\n");
    assert_eq!(body(limit, b"1\n2\n3\n4\n"), "1\n2\n3\n… 2 more bytes; 'show 7' shows all\n");
    assert_eq!(body(limit, b"[1,2]"), "[\n  1,\n  2\n… 1 more line; 'show 7' shows all\n");
    let long = body(limit, &b"x".repeat(5000));
    assert_eq!(long, "x".repeat(240) + "\n… 4,760 more bytes; 'show 7' shows all\n");
    let dump = body(limit, &[0; 100]);
    assert_eq!(dump.lines().count(), 4);
    assert!(dump.ends_with("… 52 more bytes; 'show 7' shows all\n"), "{dump}");
    let wide = body(Some(BodyLimit { rows: 9, bytes: 4 }), "aéé".as_bytes());
    assert_eq!(wide, "aé\n… 2 more bytes; 'show 7' shows all\n", "a character is not cut");
}

#[test]
fn outside_the_shell_the_hint_is_an_option() {
    let mut out = String::new();
    let limit = Some(BodyLimit { rows: 1, bytes: 1 });
    Terminal { limit, in_shell: false, ..terminal() }.push_body(b"xy", 2, None, 7, &mut out);
    assert_eq!(out, "x\n… 1 more byte; --raw shows all\n");
}

proptest! {
    #[test]
    fn nothing_unsafe_reaches_the_terminal(
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
        text in "[\\[{<>/a\":,\u{1b}\u{9b}\u{202e}\n]{0,30}",
        rows in 1usize..5,
    ) {
        for content in [bytes.as_slice(), text.as_bytes()] {
            let message = Frame::new(Verb::Message)
                .with("destination", content)
                .with(content, content)
                .with("content-type", content)
                .body(content.to_vec());
            for limit in [None, Some(BodyLimit { rows, bytes: 40 })] {
                let out = shown(&Terminal { headers: true, limit, ..terminal() }, &message);
                prop_assert!(!out.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{out:?}");
                let turned = out.contains('\u{202e}');
                prop_assert!(!turned);
                prop_assert!(out.ends_with('\n'));
            }
        }
    }
}
