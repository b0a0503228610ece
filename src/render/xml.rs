//! XML for eyes: elements indented, where that changes nothing that counts.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::escape::{Lines, escape_text};
use super::style::{Paint, Role};
use std::fmt::Write as _;

enum Piece<'a> {
    Open(&'a str),
    Close(&'a str),
    /// An empty element.
    Empty(&'a str),
    /// A comment, a processing instruction or a declaration.
    Aside(&'a str),
    Text(&'a str),
}

/// Appends the XML text with an element a line, without a line feed at the end. False, and nothing
/// appended, where it is not well formed, or where text and elements are mixed, because blanks count
/// there.
pub(crate) fn push_pretty(text: &str, paint: Paint, out: &mut String) -> bool {
    let Some(pieces) = pieces(text) else { return false };
    if !nests(&pieces) {
        return false;
    }
    let mut depth: usize = 0;
    let start = out.len();
    let mut index = 0;
    while let Some(piece) = pieces.get(index) {
        if matches!(piece, Piece::Close(_)) {
            depth = depth.saturating_sub(1);
        }
        if out.len() > start {
            out.push('\n');
        }
        for _ in 0..depth.min(40) {
            out.push_str("  ");
        }
        index += 1;
        match piece {
            Piece::Open(source) => {
                push(source, Role::Key, paint, out);
                // `<a>text</a>` and `<a></a>` stay together.
                let inside = match pieces.get(index) {
                    Some(Piece::Text(inside)) => {
                        index += 1;
                        push(inside, Role::Text, paint, out);
                        true
                    }
                    next => matches!(next, Some(Piece::Close(_))),
                };
                if let (true, Some(Piece::Close(source))) = (inside, pieces.get(index)) {
                    index += 1;
                    push(source, Role::Key, paint, out);
                } else {
                    depth += 1;
                }
            }
            Piece::Close(source) | Piece::Empty(source) | Piece::Aside(source) => {
                push(source, Role::Key, paint, out);
            }
            Piece::Text(source) => push(source, Role::Text, paint, out),
        }
    }
    true
}

fn push(source: &str, role: Role, paint: Paint, out: &mut String) {
    // Writing to a String does not fail.
    let _ = write!(out, "{}", paint.paint(role, &escape_text(source, Lines::Many)));
}

/// The markup and the text between it, in order; text of blanks alone is left out. `None` where it is not
/// well formed.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let text = text.trim();
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut pieces = Vec::new();
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
            pieces.push(Piece::Text(before));
        }
        inside = start + source.len()..start + source.len();
        pieces.push(match event {
            Event::Start(tag) => is_tag(&tag).then_some(Piece::Open(source))?,
            Event::Empty(tag) => is_tag(&tag).then_some(Piece::Empty(source))?,
            Event::End(_) => Piece::Close(source),
            Event::CData(_) => Piece::Text(source),
            Event::Eof => return Some(pieces),
            _ => Piece::Aside(source),
        });
    }
}

fn position(reader: &Reader<&[u8]>) -> Option<usize> {
    usize::try_from(reader.buffer_position()).ok()
}

/// Whether a tag has a name, and no other tag begins within it: the reader checks neither.
fn is_tag(tag: &BytesStart<'_>) -> bool {
    let (name, mut attributes) = (tag.name().into_inner(), tag.html_attributes());
    name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':')
        && !name.contains('<')
        && attributes.with_checks(false).all(|attribute| attribute.is_ok_and(|own| !own.key.0.contains('<')))
}

/// Whether all tags are closed, there is one root, and no element holds both text and elements. The reader
/// has seen to it that each closing tag has the name of the one that it closes.
fn nests(pieces: &[Piece<'_>]) -> bool {
    // Open elements: whether they hold text, whether they hold elements.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut roots = 0;
    for piece in pieces {
        match (piece, open.last_mut()) {
            (Piece::Text(_), Some((text, _))) => *text = true,
            (Piece::Text(_), None) | (Piece::Close(_), Some((true, true))) => return false,
            (Piece::Close(_), _) => drop(open.pop()),
            (Piece::Open(_) | Piece::Empty(_) | Piece::Aside(_), Some((_, elements))) => *elements = true,
            (Piece::Open(_) | Piece::Empty(_), None) => roots += 1,
            (Piece::Aside(_), None) => {}
        }
        if let Piece::Open(_) = piece {
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
