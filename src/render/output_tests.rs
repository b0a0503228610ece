//! Tests of the formats for pipes, whole and in pieces.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::super::message::example::{arrival, message};
use super::*;
use crate::protocol::{Batch, Decoder, Frame, Limits, Verb};
use bytes::BytesMut;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn whole(output: Output, safe: bool, message: &Frame) -> String {
    let mut out = Vec::new();
    Renderer::new(output, safe).render(message, &arrival(), &mut out);
    String::from_utf8(out).unwrap()
}

fn pieces(output: Output, safe: bool, message: &Frame, piece: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut renderer = Renderer::new(output, safe);
    renderer.head(message, &arrival(), &mut out);
    for chunk in message.body.chunks(piece) {
        renderer.chunk(chunk, &mut out);
    }
    renderer.end(&mut out);
    out
}

fn format(text: &str) -> Output {
    Output::Format(Format::parse(text).unwrap())
}

fn terminal() -> Output {
    Output::Terminal(Box::new(Terminal { time_zone: TimeZone::UTC, ..Terminal::default() }))
}

const HEADERS: &str =
    "subscription: 1\nmessage-id: T_1@@s@@7\ndestination: /queue/a\ncolour: red:\\nblue\n\n";

#[test]
fn each_format_writes_what_it_says() {
    let message = message(b"hi\n\x1b[m");
    let written = |output| whole(output, false, &message);
    assert_eq!(written(Output::Lines), "hi\n\x1b[m\n");
    assert_eq!(written(Output::Raw), "hi\n\x1b[m");
    assert_eq!(written(Output::Nul), "hi\n\x1b[m\0");
    assert_eq!(written(Output::Hex), "68690a1b5b6d\n");
    assert_eq!(written(Output::Headers), format!("{HEADERS}hi\n\x1b[m\n"));
    assert_eq!(written(Output::HeadersOnly), HEADERS);
    assert_eq!(written(format("%n:%b;")), "7:hi\n\x1b[m;");
    assert!(written(Output::Envelopes).ends_with("\"body\":\"hi\\n\\u001b[m\"}\n"));
    assert!(written(terminal()).ends_with("  6 bytes\nhi\n\\x1b[m\n"));
}

#[test]
fn a_terminal_gets_no_control_characters_from_the_formats_for_pipes() {
    let message = message(b"hi\n\x1b[m");
    assert_eq!(whole(Output::Lines, true, &message), "hi\n\\x1b[m\n");
    assert_eq!(whole(Output::Nul, true, &message), "hi\n\\x1b[m\\x00");
    assert_eq!(whole(format("%b\n"), true, &message), "hi\n\\x1b[m\n");
}

#[test]
fn a_borrowed_frame_is_rendered_as_a_kept_one() {
    let mut decoder = Decoder::new(Limits::CLIENT);
    let mut input = BytesMut::from(b"MESSAGE\ndestination:/queue/a\nk:a\\cb\n\nhi\0".as_slice());
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).unwrap();
    let frame = batch.get(0).unwrap();
    let mut out = Vec::new();
    Renderer::new(format("%d %h{k} %b %s"), false).render(&frame, &arrival(), &mut out);
    assert_eq!(out, b"/queue/a a:b hi 2");
}

#[test]
fn a_large_body_on_a_terminal_shows_its_beginning_and_what_is_missing() {
    struct HeadOnly(Frame);
    impl Message for HeadOnly {
        fn header(&self, name: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
            Message::header(&self.0, name)
        }
        fn headers(&self) -> impl Iterator<Item = (std::borrow::Cow<'_, [u8]>, std::borrow::Cow<'_, [u8]>)> {
            Message::headers(&self.0)
        }
        fn body(&self) -> &[u8] {
            &[]
        }
        fn size(&self) -> u64 {
            2000
        }
    }
    let limit = Some(crate::render::terminal::BodyLimit { rows: 2, bytes: 100 });
    let terminal = Terminal { time_zone: TimeZone::UTC, limit, ..Terminal::default() };
    let mut renderer = Renderer::new(Output::Terminal(Box::new(terminal)), true);
    let mut out = Vec::new();
    renderer.head(&HeadOnly(Frame::new(Verb::Message)), &arrival(), &mut out);
    renderer.chunk(&b"a\n".repeat(500), &mut out);
    renderer.chunk(&b"b\n".repeat(500), &mut out);
    renderer.end(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text, "#7  22:13:20.123  2,000 bytes\na\na\n… 1,996 more bytes; --raw shows all\n");
}

proptest! {
    #[test]
    fn in_pieces_a_message_is_written_as_it_is_whole(
        bytes in proptest::collection::vec(any::<u8>(), 0..50),
        text in ".{0,30}",
        piece in 1usize..9,
    ) {
        for body in [bytes.as_slice(), text.as_bytes()] {
            let message = message(body);
            for safe in [false, true] {
                for output in [
                    Output::Lines, Output::Raw, Output::Nul, Output::Hex, Output::Headers, Output::HeadersOnly,
                    format("%n %b %d"), format("%d"),
                ] {
                    let mut out = Vec::new();
                    Renderer::new(output.clone(), safe).render(&message, &arrival(), &mut out);
                    prop_assert_eq!(pieces(output, safe, &message, piece), out);
                }
            }
            let text = pieces(terminal(), true, &message, piece);
            let text = String::from_utf8(text).unwrap();
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
        }
    }
}
