//! The word that is being typed at the prompt: where it begins, and what it is.

use std::borrow::Cow;

use crate::command::completing::{Completer, CurrentWord, Known, WordKind, current_word};
use crate::words::{DEPTH, Item, Language, Line, Open, Word, WordRole, command_word, expand_alias, read};

/// A word that is being typed, or is about to be.
#[derive(Debug, Clone)]
pub(super) struct PromptWord<'k> {
    /// The offset in the line of the text that a candidate replaces, including its quote.
    pub(super) start: usize,
    /// The quote with which that text begins.
    pub(super) quote: Option<char>,
    /// The `name` of `@name` before the command.
    pub(super) connection: Option<String>,
    pub(super) word: CurrentWord<'k>,
}

/// A line whose alias is replaced, and the way from its offsets to those of the typed line.
pub(super) struct Expanded<'a> {
    /// The line with the alias replaced.
    pub(super) text: Cow<'a, [u8]>,
    /// The range of the alias in the typed line; empty if there is none.
    pub(super) word: std::ops::Range<usize>,
    original: usize,
}

impl<'a> Expanded<'a> {
    /// Replaces the alias that begins a line, unless it is still being typed.
    pub(super) fn of(line: &'a [u8], known: &Known) -> Self {
        let original = line.len();
        let word = command_word(line);
        if known.aliases.is_empty() || word.end == original {
            return Self { text: Cow::Borrowed(line), word: 0..0, original };
        }
        let lookup = |name: &str| known.alias(name);
        match expand_alias(line, &lookup) {
            Cow::Owned(text) => Self { text: Cow::Owned(text), word, original },
            text @ Cow::Borrowed(_) => Self { text, word: 0..0, original },
        }
    }

    /// The offset in the typed line for one in [`Expanded::text`]; `None` inside the text of the alias.
    pub(super) fn typed_at(&self, at: usize) -> Option<usize> {
        if self.word.is_empty() {
            return Some(at);
        }
        let behind = self.text.len() - at;
        (behind <= self.original - self.word.end).then(|| self.original - behind)
    }
}

/// The offset of the last logical line of a text, and the quote or heredoc that it does not close.
pub(super) fn last_line(text: &str, known: &Known) -> (usize, Option<Open>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let expanded = Expanded::of(&bytes[from..], known);
        let reading = read(&expanded.text, &Language::new(&known.grammar));
        let end = from + expanded.typed_at(reading.end).unwrap_or(bytes.len() - from);
        if reading.open.is_some() || end <= from || end >= bytes.len() && !text.ends_with('\n') {
            return (from, reading.open);
        }
        from = end;
    }
}

/// The word at the end of the text, where the cursor is; empty if a new one is about to begin.
pub(super) fn word_at_end<'k>(text: &str, known: &'k Known) -> PromptWord<'k> {
    word_inside(text, known, 0)
}

/// [`word_at_end`] for the line of a command that `depth` others enclose.
fn word_inside<'k>(text: &str, known: &'k Known, depth: u32) -> PromptWord<'k> {
    let (from, _) = last_line(text, known);
    let expanded = Expanded::of(&text.as_bytes()[from..], known);
    let line = String::from_utf8_lossy(&expanded.text);
    let found = word_of_line(&line, known, depth);
    PromptWord { start: from + expanded.typed_at(found.start).unwrap_or(text.len() - from), ..found }
}

