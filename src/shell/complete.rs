//! What Tab offers: by the place of the word in its line.

use std::borrow::Cow;
use std::collections::HashSet;

use super::known::{Facts, Known};
use super::place::{Kind, Place};
use crate::command::completer::{self, Candidate, Completer};
use crate::command::history::destinations_in;
use crate::command::settings::Settings;
use crate::session::AckMode;
use crate::words::{escape_quoted, quote_word};

/// Entries of the history in which destinations are looked for: the newest.
const ENTRIES: usize = 1_000;

/// A candidate as it has to be typed at this place, quote included.
pub(super) fn text(candidate: &Candidate, place: &Place) -> String {
    let Candidate { word, whole, .. } = candidate;
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
            // Its quote stays open, because more of the word follows.
            let quoted = quote_word(word).into_owned();
            match quoted.chars().next() {
                Some(quote @ ('\'' | '"')) => quoted.strip_suffix(quote).unwrap_or(&quoted).to_owned(),
                _ => quoted,
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
        Kind::Value(command, option) => offer.values(argument(known, command, option)),
        Kind::Positional(command, index) => offer.values(positional(known, command, *index)),
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
    let mut all = completer::commands(&known.commands);
    all.extend(known.aliases.keys().map(Candidate::whole));
    all.sort_by(|a, b| a.word.cmp(&b.word));
    all
}

fn positional<'k>(known: &'k Known, command: &str, index: usize) -> Option<&'k clap::Arg> {
    completer::positional(known.commands.find_subcommand(command)?, index)
}

/// Whether the positional word of this number is a destination.
pub(super) fn is_destination(known: &Known, command: &str, index: usize) -> bool {
    positional(known, command, index).and_then(Completer::of) == Some(Completer::Destination)
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
        let mut all = completer::options(command);
        all.retain(|option| self.place.typed == "-" || option.word.starts_with("--"));
        all.sort_by(|a, b| a.word.cmp(&b.word));
        all
    }

    fn values(&self, argument: Option<&clap::Arg>) -> Vec<Candidate> {
        let Some(argument) = argument else { return Vec::new() };
        let Some(completer) = Completer::of(argument) else { return completer::possible(argument) };
        let words = |all: &mut dyn Iterator<Item = String>| all.map(Candidate::whole).collect::<Vec<_>>();
        match completer {
            Completer::Destination => self.destinations(),
            Completer::Subscription => {
                let facts = self.facts();
                let subscriptions = facts.subscriptions.iter();
                let names = subscriptions.flat_map(|(id, destination)| [id.clone(), destination.clone()]);
                words(&mut names.chain(["all".to_owned()]))
            }
            Completer::UnackedMessage => {
                let facts = self.facts();
                let numbers = facts.unacked.iter().rev().map(u64::to_string);
                words(&mut numbers.chain([".".to_owned(), "all".to_owned()]))
            }
            Completer::MessageNumber => {
                let (first, last) = self.facts().kept;
                words(&mut (first..=last).rev().map(|number| number.to_string()))
            }
            Completer::Transaction => words(&mut self.facts().transactions.iter().cloned()),
            Completer::Connection => words(&mut self.known.connections.iter().cloned()),
            Completer::CommandName => commands(self.known),
            Completer::Alias => words(&mut self.known.aliases.keys().cloned()),
            Completer::Setting => {
                let settings = Settings::NAMES.iter().map(ToString::to_string);
                words(&mut settings.chain(self.known.variables.iter().cloned()))
            }
            _ => {
                // The blank behind a colon needs quotes, so where none are typed it is left out.
                let bare = !self.place.typed.is_empty() && self.place.quote.is_none();
                let colon = if bare { ":" } else { ": " };
                let dialect =
                    if completer.is_header() { self.facts().dialect } else { self.known.facts.dialect };
                completer.candidates(&self.place.typed, dialect, colon)
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

/// The definition of a command's option, spelled with its dashes.
pub(super) fn argument<'k>(known: &'k Known, command: &str, option: &str) -> Option<&'k clap::Arg> {
    let command = known.commands.find_subcommand(command)?;
    match option.strip_prefix("--") {
        Some(name) => completer::long(command, name),
        None => completer::short(command, option.strip_prefix('-')?.chars().next()?),
    }
}

/// The values that an option can have, where they are few.
pub(super) fn possible(known: &Known, command: &str, option: &str) -> Vec<String> {
    let Some(argument) = argument(known, command, option) else { return Vec::new() };
    let all = match Completer::of(argument) {
        Some(completer @ (Completer::AckMode | Completer::Version)) => {
            completer.candidates("", known.facts.dialect, "")
        }
        _ => completer::possible(argument),
    };
    all.into_iter().map(|value| value.word).collect()
}

/// Whether the option takes few values, and this is none of them.
pub(super) fn is_wrong(known: &Known, command: &str, option: &str, value: &str) -> bool {
    let Some(argument) = argument(known, command, option) else { return false };
    match Completer::of(argument) {
        Some(Completer::AckMode) => value.parse::<AckMode>().is_err(),
        Some(Completer::Version) => !possible(known, command, option).iter().any(|version| version == value),
        _ => {
            let all = argument.get_possible_values();
            !all.is_empty() && !all.iter().any(|possible| possible.matches(value, false))
        }
    }
}

/// Whether the word at this place is a file's name.
pub(super) fn is_file(kind: &Kind, known: &Known) -> bool {
    let argument = match kind {
        Kind::File => return true,
        Kind::Value(command, option) => argument(known, command, option),
        Kind::Positional(command, index) => positional(known, command, *index),
        _ => None,
    };
    argument.and_then(Completer::of) == Some(Completer::File)
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
