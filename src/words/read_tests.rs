//! Tests of one logical line: words, options, bodies, pipes, prefixes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::super::{
    Body, BodyKind, Grammar, Item, Language, Line, LineFault, Open, Rest, Shape, WordRole, WordsError, read,
};
use proptest::prelude::*;

pub(crate) fn grammar() -> Grammar {
    let send = Shape::default()
        .option("-H", 1)
        .option("--header", 1)
        .option("-l", 0)
        .option("--persistent", 0)
        .rest(Rest::Body { after: 1 });
    Grammar::default()
        .command("send", send)
        .command("sub", Shape::default().option("-F", 1).option("-c", 1))
        .command("show", Shape::default().option("--raw", 0))
        .command("alias", Shape::default().rest(Rest::Beginning { after: 1 }))
        .command("time", Shape::default().rest(Rest::Command { after: 0 }))
        .command("watch", Shape::default().option("-n", 1).rest(Rest::Command { after: 1 }))
}

fn line(text: &[u8]) -> Line<'_> {
    let grammar = grammar();
    match read(text, &Language::new(&grammar)).finished() {
        Ok(Item::Command(line)) => line,
        other => panic!("{}: {other:?}", String::from_utf8_lossy(text)),
    }
}

fn error(text: &str) -> WordsError {
    let grammar = grammar();
    read(text.as_bytes(), &Language::new(&grammar)).finished().unwrap_err()
}

fn words(text: &str) -> Vec<String> {
    line(text.as_bytes()).words.iter().map(|word| String::from_utf8(word.bytes.to_vec()).unwrap()).collect()
}

fn body(text: &str) -> Option<(BodyKind, String)> {
    let Body { kind, bytes, .. } = line(text.as_bytes()).body?;
    Some((kind, String::from_utf8(bytes.into_owned()).unwrap()))
}

fn text_body(text: &str) -> String {
    let (kind, body) = body(text).unwrap();
    assert_eq!(kind, BodyKind::Text, "{text}");
    body
}

fn quoted_body(text: &str) -> String {
    let (kind, body) = body(text).unwrap();
    assert_eq!(kind, BodyKind::Quoted, "{text}");
    body
}

#[test]
fn commands_stand_in_each_other_only_so_deep() {
    let nested = |depth: usize| format!("{}send /queue/a x", "time ".repeat(depth));
    let grammar = grammar();
    let language = Language::new(&grammar);
    assert!(read(nested(8).as_bytes(), &language).finished().is_ok());
    assert_eq!(error(&nested(9)).fault, LineFault::TooDeep);
    assert_eq!(error(&nested(100_000)).fault, LineFault::TooDeep);
    // The line behind it is another one.
    let text = format!("{}\nshow", nested(20));
    assert_eq!(read(text.as_bytes(), &language).end, text.len() - 4);
}

