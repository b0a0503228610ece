//! Tests of scripts: logical lines out of pieces.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::super::{Grammar, Rest, Shape};
use super::*;
use proptest::prelude::*;

fn grammar() -> Grammar {
    Grammar::default()
        .command("send", Shape::default().rest(Rest::Body { after: 1 }))
        .command("sub", Shape::default().option("-H", 1))
}

fn aliases(name: &str) -> Option<String> {
    (name == "s").then(|| "send /queue/a".to_owned())
}

fn told(logical: &LogicalLine<'_>) -> (u64, String) {
    let what = match &logical.item {
        Ok(Item::Command(line)) => match &line.body {
            Some(body) => format!("{} {:?}", line.command(), String::from_utf8_lossy(&body.bytes)),
            None => format!("{}/{}", line.command(), line.words.len() - 1),
        },
        Ok(item) => format!("{item:?}"),
        Err(error) => error.to_string(),
    };
    (logical.line, what)
}

fn all(script: &[u8], piece: usize) -> Vec<(u64, String)> {
    let grammar = grammar();
    let language = Language { aliases: Some(&aliases), ..Language::new(&grammar) };
    let mut reader = ScriptReader::new();
    let mut lines = Vec::new();
    for piece in script.chunks(piece) {
        reader.push(piece);
        while let Some(logical) = reader.next(&language) {
            lines.push(told(&logical));
        }
    }
    reader.finish();
    while let Some(logical) = reader.next(&language) {
        lines.push(told(&logical));
    }
    lines
}

const SCRIPT: &[u8] = b"# a comment\nsub /queue/a\n\nsend /queue/a  x\ns <<END\none\n# two\nEND\n\
    s \"a\nb\"\nbogus <<E\nsub b\nE\nsub -H 'a\n\nb' c\nsend /queue/a last";

#[test]
fn logical_lines_come_with_the_number_of_their_first_line() {
    let expected = [
        (2, "sub/1"),
        (4, "send \" x\""),
        (5, "send \"one\\n# two\\n\""),
        (9, "send \"a\\nb\""),
        (11, "unknown command 'bogus'"),
        (14, "sub/3"),
        (17, "send \"last\""),
    ];
    let expected: Vec<_> = expected.iter().map(|(line, what)| (*line, (*what).to_owned())).collect();
    for piece in [1, 2, 7, SCRIPT.len()] {
        assert_eq!(all(SCRIPT, piece), expected, "pieces of {piece}");
    }
}

#[test]
fn what_is_still_open_at_the_end_is_an_error_at_its_first_line() {
    assert_eq!(
        all(b"sub a\nsub 'b\nsub c\n", 4),
        [(1, "sub/1".into()), (2, "the quote ' is never closed".into())]
    );
    assert_eq!(
        all(b"send a <<END\nsub c", 100),
        [(1, "no line 'END' ends the body that '<<END' began".into())]
    );
    assert_eq!(all(b"send a <<END", 100).len(), 1);
}

#[test]
fn a_line_can_change_what_the_next_one_means() {
    let grammar = grammar();
    let mut reader = ScriptReader::of("s x\ns x\n");
    assert!(reader.next(&Language::new(&grammar)).unwrap().item.is_err());
    let language = Language { aliases: Some(&aliases), ..Language::new(&grammar) };
    let logical = reader.next(&language).unwrap();
    assert_eq!(logical.text, b"send /queue/a x");
    assert_eq!(told(&logical), (2, "send \"x\"".into()));
    assert!(reader.next(&language).is_none());
}

#[test]
fn aliases_that_stand_for_each_other_are_named() {
    let grammar = grammar();
    let aliases = |name: &str| match name {
        "a" => Some("b 1".to_owned()),
        "b" => Some("@x a 2".to_owned()),
        "sub" => Some("sub 1".to_owned()),
        _ => None,
    };
    let language = Language { aliases: Some(&aliases), ..Language::new(&grammar) };
    let mut reader = ScriptReader::of("a\n5 b\nsub c\nc");
    let mut fault = || reader.next(&language).unwrap().item.err().map(|error| error.to_string());
    assert_eq!(fault().as_deref(), Some("the alias 'a' stands for itself: a -> b -> a"));
    assert_eq!(fault().as_deref(), Some("the alias 'b' stands for itself: b -> a -> b"));
    assert_eq!(fault(), None);
    assert_eq!(fault().as_deref(), Some("unknown command 'c'"));
}

#[test]
fn typed_lines_are_complete_or_wait_for_more() {
    let grammar = grammar();
    let language = Language { aliases: Some(&aliases), ..Language::new(&grammar) };
    let complete = |text: &str| completeness(text.as_bytes(), &language);
    for text in ["", "send a 'tis", "sned 'x", "sub --nope 'x", "s <<E\nE", "sub a\nsub b", "send a \"x\" y"]
    {
        assert_eq!(complete(text), Completeness::Complete, "{text:?}");
    }
    assert_eq!(complete("sub 'x"), Completeness::NeedMore(Open::Quote { quote: '\'', at: 4 }));
    assert_eq!(complete("send a x\nsend a \"y"), Completeness::NeedMore(Open::Quote { quote: '"', at: 7 }));
    assert!(matches!(complete("s <<E\nx\n"), Completeness::NeedMore(Open::Heredoc { .. })));
}

#[test]
fn a_long_heredoc_and_a_long_line_cost_linear_time() {
    // A quadratic reader would look at 10^11 bytes here.
    let mut script = b"send a <<END\n".to_vec();
    script.extend(b"line\n".repeat(200_000));
    script.extend_from_slice(b"END\nsend a ");
    script.extend(b"x".repeat(1_000_000));
    assert_eq!(all(&script, 16).len(), 2);
}

proptest! {
    #[test]
    fn the_pieces_a_script_comes_in_do_not_matter(
        script in proptest::collection::vec(proptest::sample::select(
            vec!["send a ", "sub ", "s ", "<<E", "\nE\n", "\n", "'", "\"", "\\", "\r\n", "x", "# ", " "]), 0..20),
        piece in 1usize..9,
    ) {
        let script = script.concat();
        prop_assert_eq!(all(script.as_bytes(), piece), all(script.as_bytes(), usize::MAX));
    }

    #[test]
    fn any_bytes_are_taken(script in proptest::collection::vec(any::<u8>(), 0..200), piece in 1usize..50) {
        let lines = all(&script, piece);
        prop_assert!(lines.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
