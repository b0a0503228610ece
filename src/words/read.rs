//! Reads one logical line: prefixes, command, options, positional words, then a body, a pipe or another
//! command's line.

use super::body::{heredoc_start, read_body, shell_heredoc};
use super::error::{LineFault, WordsError};
use super::expand::{Lookup, expand_dollar};
use super::grammar::{Grammar, Rest, Shape, nearest};
use super::line::{Item, Line, Reading, Word, WordRole};
use super::open::Open;
use super::quote::{closing_double_quote, unquote};
use super::token::{is_blank, is_connection, is_count, is_line_end, line_end, raw_token};
use std::borrow::Cow;
use std::ops::Range;

/// The commands, aliases and variables that a line may refer to.
#[derive(Clone, Copy)]
pub struct Language<'g> {
    /// The syntax of the commands, which decides where options end and bodies begin.
    pub grammar: &'g Grammar,
    /// The texts of aliases, used by [`super::ScriptReader`].
    pub aliases: Option<Lookup<'g>>,
    /// The values of `$name` outside `'…'`; with `None`, a dollar is literal.
    pub variables: Option<Lookup<'g>>,
}

impl<'g> Language<'g> {
    /// A language without aliases and variables.
    pub fn new(grammar: &'g Grammar) -> Self {
        Self { grammar, aliases: None, variables: None }
    }
}

/// Reads the logical line that begins the text. Aliases are not looked up, see [`super::expand_alias`].
///
/// Exactly one blank separates the words from a body, which is the rest of the line, byte for byte, except:
/// - `"…"` if the next unescaped `"` ends the line, and `'…'` if a `'` ends it. A body that begins with `"` and
///   has no other in its line continues in the next line; `'tis` and `"a" or "b"` are text.
/// - `@FILE`, and `<<WORD`, behind which nothing may follow, in the forms that a system's shell knows.
/// - A text with `<<WORD` at its end, in capitals, is an error.
/// - A word of a dash and more is an option, or an error if the option is unknown.
/// - After `--` there are no options, and the body is always text.
///
/// Commands within commands (`time watch 2 …`) have at most [`DEPTH`] levels.
pub fn read<'a>(text: &'a [u8], language: &Language<'_>) -> Reading<'a> {
    read_inner(text, language, 0)
}

/// The most levels of commands within commands: each level costs stack and is read again.
pub(crate) const DEPTH: u32 = 8;

fn read_inner<'a>(text: &'a [u8], language: &Language<'_>, depth: u32) -> Reading<'a> {
    let mut parser = LineParser { text, at: 0, language, error: None, open: None, pipes: true, depth };
    let item = parser.item();
    let end = match &item {
        _ if parser.open.is_some() => text.len(),
        Item::Command(line) if line.body.is_some() || line.rest.is_some() => parser.at,
        _ => (line_end(text, parser.at) + 1).min(text.len()),
    };
    #[cfg(test)]
    counted::add(end);
    Reading { item, end, error: parser.error, open: parser.open }
}

/// Counts the bytes that are read, so that tests measure the work of a key press without a clock.
#[cfg(test)]
pub(crate) mod counted {
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(bytes: usize) {
        BYTES.set(BYTES.get() + bytes);
    }

    pub(crate) fn during(work: impl FnOnce()) -> usize {
        BYTES.set(0);
        work();
        BYTES.get()
    }
}

struct LineParser<'a, 'l> {
    text: &'a [u8],
    at: usize,
    language: &'l Language<'l>,
    error: Option<WordsError>,
    open: Option<Open>,
    /// Whether `|` begins a pipe, as it does unless the command takes a body or another command.
    pipes: bool,
    /// The number of commands that enclose this one.
    depth: u32,
}

