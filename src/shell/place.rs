//! Where a word that is being typed stands in its line, and what it is there.

use std::borrow::Cow;

use super::known::Known;
use crate::command::completer::Completer;
use crate::words::{
    DEPTH, Item, Language, Line, Open, Rest, Word, WordRole, command_word, expand_alias, read,
};

/// A word that is being typed, or is about to be, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it begins, its quote included.
    pub(super) start: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// What it says so far, quotes resolved.
    pub(super) typed: String,
    /// The quote that it begins with.
    pub(super) quote: Option<char>,
    /// The connection that `@name` before the command picks.
    pub(super) connection: Option<String>,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A command's name.
    Command,
    /// An option of this command.
    Option(String),
    /// The value of this command's option.
    Value(String, String),
    /// A positional word of this command, counted from 0.
    Positional(String, usize),
    /// The value of this setting or variable.
    Setting(String),
    /// `@name` before a command.
    Connection,
    /// A file whose name is the rest of the line, as behind the `@` of a body.
    File,
    /// `$name`.
    Variable,
    /// `$name` in the body of a template.
    TemplateVariable,
    /// Something that nobody can guess.
    Nothing,
}

/// A line whose alias is replaced, and how its places were before.
pub(super) struct Expanded<'a> {
    /// The line as it is read.
    pub(super) text: Cow<'a, [u8]>,
    /// The alias, where it was typed.
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

    /// Where a place of the text as it is read was typed; `None` inside of what the alias stands for.
    pub(super) fn typed_at(&self, at: usize) -> Option<usize> {
        if self.word.is_empty() {
            return Some(at);
        }
        let behind = self.text.len() - at;
        (behind <= self.original - self.word.end).then(|| self.original - behind)
    }
}

/// Where the last logical line of a text begins, and what of it is open.
pub(super) fn last_line(text: &str, known: &Known) -> (usize, Option<Open>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let own = Expanded::of(&bytes[from..], known);
        let reading = read(&own.text, &Language::new(&known.grammar));
        let end = from + own.typed_at(reading.end).unwrap_or(bytes.len() - from);
        if reading.open.is_some() || end <= from || end >= bytes.len() && !text.ends_with('\n') {
            return (from, reading.open);
        }
        from = end;
    }
}

/// Where the word at the end of this text stands.
pub(super) fn place(text: &str, known: &Known) -> Place {
    place_inside(text, known, 0)
}

/// The same in a command that stands in so many others.
fn place_inside(text: &str, known: &Known, depth: u32) -> Place {
    let (from, _) = last_line(text, known);
    let own = Expanded::of(&text.as_bytes()[from..], known);
    let line = String::from_utf8_lossy(&own.text);
    let found = in_line(&line, known, depth);
    Place { start: from + own.typed_at(found.start).unwrap_or(text.len() - from), ..found }
}

/// The same for one logical line.
fn in_line(text: &str, known: &Known, depth: u32) -> Place {
    let reading = read(text.as_bytes(), &Language::new(&known.grammar));
    let end = text.len();
    let at = |start: usize, kind| {
        let quote = text[start..].chars().next().filter(|quote| matches!(quote, '\'' | '"'));
        Place { start, kind, typed: text[start..].to_owned(), quote, connection: None }
    };
    let Item::Command(line) = &reading.item else {
        let begins = reading.item == Item::Blank && !text.trim_start().starts_with('#');
        return at(end, if begins { Kind::Command } else { Kind::Nothing });
    };
    let connection = line.connection.as_ref().map(|name| String::from_utf8_lossy(name).into_owned());
    let with = |place| Place { connection: connection.clone(), ..place };
    if line.pipe.is_some() {
        return at(end, Kind::Nothing);
    }
    let token = text.rfind([' ', '\t']).map_or(0, |blank| blank + 1);
    if text[token..].starts_with('@') && line.words.is_empty() {
        return at(token + 1, Kind::Connection);
    }
    if let Some(rest) = &line.rest {
        if depth == DEPTH {
            return at(end, Kind::Nothing);
        }
        let inner = place_inside(&String::from_utf8_lossy(rest), known, depth + 1);
        let connection = inner.connection.or(connection);
        return Place { start: rest_start(text.as_bytes(), rest) + inner.start, connection, ..inner };
    }
    if let Some(body) = &line.body {
        let literal = line.words.iter().any(is_end_of_options);
        let start = body.span.start.min(end);
        let blanks = text[start..].len() - text[start..].trim_start().len();
        if text[start + blanks..].starts_with('@') && !literal {
            return at(start + blanks + 1, Kind::File);
        }
        let template = is_template(line);
        return match variable(&text[token..]).filter(|_| template || known.expands) {
            Some(name) if template => at(token + name, Kind::TemplateVariable),
            Some(name) => at(token + name, Kind::Variable),
            None => at(end, Kind::Nothing),
        };
    }
    let found = word(line, text, known).unwrap_or_else(|| at(end, Kind::Nothing));
    match variable(&text[found.start..]).filter(|_| found.quote != Some('\'')) {
        Some(name) => at(found.start + name, Kind::Variable),
        None => with(found),
    }
}

