//! The colours of a line: command, options, destination, headers, body; what is wrong is red.

use std::ops::Range;

use super::known::Known;
use crate::render::json::{self, Verdict};
use crate::render::{Paint, Role};
use crate::words::{BodyKind, Item, Language, Line, Role as WordRole, read};

/// The line in colours. Its width stays as it is.
pub(super) fn paint(text: &str, known: &Known, paint: Paint) -> String {
    let mut spans: Vec<(Range<usize>, Role)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let before = at;
        at = logical(text, at, known, &mut spans);
        if at <= before {
            break;
        }
    }
    painted(text, spans, paint)
}

/// Colours the logical line that begins here; where the next one begins.
fn logical(text: &str, from: usize, known: &Known, spans: &mut Vec<(Range<usize>, Role)>) -> usize {
    let lookup = |name: &str| known.aliases.get(name).cloned();
    let language = Language::new(&known.grammar);
    let octets = &text.as_bytes()[from..];
    let reading = read(octets, &language);
    let moved = |span: &Range<usize>| span.start + from..span.end + from;
    let mut own = Vec::new();
    let mut alias = false;
    if let Item::Command(line) = &reading.item {
        alias = lookup(&line.command()).is_some();
        line_spans(line, octets, known, &mut own);
    } else if text[from..].trim_start().starts_with('#') {
        own.push((0..reading.end, Role::Dim));
    }
    if let Some(error) = &reading.error
        && !alias
    {
        let span = error.span.start..error.span.end.max(error.span.start);
        // A command whose name is still being typed is not wrong yet.
        let typing = span.end == octets.len() && from + span.end == text.len();
        let begins = |name: &str| name.as_bytes().starts_with(&octets[span.clone()]);
        let names = known.grammar.names().chain(known.aliases.keys().map(String::as_str));
        let options = known.grammar.names().next().is_some() && octets[span.clone()].starts_with(b"-");
        if !(typing && (options || names.into_iter().any(begins))) {
            own.push((span, Role::Error));
        }
    }
    spans.extend(own.into_iter().map(|(span, role)| (moved(&span), role)));
    from + reading.end
}

fn line_spans(line: &Line<'_>, octets: &[u8], known: &Known, spans: &mut Vec<(Range<usize>, Role)>) {
    let mut option = String::new();
    let mut positionals = 0;
    for word in &line.words {
        let role = match word.role {
            WordRole::Command => Some(Role::Command),
            WordRole::Option | WordRole::EndOfOptions => {
                option = String::from_utf8_lossy(&word.octets).into_owned();
                Some(Role::Option)
            }
            WordRole::Value if option == "-H" || option == "--header" => {
                let colon = octets[word.span.clone()].iter().position(|octet| *octet == b':');
                let end = colon.map_or(word.span.end, |colon| word.span.start + colon);
                spans.push((word.span.start..end, Role::HeaderName));
                None
            }
            WordRole::Value => None,
            WordRole::Positional => {
                positionals += 1;
                let destination = word.octets.starts_with(b"/")
                    || (positionals == 1 && matches!(&*line.command(), "send" | "sub" | "subscribe"));
                destination.then_some(Role::Destination)
            }
        };
        spans.extend(role.map(|role| (word.span.clone(), role)));
    }
    if let Some(rest) = &line.rest {
        let text = String::from_utf8_lossy(rest);
        let start = octets.len().saturating_sub(rest.len());
        let mut inner = Vec::new();
        logical(&text, 0, known, &mut inner);
        spans.extend(inner.into_iter().map(|(span, role)| (span.start + start..span.end + start, role)));
    }
    let Some(body) = &line.body else { return };
    match body.kind {
        BodyKind::File => spans.push((body.span.clone(), Role::Option)),
        BodyKind::Quoted => {}
        BodyKind::Text | BodyKind::Heredoc => {
            let inside = match body.kind {
                BodyKind::Heredoc => {
                    let first = memchr::memchr(b'\n', &octets[body.span.clone()]);
                    first.map_or(body.span.end, |at| body.span.start + at + 1)
                }
                _ => body.span.start,
            };
            let end = inside + body.octets.len();
            if let Some(text) = octets.get(inside..end.min(octets.len())) {
                json_spans(text, inside, spans);
            }
        }
    }
}

/// Colours what begins like JSON; red is only what cannot be right.
fn json_spans(text: &[u8], start: usize, spans: &mut Vec<(Range<usize>, Role)>) {
    let first = text.trim_ascii_start().first();
    if !matches!(first, Some(b'{' | b'[')) {
        return;
    }
    let mut own = Vec::new();
    let verdict = json::scan(text, |token, span| own.push((span, json::role(token))));
    if let Verdict::Wrong(at) = verdict {
        own.retain(|(span, _)| span.end <= at);
        own.push((at..text.len(), Role::Error));
    }
    spans.extend(own.into_iter().map(|(span, role)| (span.start + start..span.end + start, role)));
}

/// The text with its colours; of spans that overlap, the last one counts.
fn painted(text: &str, spans: Vec<(Range<usize>, Role)>, paint: Paint) -> String {
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
        let same = roles[start..].iter().take_while(|own| **own == role).count();
        let mut end = start + same;
        while !text.is_char_boundary(end) {
            end += 1;
        }
        match role {
            // A colour must not go on into the next row.
            Some(role) => {
                for (index, piece) in text[start..end].split('\n').enumerate() {
                    if index > 0 {
                        out.push('\n');
                    }
                    out.push_str(&paint.paint(role, piece).to_string());
                }
            }
            None => out.push_str(&text[start..end]),
        }
        start = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::command::language::Tree;

    fn known() -> Known {
        let tree = Tree::default();
        Known::new(Arc::clone(&tree.grammar), Arc::new(tree.command().clone()))
    }

    fn red(text: &str) -> Vec<String> {
        let mut spans = Vec::new();
        let mut at = 0;
        while at < text.len() {
            at = logical(text, at, &known(), &mut spans).max(at + 1);
        }
        let red = spans.into_iter().filter(|(_, role)| *role == Role::Error);
        red.map(|(span, _)| text[span].to_owned()).collect()
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
        logical(text, 0, &known(), &mut spans);
        let found: Vec<(&str, Role)> =
            spans.iter().map(|(span, role)| (&text[span.clone()], *role)).collect();
        assert_eq!(
            found,
            [
                ("send", Role::Command),
                ("--persistent", Role::Option),
                ("-H", Role::Option),
                ("'a", Role::HeaderName),
                ("/queue/a", Role::Destination)
            ]
        );
    }

    proptest! {
        #[test]
        fn no_character_is_lost_or_added(text in "[a-z /{}\"'@<\\\\\\-é日\n]{0,60}") {
            prop_assert_eq!(paint(&text, &known(), Paint::PLAIN), text);
        }
    }
}
