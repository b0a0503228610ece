//! The colours of a line: command, options, destination, headers, body; what is wrong is red.

use std::borrow::Cow;
use std::ops::Range;

use super::complete::is_wrong;
use super::word::{Expanded, is_template, rest_start};
use crate::command::completing::{self, Completer, Known, positional};
use crate::render::json::{self, Verdict};
use crate::render::{Paint, Role};
use crate::words::{
    Body, BodyKind, DEPTH, Item, Language, Line, LineFault, Open, WordRole, WordsError, read,
};

/// The colour of a header's name. Grey, its colour in messages, would look like a hint.
const HEADER: Role = Role::Text;

/// Byte ranges and their roles; where ranges overlap, the last one counts.
type Spans = Vec<(Range<usize>, Role)>;

/// The line with its colours and without control characters. Colours do not change its width.
pub(super) fn paint(text: &str, known: &Known, paint: Paint) -> String {
    let mut spans = Spans::new();
    let mut at = 0;
    while at < text.len() {
        let before = at;
        at = logical(text, at, known, 0, &mut spans);
        if at <= before {
            break;
        }
    }
    painted(text, spans, paint)
}

/// Colours the logical line at `from`, which `depth` other commands enclose, and returns the offset of the next one.
fn logical(text: &str, from: usize, known: &Known, depth: u32, spans: &mut Spans) -> usize {
    let expanded = Expanded::of(&text.as_bytes()[from..], known);
    let lookup = |name: &str| known.alias(name);
    let language = Language { aliases: Some(&lookup), ..Language::new(&known.grammar) };
    let reading = read(&expanded.text, &language);
    let mut found = Vec::new();
    if let Item::Command(line) = &reading.item {
        line_spans(line, &expanded.text, known, depth, &mut found);
        if !expanded.word.is_empty() {
            let word = expanded.word.start + from..expanded.word.end + from;
            spans.push((word, Role::Command));
        }
    } else if expanded.text.trim_ascii_start().starts_with(b"#") {
        found.push((0..reading.end, Role::Dim));
    }
    if let Some(Open::Quote { at, .. }) = reading.open {
        found.push((at..at + 1, Role::Error));
    }
    if let Some(error) = &reading.error
        && !(error.span.end == expanded.text.len() && may_become_right(error, &expanded.text, known))
    {
        found.push((error.span.clone(), Role::Error));
    }
    let moved = |(span, role): (Range<usize>, Role)| {
        let (start, end) = (expanded.typed_at(span.start)?, expanded.typed_at(span.end)?);
        Some((start + from..end + from, role))
    };
    spans.extend(found.into_iter().filter_map(moved));
    expanded.typed_at(reading.end).map_or(text.len(), |end| end + from)
}

/// Whether the error may disappear when the user types on.
fn may_become_right(error: &WordsError, text: &[u8], known: &Known) -> bool {
    let typed = &text[error.span.clone()];
    match &error.fault {
        LineFault::UnknownCommand { .. } => {
            let aliases = known.aliases.keys().map(String::as_str);
            known.grammar.names().chain(aliases).any(|name| name.as_bytes().starts_with(typed))
        }
        LineFault::UnknownOption { command, .. } => {
            let shape = known.grammar.shape(command);
            shape.is_some_and(|shape| shape.options().any(|option| option.as_bytes().starts_with(typed)))
        }
        LineFault::UnknownEscape { .. } | LineFault::TextAfterQuote => false,
        _ => true,
    }
}

fn line_spans(line: &Line<'_>, bytes: &[u8], known: &Known, depth: u32, spans: &mut Spans) {
    let mut option = None;
    let mut positionals = 0;
    let command = known.commands.find_subcommand(&*line.command());
    for word in &line.words {
        // What is still being typed may become right.
        let typing = word.span.end == bytes.len();
        let role = match word.role {
            WordRole::Command => Some(Role::Command),
            WordRole::Option | WordRole::EndOfOptions => {
                let written = String::from_utf8_lossy(&word.bytes);
                option = command.and_then(|command| completing::option(command, &written));
                Some(Role::Option)
            }
            WordRole::Value if option.and_then(Completer::of).is_some_and(Completer::is_header) => {
                let colon = bytes[word.span.clone()].iter().position(|byte| *byte == b':');
                let end = colon.map_or(word.span.end, |colon| word.span.start + colon);
                let wrong = colon.is_none() && !typing;
                spans.push((word.span.start..end, if wrong { Role::Error } else { HEADER }));
                None
            }
            WordRole::Value => {
                let value = String::from_utf8_lossy(&word.bytes);
                option.filter(|option| !typing && is_wrong(option, &value)).map(|_| Role::Error)
            }
            WordRole::Positional => {
                positionals += 1;
                let argument = command.and_then(|command| positional(command, positionals - 1));
                let destination = argument.and_then(Completer::of) == Some(Completer::Destination);
                (destination || word.bytes.starts_with(b"/")).then_some(Role::Destination)
            }
        };
        spans.extend(role.map(|role| (word.span.clone(), role)));
    }
    if let Some(rest) = line.rest.as_ref().filter(|_| depth < DEPTH) {
        let text = String::from_utf8_lossy(rest);
        let start = rest_start(bytes, rest);
        let mut inner = Vec::new();
        logical(&text, 0, known, depth + 1, &mut inner);
        spans.extend(inner.into_iter().map(|(span, role)| (span.start + start..span.end + start, role)));
    }
    if let Some(body) = &line.body {
        body_spans(body, bytes, is_template(line) || known.expands, spans);
    }
}

