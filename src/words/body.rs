//! Where a body ends and what its bytes are.

use super::error::{Fault, WordsError};
use super::open::Open;
use super::quote::{closing_double_quote, unquote};
use super::token::{is_blank, line_end};
use std::borrow::Cow;
use std::ops::Range;

/// The notation of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// The rest of the line, byte for byte.
    Text,
    /// In quotes that enclose the whole body.
    Quoted,
    /// `@FILE`: the bytes are the file's name.
    File,
    /// `<<WORD`: the lines up to WORD.
    Heredoc,
}

/// A message's body as a line gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    /// The notation it was written in.
    pub kind: BodyKind,
    /// Its bytes, quotes resolved; for a file the file's name.
    pub bytes: Cow<'a, [u8]>,
    /// Its place with quotes, `@` or `<<WORD` and lines.
    pub span: Range<usize>,
}

/// A body, or as much of it as there is; where the text goes on; what is wrong; what is still open.
pub(super) struct BodyReading<'a> {
    pub(super) body: Option<Body<'a>>,
    pub(super) end: usize,
    pub(super) error: Option<WordsError>,
    pub(super) open: Option<Open>,
}

impl<'a> BodyReading<'a> {
    fn found(kind: BodyKind, bytes: impl Into<Cow<'a, [u8]>>, span: Range<usize>, end: usize) -> Self {
        let body = Body { kind, bytes: bytes.into(), span };
        Self { body: Some(body), end, error: None, open: None }
    }
}

/// Reads a body whose first byte behind the separator is at `start`. With `literal` (behind `--`) it is
/// text whatever it begins with.
///
/// Blanks before a quote, `@` or `<<` are passed over; before text they belong to it. Blanks alone are no
/// body. A carriage return before the line feed belongs to text, not to quotes, `@FILE` and `<<WORD`.
pub(super) fn read_body(input: &[u8], start: usize, literal: bool) -> BodyReading<'_> {
    let end = line_end(input, start);
    let next = (end + 1).min(input.len());
    let text = || BodyReading::found(BodyKind::Text, &input[start..end], start..end, next);
    if literal {
        return text();
    }
    // Quotes, files and heredocs are closed by the line's end even where it is CR LF.
    let close = if end > start && input[end - 1] == b'\r' { end - 1 } else { end };
    let first = start + input[start..end].iter().take_while(|byte| is_blank(**byte)).count();
    if first >= close {
        return BodyReading { body: None, end: next, error: None, open: None };
    }
    match input[first] {
        b'"' => double_quoted(input, first, close).unwrap_or_else(text),
        b'\'' if close > first + 1 && input[close - 1] == b'\'' => {
            BodyReading::found(BodyKind::Quoted, &input[first + 1..close - 1], first..close, next)
        }
        b'@' if first + 1 == close => BodyReading {
            body: None,
            end: next,
            error: Some(WordsError::new(Fault::MissingFile, first..close)),
            open: None,
        },
        b'@' if !is_blank(input[first + 1]) => file(input, first..close, next),
        b'<' => match heredoc_word(&input[first..close]) {
            Some(word) => heredoc(input, first, next, word),
            None => text(),
        },
        _ => text(),
    }
}

/// A body in double quotes; `None` where it only begins with one: the next unescaped quote stands in
/// the same line, but not at its end.
fn double_quoted(input: &[u8], first: usize, close: usize) -> Option<BodyReading<'_>> {
    let Some(quote) = closing_double_quote(input, first + 1) else {
        return Some(BodyReading {
            body: Some(Body {
                kind: BodyKind::Quoted,
                bytes: Cow::Borrowed(&input[first + 1..]),
                span: first..input.len(),
            }),
            end: input.len(),
            error: None,
            open: Some(Open::Quote { quote: '"', at: first }),
        });
    };
    if quote < close && quote + 1 != close {
        return None;
    }
    let end = line_end(input, quote);
    let tail = &input[quote + 1..end];
    let mut bytes = Vec::with_capacity(quote - first);
    let mut error = unquote(input, first + 1..quote, None, &mut bytes);
    if !(tail.is_empty() || tail == b"\r") {
        error = error.or(Some(WordsError::new(Fault::TextAfterQuote, quote + 1..end)));
    }
    let next = (end + 1).min(input.len());
    let found = BodyReading::found(BodyKind::Quoted, bytes, first..quote + 1, next);
    Some(BodyReading { error, ..found })
}

/// `@FILE`: the name is the rest of the line without blanks at its end, or what quotes hold.
fn file(input: &[u8], span: Range<usize>, next: usize) -> BodyReading<'_> {
    let name = input[span.start + 1..span.end].trim_ascii_end();
    let name = match name {
        [quote @ (b'\'' | b'"'), inner @ .., last] if quote == last => inner,
        _ => name,
    };
    BodyReading::found(BodyKind::File, name, span, next)
}

/// The word of `<<WORD`, which must be all there is.
pub(super) fn heredoc_word(text: &[u8]) -> Option<&[u8]> {
    let word = text.strip_prefix(b"<<")?.trim_ascii_end();
    let word = match word {
        [quote @ (b'\'' | b'"'), inner @ .., last] if quote == last => inner,
        _ => word,
    };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    (!word.is_empty() && word.iter().all(plain)).then_some(word)
}

/// Whether a line, without its line feed, ends a heredoc.
pub(super) fn ends_heredoc(line: &[u8], word: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line) == word
}

/// The lines from `from` up to the word.
fn heredoc<'a>(input: &'a [u8], first: usize, from: usize, word: &[u8]) -> BodyReading<'a> {
    let mut at = from;
    while at < input.len() {
        let end = line_end(input, at);
        let next = (end + 1).min(input.len());
        if ends_heredoc(&input[at..end], word) {
            return BodyReading::found(BodyKind::Heredoc, &input[from..at], first..end, next);
        }
        at = next;
    }
    let open = Open::Heredoc { word: String::from_utf8_lossy(word).into_owned(), at: first };
    let found = BodyReading::found(BodyKind::Heredoc, &input[from..], first..input.len(), input.len());
    BodyReading { open: Some(open), ..found }
}
