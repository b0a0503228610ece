//! What Tab offers: by the place of the word in its line.

use std::borrow::Cow;
use std::collections::HashSet;

use super::known::{Facts, Known};
use super::place::{Kind, Place};
use crate::command::config::Config;
use crate::command::history::destinations_in;
use crate::command::settings::Settings;
use crate::command::tree;
use crate::session::AckMode;
use crate::words::{escape_quoted, quote_word};

/// Entries of the history in which destinations are looked for: the newest.
const ENTRIES: usize = 1_000;

/// Message types that are offered.
const TYPES: &[&str] = &[
    "application/json",
    "application/xml",
    "text/plain",
    "text/plain;charset=utf-8",
    "text/csv",
    "text/html",
    "application/octet-stream",
    "application/x-ndjson",
    "application/x-protobuf",
    "application/cbor",
];

/// A word that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What it says.
    pub(super) word: String,
    /// Whether it is whole, so that a blank follows.
    pub(super) whole: bool,
}

impl Candidate {
    fn whole(word: impl Into<String>) -> Self {
        Self { word: word.into(), whole: true }
    }

    fn begun(word: impl Into<String>) -> Self {
        Self { word: word.into(), whole: false }
    }

    /// As it has to be typed at this place, quote included.
    pub(super) fn text(&self, place: &Place) -> String {
        let Self { word, whole } = self;
        if let Kind::Option(_) = place.kind {
            return format!("{word} ");
        }
        let quote = place.quote;
        let plain = |word: &str| !word.contains(|c: char| c == '\'' || c.is_control());
        match (quote, whole) {
            (Some('\''), true) if plain(word) => format!("'{word}' "),
            (Some('\''), false) if plain(word) => format!("'{word}"),
            (Some('"'), true) => format!("\"{}\" ", escape_quoted(word)),
            (Some('"'), false) => format!("\"{}", escape_quoted(word)),
            (_, true) => format!("{} ", quote_word(word)),
            (_, false) => {
                // It is still to be gone on with, so its quote stays open.
                let quoted = quote_word(word).into_owned();
                match quoted.chars().next() {
                    Some(quote @ ('\'' | '"')) => quoted.strip_suffix(quote).unwrap_or(&quoted).to_owned(),
                    _ => quoted,
                }
            }
        }
    }
}

/// What may stand there, in the order in which it is offered. `entries`: the history, the newest first.
pub(super) fn candidates(
    place: &Place,
    known: &Known,
    entries: &mut dyn Iterator<Item = Cow<'_, str>>,
) -> Vec<Candidate> {
    let whole = |words: &[String]| words.iter().cloned().map(Candidate::whole).collect();
    let offer = Offer { known, place, entries: std::cell::RefCell::new(entries) };
    let mut all: Vec<Candidate> = match &place.kind {
        Kind::Command => commands(known),
        Kind::Option(command) => offer.options(command),
        Kind::Value(command, option) => offer.values(command, option),
        Kind::Positional(command, index) => offer.positional(command, *index),
        Kind::Setting(name) => Settings::values(name).iter().copied().map(Candidate::whole).collect(),
        Kind::Connection => whole(&known.connections),
        Kind::Variable => known.variables.iter().map(Candidate::begun).collect(),
        Kind::TemplateVariable => ["counter", "now", "random", "uuid"].map(Candidate::begun).into(),
        Kind::File | Kind::Nothing => Vec::new(),
    };
    let mut seen = HashSet::new();
    all.retain(|own| own.word.starts_with(&place.typed) && seen.insert(own.word.clone()));
    all
}

fn commands(known: &Known) -> Vec<Candidate> {
    let commands = known.commands.get_subcommands().filter(|own| !own.is_hide_set());
    let names = commands.flat_map(|own| std::iter::once(own.get_name()).chain(own.get_visible_aliases()));
    let mut names: Vec<&str> = names.chain(known.aliases.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names.into_iter().map(Candidate::whole).collect()
}

/// The definition of the positional word of this number; the last one may take all that follow.
fn positional<'k>(known: &'k Known, command: &str, index: usize) -> Option<&'k clap::Arg> {
    let command = known.commands.find_subcommand(command)?;
    let last = || command.get_positionals().last().filter(|own| takes_many(own));
    command.get_positionals().nth(index).or_else(last)
}

fn takes_many(argument: &clap::Arg) -> bool {
    let values = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
    values || matches!(argument.get_action(), clap::ArgAction::Append)
}