fn body_spans(body: &Body<'_>, bytes: &[u8], expands: bool, spans: &mut Spans) {
    let span = &body.span;
    let inside = match body.kind {
        BodyKind::File => return spans.push((span.clone(), Role::Option)),
        BodyKind::Quoted => return,
        BodyKind::Text => span.start,
        BodyKind::Heredoc => {
            let first = memchr::memchr(b'\n', &bytes[span.clone()]);
            let inside = first.map_or(span.end, |at| span.start + at + 1);
            // Both lines that hold the word.
            spans.push((span.start..inside, Role::Option));
            spans.push(((inside + body.bytes.len()).min(span.end)..span.end, Role::Option));
            inside
        }
    };
    let end = (inside + body.bytes.len()).min(bytes.len());
    let Some(text) = bytes.get(inside..end) else { return };
    if expands && memchr::memchr(b'$', text).is_some() {
        json_spans(&filled_in(text), inside, spans);
    } else {
        json_spans(text, inside, spans);
    }
}

/// The text with each `$name` replaced by digits of the same length, so that it can be JSON.
fn filled_in(text: &[u8]) -> Vec<u8> {
    let mut filled = text.to_vec();
    let mut at = 0;
    while let Some(dollar) = memchr::memchr(b'$', &text[at..]).map(|dollar| at + dollar) {
        let name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'{' | b'}');
        let end = dollar + 1 + text[dollar + 1..].iter().take_while(name).count();
        // `{"a": {"b": $x}}`: the braces after the name belong to the text.
        let braced = text.get(dollar + 1) == Some(&b'{');
        let closing = text[dollar + 1..end].iter().position(|byte| *byte == b'}');
        let end = closing.map_or(end, |brace| dollar + 1 + brace + usize::from(braced));
        filled[dollar..end].fill(b'1');
        at = end;
    }
    filled
}

/// Colours a text that begins with a bracket as JSON. Only what cannot become valid JSON is red.
fn json_spans(text: &[u8], start: usize, spans: &mut Spans) {
    let first = text.trim_ascii_start().first();
    if !matches!(first, Some(b'{' | b'[')) {
        return;
    }
    let mut tokens = Vec::new();
    let verdict = json::scan(text, |token, span| tokens.push((span, json::role(token))));
    if let Verdict::Wrong(at) = verdict {
        tokens.retain(|(span, _)| span.end <= at);
        tokens.push((at..text.len(), Role::Error));
    }
    spans.extend(tokens.into_iter().map(|(span, role)| (span.start + start..span.end + start, role)));
}

