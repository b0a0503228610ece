//! XML for eyes: elements indented, where that changes nothing that counts.

use super::escape::{Lines, escape_text};
use super::style::{Paint, Role};
use std::fmt::Write as _;

enum Piece<'a> {
    Open {
        name: &'a str,
        source: &'a str,
    },
    Close {
        name: &'a str,
        source: &'a str,
    },
    /// Empty elements, comments, instructions, declarations.
    Single(&'a str),
    Text(&'a str),
}

/// Appends the XML text with an element a line, without a line feed at the end. False, and nothing
/// appended, where it is not well formed, or where text and elements are mixed, because blanks count
/// there.
pub fn push_pretty(text: &str, paint: Paint, out: &mut String) -> bool {
    let Some(pieces) = pieces(text) else { return false };
    if !nests(&pieces) {
        return false;
    }
    let mut depth: usize = 0;
    let start = out.len();
    let mut index = 0;
    while let Some(piece) = pieces.get(index) {
        if matches!(piece, Piece::Close { .. }) {
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
            Piece::Open { source, .. } => {
                push(source, Role::Key, paint, out);
                // `<a>text</a>` and `<a></a>` stay together.
                let inside = match pieces.get(index) {
                    Some(Piece::Text(inside)) => {
                        index += 1;
                        push(inside, Role::Text, paint, out);
                        true
                    }
                    next => matches!(next, Some(Piece::Close { .. })),
                };
                if let (true, Some(Piece::Close { source, .. })) = (inside, pieces.get(index)) {
                    index += 1;
                    push(source, Role::Key, paint, out);
                } else {
                    depth += 1;
                }
            }
            Piece::Close { source, .. } | Piece::Single(source) => push(source, Role::Key, paint, out),
            Piece::Text(source) => push(source, Role::Text, paint, out),
        }
    }
    true
}

fn push(source: &str, role: Role, paint: Paint, out: &mut String) {
    // Writing to a String does not fail.
    let _ = write!(out, "{}", paint.paint(role, &escape_text(source, Lines::Many)));
}

/// The text in pieces; text of blanks alone is left out.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            if !rest[..end].trim().is_empty() {
                pieces.push(Piece::Text(&rest[..end]));
            }
            rest = &rest[end..];
            continue;
        };
        let length = if tag.starts_with("!--") {
            rest.find("-->")? + 3
        } else if tag.starts_with("![CDATA[") {
            rest.find("]]>")? + 3
        } else if tag.starts_with('?') {
            rest.find("?>")? + 2
        } else {
            tag_length(rest)?
        };
        let source = &rest[..length];
        rest = &rest[length..];
        pieces.push(if tag.starts_with("![CDATA[") {
            Piece::Text(source)
        } else if tag.starts_with(['!', '?']) {
            Piece::Single(source)
        } else if let Some(close) = source.strip_prefix("</") {
            Piece::Close { name: name(close)?, source }
        } else if source.ends_with("/>") {
            name(&source[1..])?;
            Piece::Single(source)
        } else {
            Piece::Open { name: name(&source[1..])?, source }
        });
    }
    Some(pieces)
}

/// The length of a tag, `>` included; a `>` in an attribute's value, or in a DOCTYPE's brackets, ends none.
fn tag_length(source: &str) -> Option<usize> {
    let (mut quote, mut brackets) = (None, 0);
    for (at, octet) in source.bytes().enumerate() {
        if let Some(open) = quote {
            if octet == open {
                quote = None;
            }
            continue;
        }
        match octet {
            b'"' | b'\'' => quote = Some(octet),
            b'[' => brackets += 1,
            b']' => brackets -= 1,
            b'>' if brackets <= 0 => return Some(at + 1),
            b'<' if at > 0 && brackets <= 0 => return None,
            _ => {}
        }
    }
    None
}

fn name(tag: &str) -> Option<&str> {
    let end = tag.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
    let name = &tag[..end];
    let begins = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == ':');
    begins.then_some(name)
}

/// Whether tags close what they should, there is one root, and no element holds both text and elements.
fn nests(pieces: &[Piece<'_>]) -> bool {
    // Open elements: name, whether they hold text, whether they hold elements.
    let mut open: Vec<(&str, bool, bool)> = Vec::new();
    let mut roots = 0;
    for piece in pieces {
        match piece {
            Piece::Text(_) => match open.last_mut() {
                Some((_, text, _)) => *text = true,
                None => return false,
            },
            Piece::Open { .. } | Piece::Single(_) => {
                let element = match piece {
                    Piece::Single(source) => !source.starts_with("<!") && !source.starts_with("<?"),
                    _ => true,
                };
                match open.last_mut() {
                    Some((_, _, elements)) => *elements = true,
                    None => roots += usize::from(element),
                }
                if let Piece::Open { name, .. } = piece {
                    open.push((name, false, false));
                }
            }
            Piece::Close { name, .. } => match open.pop() {
                Some((opened, text, elements)) if opened == *name && !(text && elements) => {}
                _ => return false,
            },
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
