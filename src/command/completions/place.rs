//! Which word of a command line is being typed: a command, an option, its value, a positional word.

use clap::{Arg, Command};

use crate::command::completer::{long, positional, short};

/// The place of a word.
#[derive(Debug)]
pub(super) struct WordPlace<'c, 't> {
    /// The command that it belongs to.
    pub(super) command: &'c Command,
    /// What it is.
    pub(super) kind: Kind<'c>,
    /// What of the word stands before the part that is completed: `--context=`.
    pub(super) lead: &'t str,
    /// The part that is completed, as far as it is typed.
    pub(super) typed: &'t str,
}

/// What a word is.
#[derive(Debug)]
pub(super) enum Kind<'c> {
    /// An option's name.
    Option,
    /// The value of this option, or this positional word.
    Value(&'c Arg),
    /// A subcommand, or the URL before one.
    Command,
}

/// The place of `typed` behind these words; `root` must have been built.
pub(super) fn of<'c, 't>(root: &'c Command, before: &[String], typed: &'t str) -> WordPlace<'c, 't> {
    let mut command = root;
    let mut positionals = 0;
    let mut literal = false;
    let mut waiting: Option<&Arg> = None;
    for word in before {
        if waiting.take().is_some() {
            continue;
        }
        if !literal && word == "--" {
            literal = true;
        } else if let Some(name) = word.strip_prefix("--").filter(|_| !literal) {
            waiting =
                if name.contains('=') { None } else { long(command, name).filter(|own| takes_a_word(own)) };
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !literal && !letters.is_empty())
        {
            waiting = short_that_waits(command, letters);
        } else if let Some(sub) =
            command.find_subcommand(word).filter(|_| !literal && (positionals == 0 || is_root(command)))
        {
            (command, positionals) = (sub, 0);
        } else {
            positionals += 1;
        }
    }
    let whole = |kind| WordPlace { command, kind, lead: "", typed };
    if let Some(option) = waiting {
        return whole(Kind::Value(option));
    }
    if !literal && typed.starts_with('-') {
        if let Some((name, value)) = typed.split_once('=')
            && let Some(option) = name.strip_prefix("--").and_then(|name| long(command, name))
        {
            let lead = &typed[..typed.len() - value.len()];
            return WordPlace { command, kind: Kind::Value(option), lead, typed: value };
        }
        return whole(Kind::Option);
    }
    match positional(command, positionals) {
        _ if !literal && command.has_subcommands() && (positionals == 0 || is_root(command)) => {
            whole(Kind::Command)
        }
        Some(own) => {
            // `@FILE` is a body.
            let at = usize::from(own.get_id() == "body" && typed.starts_with('@'));
            WordPlace { command, kind: Kind::Value(own), lead: &typed[..at], typed: &typed[at..] }
        }
        None => whole(Kind::Option),
    }
}

fn is_root(command: &Command) -> bool {
    command.get_bin_name().is_none_or(|name| !name.contains(' '))
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
mod tests {
    use super::*;

    /// The command, and the argument's id or what else it is.
    fn at(line: &str) -> (String, String, String) {
        let mut root = crate::cli::program();
        root.build();
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let typed = words.pop().unwrap_or_default();
        let place = of(&root, &words, &typed);
        let kind = match place.kind {
            Kind::Option => "option".to_owned(),
            Kind::Value(own) => own.get_id().to_string(),
            Kind::Command => "command".to_owned(),
        };
        (place.command.get_name().to_owned(), kind, place.lead.to_owned())
    }

    fn place(line: &str) -> String {
        let (command, kind, lead) = at(line);
        format!("{command} {kind} {lead}").trim_end().to_owned()
    }

    #[test]
    fn each_word_has_its_place() {
        assert_eq!(place(""), "stomp command");
        assert_eq!(place("se"), "stomp command");
        assert_eq!(place("stomp://a se"), "stomp command");
        assert_eq!(place("--cont"), "stomp option");
        assert_eq!(place("--context "), "stomp context");
        assert_eq!(place("--context=a"), "stomp context --context=");
        assert_eq!(place("--context a send "), "send destination");
        assert_eq!(place("send --context=a --persistent "), "send destination");
        assert_eq!(place("send -U me /queue/a "), "send body");
        assert_eq!(place("send -WU "), "send user");
        assert_eq!(place("send -Ume /q"), "send destination");
        assert_eq!(place("send /queue/a one two"), "send body");
        assert_eq!(place("send /queue/a @fi"), "send body @");
        assert_eq!(place("send -- -x"), "send destination");
        assert_eq!(place("sub /queue/a "), "sub destination");
        assert_eq!(place("ctx "), "ctx command");
        assert_eq!(place("ctx use "), "use context_name");
        assert_eq!(place("completions "), "completions shell");
        assert_eq!(place("completions bash "), "completions option");
    }
}
