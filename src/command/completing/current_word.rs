//! Which word of a command is being typed: an option, its value, a positional word, a subcommand.

use std::borrow::Cow;

use clap::{Arg, Command};

use super::completer::{Completer, long, positional, short};

/// The word at the cursor, or the empty one that is about to begin.
#[derive(Debug, Clone)]
pub(crate) struct CurrentWord<'c> {
    /// The command whose option or argument the word is.
    pub(crate) command: &'c Command,
    pub(crate) kind: WordKind<'c>,
    /// The bytes of the word before the part that is completed: those of `--context=`.
    pub(crate) lead: usize,
    /// The part of the word that is completed, without its quotes.
    pub(crate) typed: String,
}

/// What a word is. The prompt alone has settings, connections and variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WordKind<'c> {
    /// A subcommand, or the URL before one.
    CommandName,
    OptionName,
    /// The value of an option.
    Value(&'c Arg),
    /// A positional word, and its number, counted from 0.
    Positional(&'c Arg, usize),
    /// The value of the setting or variable with this name.
    Setting(String),
    /// `@name` before a command.
    Connection,
    /// A file whose name is the rest of the line, as after the `@` of a body.
    File,
    /// `$name`.
    Variable,
    /// `$name` in the body of a template.
    TemplateVariable,
    /// A word without candidates, such as free text.
    Nothing,
}

impl CurrentWord<'_> {
    /// What completes it, if that is neither a name nor one of few possible values.
    pub(crate) fn completer(&self) -> Option<Completer> {
        match self.kind {
            WordKind::Value(argument) | WordKind::Positional(argument, _) => Completer::of(argument),
            WordKind::File => Some(Completer::File),
            _ => None,
        }
    }
}

/// A word as the caller split it, quotes resolved, and whether it is an option if it begins with a dash.
pub(crate) type SplitWord<'w> = (Cow<'w, str>, bool);

/// What `current` is behind the words `before`; `root` must have been built.
pub(crate) fn current_word<'c, 'w>(
    root: &'c Command,
    before: impl IntoIterator<Item = SplitWord<'w>>,
    current: SplitWord<'w>,
) -> CurrentWord<'c> {
    let mut command = root;
    let mut positionals = 0;
    let mut literal = false;
    let mut waiting: Option<&Arg> = None;
    for (word, may_be_option) in before {
        let dashed = may_be_option && !literal;
        if waiting.take().is_some() {
        } else if dashed && word == "--" {
            literal = true;
        } else if let Some(name) = word.strip_prefix("--").filter(|_| dashed) {
            let option = if name.contains('=') { None } else { long(command, name) };
            waiting = option.filter(|option| takes_a_word(option));
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| dashed && !letters.is_empty()) {
            waiting = short_that_waits(command, letters);
        } else if let Some(subcommand) = command
            .find_subcommand(&*word)
            .filter(|_| !literal && names_a_command(command, root, positionals))
        {
            (command, positionals) = (subcommand, 0);
        } else {
            positionals += 1;
        }
    }
    let (typed, may_be_option) = current;
    let dashed = may_be_option && !literal && typed.starts_with('-');
    let attached = if dashed { attached(command, &typed) } else { None };
    let (kind, lead) = match (waiting, attached, positional(command, positionals)) {
        (Some(option), ..) => (WordKind::Value(option), 0),
        (None, Some((option, lead)), _) => (WordKind::Value(option), lead),
        _ if dashed => (WordKind::OptionName, 0),
        _ if !literal && command.has_subcommands() && names_a_command(command, root, positionals) => {
            (WordKind::CommandName, 0)
        }
        (.., Some(body)) if body.get_id() == "body" && typed.starts_with('@') => (WordKind::File, 1),
        (.., Some(argument)) => (WordKind::Positional(argument, positionals), 0),
        _ => (WordKind::Nothing, 0),
    };
    CurrentWord { command, kind, lead, typed: typed[lead..].to_owned() }
}

/// Whether a command may be named here: before it, the program takes a URL.
fn names_a_command(command: &Command, root: &Command, positionals: usize) -> bool {
    positionals == 0 || std::ptr::eq(command, root)
}

/// The option whose value stands in the same word (`--ack=client`, `-Hname:value`), and where that begins.
fn attached<'c>(command: &'c Command, typed: &str) -> Option<(&'c Arg, usize)> {
    if let Some(name) = typed.strip_prefix("--") {
        let (name, _) = name.split_once('=')?;
        return long(command, name).map(|option| (option, name.len() + 3));
    }
    let letter = typed.chars().nth(1)?;
    let lead = 1 + letter.len_utf8();
    short(command, letter)
        .filter(|option| takes_a_word(option) && typed.len() > lead)
        .map(|option| (option, lead))
}

/// Whether the next word is its value; one that may be left out has to be attached.
fn takes_a_word(option: &Arg) -> bool {
    option.get_action().takes_values() && option.get_num_args().is_none_or(|range| range.min_values() > 0)
}

/// The option among these letters that waits for its value in the next word.
fn short_that_waits<'c>(command: &'c Command, letters: &str) -> Option<&'c Arg> {
    for (at, letter) in letters.char_indices() {
        let option = short(command, letter)?;
        if takes_a_word(option) {
            return (at + letter.len_utf8() == letters.len()).then_some(option);
        }
    }
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The command, and the argument's id or what else the word is.
    pub(crate) fn described(word: &CurrentWord<'_>) -> String {
        let kind = match &word.kind {
            WordKind::OptionName => "option".to_owned(),
            WordKind::Value(argument) | WordKind::Positional(argument, _) => argument.get_id().to_string(),
            WordKind::CommandName => "command".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{} {kind}", word.command.get_name())
    }

    fn found(line: &str) -> String {
        let mut root = crate::cli::program();
        root.build();
        let mut words: Vec<SplitWord<'_>> = line.split(' ').map(|word| (word.into(), true)).collect();
        let current = words.pop().unwrap_or_default();
        let lead = current.0.clone();
        let word = current_word(&root, words, current);
        format!("{} {}", described(&word), &lead[..word.lead]).trim_end().to_owned()
    }

    #[test]
    fn each_word_has_its_found() {
        assert_eq!(found(""), "stomp command");
        assert_eq!(found("se"), "stomp command");
        assert_eq!(found("stomp://a se"), "stomp command");
        assert_eq!(found("--cont"), "stomp option");
        assert_eq!(found("--context "), "stomp context");
        assert_eq!(found("--context=a"), "stomp context --context=");
        assert_eq!(found("--context a send "), "send destination");
        assert_eq!(found("send --context=a --persistent "), "send destination");
        assert_eq!(found("send -U me /queue/a "), "send body");
        assert_eq!(found("send -WU "), "send user");
        assert_eq!(found("send -Ume /q"), "send destination");
        assert_eq!(found("send /queue/a one two"), "send body");
        assert_eq!(found("send /queue/a @fi"), "send File @");
        assert_eq!(found("send -- -x"), "send destination");
        assert_eq!(found("sub /queue/a "), "sub destination");
        assert_eq!(found("ctx "), "ctx command");
        assert_eq!(found("ctx use "), "use context_name");
        assert_eq!(found("completions "), "completions shell");
        assert_eq!(found("completions bash "), "completions Nothing");
    }
}
