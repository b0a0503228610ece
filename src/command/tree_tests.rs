#![allow(clippy::unwrap_used)] // a failure here is the test's
use clap::FromArgMatches as _;

use super::*;
use crate::command::registry_tests::shell_tree;
use crate::command::send::Send;
use crate::command::sub::Sub;
use crate::words::{Item, Language, read};

fn typed(text: &str) -> Result<(ArgMatches, Input)> {
    let mut tree = shell_tree();
    let grammar = Arc::clone(&tree.grammar);
    let item = read(text.as_bytes(), &Language::new(&grammar)).finished();
    let item = item.map_err(|error| LineError { error, text: text.into() })?;
    let Item::Command(line) = item else { panic!("no command: {text}") };
    let (_, matches) = tree.matches(&line, text.as_bytes())?;
    Ok((matches, input(&line)))
}

#[test]
fn the_tree_is_sound() {
    shell_tree().command().clone().debug_assert();
}

#[test]
fn a_send_without_options_needs_no_parser() {
    let tree = shell_tree();
    let read = read(b"send /queue/a  two blanks", &Language::new(&tree.grammar));
    let Item::Command(line) = read.item else { panic!("no command") };
    let (destination, body) = plain_send(&line).unwrap();
    assert_eq!((&*destination, &*body), (&b"/queue/a"[..], &b" two blanks"[..]));
}

#[test]
fn options_and_a_body_come_apart() {
    let (matches, input) = typed("send --persistent -H 'a: b' /queue/a -- --x").unwrap();
    let send = Send::from_arg_matches(&matches).unwrap();
    assert!(send.persistent);
    assert_eq!(send.header, [("a".to_owned(), "b".to_owned())]);
    assert_eq!(input.body, Some(InputBody::Bytes(Bytes::from_static(b"--x"))));
}

#[test]
fn a_quoted_word_may_begin_with_a_dash() {
    let (matches, _) = typed("sub '-x'").unwrap();
    assert_eq!(Sub::from_arg_matches(&matches).unwrap().destination, ["-x"]);
}

#[test]
fn a_missing_word_is_named_in_one_line() {
    let error = typed("send").unwrap_err();
    assert!(error.to_string().contains("<DEST>"), "{error}");
    assert!(!error.to_string().contains('\n'));
    let place = |text: &str| typed(text).unwrap_err().downcast::<LineError>().unwrap().error.span;
    assert_eq!(place("send"), 4..4);
    assert_eq!(place("send --priority 12 /queue/a x"), 16..18);
    assert_eq!(place("send --priority=12 /queue/a x"), 5..18);
    assert_eq!(place("send --text --bytes /queue/a x"), 5..11);
    assert_eq!(place("watch x subs"), 6..7);
    assert_eq!(place("pause now"), 6..9);
    let help = typed("sub --help").unwrap_err().downcast::<HelpAsked>().unwrap();
    assert!(help.0.to_string().contains("\nUsage: sub "), "{}", help.0);
    assert!(typed("sub --help").unwrap_err().downcast_ref::<HelpAsked>().is_some());
}
