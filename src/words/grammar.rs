//! The syntax of commands: the options with their numbers of values, and where a body begins.

use std::collections::HashMap;

/// What follows a command's options and arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Only words; `|` pipes the output.
    #[default]
    Words,
    /// A body, which is not split into words (`send DEST BODY`).
    Body {
        /// The number of positional words before the body.
        after: usize,
    },
    /// Another command's whole line (`time CMD`, `watch SECS CMD`).
    Command {
        /// The number of positional words before that line.
        after: usize,
    },
    /// The beginning of another command's line (`alias NAME LINE`), which may be incomplete.
    Beginning {
        /// The number of positional words before that line.
        after: usize,
    },
}

/// The syntax of one command: its options and what follows them. By default it has no options and takes only
/// words.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    options: HashMap<String, usize>,
    rest: Rest,
}

impl Shape {
    /// Adds an option, written with its dashes, and its number of values (0 for a flag).
    pub fn option(mut self, name: &str, values: usize) -> Self {
        self.options.insert(name.to_owned(), values);
        self
    }

    /// Sets what follows the options and positional words.
    pub fn rest(mut self, rest: Rest) -> Self {
        self.rest = rest;
        self
    }

    /// The shape of a clap command. The positional `body` is a body, `line` another command's line and
    /// `beginning` the beginning of one. An option with an optional value counts as a flag, so its value
    /// must be attached (`--opt=value`).
    pub(crate) fn of(command: &clap::Command) -> Self {
        let mut shape = Self::default();
        if !command.is_disable_help_flag_set() {
            shape = shape.option("-h", 0).option("--help", 0);
        }
        for argument in command.get_arguments() {
            let values = if argument.get_action().takes_values() {
                argument.get_num_args().map_or(1, |range| range.min_values())
            } else {
                0
            };
            let shorts = argument.get_all_short_aliases().unwrap_or_default();
            let shorts = argument.get_short().into_iter().chain(shorts).map(|short| format!("-{short}"));
            let longs = argument.get_all_aliases().unwrap_or_default();
            let longs = argument.get_long().into_iter().chain(longs).map(|long| format!("--{long}"));
            shape.options.extend(shorts.chain(longs).map(|option| (option, values)));
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

    /// The number of values of an option, written with its dashes; `None` if it is unknown.
    pub(crate) fn values(&self, option: &str) -> Option<usize> {
        self.options.get(option).copied()
    }

    pub(crate) fn what_follows(&self) -> Rest {
        self.rest
    }

    /// The options with their dashes, in no particular order.
    pub(crate) fn options(&self) -> impl Iterator<Item = &str> {
        self.options.keys().map(String::as_str)
    }
}

/// The syntax of all commands, by name and alias.
#[derive(Debug, Clone, Default)]
pub struct Grammar {
    commands: HashMap<String, Shape>,
}

impl Grammar {
    /// The grammar of all subcommands of a clap command, by name and alias.
    pub(crate) fn of(command: &clap::Command) -> Self {
        let mut grammar = Self::default();
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

    /// The syntax of the command with this name or alias.
    pub(crate) fn shape(&self, name: &str) -> Option<&Shape> {
        self.commands.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.commands.keys().map(String::as_str)
    }

    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.names())
    }
}

/// The most similar candidate; of equally similar ones the alphabetically first.
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