impl<'a> LineParser<'a, '_> {
    fn item(&mut self) -> Item<'a> {
        self.skip_blanks();
        match self.peek() {
            None | Some(b'#') => Item::Blank,
            Some(b'!') => {
                let line = self.at + 1..line_end(self.text, self.at);
                self.refuse_shell_heredoc(line.clone());
                Item::Shell(self.text[line].trim_ascii())
            }
            Some(_) => Item::Command(self.line()),
        }
    }

    fn line(&mut self) -> Line<'a> {
        let mut line = Line::default();
        let prefix = self.prefixes(&mut line);
        let Some(command) = self.word(WordRole::Command) else {
            let missing_command = prefix.map(|prefix| LineFault::MissingCommand { prefix });
            self.fail(missing_command.unwrap_or(LineFault::NothingToPipe), self.at..self.at);
            return line;
        };
        let name = String::from_utf8_lossy(&command.bytes).into_owned();
        let span = command.span.clone();
        line.words.push(command);
        let grammar = self.language.grammar;
        let Some(shape) = grammar.shape(&name) else {
            self.fail(LineFault::UnknownCommand { nearest: grammar.nearest(&name), name }, span);
            if self.open.is_none() {
                self.skip_heredoc();
            }
            return line;
        };
        self.arguments(&mut line, &name, shape);
        line
    }

    /// Reads `@name` and counts, and returns the last one as typed.
    fn prefixes(&mut self, line: &mut Line<'a>) -> Option<String> {
        let mut last = None;
        loop {
            self.skip_blanks();
            let token = raw_token(self.text, self.at);
            if is_connection(token) {
                line.connection = Some(Cow::Borrowed(&token[1..]));
            } else if is_count(token) {
                let count = String::from_utf8_lossy(token).into_owned();
                match count.parse::<u64>() {
                    Ok(number) if number > 0 => line.repeat = Some(number),
                    _ => self.fail(LineFault::BadRepeat { count }, self.at..self.at + token.len()),
                }
            } else {
                return last;
            }
            last = Some(String::from_utf8_lossy(token).into_owned());
            self.at += token.len();
        }
    }

    fn arguments(&mut self, line: &mut Line<'a>, command: &str, shape: &Shape) {
        let rest_after = match shape.what_follows() {
            Rest::Words => None,
            Rest::Body { after } | Rest::Command { after } | Rest::Beginning { after } => Some(after),
        };
        self.pipes = rest_after.is_none();
        let (mut positionals, mut literal) = (0, false);
        while self.open.is_none() {
            let behind_words = self.at;
            self.skip_blanks();
            let Some(first) = self.peek() else {
                // Blanks after `--` are a body, since everything is literal there.
                if literal && rest_after == Some(positionals) && self.at > behind_words + 1 {
                    self.at = behind_words;
                    self.rest(line, shape, true);
                }
                return;
            };
            if first == b'|' && self.pipes {
                return self.pipe(line);
            }
            let option = first == b'-' && raw_token(self.text, self.at).len() > 1;
            if option && !literal {
                if raw_token(self.text, self.at) == b"--" {
                    literal = true;
                    line.words.extend(self.word(WordRole::EndOfOptions));
                } else {
                    self.option(line, command, shape);
                }
            } else if rest_after == Some(positionals) {
                self.at = behind_words;
                return self.rest(line, shape, literal);
            } else if !literal && self.misplaced_heredoc(command) {
                return;
            } else {
                line.words.extend(self.word(WordRole::Positional));
                positionals += 1;
            }
        }
    }

    fn rest(&mut self, line: &mut Line<'a>, shape: &Shape, literal: bool) {
        if let Rest::Body { .. } = shape.what_follows() {
            let reading = read_body(self.text, self.at + 1, literal);
            line.body = reading.body;
            self.open = reading.open;
            self.error = self.error.take().or(reading.error);
            // Without a body the cursor stays in its line, whose end is where the next one begins.
            if line.body.is_some() {
                self.at = reading.end;
            }
            return;
        }
        self.skip_blanks();
        if self.depth == DEPTH {
            let end = line_end(self.text, self.at);
            self.fail(LineFault::TooDeep, self.at..end);
            self.skip_heredoc();
            self.at = self.at.max(end);
            return;
        }
        if let Rest::Beginning { .. } = shape.what_follows() {
            return self.beginning(line);
        }
        let inner = read_inner(&self.text[self.at..], self.language, self.depth + 1);
        let moved = |span: Range<usize>| span.start + self.at..span.end + self.at;
        let error = inner
            .error
            .filter(|error| !self.is_alias(&error.fault))
            .map(|error| WordsError { span: moved(error.span), ..error });
        self.error = self.error.take().or(error);
        self.open = inner.open.map(|open| match open {
            Open::Quote { quote, at } => Open::Quote { quote, at: at + self.at },
            Open::Heredoc { word, at } => Open::Heredoc { word, at: at + self.at },
        });
        let inner = &self.text[self.at..self.at + inner.end];
        line.rest = Some(Cow::Borrowed(inner.strip_suffix(b"\n").unwrap_or(inner)));
        self.at += inner.len();
    }

    /// Reads the beginning of another command's line. Only its command is checked: the rest, and the values
    /// of variables, are not known before it is used.
    fn beginning(&mut self, line: &mut Line<'a>) {
        let end = line_end(self.text, self.at);
        let mut span = self.at..end;
        // Users of other shells enclose it in quotes.
        if let [quote @ (b'\'' | b'"'), inner @ .., last] = self.text[span.clone()].trim_ascii_end()
            && quote == last
            && !inner.contains(quote)
        {
            span = span.start + 1..span.start + 1 + inner.len();
        }
        let inner = read_inner(&self.text[span.clone()], self.language, self.depth + 1);
        if let Some(WordsError { fault: fault @ LineFault::UnknownCommand { .. }, span: at }) = inner.error
            && !self.is_alias(&fault)
        {
            self.fail(fault, at.start + span.start..at.end + span.start);
        }
        line.rest = Some(Cow::Borrowed(&self.text[span]));
        self.at = end;
    }

    /// Whether the unknown command is an alias, which is read when its line runs.
    fn is_alias(&self, fault: &LineFault) -> bool {
        let aliases = self.language.aliases;
        matches!(fault, LineFault::UnknownCommand { name, .. } if aliases.is_some_and(|lookup| lookup(name).is_some()))
    }

    fn option(&mut self, line: &mut Line<'a>, command: &str, shape: &Shape) {
        let Some(word) = self.word(WordRole::Option) else {
            return;
        };
        let (wanted, name) = self.option_values(&word, command, shape);
        line.words.push(word);
        for _ in 0..wanted {
            if self.open.is_some() {
                return;
            }
            self.skip_blanks();
            match self.word(WordRole::Value) {
                Some(value) => line.words.push(value),
                None => return self.fail(LineFault::MissingValue { option: name }, self.at..self.at),
            }
        }
    }

    /// The number of further words that the option takes, and its name.
    fn option_values(&mut self, word: &Word<'a>, command: &str, shape: &Shape) -> (usize, String) {
        let text = String::from_utf8_lossy(&word.bytes).into_owned();
        if text.starts_with("--") {
            let (name, attached) = match text.split_once('=') {
                Some((name, _)) => (name, true),
                None => (text.as_str(), false),
            };
            let Some(values) = shape.values(name) else {
                self.unknown_option(command, name, shape, word.span.clone());
                return (0, text);
            };
            return (values.saturating_sub(usize::from(attached)), name.to_owned());
        }
        // `-qH x`: flags in one word, until one takes a value: the rest of the word, or the next word.
        for (at, letter) in text.char_indices().skip(1) {
            let name = format!("-{letter}");
            match shape.values(&name) {
                Some(0) => {}
                Some(values) => {
                    let attached = at + letter.len_utf8() < text.len();
                    return (values.saturating_sub(usize::from(attached)), name);
                }
                None => {
                    let option = if at == 1 { &text } else { &name };
                    self.unknown_option(command, option, shape, word.span.clone());
                    break;
                }
            }
        }
        (0, text)
    }

    fn unknown_option(&mut self, command: &str, option: &str, shape: &Shape, span: Range<usize>) {
        let longer = option.len() > 2;
        let fault = LineFault::UnknownOption {
            command: command.to_owned(),
            option: option.to_owned(),
            nearest: longer.then(|| nearest(option, shape.options().filter(|name| name.len() > 2))).flatten(),
            takes_body: matches!(shape.what_follows(), Rest::Body { .. }),
        };
        self.fail(fault, span);
    }

    fn pipe(&mut self, line: &mut Line<'a>) {
        let end = line_end(self.text, self.at);
        let command = self.text[self.at + 1..end].trim_ascii();
        if command.is_empty() {
            self.fail(LineFault::MissingPipeCommand, self.at..self.at + 1);
        }
        line.pipe = Some(Cow::Borrowed(command));
        let start = self.at + 1;
        self.at = end;
        self.refuse_shell_heredoc(start..end);
    }

    /// Skips the heredoc of an unknown command: its lines must not run as commands.
    fn skip_heredoc(&mut self) {
        let end = line_end(self.text, self.at);
        let begins = |at: &usize| {
            self.text[*at] == b'<' && is_blank(self.text[at - 1]) && self.heredoc_at(*at).is_some()
        };
        if let Some(start) = (self.at.max(1)..end).find(begins) {
            self.skip_heredoc_at(start);
        }
    }

    fn skip_heredoc_at(&mut self, start: usize) {
        let reading = read_body(self.text, start, false);
        self.open = reading.open;
        // The cursor belongs before the line feed that ends the heredoc.
        self.at = reading.end.saturating_sub(usize::from(self.text[..reading.end].ends_with(b"\n")));
    }

    /// Refuses and skips a heredoc that this part of a line would have in the system's shell.
    fn refuse_shell_heredoc(&mut self, line: Range<usize>) {
        let Some(at) = shell_heredoc(&self.text[line.clone()]).map(|at| line.start + at) else { return };
        let word = self.heredoc_at(at).unwrap_or_default();
        self.fail(LineFault::ShellHeredoc { word }, at..line.end);
        self.skip_heredoc_at(at);
    }

    /// The word of a heredoc that begins at `at`.
    fn heredoc_at(&self, at: usize) -> Option<String> {
        let start = heredoc_start(self.text[at..line_end(self.text, at)].trim_ascii_end())?;
        Some(start.shown_word())
    }

    /// Refuses and skips a heredoc that begins in the word here, where the command takes none.
    fn misplaced_heredoc(&mut self, command: &str) -> bool {
        let token = raw_token(self.text, self.at);
        let unquoted =
            token.iter().position(|byte| matches!(byte, b'\'' | b'"' | b'\\')).unwrap_or(token.len());
        let Some(inside) = memchr::memmem::find(token, b"<<").filter(|inside| *inside < unquoted) else {
            return false;
        };
        let (at, end) = (self.at + inside, self.at + token.len());
        let Some(word) = self.heredoc_at(at) else { return false };
        self.fail(LineFault::MisplacedHeredoc { command: command.to_owned(), word }, at..end);
        self.skip_heredoc_at(at);
        true
    }

    /// Reads a word up to a blank, the end of the line or a pipe; `None` if it is empty.
    fn word(&mut self, role: WordRole) -> Option<Word<'a>> {
        let start = self.at;
        let plain = self.text[start..].iter().take_while(|byte| !self.is_special(**byte)).count();
        self.at += plain;
        if self.ends_word() {
            let bytes = Cow::Borrowed(&self.text[start..self.at]);
            return (plain > 0).then_some(Word { bytes, span: start..self.at, quoted: false, role });
        }
        let mut bytes = self.text[start..self.at].to_vec();
        let mut quoted = false;
        while !self.ends_word() {
            let at = self.at;
            match self.text[at] {
                quote @ (b'\'' | b'"') => {
                    quoted = true;
                    self.quoted(quote, &mut bytes);
                }
                b'\\' => match self.text.get(at + 1) {
                    None | Some(b'\n') => {
                        self.fail(LineFault::TrailingBackslash, at..at + 1);
                        self.at += 1;
                    }
                    Some(next) => {
                        bytes.push(*next);
                        self.at += 2;
                    }
                },
                b'$' => {
                    match expand_dollar(self.text, at, self.text.len(), self.language.variables, &mut bytes) {
                        Ok(next) => self.at = next,
                        Err(error) => {
                            self.at = error.span.end.max(at + 1);
                            self.error.get_or_insert(error);
                        }
                    }
                }
                byte => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        Some(Word { bytes: Cow::Owned(bytes), span: start..self.at, quoted, role })
    }

    /// Appends a quoted part of a word.
    fn quoted(&mut self, quote: u8, bytes: &mut Vec<u8>) {
        let inside = self.at + 1;
        let close = match quote {
            b'"' => closing_double_quote(self.text, inside),
            _ => memchr::memchr(quote, &self.text[inside..]).map(|offset| inside + offset),
        };
        let Some(close) = close else {
            bytes.extend_from_slice(&self.text[inside..]);
            self.open = Some(Open::Quote { quote: char::from(quote), at: self.at });
            self.at = self.text.len();
            return;
        };
        if quote == b'"' {
            let error = unquote(self.text, inside..close, self.language.variables, bytes);
            self.error = self.error.take().or(error);
        } else {
            bytes.extend_from_slice(&self.text[inside..close]);
        }
        self.at = close + 1;
    }

    fn is_special(&self, byte: u8) -> bool {
        match byte {
            b'\'' | b'"' | b'\\' | b'$' | b' ' | b'\t' | b'\n' | b'\r' => true,
            b'|' => self.pipes,
            _ => false,
        }
    }

    fn ends_word(&self) -> bool {
        match self.text.get(self.at) {
            None | Some(b' ' | b'\t' | b'\n') => true,
            Some(b'\r') => is_line_end(self.text, self.at),
            Some(b'|') => self.pipes,
            Some(_) => false,
        }
    }

    /// `None` at the end of the line.
    fn peek(&self) -> Option<u8> {
        (!is_line_end(self.text, self.at)).then(|| self.text[self.at])
    }

    fn skip_blanks(&mut self) {
        while self.text.get(self.at).is_some_and(|byte| is_blank(*byte)) {
            self.at += 1;
        }
    }

    fn fail(&mut self, fault: LineFault, span: Range<usize>) {
        self.error.get_or_insert_with(|| WordsError::new(fault, span));
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