#[test]
fn words_are_split_at_blanks_and_quotes_join() {
    assert_eq!(words("  sub\t/queue/a  /queue/b "), ["sub", "/queue/a", "/queue/b"]);
    assert_eq!(words(r#"sub a'b c'd"e\tf"\ g ''"#), ["sub", "ab cde\tf g", ""]);
    assert_eq!(words("sub 'a\\n' \"\\x41\\\\\""), ["sub", "a\\n", "A\\"]);
    assert_eq!(words("sub /queue/a\r"), ["sub", "/queue/a"]);
}

#[test]
fn words_know_their_place_and_role() {
    let line = line(b"send -H 'a: b' /queue/a hi");
    let found: Vec<_> = line.words.iter().map(|word| (word.role, word.span.clone(), word.quoted)).collect();
    assert_eq!(
        found,
        [
            (WordRole::Command, 0..4, false),
            (WordRole::Option, 5..7, false),
            (WordRole::Value, 8..14, true),
            (WordRole::Positional, 15..23, false)
        ]
    );
    assert_eq!(line.body.unwrap().span, 24..26);
}

#[test]
fn a_body_is_the_rest_of_the_line_to_the_byte() {
    assert_eq!(text_body(r#"send /queue/a {"x": [1, 2]}"#), r#"{"x": [1, 2]}"#);
    assert_eq!(text_body("send /queue/a two  spaces  "), "two  spaces  ");
    assert_eq!(text_body("send   /queue/a  one more blank"), " one more blank");
    assert_eq!(text_body(r"send /queue/a C:\new | wc -l; $x # y"), r"C:\new | wc -l; $x # y");
    assert_eq!(text_body("send /queue/a keeps its CR\r\n"), "keeps its CR\r");
    assert_eq!(text_body("send /queue/a -"), "-");
    assert_eq!(text_body("send /queue/a - item"), "- item");
    assert_eq!(line(b"send /queue/a \xff\x00\xfe").body.unwrap().bytes.as_ref(), b"\xff\x00\xfe");
}

#[test]
fn no_body_is_no_body_and_an_empty_one_is_empty() {
    assert_eq!(body("send /queue/a"), None);
    assert_eq!(body("send /queue/a   "), None);
    assert_eq!(body("send /queue/a \r"), None);
    assert_eq!(quoted_body("send /queue/a \"\""), "");
    assert_eq!(quoted_body("send /queue/a ''"), "");
}

#[test]
fn options_stand_before_the_body() {
    let text = "send /queue/a  --persistent -lH 'x: y' hi --persistent";
    assert_eq!(words(text), ["send", "/queue/a", "--persistent", "-lH", "x: y"]);
    assert_eq!(text_body(text), "hi --persistent");
    assert_eq!(words("send --header=a:b -Hc:d /queue/a"), ["send", "--header=a:b", "-Hc:d", "/queue/a"]);
}

#[test]
fn an_unknown_option_is_an_error_and_never_a_body() {
    let error = error("send /queue/a --presistent hello");
    assert_eq!(error.span, 14..26);
    assert_eq!(error.hint().unwrap(), "did you mean '--persistent'?");
    assert_eq!(error.to_string(), "'send' has no option '--presistent'");
    let error = self::error("send /queue/a -5");
    assert_eq!(error.hint().unwrap(), "put '--' before a body that begins with a dash");
    assert!(
        matches!(self::error("send -lx /queue/a").fault, LineFault::UnknownOption { option, .. } if option == "-x")
    );
}

#[test]
fn a_double_dash_makes_all_that_follows_literal() {
    assert_eq!(text_body("send /queue/a -- -5"), "-5");
    assert_eq!(text_body("send /queue/a -- @x"), "@x");
    assert_eq!(text_body("send /queue/a -- \"x\""), "\"x\"");
    assert_eq!(text_body("send /queue/a -- <<END"), "<<END");
    assert_eq!(text_body("send -- -q  --x"), " --x");
    assert_eq!(text_body("send /queue/a --   "), "  ");
    assert_eq!(words("send -- -q --x"), ["send", "--", "-q"]);
}

#[test]
fn an_option_without_its_value_is_an_error() {
    let error = error("send /queue/a -H");
    assert_eq!(error.fault, LineFault::MissingValue { option: "-H".into() });
    assert_eq!(error.span, 16..16);
    assert_eq!(self::error("sub -F | wc").fault, LineFault::MissingValue { option: "-F".into() });
}

#[test]
fn a_body_is_quoted_only_where_the_same_quote_opens_it_and_closes_the_line() {
    assert_eq!(quoted_body(r#"send a "x\ty\"z\x21""#), "x\ty\"z!");
    assert_eq!(quoted_body(r"send a 'x\ty'"), r"x\ty");
    assert_eq!(quoted_body("send a 'it's'"), "it's");
    assert_eq!(quoted_body("send a   \" x \"\r\n"), " x ");
    for blanks in [" ", " \t ", " \r"] {
        assert_eq!(quoted_body(&format!("send a \"x\"{blanks}\n")), "x");
        assert_eq!(quoted_body(&format!("send a 'it''s'{blanks}\n")), "it''s");
        assert_eq!(quoted_body(&format!("send a \"x\ny\"{blanks}\n")), "x\ny");
    }
    assert_eq!(text_body("send a 'tis"), "'tis");
    assert_eq!(text_body("send a '"), "'");
    assert_eq!(text_body("send a it's"), "it's");
    assert_eq!(text_body(r#"send a "a" or "b""#), r#""a" or "b""#);
    assert_eq!(text_body(r#"send a "a" b"#), r#""a" b"#);
}

#[test]
fn a_wrong_escape_in_a_body_is_an_error_at_its_place() {
    let error = error(r#"send a "x\py""#);
    assert_eq!(error.fault, LineFault::UnknownEscape { escape: "p".into() });
    assert_eq!(error.span, 9..11);
}

#[test]
fn a_body_in_double_quotes_goes_on_over_lines() {
    assert_eq!(quoted_body("send a \"x\n\n y\"\nshow"), "x\n\n y");
    let grammar = grammar();
    let open = read(b"send a \"x", &Language::new(&grammar));
    assert_eq!(open.open, Some(Open::Quote { quote: '"', at: 7 }));
    assert_eq!(error("send a \"x\ny\" z").fault, LineFault::TextAfterQuote);
}

#[test]
fn a_file_is_named_behind_an_at() {
    let file = |name: &str| Some((BodyKind::File, name.to_owned()));
    assert_eq!(body("send a @b.json"), file("b.json"));
    assert_eq!(body("send a   @my file.json  "), file("my file.json"));
    assert_eq!(body("send a @'my file.json'"), file("my file.json"));
    assert_eq!(text_body("send a @ home"), "@ home");
    assert_eq!(error("send a @").fault, LineFault::MissingFile);
}

#[test]
fn a_heredoc_holds_the_lines_up_to_its_word() {
    let text = "send a <<END\n one\r\n\nEND \nEND\nshow 7";
    assert_eq!(body(text), Some((BodyKind::Heredoc, " one\r\n\nEND \n".into())));
    assert_eq!(body("send a <<'E_1'\r\nE_1\r\n"), Some((BodyKind::Heredoc, String::new())));
    let grammar = grammar();
    assert_eq!(read(text.as_bytes(), &Language::new(&grammar)).end, text.len() - "show 7".len());
    let open = read(b"send a <<END\nEND \n", &Language::new(&grammar));
    assert_eq!(open.open, Some(Open::Heredoc { word: "END".into(), at: 7 }));
    assert_eq!(body("send a << END\nx\nEND\n"), Some((BodyKind::Heredoc, "x\n".into())));
    for text in ["<x>", "<<= y", "<< - 1", "<<<here", "1 << 2", "a <<b", "a<<END", "<<<<<<< HEAD"] {
        assert_eq!(text_body(&format!("send a {text}")), text);
    }
}

#[test]
fn the_lines_of_a_heredoc_that_is_not_written_as_one_are_no_commands() {
    let grammar = grammar();
    for start in
        ["<<END more", "<< END | cat", "<<END|cat", "<<END>> y", "<<'END' x", "<<\"END\"x", "<<\\END x"]
    {
        let text = format!("send a {start}\npurge b\nEND\nshow");
        let reading = read(text.as_bytes(), &Language::new(&grammar));
        let fault = LineFault::HeredocStart { word: "END".into() };
        assert_eq!(reading.error, Some(WordsError { fault, span: 7..7 + start.len() }), "{start}");
        assert_eq!(&text[reading.end..], "show", "{start}");
    }
    for command in ["send ", "sub ", "sub a ", "send a", "sub a b"] {
        let text = format!("{command}<<END\npurge b\nEND\nshow");
        let reading = read(text.as_bytes(), &Language::new(&grammar));
        let fault = reading.error.unwrap().fault;
        assert!(matches!(fault, LineFault::MisplacedHeredoc { .. }), "{command}: {fault}");
        assert_eq!(&text[reading.end..], "show", "{command}");
    }
    assert_eq!(text_body("send a -- <<END more"), "<<END more");
    assert_eq!(words("sub '<<END'"), ["sub", "<<END"]);
    for line in ["send a text <<END", "send a @file << END", "send a - <<'END'", "send a \"x\" <<-END"] {
        let text = format!("{line}\npurge b\nEND\nshow");
        let reading = read(text.as_bytes(), &Language::new(&grammar));
        let fault = LineFault::HeredocBehindText { word: "END".into() };
        assert_eq!(reading.error.unwrap().fault, fault, "{line}");
        assert_eq!(&text[reading.end..], "show", "{line}");
    }
    // Where no word ends it, none of the lines is a command.
    let reading = read(b"send a <<\npurge b\n\nshow", &Language::new(&grammar));
    assert_eq!((reading.error.unwrap().fault, reading.end), (LineFault::HeredocWord, 23));
}

#[test]
fn a_heredoc_has_the_forms_of_the_systems_shell() {
    let heredoc = |text: &str| Some((BodyKind::Heredoc, text.to_owned()));
    for start in ["<<END", "<< END", "<<'END'", "<< 'END'", "<<\"END\"", "<<\\END", "<<END  ", "<<END\r"] {
        assert_eq!(body(&format!("send a {start}\n\tx\n\tEND\nEND\n")), heredoc("\tx\n\tEND\n"), "{start}");
    }
    for start in ["<<-END", "<<- END", "<<-'END'"] {
        assert_eq!(
            body(&format!("send a {start}\n\t\tx\ty\n z\n\tEND\nshow")),
            heredoc("x\ty\n z\n"),
            "{start}"
        );
    }
    assert_eq!(body("send a <<'two words'\nx\ntwo words\n"), heredoc("x\n"));
    assert_eq!(body("send a <<E-1.x\nx\nE-1.x\n"), heredoc("x\n"));
}

#[test]
fn a_line_for_the_systems_shell_has_no_heredoc() {
    let grammar = grammar();
    for line in ["!cat <<END", "! cat <<-'END' | wc", "show | cat <<END", "show | cat<<END"] {
        let text = format!("{line}\npurge b\nEND\nshow");
        let reading = read(text.as_bytes(), &Language::new(&grammar));
        let fault = LineFault::ShellHeredoc { word: "END".into() };
        assert_eq!(reading.error.unwrap().fault, fault, "{line}");
        assert_eq!(&text[reading.end..], "show", "{line}");
    }
    for line in
        ["!echo '<<END'", "!echo \"a <<END\"", "!echo $((1<<n))", "!cat <<<x", "!echo a \\<<END", "!a < b"]
    {
        let reading = read(line.as_bytes(), &Language::new(&grammar));
        assert_eq!((reading.error, reading.open), (None, None), "{line}");
    }
}

#[test]
fn what_follows_a_wrong_line_is_not_its_heredoc() {
    let grammar = grammar();
    for text in [
        "send --nope a <<END\npurge\nEND\nshow",
        "snd a <<END\npurge\nEND\nshow",
        "snd a << END x\npurge\nEND\nshow",
    ] {
        let reading = read(text.as_bytes(), &Language::new(&grammar));
        assert!(reading.error.is_some());
        assert_eq!(&text[reading.end..], "show");
    }
}

#[test]
fn commands_without_a_body_can_be_piped() {
    let piped = line(b"show 7 --raw|jq '.a | .b' \n");
    assert_eq!(piped.pipe.as_deref(), Some(b"jq '.a | .b'".as_slice()));
    assert_eq!(words("show 7 --raw|jq ."), ["show", "7", "--raw"]);
    assert_eq!(words("sub -F '%d|%b' a"), ["sub", "-F", "%d|%b", "a"]);
    assert_eq!(error("show 7 | ").fault, LineFault::MissingPipeCommand);
    assert_eq!(error("| jq").fault, LineFault::NothingToPipe);
}

#[test]
fn counts_and_connections_stand_before_the_command() {
    let found = line(b"@prod 5 send /queue/a x");
    assert_eq!(found.connection.as_deref(), Some(b"prod".as_slice()));
    assert_eq!(found.repeat, Some(5));
    assert_eq!(found.command(), "send");
    assert_eq!(error("5").fault, LineFault::MissingCommand { prefix: "5".into() });
    assert_eq!(error("0 show").fault, LineFault::BadRepeat { count: "0".into() });
    assert!(matches!(error("99999999999999999999 show").fault, LineFault::BadRepeat { .. }));
}

#[test]
fn commands_that_run_others_keep_their_line_as_it_stands() {
    let found = line(b"watch -n 1 2  send --persistent a  x | y\nshow");
    assert_eq!(found.rest.as_deref(), Some(b"send --persistent a  x | y".as_slice()));
    assert_eq!(line(b"time send a <<E\nx\nE\nshow").rest.as_deref(), Some(b"send a <<E\nx\nE".as_slice()));
    assert_eq!(error("time send --nope a").span, 10..16);
    let grammar = grammar();
    let open = read(b"time send a \"x", &Language::new(&grammar));
    assert_eq!(open.open, Some(Open::Quote { quote: '"', at: 12 }));
}

#[test]
fn comments_blank_lines_and_the_systems_shell_are_told_apart() {
    let grammar = grammar();
    let language = Language::new(&grammar);
    for text in ["", "  ", "# send", " \t# x", "\r\n"] {
        assert_eq!(read(text.as_bytes(), &language).finished(), Ok(Item::Blank), "{text:?}");
    }
    assert_eq!(read(b" ! ls 'a \nshow", &language).finished(), Ok(Item::Shell(b"ls 'a")));
}

#[test]
fn unknown_commands_suggest_the_nearest() {
    let error = error(" sned /queue/a it's");
    assert_eq!(error.to_string(), "unknown command 'sned'");
    assert_eq!(error.hint().unwrap(), "did you mean 'send'?");
    assert_eq!(error.span, 1..5);
}

#[test]
fn variables_expand_in_words_but_not_in_bodies_or_single_quotes() {
    let grammar = grammar();
    let variables = |name: &str| (name == "q").then(|| "/queue/a b".to_owned());
    let language = Language { variables: Some(&variables), ..Language::new(&grammar) };
    let Ok(Item::Command(line)) = read(b"send -H \"x: ${q}\" -H '$q' -H \\$q $q $q", &language).finished()
    else {
        panic!("no line");
    };
    let words: Vec<_> = line.words.iter().map(|word| String::from_utf8_lossy(&word.bytes)).collect();
    assert_eq!(words, ["send", "-H", "x: /queue/a b", "-H", "$q", "-H", "$q", "/queue/a b"]);
    assert_eq!(line.body.unwrap().bytes.as_ref(), b"$q");
    let error = read(b"show $nope", &language).finished().unwrap_err();
    assert_eq!((error.fault, error.span), (LineFault::UnknownVariable { name: "nope".into() }, 5..10));
}

#[test]
fn a_quote_that_stays_open_and_a_lone_backslash_are_told() {
    let grammar = grammar();
    let open = read(b"sub 'a", &Language::new(&grammar));
    assert_eq!(open.open, Some(Open::Quote { quote: '\'', at: 4 }));
    assert_eq!(words("sub 'a\nb'\nshow"), ["sub", "a\nb"]);
    assert_eq!(error("sub a\\").fault, LineFault::TrailingBackslash);
}

/// Bytes that the grammar gives a meaning, more often than chance would.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"send ".to_vec()),
        Just(b"sub ".to_vec()),
        Just(b"time ".to_vec()),
        Just(b"/queue/a ".to_vec()),
        Just(b"<<E".to_vec()),
        Just(b"\nE\n".to_vec()),
        Just(b"--persistent ".to_vec()),
        Just(b"-H".to_vec()),
        Just(b"${q}".to_vec()),
        proptest::collection::vec(proptest::sample::select(b" \t\r\n'\"\\|@$-#!5x{\x00\xff".to_vec()), 0..4),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_and_every_place_lies_in_the_line(text in lines()) {
        let grammar = grammar();
        let variables = |name: &str| (name == "q").then(|| "v".to_owned());
        let language = Language { variables: Some(&variables), ..Language::new(&grammar) };
        let reading = read(&text, &language);
        prop_assert!(reading.end <= text.len());
        prop_assert!(text.is_empty() || reading.end > 0);
        if let Some(error) = &reading.error {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
        }
        if let Item::Command(line) = &reading.item {
            let mut at = 0;
            for word in &line.words {
                prop_assert!(word.span.start >= at && word.span.start < word.span.end);
                at = word.span.end;
            }
            prop_assert!(at <= text.len());
            if let Some(body) = &line.body {
                prop_assert!(body.span.start >= at && body.span.end <= text.len());
            }
        }
    }

    #[test]
    fn a_body_behind_a_double_dash_arrives_as_it_is(body in proptest::collection::vec(any::<u8>(), 1..60)) {
        let body: Vec<u8> = body.into_iter().filter(|byte| *byte != b'\n').collect();
        prop_assume!(!body.is_empty() && body != b"\r");
        let text = [b"send a -- ".as_slice(), &body].concat();
        let line = line(&text);
        prop_assert_eq!(line.body.unwrap().bytes.into_owned(), body);
    }

    #[test]
    fn a_word_in_single_quotes_arrives_as_it_is(word in "[^']{0,20}") {
        let text = format!("sub '{word}' b");
        prop_assert_eq!(words(&text), vec!["sub".to_owned(), word, "b".to_owned()]);
    }
}

#[test]
fn an_alias_is_the_beginning_of_a_line_which_need_not_be_whole() {
    let beginning = |text: &str| {
        let line = line(text.as_bytes());
        String::from_utf8(line.rest.unwrap().to_vec()).unwrap()
    };
    assert_eq!(beginning("alias s send $q"), "send $q");
    assert_eq!(beginning("alias s sub -c"), "sub -c");
    assert_eq!(beginning("alias s 'send /queue/a' "), "send /queue/a");
    assert_eq!(beginning("alias s \"send /queue/a\""), "send /queue/a");
    assert_eq!(beginning("alias s send a 'b' c'"), "send a 'b' c'");
    assert_eq!(beginning("alias p show | tr a"), "show | tr a");
    assert_eq!(error("alias s nope x").span, 8..12);
    assert_eq!(error("alias s 'nope x'").span, 9..13);
}