/// [`word_at_end`] for one logical line whose alias is replaced.
fn word_of_line<'k>(text: &str, known: &'k Known, depth: u32) -> PromptWord<'k> {
    let reading = read(text.as_bytes(), &Language::new(&known.grammar));
    let end = text.len();
    let at = |start: usize, kind| {
        let word = CurrentWord { command: &known.commands, kind, lead: 0, typed: text[start..].to_owned() };
        PromptWord { start, quote: quote_at(text, start), connection: None, word }
    };
    let Item::Command(line) = &reading.item else {
        let begins = reading.item == Item::Blank && !text.trim_start().starts_with('#');
        return at(end, if begins { WordKind::CommandName } else { WordKind::Nothing });
    };
    let connection = line.connection.as_ref().map(|name| String::from_utf8_lossy(name).into_owned());
    if line.pipe.is_some() {
        return at(end, WordKind::Nothing);
    }
    let token = text.rfind([' ', '\t']).map_or(0, |blank| blank + 1);
    if text[token..].starts_with('@') && line.words.is_empty() {
        return at(token + 1, WordKind::Connection);
    }
    if let Some(rest) = &line.rest {
        if depth == DEPTH {
            return at(end, WordKind::Nothing);
        }
        let inner = word_inside(&String::from_utf8_lossy(rest), known, depth + 1);
        let connection = inner.connection.or(connection);
        return PromptWord { start: rest_start(text.as_bytes(), rest) + inner.start, connection, ..inner };
    }
    if let Some(body) = &line.body {
        let literal = line.words.iter().any(|word| word.role == WordRole::EndOfOptions);
        let start = body.span.start.min(end);
        let blanks = text[start..].len() - text[start..].trim_start().len();
        if text[start + blanks..].starts_with('@') && !literal {
            return at(start + blanks + 1, WordKind::File);
        }
        let template = is_template(line);
        return match variable(&text[token..]).filter(|_| template || known.expands) {
            Some(name) if template => at(token + name, WordKind::TemplateVariable),
            Some(name) => at(token + name, WordKind::Variable),
            None => at(end, WordKind::Nothing),
        };
    }
    let (start, word) = last_word(line, text, known);
    let quote = quote_at(text, start);
    match variable(&text[start..]).filter(|_| quote != Some('\'')) {
        Some(name) => at(start + name, WordKind::Variable),
        None => PromptWord { start, quote, connection, word },
    }
}

fn quote_at(text: &str, start: usize) -> Option<char> {
    text[start..].chars().next().filter(|quote| matches!(quote, '\'' | '"'))
}

/// The offset of `rest`, another command's line, in `text`. Only a quote can follow it.
pub(super) fn rest_start(text: &[u8], rest: &[u8]) -> usize {
    memchr::memmem::rfind(text, rest).unwrap_or(text.len())
}

/// Whether the line has the option `--template`, so that its body is a template.
pub(super) fn is_template(line: &Line<'_>) -> bool {
    line.words.iter().any(|word| word.role == WordRole::Option && *word.bytes == *b"--template")
}

/// The offset of the name of a variable that is being typed, after `$` or `${`.
fn variable(word: &str) -> Option<usize> {
    let dollar = word.rfind('$')?;
    let name = word[dollar + 1..].strip_prefix('{').unwrap_or(&word[dollar + 1..]);
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    plain.then(|| word.len() - name.len())
}