/// Whether the positional word of this number is a destination.
pub(super) fn is_destination(known: &Known, command: &str, index: usize) -> bool {
    positional(known, command, index).is_some_and(tree::is_destination)
}

struct Offer<'o, 'h> {
    known: &'o Known,
    place: &'o Place,
    entries: std::cell::RefCell<&'o mut dyn Iterator<Item = Cow<'h, str>>>,
}

impl Offer<'_, '_> {
    fn facts(&self) -> Cow<'_, Facts> {
        self.known.facts(self.place.connection.as_deref())
    }

    fn options(&self, command: &str) -> Vec<Candidate> {
        let Some(command) = self.known.commands.find_subcommand(command) else { return Vec::new() };
        let mut options = Vec::new();
        for argument in command.get_arguments().filter(|own| !own.is_hide_set() && !own.is_positional()) {
            options.extend(argument.get_long().map(|long| format!("--{long}")));
            if self.place.typed == "-" {
                options.extend(argument.get_short().map(|short| format!("-{short}")));
            }
        }
        options.sort();
        options.into_iter().map(Candidate::whole).collect()
    }

    fn values(&self, command: &str, option: &str) -> Vec<Candidate> {
        let own = |all: &[&str]| all.iter().copied().map(Candidate::whole).collect::<Vec<_>>();
        match option {
            "-H" | "--header" => self.headers(command.starts_with("sub")),
            "--connect-header" => self.header(&["client-id", "heart-beat", "host", "accept-version"]),
            _ if argument(self.known, command, option).is_some_and(tree::is_destination) => {
                self.destinations()
            }
            "--tx" => self.facts().transactions.iter().map(Candidate::whole).collect(),
            "--context" | "--to" => contexts(),
            "--content-type" => own(TYPES),
            "--priority" => own(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
            _ => possible(self.known, command, option).into_iter().map(Candidate::whole).collect(),
        }
    }

    /// Header names that this broker knows, then values of the one that is typed.
    fn headers(&self, subscribes: bool) -> Vec<Candidate> {
        if let Some((name, _)) = self.place.typed.split_once(':') {
            let values: &[&str] = match name {
                "content-type" => TYPES,
                "persistent" | "durable" | "auto-delete" | "exclusive" | "browser" => &["true", "false"],
                _ => &[],
            };
            let blank = if self.place.typed[name.len() + 1..].starts_with(' ') { " " } else { "" };
            return values.iter().map(|value| Candidate::whole(format!("{name}:{blank}{value}"))).collect();
        }
        let dialect = self.facts().dialect;
        let selector: &[&str] =
            if subscribes && (dialect.selects || !dialect.is_known()) { &["selector"] } else { &[] };
        let usual: &[&str] = match (subscribes, dialect.send_headers.is_empty()) {
            (true, _) => selector,
            (false, false) => &["content-type"],
            (false, true) => {
                &["content-type", "persistent", "priority", "expires", "reply-to", "correlation-id", "type"]
            }
        };
        let own = if subscribes { dialect.subscribe_headers } else { dialect.send_headers };
        self.header(&[own, usual].concat())
    }

    /// Names of headers; the blank behind the colon needs quotes, so where none are typed it is left out.
    fn header(&self, names: &[&str]) -> Vec<Candidate> {
        let bare = !self.place.typed.is_empty() && self.place.quote.is_none();
        let colon = if bare { ":" } else { ": " };
        names.iter().map(|name| Candidate::begun(format!("{name}{colon}"))).collect()
    }

    fn positional(&self, command: &str, index: usize) -> Vec<Candidate> {
        let words = |all: &mut dyn Iterator<Item = String>| all.map(Candidate::whole).collect::<Vec<_>>();
        if is_destination(self.known, command, index) {
            return self.destinations();
        }
        match (command, index) {
            ("unsub" | "unsubscribe", 0) => {
                let facts = self.facts();
                let ids = facts.subscriptions.iter().flat_map(|(id, own)| [id.clone(), own.clone()]);
                words(&mut ids.chain(["all".to_owned()]))
            }
            ("ack" | "nack", _) => {
                let facts = self.facts();
                let numbers = facts.unacked.iter().rev().map(u64::to_string);
                words(&mut numbers.chain([".".to_owned(), "all".to_owned()]))
            }
            ("show", 0) => {
                let (first, last) = self.facts().kept;
                words(&mut (first..=last).rev().map(|number| number.to_string()))
            }
            ("begin" | "commit" | "abort" | "rollback", 0) => {
                words(&mut self.facts().transactions.iter().cloned())
            }
            ("use" | "disconnect", 0) => words(&mut self.known.connections.iter().cloned()),
            ("help", 0) => commands(self.known),
            ("alias" | "unalias", 0) => words(&mut self.known.aliases.keys().cloned()),
            ("set" | "unset", 0) => {
                let settings = Settings::NAMES.iter().map(ToString::to_string);
                words(&mut settings.chain(self.known.variables.iter().cloned()))
            }
            ("connect", 0) => ["stomp://", "stomps://", "ws://", "wss://"].map(Candidate::begun).to_vec(),
            ("log", 0) => words(&mut ["off".to_owned()].into_iter()),
            _ => {
                let argument = positional(self.known, command, index);
                let values = argument.map(clap::Arg::get_possible_values).unwrap_or_default();
                words(&mut values.iter().map(|value| value.get_name().to_owned()))
            }
        }
    }

    /// Destinations: used here, subscribed to, seen in messages, in the history, listed by the broker;
    /// then how those of this broker begin.
    fn destinations(&self) -> Vec<Candidate> {
        let facts = self.facts();
        let used = self.known.destinations.iter().rev();
        let subscribed = facts.subscriptions.iter().map(|(_, own)| own);
        let mut all: Vec<Candidate> =
            used.chain(subscribed).chain(&facts.came).map(Candidate::whole).collect();
        for entry in self.entries.borrow_mut().take(ENTRIES) {
            let typed = destinations_in(&entry, &self.known.grammar, &self.known.commands);
            all.extend(typed.into_iter().map(Candidate::whole));
        }
        all.extend(self.known.listed.iter().map(Candidate::whole));
        all.extend(facts.dialect.destinations.iter().copied().map(Candidate::begun));
        all
    }
}