fn painted(text: &str, spans: Spans, paint: Paint) -> String {
    let mut roles: Vec<Option<Role>> = vec![None; text.len()];
    for (span, role) in spans {
        let end = span.end.min(text.len());
        if let Some(part) = roles.get_mut(span.start.min(end)..end) {
            part.fill(Some(role));
        }
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut start = 0;
    while start < text.len() {
        let role = roles[start];
        let same = roles[start..].iter().take_while(|other| **other == role).count();
        let mut end = start + same;
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let piece = harmless(&text[start..end]);
        match role {
            // A colour must not go on into the next row.
            Some(role) => {
                for (index, piece) in piece.split('\n').enumerate() {
                    if index > 0 {
                        out.push('\n');
                    }
                    out.push_str(&paint.paint(role, piece).to_string());
                }
            }
            None => out.push_str(&piece),
        }
        start = end;
    }
    out
}

/// The text without control characters. rustyline gives them no width, so nothing may replace them.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    let obeyed = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(obeyed) { Cow::Owned(text.replace(obeyed, "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::completing::known;

    fn red(text: &str) -> Vec<String> {
        let mut spans = Vec::new();
        let mut at = 0;
        while at < text.len() {
            at = logical(text, at, &known(), 0, &mut spans).max(at + 1);
        }
        let red = spans.into_iter().filter(|(_, role)| *role == Role::Error);
        let mut red: Vec<String> = red.map(|(span, _)| text[span].to_owned()).collect();
        red.dedup();
        red
    }

    #[test]
    fn only_what_cannot_be_right_is_red() {
        assert_eq!(red("send /queue/a {\"x\": [1, 2"), Vec::<String>::new());
        assert_eq!(red("send /queue/a {\"x\" 1}"), ["1}"]);
        assert_eq!(red("sen"), Vec::<String>::new());
        assert_eq!(red("sned /queue/a x"), ["sned"]);
        assert_eq!(red("send --presistent /queue/a x"), ["--presistent"]);
        assert_eq!(red("send /queue/a it's {not} json"), Vec::<String>::new());
    }

    #[test]
    fn each_part_of_a_line_has_its_colour() {
        let mut spans = Vec::new();
        let text = "send --persistent -H 'a: b' /queue/a x";
        logical(text, 0, &known(), 0, &mut spans);
        let found: Vec<(&str, Role)> =
            spans.iter().map(|(span, role)| (&text[span.clone()], *role)).collect();
        assert_eq!(
            found,
            [
                ("send", Role::Command),
                ("--persistent", Role::Option),
                ("-H", Role::Option),
                ("'a", HEADER),
                ("/queue/a", Role::Destination)
            ]
        );
    }

    #[test]
    fn what_is_half_typed_is_not_wrong_yet() {
        for text in ["send --pers", "send /queue/a @", "send -H colo", "sub --ack cli", "s", "5 "] {
            assert_eq!(red(text), [""; 0], "{text}");
        }
        // The quote is open; the escape in it is only half typed.
        assert_eq!(red("send \"a\\x4"), ["\""]);
        assert_eq!(red("sub --ack individual /queue/a"), [""; 0]);
        assert_eq!(red("send --presistent"), ["--presistent"]);
        assert_eq!(red("send -H colour /queue/a"), ["colour"]);
        assert_eq!(red("sub --ack clinet /queue/a"), ["clinet"]);
        assert_eq!(red("time sned"), ["sned"]);
    }

    #[test]
    fn a_broken_quote_is_red_until_it_is_closed() {
        assert_eq!(red("sub '/queue/a"), ["'"]);
        assert_eq!(red("sub '/queue/a'"), [""; 0]);
        assert_eq!(red("send /queue/a \"hello"), ["\""]);
        assert_eq!(red("send /queue/a \"hello\""), [""; 0]);
        assert_eq!(red("send /queue/a \"a\\q\""), ["\\q"]);
        assert_eq!(red("send /queue/a 'tis"), [""; 0]);
    }

    #[test]
    fn an_alias_has_the_colours_of_what_it_stands_for() {
        let mut spans = Vec::new();
        let text = "time h 'a: b' /queue/a {\"x\" 1}";
        logical(text, 0, &known(), 0, &mut spans);
        let found = |part: &str| {
            let start = text.find(part).unwrap_or_default();
            spans.iter().rev().find(|(span, _)| *span == (start..start + part.len())).map(|(_, role)| *role)
        };
        assert_eq!(found("h"), Some(Role::Command));
        assert_eq!(found("'a"), Some(HEADER));
        assert_eq!(found("/queue/a"), Some(Role::Destination));
        assert_eq!(found("1}"), Some(Role::Error));
    }

    #[test]
    fn a_template_is_json_as_it_will_be() {
        assert_eq!(red("send --template /queue/a {\"n\": $counter, \"m\": ${now}}"), [""; 0]);
        assert_eq!(red("send --template /queue/a {\"n\": {\"m\": $counter}} x"), ["x"]);
        assert_eq!(red("send /queue/a {\"n\": $counter}"), ["$counter}"]);
    }

    #[test]
    fn json_in_a_heredoc_is_json() {
        assert_eq!(red("send /queue/a <<E\n{\"a\":\n 1,\n"), [""; 0]);
        assert_eq!(red("send /queue/a <<E\n{\"a\"\n 1}\nE\nstatus"), ["1}\n"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_painted() {
        assert_eq!(harmless("a\x1b[2Jb\u{9b}31m\n\tc"), "a[2Jb31m\n\tc");
        assert!(!paint("send /queue/a \x1b]0;x\x07", &known(), Paint::PLAIN).contains(['\x1b', '\x07']));
    }

    proptest! {
        #[test]
        fn no_character_is_lost_or_added(text in "[a-zsh /{}$\"'@<\\\\\\-é日\n]{0,60}") {
            prop_assert_eq!(paint(&text, &known(), Paint::PLAIN), text);
        }
    }
}