/// The word at the end of the line, or an empty one that is about to begin, with its offset.
fn last_word<'k>(line: &Line<'_>, text: &str, known: &'k Known) -> (usize, CurrentWord<'k>) {
    let end = text.len();
    let name = |kind| CurrentWord { command: &known.commands, kind, lead: 0, typed: String::new() };
    let Some((first, behind)) = line.words.split_first() else { return (end, name(WordKind::CommandName)) };
    if first.span.end == end {
        let typed = String::from_utf8_lossy(&first.bytes).into_owned();
        return (first.span.start, CurrentWord { typed, ..name(WordKind::CommandName) });
    }
    let Some(command) = known.commands.find_subcommand(&*line.command()) else {
        return (end, name(WordKind::Nothing));
    };
    let split = |word: &Word<'_>| {
        // A dash alone may become an option yet.
        let may_be_option = matches!(word.role, WordRole::Option | WordRole::EndOfOptions)
            || *word.bytes == *b"-" && !word.quoted;
        (Cow::Owned(String::from_utf8_lossy(&word.bytes).into_owned()), may_be_option)
    };
    let typing = behind.split_last().filter(|(last, _)| last.span.end == end);
    let (before, start, current) = match typing {
        Some((last, before)) => (before, last.span.start, split(last)),
        None => (behind, end, Default::default()),
    };
    let mut word = current_word(command, before.iter().map(split), current);
    if let WordKind::Positional(argument, index) = word.kind {
        let first = behind.iter().find(|word| word.role == WordRole::Positional);
        let mut arguments = command.get_positionals();
        if matches!(argument.get_id().as_str(), "line" | "beginning") {
            word = CurrentWord { typed: word.typed, ..name(WordKind::CommandName) };
        } else if index == 1
            && arguments.next().and_then(Completer::of) == Some(Completer::Setting)
            && arguments.next().is_some()
            && let Some(setting) = first
        {
            word.kind = WordKind::Setting(String::from_utf8_lossy(&setting.bytes).into_owned());
        }
    }
    let start = start + word.lead;
    if text.is_char_boundary(start) { (start, word) } else { (end, name(WordKind::Nothing)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::completing::{described, known};

    fn at(text: &str) -> (usize, String) {
        let known = known();
        let found = word_at_end(text, &known);
        (found.start, described(&found.word))
    }

    #[test]
    fn files_begin_behind_an_at_sign() {
        assert_eq!(at("send /queue/a @src/m"), (15, "stomp File".to_owned()));
        assert_eq!(at("send /queue/a hello @x").1, "stomp Nothing");
        assert_eq!(at("send -- /queue/a @x").1, "stomp Nothing");
        assert_eq!(at("@pr"), (1, "stomp Connection".to_owned()));
        assert_eq!(at("5 @pr"), (3, "stomp Connection".to_owned()));
    }

    #[test]
    fn variables_count_where_they_are_expanded() {
        assert_eq!(at("send $de"), (6, "stomp Variable".to_owned()));
        assert_eq!(at("send ${de"), (7, "stomp Variable".to_owned()));
        assert_eq!(at("send \"$de"), (7, "stomp Variable".to_owned()));
        assert_eq!(at("send '$de").1, "send destination");
        assert_eq!(at("send /queue/a $de").1, "stomp Nothing");
        assert_eq!(at("send --template /queue/a n=$co"), (28, "stomp TemplateVariable".to_owned()));
    }

    #[test]
    fn the_last_of_several_lines_counts() {
        assert_eq!(at("send /queue/a x\nsub --a"), (20, "sub option".to_owned()));
        assert_eq!(at("send /queue/a x\n"), (16, "stomp command".to_owned()));
        assert_eq!(at("send /queue/a <<E\nsub --a").1, "stomp Nothing");
        assert_eq!(at("send /queue/a <<E\nx\nE\nack "), (26, "ack which".to_owned()));
    }

    #[test]
    fn an_alias_is_read_as_what_it_stands_for() {
        assert_eq!(at("s /q"), (2, "send destination".to_owned()));
        assert_eq!(at("time s --pe"), (7, "send option".to_owned()));
        assert_eq!(at("h "), (2, "send header".to_owned()));
        assert_eq!(at("s"), (0, "stomp command".to_owned()));
        assert_eq!(at("send /queue/a x\nlonger -"), (23, "sub option".to_owned()));
    }

    #[test]
    fn a_word_is_known_by_what_it_says() {
        let known = known();
        let found = word_at_end("sub \"/queue/my q", &known);
        assert_eq!((found.word.typed.as_str(), found.quote, found.start), ("/queue/my q", Some('"'), 4));
        let found = word_at_end("sub --ack=cl", &known);
        assert_eq!((found.word.typed.as_str(), found.start), ("cl", 10));
        let found = word_at_end("send -Hcon", &known);
        assert_eq!((found.word.typed.as_str(), found.start), ("con", 7));
        let found = word_at_end("@prod ack 1", &known);
        assert_eq!(found.connection.as_deref(), Some("prod"));
    }
}