/// What the config file calls brokers.
fn contexts() -> Vec<Candidate> {
    // A file that is wrong is told of where it is used.
    let config = Config::read().unwrap_or_default();
    config.context.into_keys().map(Candidate::whole).collect()
}

/// The definition of a command's option, spelled with its dashes.
pub(super) fn argument<'k>(known: &'k Known, command: &str, option: &str) -> Option<&'k clap::Arg> {
    let command = known.commands.find_subcommand(command)?;
    let name = option.strip_prefix("--");
    let short = option.strip_prefix('-').and_then(|rest| rest.chars().next());
    command.get_arguments().find(|own| match name {
        Some(name) => {
            own.get_long() == Some(name) || own.get_all_aliases().is_some_and(|all| all.contains(&name))
        }
        None => short.is_some() && own.get_short() == short,
    })
}

/// The values that an option can have, where they are few.
pub(super) fn possible(known: &Known, command: &str, option: &str) -> Vec<String> {
    let own = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    match option {
        "--ack" => own(&["auto", "client", "client-individual"]),
        "--protocol" => own(&["1.0", "1.1", "1.2"]),
        _ => {
            let values = argument(known, command, option).map(clap::Arg::get_possible_values);
            values.unwrap_or_default().iter().map(|value| value.get_name().to_owned()).collect()
        }
    }
}

/// Whether the option takes few values, and this is none of them.
pub(super) fn is_wrong(known: &Known, command: &str, option: &str, value: &str) -> bool {
    match option {
        "--ack" => value.parse::<AckMode>().is_err(),
        "--protocol" => !possible(known, command, option).iter().any(|own| own == value),
        _ => {
            let values = argument(known, command, option).map(clap::Arg::get_possible_values);
            values.is_some_and(|all| !all.is_empty() && !all.iter().any(|own| own.matches(value, false)))
        }
    }
}

/// Whether the word at this place is a file's name.
pub(super) fn is_file(kind: &Kind, known: &Known) -> bool {
    let is_path = |argument: Option<&clap::Arg>| {
        use clap::ValueHint::{AnyPath, DirPath, FilePath};
        argument.is_some_and(|own| matches!(own.get_value_hint(), AnyPath | DirPath | FilePath))
    };
    match kind {
        Kind::File => true,
        Kind::Value(command, option) => is_path(argument(known, command, option)),
        Kind::Positional(command, index) => {
            let command = known.commands.find_subcommand(command);
            is_path(command.and_then(|own| own.get_positionals().nth(*index)))
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