fn is_end_of_options(word: &Word<'_>) -> bool {
    word.role == WordRole::EndOfOptions
}

/// Where another command's line begins, which is the last thing in this one but for a quote.
pub(super) fn rest_start(text: &[u8], rest: &[u8]) -> usize {
    memchr::memmem::rfind(text, rest).unwrap_or(text.len())
}

/// Whether the body of a line is a template.
pub(super) fn is_template(line: &Line<'_>) -> bool {
    line.words.iter().any(|word| word.role == WordRole::Option && *word.bytes == *b"--template")
}

/// Where the name of a variable begins that is being typed.
fn variable(word: &str) -> Option<usize> {
    let dollar = word.rfind('$')?;
    let name = word[dollar + 1..].strip_prefix('{').unwrap_or(&word[dollar + 1..]);
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    plain.then(|| word.len() - name.len())
}

/// The place of the last word, or of one that is about to begin.
fn word(line: &Line<'_>, text: &str, known: &Known) -> Option<Place> {
    let end = text.len();
    let command = line.command().into_owned();
    let last = line.words.last();
    let typing = last.filter(|word| word.span.end == end);
    let positionals = |role: WordRole| line.words.iter().filter(|word| word.role == role).count();
    let Some(word) = typing else {
        let kind = about_to_begin(line, command, positionals(WordRole::Positional), known)?;
        return Some(Place { start: end, kind, typed: String::new(), quote: None, connection: None });
    };
    let mut start = word.span.start;
    let mut typed = String::from_utf8_lossy(&word.bytes).into_owned();
    let kind = match word.role {
        WordRole::Command => Kind::Command,
        // It may become the name of an option yet.
        WordRole::EndOfOptions => Kind::Option(command),
        WordRole::Option => match attached(word, text, &command, known) {
            Some((name, at)) => {
                typed.drain(..name.len() + usize::from(name.starts_with("--")));
                start = at;
                Kind::Value(command, name)
            }
            None => Kind::Option(command),
        },
        WordRole::Value => {
            let options = line.words.iter().rev().skip_while(|word| word.role == WordRole::Value);
            let option = options.take(1).find(|word| word.role == WordRole::Option)?;
            Kind::Value(command, String::from_utf8_lossy(&option.bytes).into_owned())
        }
        // A dash alone may become an option yet.
        WordRole::Positional if typed == "-" && !word.quoted && !line.words.iter().any(is_end_of_options) => {
            Kind::Option(command)
        }
        WordRole::Positional => positional(line, command, positionals(WordRole::Positional) - 1, known),
    };
    let quote = text[start..].chars().next().filter(|quote| matches!(quote, '\'' | '"'));
    Some(Place { start, kind, typed, quote, connection: None })
}

/// What the next word of a line is.
fn about_to_begin(line: &Line<'_>, command: String, positionals: usize, known: &Known) -> Option<Kind> {
    let Some(last) = line.words.last() else { return Some(Kind::Command) };
    let shape = known.grammar.shape(&command)?;
    if last.role == WordRole::Option {
        let name = String::from_utf8_lossy(&last.bytes).into_owned();
        if !name.contains('=') && shape.values(&name).is_some_and(|values| values > 0) {
            return Some(Kind::Value(command, name));
        }
    }
    Some(match shape.what_follows() {
        Rest::Command { after } | Rest::Beginning { after } if after == positionals => Kind::Command,
        _ => positional(line, command, positionals, known),
    })
}

