//! The notations of a body.

use super::error::{LineFault, WordsError};
use super::open::Open;
use super::quote::{closing_double_quote, unquote};
use super::token::{is_blank, line_end, strip_quotes};
use std::borrow::Cow;
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// The rest of the line, byte for byte.
    Text,
    /// Quotes enclose the whole body.
    Quoted,
    /// `@FILE`; the bytes are the file's name.
    File,
    /// `<<WORD`; the bytes are the lines up to WORD.
    Heredoc,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    pub kind: BodyKind,
    /// The body without quotes, or the name of a file.
    pub bytes: Cow<'a, [u8]>,
    /// The byte range with quotes, `@`, or `<<WORD` and its end.
    pub span: Range<usize>,
}

/// A body as far as it is there, where the text continues, its error, and what is not closed.
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

/// Reads a body that begins at `start`, the byte after the separator. If `literal` (after `--`), it is
/// always text. Blanks before a quote, `@` or `<<` are skipped; blanks before text belong to it; blanks
/// alone are not a body. A carriage return before the line feed belongs to text only.
pub(super) fn read_body(input: &[u8], start: usize, literal: bool) -> BodyReading<'_> {
    let end = line_end(input, start);
    let next = (end + 1).min(input.len());
    let text = || BodyReading::found(BodyKind::Text, &input[start..end], start..end, next);
    if literal {
        return text();
    }
    // Quotes, files and heredocs end before CR LF.
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
            error: Some(WordsError::new(LineFault::MissingFile, first..close)),
            open: None,
        },
        b'@' if !is_blank(input[first + 1]) => file(input, first..close, next),
        b'<' => match heredoc_start(&input[first..close]) {
            Some(start) => {
                let reading = heredoc(input, first, next, start.word);
                let error = (!start.is_alone).then(|| {
                    let word = String::from_utf8_lossy(start.word).into_owned();
                    WordsError::new(LineFault::HeredocStart { word }, first..close)
                });
                BodyReading { error, ..reading }
            }
            None => text(),
        },
        _ => text(),
    }
}

/// A body in double quotes; `None` if the closing quote is in the same line but not at its end.
fn double_quoted(input: &[u8], first: usize, close: usize) -> Option<BodyReading<'_>> {
    let Some(quote) = closing_double_quote(input, first + 1) else {
        let end = input.len();
        let reading = BodyReading::found(BodyKind::Quoted, &input[first + 1..], first..end, end);
        return Some(BodyReading { open: Some(Open::Quote { quote: '"', at: first }), ..reading });
    };
    if quote < close && quote + 1 != close {
        return None;
    }
    let end = line_end(input, quote);
    let tail = &input[quote + 1..end];
    let mut bytes = Vec::with_capacity(quote - first);
    let mut error = unquote(input, first + 1..quote, None, &mut bytes);
    if !(tail.is_empty() || tail == b"\r") {
        error = error.or(Some(WordsError::new(LineFault::TextAfterQuote, quote + 1..end)));
    }
    let next = (end + 1).min(input.len());
    let found = BodyReading::found(BodyKind::Quoted, bytes, first..quote + 1, next);
    Some(BodyReading { error, ..found })
}

/// Reads `@FILE`: the name is the rest of the line without trailing blanks and without quotes.
fn file(input: &[u8], span: Range<usize>, next: usize) -> BodyReading<'_> {
    let name = strip_quotes(input[span.start + 1..span.end].trim_ascii_end());
    BodyReading::found(BodyKind::File, name, span, next)
}

/// The beginning of a heredoc.
pub(super) struct HeredocStart<'a> {
    pub(super) word: &'a [u8],
    /// Whether it is `<<WORD` or `<< WORD` and nothing else, as it must be.
    is_alone: bool,
}

/// Reads `<<WORD`. What a system's shell would take for a heredoc, such as `<<-WORD` or `<<WORD | CMD`, is one as well,
/// whose lines must not run as commands.
pub(super) fn heredoc_start(text: &[u8]) -> Option<HeredocStart<'_>> {
    let rest = text.strip_prefix(b"<<")?;
    let bare = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"\\"));
    let token = bare.unwrap_or(rest).trim_ascii_start();
    let (token, behind) = token.split_at(token.iter().take_while(|byte| !is_blank(**byte)).count());
    let word = strip_quotes(token);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_alone = bare.is_none() && behind.trim_ascii().is_empty();
    (!word.is_empty() && word.iter().all(plain)).then_some(HeredocStart { word, is_alone })
}

/// `line` has no line feed.
pub(super) fn ends_heredoc(line: &[u8], word: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line) == word
}

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
