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
    // Quotes, files and heredocs end before CR LF, and before blanks that nobody sees.
    let close = if end > start && input[end - 1] == b'\r' { end - 1 } else { end };
    let first = start + input[start..end].iter().take_while(|byte| is_blank(**byte)).count();
    if first >= close {
        return BodyReading { body: None, end: next, error: None, open: None };
    }
    let text = || heredoc_behind_text(input, first, close, next).unwrap_or_else(text);
    let quoted = first + input[first..close].trim_ascii_end().len();
    match input[first] {
        b'"' => double_quoted(input, first, quoted).unwrap_or_else(text),
        b'\'' if quoted > first + 1 && input[quoted - 1] == b'\'' => {
            BodyReading::found(BodyKind::Quoted, &input[first + 1..quoted - 1], first..quoted, next)
        }
        b'@' if first + 1 == close => BodyReading {
            body: None,
            end: next,
            error: Some(WordsError::new(LineFault::MissingFile, first..close)),
            open: None,
        },
        b'@' if !is_blank(input[first + 1]) => {
            heredoc_behind_text(input, first, close, next).unwrap_or_else(|| file(input, first..close, next))
        }
        b'<' => match heredoc_start(&input[first..close]) {
            Some(start) => {
                let fault = match start.shown_word() {
                    word if word.is_empty() => Some(LineFault::HeredocWord),
                    word => (!start.is_alone).then_some(LineFault::HeredocStart { word }),
                };
                let error = fault.map(|fault| WordsError::new(fault, first..close));
                BodyReading { error, ..heredoc(input, first, next, &start) }
            }
            None => text(),
        },
        _ => text(),
    }
}

/// A text that ends in `<<WORD`, which is refused: the lines after it look like the body that was meant. Only words in
/// capitals are taken for one.
fn heredoc_behind_text(input: &[u8], first: usize, close: usize, next: usize) -> Option<BodyReading<'_>> {
    let line = &input[first..close];
    let at = memchr::memmem::rfind(line, b"<<").filter(|at| *at > 0 && is_blank(line[*at - 1]))?;
    let start = heredoc_start(&line[at..])?;
    let capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let is_capitals = start.word.iter().all(capital) && start.word.first()?.is_ascii_uppercase();
    (start.is_alone && is_capitals).then(|| {
        let word = start.shown_word();
        let error = WordsError::new(LineFault::HeredocBehindText { word }, first + at..close);
        BodyReading { error: Some(error), ..heredoc(input, first + at, next, &start) }
    })
}

/// A body in double quotes that ends at `close`; `None` if the closing quote is in the same line but elsewhere.
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
    if !tail.trim_ascii().is_empty() {
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
    /// Empty if it is missing.
    pub(super) word: &'a [u8],
    /// `<<-WORD`: tabs at the beginning of each line do not count.
    tabs: bool,
    /// Whether nothing follows the word, as it must be.
    is_alone: bool,
}

impl HeredocStart<'_> {
    pub(super) fn shown_word(&self) -> String {
        String::from_utf8_lossy(self.word).into_owned()
    }
}

/// Reads `<<WORD` in the forms that a system's shell knows: `<< WORD`, `<<-WORD`, `<<'WORD'`, `<<"WORD"` and `<<\WORD`.
/// What is not written as one but would be taken for one, such as `<<WORD | CMD`, is not alone: its lines must not run as
/// commands. `<<<` and what cannot be a word, as in `<<=`, begin none.
pub(super) fn heredoc_start(text: &[u8]) -> Option<HeredocStart<'_>> {
    let rest = text.strip_prefix(b"<<")?;
    let (rest, tabs) = rest.strip_prefix(b"-").map_or((rest, false), |rest| (rest, true));
    let token = rest.trim_ascii_start();
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let bare = |token: &[u8]| {
        let more = |byte: &&u8| letter(byte) || b"-.:/@%+=,~!?*#^".contains(byte);
        token.iter().take_while(more).count()
    };
    let (word, behind) = match token {
        [] => (token, token),
        [quote @ (b'\'' | b'"'), inner @ ..] => match memchr::memchr(*quote, inner) {
            Some(end) => (&inner[..end], &inner[end + 1..]),
            // The word is not known, and what follows is no end of a line.
            None => (inner, token),
        },
        [b'\\', inner @ ..] => inner.split_at(bare(inner)),
        [first, ..] if letter(first) => token.split_at(bare(token)),
        _ => return None,
    };
    Some(HeredocStart { word, tabs, is_alone: behind.trim_ascii().is_empty() })
}

/// The line without the tabs that a heredoc of `<<-` ignores.
pub(super) fn without_tabs(line: &[u8]) -> &[u8] {
    let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
    &line[tabs..]
}

/// `line` has no line feed.
pub(super) fn ends_heredoc(line: &[u8], word: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line) == word
}

fn heredoc<'a>(input: &'a [u8], first: usize, from: usize, start: &HeredocStart<'_>) -> BodyReading<'a> {
    // Nothing ends a body whose word is missing: no line holds a line feed.
    let word = if start.word.is_empty() { b"\n" } else { start.word };
    let mut stripped = Vec::new();
    let mut at = from;
    while at < input.len() {
        let end = line_end(input, at);
        let next = (end + 1).min(input.len());
        let line = if start.tabs { without_tabs(&input[at..end]) } else { &input[at..end] };
        if ends_heredoc(line, word) {
            let body = if start.tabs { Cow::Owned(stripped) } else { Cow::Borrowed(&input[from..at]) };
            return BodyReading::found(BodyKind::Heredoc, body, first..end, next);
        }
        if start.tabs {
            stripped.extend_from_slice(line);
            stripped.extend_from_slice(&input[end..next]);
        }
        at = next;
    }
    let open = Open::Heredoc { word: String::from_utf8_lossy(word).into_owned(), at: first };
    let found = BodyReading::found(BodyKind::Heredoc, &input[from..], first..input.len(), input.len());
    BodyReading { open: Some(open), ..found }
}

/// The offset of a heredoc in a line for the system's shell: outside of quotes, and no shift of an arithmetic expression.
pub(super) fn shell_heredoc(line: &[u8]) -> Option<usize> {
    let (mut quote, mut at) = (None, 0);
    while at < line.len() {
        match (line[at], quote) {
            (b'\\', None | Some(b'"')) => at += 1,
            (byte @ (b'\'' | b'"'), None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'(', None) if line[at..].starts_with(b"((") => return None,
            (b'<', None) if line[at..].starts_with(b"<<<") => at += 2,
            (b'<', None) if heredoc_start(&line[at..]).is_some_and(|start| !start.word.is_empty()) => {
                return Some(at);
            }
            _ => {}
        }
        at += 1;
    }
    None
}
