//! What the splitter must know of each command: which options take values, and how many words stand
//! before the body.

use std::collections::HashMap;

/// What follows a command's options and arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Nothing but words; `|` pipes the output.
    #[default]
    Words,
    /// A body, after so many positional words.
    Body {
        /// The number of positional words before the body.
        after: usize,
    },
    /// Another command's line as it stands (`time CMD`, `watch SECS CMD`), after so many positional words.
    Command {
        /// The number of positional words before the line.
        after: usize,
    },
    /// The beginning of another command's line (`alias NAME LINE`), which need not be whole.
    Beginning {
        /// The number of positional words before the line.
        after: usize,
    },
}

/// How one command takes its words.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    options: HashMap<String, usize>,
    rest: Rest,
}

impl Shape {
    /// A command without options that takes words only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an option, spelled with its dashes, that takes so many values (0: a flag).
    pub fn option(mut self, name: &str, values: usize) -> Self {
        self.options.insert(name.to_owned(), values);
        self
    }

    /// Sets what follows the options and positional words.
    pub fn rest(mut self, rest: Rest) -> Self {
        self.rest = rest;
        self
    }

    /// The shape of a clap command. The positional whose id is `body` is the body; one whose id is
    /// `line` is another command's line, one whose id is `beginning` a part of one. An option whose value may be left out counts as a flag, so its
    /// value must be attached (`--opt=value`).
    pub(crate) fn of(command: &clap::Command) -> Self {
        let mut shape = Self::new();
        if !command.is_disable_help_flag_set() {
            shape = shape.option("-h", 0).option("--help", 0);
        }
        for argument in command.get_arguments() {
            let values = if argument.get_action().takes_values() {
                argument.get_num_args().map_or(1, |range| range.min_values())
            } else {
                0
            };
            for short in argument.get_short_and_visible_aliases().unwrap_or_default() {
                shape.options.insert(format!("-{short}"), values);
            }
            for short in argument.get_all_short_aliases().unwrap_or_default() {
                shape.options.insert(format!("-{short}"), values);
            }
            for long in argument.get_long_and_visible_aliases().unwrap_or_default() {
                shape.options.insert(format!("--{long}"), values);
            }
            for long in argument.get_all_aliases().unwrap_or_default() {
                shape.options.insert(format!("--{long}"), values);
            }
        }
        for (after, positional) in command.get_positionals().enumerate() {
            match positional.get_id().as_str() {
                "body" => shape.rest = Rest::Body { after },
                "line" => shape.rest = Rest::Command { after },
                "beginning" => shape.rest = Rest::Beginning { after },
                _ => {}
            }
        }
        shape
    }

    /// How many values the option takes, `None` if it is unknown. The name has its dashes.
    pub(crate) fn values(&self, option: &str) -> Option<usize> {
        self.options.get(option).copied()
    }

    /// What follows the options and positional words.
    pub(crate) fn what_follows(&self) -> Rest {
        self.rest
    }

    /// All options with their dashes, in no order.
    pub(crate) fn options(&self) -> impl Iterator<Item = &str> {
        self.options.keys().map(String::as_str)
    }
}

/// The commands, their options, and where their bodies begin.
#[derive(Debug, Clone, Default)]
pub struct Grammar {
    commands: HashMap<String, Shape>,
}

impl Grammar {
    /// An empty grammar: every command is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// The grammar of all subcommands of a clap command, under their names and aliases.
    pub(crate) fn of(command: &clap::Command) -> Self {
        let mut grammar = Self::new();
        for subcommand in command.get_subcommands() {
            let shape = Shape::of(subcommand);
            for alias in subcommand.get_all_aliases() {
                grammar.commands.insert(alias.to_owned(), shape.clone());
            }
            grammar.commands.insert(subcommand.get_name().to_owned(), shape);
        }
        grammar
    }

    /// Adds a command, or replaces the one of the same name.
    pub fn command(mut self, name: &str, shape: Shape) -> Self {
        self.commands.insert(name.to_owned(), shape);
        self
    }

    /// The shape of a command, by its name or an alias.
    pub(crate) fn shape(&self, name: &str) -> Option<&Shape> {
        self.commands.get(name)
    }

    /// All names of commands, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.commands.keys().map(String::as_str)
    }

    /// The command most like `name`, if one is like it.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.names())
    }
}

/// The candidate most like `name`; ties go to the one that comes first in the alphabet.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, left), (b, right)| a.total_cmp(b).then_with(|| right.cmp(left)))
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use clap::{Arg, ArgAction, Command};

    #[test]
    fn a_clap_tree_gives_options_values_and_the_place_of_the_body() {
        let tree = Command::new("stomp")
            .subcommand(
                Command::new("send")
                    .alias("s")
                    .arg(Arg::new("header").short('H').long("header").action(ArgAction::Append))
                    .arg(Arg::new("persistent").long("persistent").action(ArgAction::SetTrue))
                    .arg(Arg::new("destination"))
                    .arg(Arg::new("body").num_args(0..)),
            )
            .subcommand(Command::new("watch").arg(Arg::new("seconds")).arg(Arg::new("line")))
            .subcommand(Command::new("subs"));
        let grammar = Grammar::of(&tree);
        let send = grammar.shape("s").unwrap();
        assert_eq!(send.values("-H"), Some(1));
        assert_eq!(send.values("--header"), Some(1));
        assert_eq!(send.values("--persistent"), Some(0));
        assert_eq!(send.values("--help"), Some(0));
        assert_eq!(send.values("--nope"), None);
        assert_eq!(send.what_follows(), Rest::Body { after: 1 });
        assert_eq!(grammar.shape("watch").unwrap().what_follows(), Rest::Command { after: 1 });
        assert_eq!(grammar.shape("subs").unwrap().what_follows(), Rest::Words);
        assert_eq!(grammar.nearest("sned").as_deref(), Some("send"));
        assert_eq!(grammar.nearest("xyzzy"), None);
    }
}
