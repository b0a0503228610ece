//! XML with its elements indented, if that does not change its meaning.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::escape::{Lines, escape_text};
use super::json::push_line;
use super::style::{Paint, Role};
use std::fmt::Write as _;

enum Markup<'a> {
    Open(&'a str),
    Close(&'a str),
    Empty(&'a str),
    /// A comment, processing instruction or declaration.
    Aside(&'a str),
    Text(&'a str),
}

/// Appends XML with an element per line and without a final line feed. Returns false and appends nothing if
/// the text is not well-formed, or mixes text and elements, where blanks are significant.
pub(crate) fn push_pretty(text: &str, paint: Paint, out: &mut String) -> bool {
    let Some(markup) = parse(text) else { return false };
    if !nests(&markup) {
        return false;
    }
    let mut depth: usize = 0;
    let start = out.len();
    let mut index = 0;
    while let Some(item) = markup.get(index) {
        if matches!(item, Markup::Close(_)) {
            depth = depth.saturating_sub(1);
        }
        if out.len() > start {
            push_line(depth, out);
        }
        index += 1;
        match item {
            Markup::Open(source) => {
                push(source, Role::Key, paint, out);
                // `<a>text</a>` and `<a></a>` stay together.
                let inside = match markup.get(index) {
                    Some(Markup::Text(inside)) => {
                        index += 1;
                        push(inside, Role::Text, paint, out);
                        true
                    }
                    next => matches!(next, Some(Markup::Close(_))),
                };
                if let (true, Some(Markup::Close(source))) = (inside, markup.get(index)) {
                    index += 1;
                    push(source, Role::Key, paint, out);
                } else {
                    depth += 1;
                }
            }
            Markup::Close(source) | Markup::Empty(source) | Markup::Aside(source) => {
                push(source, Role::Key, paint, out);
            }
            Markup::Text(source) => push(source, Role::Text, paint, out),
        }
    }
    true
}

fn push(source: &str, role: Role, paint: Paint, out: &mut String) {
    // Writing to a String does not fail.
    let _ = write!(out, "{}", paint.paint(role, &escape_text(source, Lines::Many)));
}

/// The markup and text in order, without blank text; `None` if it is not well-formed.
fn parse(text: &str) -> Option<Vec<Markup<'_>>> {
    let text = text.trim();
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut markup = Vec::new();
    // Text, and references such as `&amp;`, which the reader gives one by one.
    let mut inside = 0..0;
    loop {
        let start = position(&reader)?;
        let event = reader.read_event().ok()?;
        let source = text.get(start..position(&reader)?)?;
        if matches!(event, Event::Text(_) | Event::GeneralRef(_)) {
            inside.end += source.len();
            continue;
        }
        let before = text.get(inside)?;
        if !before.trim().is_empty() {
            markup.push(Markup::Text(before));
        }
        inside = start + source.len()..start + source.len();
        markup.push(match event {
            Event::Start(tag) => is_tag(&tag).then_some(Markup::Open(source))?,
            Event::Empty(tag) => is_tag(&tag).then_some(Markup::Empty(source))?,
            Event::End(_) => Markup::Close(source),
            Event::CData(_) => Markup::Text(source),
            Event::Eof => return Some(markup),
            _ => Markup::Aside(source),
        });
    }
}

fn position(reader: &Reader<&[u8]>) -> Option<usize> {
    usize::try_from(reader.buffer_position()).ok()
}

/// Whether a tag has a name and no other tag begins in it, which the reader does not check.
fn is_tag(tag: &BytesStart<'_>) -> bool {
    let (name, mut attributes) = (tag.name().into_inner(), tag.html_attributes());
    name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':')
        && !name.contains('<')
        && attributes
            .with_checks(false)
            .all(|attribute| attribute.is_ok_and(|attribute| !attribute.key.0.contains('<')))
}

/// Whether all tags are closed, there is one root, and no element has both text and elements. The reader
/// has checked that closing tags match.
fn nests(markup: &[Markup<'_>]) -> bool {
    // Open elements: whether they hold text, whether they hold elements.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut roots = 0;
    for item in markup {
        match (item, open.last_mut()) {
            (Markup::Text(_), Some((text, _))) => *text = true,
            (Markup::Text(_), None) | (Markup::Close(_), Some((true, true))) => return false,
            (Markup::Close(_), _) => drop(open.pop()),
            (Markup::Open(_) | Markup::Empty(_) | Markup::Aside(_), Some((_, elements))) => *elements = true,
            (Markup::Open(_) | Markup::Empty(_), None) => roots += 1,
            (Markup::Aside(_), None) => {}
        }
        if let Markup::Open(_) = item {
            open.push((false, false));
        }
    }
    open.is_empty() && roots == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pretty(text: &str) -> Option<String> {
        let mut out = String::new();
        push_pretty(text, Paint::PLAIN, &mut out).then_some(out)
    }

    #[test]
    fn elements_are_indented_and_text_stays_with_its_tags() {
        let text = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]>\n<a x=\"1 > 0\"><b>t &amp; u</b><c/><d></d>\
                    <!-- n --><e><f><![CDATA[<]]></f></e></a>\n";
        assert_eq!(
            pretty(text).as_deref(),
            Some(
                "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a x=\"1 > 0\">\n  <b>t &amp; u</b>\n  <c/>\n  \
                 <d></d>\n  <!-- n -->\n  <e>\n    <f><![CDATA[<]]></f>\n  </e>\n</a>"
            )
        );
    }

    #[test]
    fn what_is_not_well_formed_or_mixed_is_left_alone() {
        for text in [
            "",
            "<",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>x<b/>y</a>",
            "x<a/>",
            "<a <b/>",
            "<r><a<b/></r>",
            "< a/>",
            "<1/>",
            "<a><!-- </a>",
        ] {
            assert_eq!(pretty(text), None, "{text}");
        }
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(pretty("<a>\u{1b}[2J</a>").as_deref(), Some("<a>\\x1b[2J</a>"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_indenting_again_changes_nothing(text in "(<[ab/!?]{0,2}|>|</a>|<a>|<b/>|x| |\"|-->|é){0,10}") {
            if let Some(once) = pretty(&text) {
                prop_assert_eq!(pretty(&once), Some(once));
            }
        }
    }
}