/// A positional word of this number.
fn positional(line: &Line<'_>, command: String, index: usize, known: &Known) -> Kind {
    let first = line.words.iter().find(|word| word.role == WordRole::Positional);
    let definition = known.commands.find_subcommand(&command);
    let mut arguments = definition.into_iter().flat_map(clap::Command::get_positionals);
    let sets = index == 1
        && arguments.next().and_then(Completer::of) == Some(Completer::Setting)
        && arguments.next().is_some();
    match first.filter(|_| sets) {
        Some(name) => Kind::Setting(String::from_utf8_lossy(&name.bytes).into_owned()),
        None => Kind::Positional(command, index),
    }
}

/// The option whose value stands in the same word (`--ack=client`, `-Hname:value`), and where that begins.
fn attached(word: &Word<'_>, text: &str, command: &str, known: &Known) -> Option<(String, usize)> {
    let typed = &text[word.span.start..];
    if let Some((name, value)) = typed.split_once('=').filter(|(name, _)| name.starts_with("--")) {
        return Some((name.to_owned(), text.len() - value.len()));
    }
    let name = typed.get(..2).filter(|_| typed.len() > 2)?;
    let values = known.grammar.shape(command)?.values(name)?;
    (values > 0).then(|| (name.to_owned(), word.span.start + 2))
}

#[cfg(test)]
mod tests {
    use super::super::known::tests::known;
    use super::*;

    fn at(text: &str) -> (usize, Kind) {
        let found = place(text, &known());
        (found.start, found.kind)
    }

    #[test]
    fn files_begin_behind_an_at_sign() {
        assert_eq!(at("send /queue/a @src/m"), (15, Kind::File));
        assert_eq!(at("send /queue/a hello @x").1, Kind::Nothing);
        assert_eq!(at("send -- /queue/a @x").1, Kind::Nothing);
        assert_eq!(at("@pr"), (1, Kind::Connection));
        assert_eq!(at("5 @pr"), (3, Kind::Connection));
    }

    #[test]
    fn variables_count_where_they_are_expanded() {
        assert_eq!(at("send $de"), (6, Kind::Variable));
        assert_eq!(at("send ${de"), (7, Kind::Variable));
        assert_eq!(at("send \"$de"), (7, Kind::Variable));
        assert_eq!(at("send '$de").1, Kind::Positional("send".into(), 0));
        assert_eq!(at("send /queue/a $de").1, Kind::Nothing);
        assert_eq!(at("send --template /queue/a n=$co"), (28, Kind::TemplateVariable));
    }

    #[test]
    fn the_last_of_several_lines_counts() {
        assert_eq!(at("send /queue/a x\nsub --a"), (20, Kind::Option("sub".into())));
        assert_eq!(at("send /queue/a x\n"), (16, Kind::Command));
        assert_eq!(at("send /queue/a <<E\nsub --a").1, Kind::Nothing);
        assert_eq!(at("send /queue/a <<E\nx\nE\nack "), (26, Kind::Positional("ack".into(), 0)));
    }

    #[test]
    fn an_alias_is_read_as_what_it_stands_for() {
        assert_eq!(at("s /q"), (2, Kind::Positional("send".into(), 0)));
        assert_eq!(at("time s --pe"), (7, Kind::Option("send".into())));
        assert_eq!(at("h "), (2, Kind::Value("send".into(), "-H".into())));
        assert_eq!(at("s"), (0, Kind::Command));
        assert_eq!(at("send /queue/a x\nlonger -"), (23, Kind::Option("sub".into())));
    }

    #[test]
    fn a_word_is_known_by_what_it_says() {
        let found = place("sub \"/queue/my q", &known());
        assert_eq!((found.typed.as_str(), found.quote, found.start), ("/queue/my q", Some('"'), 4));
        let found = place("sub --ack=cl", &known());
        assert_eq!((found.typed.as_str(), found.start), ("cl", 10));
        let found = place("send -Hcon", &known());
        assert_eq!((found.typed.as_str(), found.start), ("con", 7));
        let found = place("@prod ack 1", &known());
        assert_eq!(found.connection.as_deref(), Some("prod"));
    }
}
