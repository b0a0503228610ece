//! What may be typed as a word.

use std::collections::HashSet;

use clap::{Arg, Command};

use super::completer::Completer;
use super::current_word::{CurrentWord, WordKind};
use super::known::Known;
use crate::command::config::Config;
use crate::command::settings::Settings;
use crate::protocol::Version;
use crate::session::{AckMode, Dialect};
use crate::transport::Scheme;

/// The values that completion offers for `content-type`.
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

/// A word that completes the one that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) word: String,
    /// A description in one line; empty if the word needs none.
    pub(crate) about: String,
    /// Whether the word is complete, so that a space follows.
    pub(crate) whole: bool,
}

impl Candidate {
    pub(crate) fn whole(word: impl Into<String>) -> Self {
        Self { word: word.into(), about: String::new(), whole: true }
    }

    pub(crate) fn begun(word: impl Into<String>) -> Self {
        Self { whole: false, ..Self::whole(word) }
    }

    fn with_help(word: String, help: Option<&clap::builder::StyledStr>) -> Self {
        let help = help.map(ToString::to_string).unwrap_or_default();
        Self { about: help.lines().next().unwrap_or_default().to_owned(), ..Self::whole(word) }
    }
}

/// What may stand in this word, each once, in the order in which it is offered. `connection`: the name of another
/// connection than the current one. `colon`: what follows a header's name. `past`: destinations that were typed
/// before, the newest first.
pub(crate) fn candidates(
    word: &CurrentWord<'_>,
    known: &Known,
    connection: Option<&str>,
    colon: &str,
    past: &mut dyn Iterator<Item = String>,
) -> Vec<Candidate> {
    let mut all = match &word.kind {
        // On the command line, a URL may stand before the command.
        WordKind::CommandName
            if word.typed.contains([':', '/']) && word.command.get_positionals().next().is_some() =>
        {
            urls()
        }
        WordKind::CommandName => commands(word.command, known),
        WordKind::OptionName => options(word.command),
        WordKind::Value(argument) | WordKind::Positional(argument, _) => {
            values(argument, &word.typed, known, connection, colon, past)
        }
        WordKind::Setting(name) => whole(Settings::values(name).iter().copied()),
        WordKind::Connection => whole(&known.connections),
        WordKind::Variable => known.variables.iter().map(Candidate::begun).collect(),
        WordKind::TemplateVariable => ["counter", "now", "random", "uuid"].map(Candidate::begun).into(),
        WordKind::File | WordKind::Nothing => Vec::new(),
    };
    let mut seen = HashSet::new();
    all.retain(|candidate| candidate.word.starts_with(&word.typed) && seen.insert(candidate.word.clone()));
    all
}

fn whole<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Vec<Candidate> {
    words.into_iter().map(Candidate::whole).collect()
}

fn values(
    argument: &Arg,
    typed: &str,
    known: &Known,
    connection: Option<&str>,
    colon: &str,
    past: &mut dyn Iterator<Item = String>,
) -> Vec<Candidate> {
    let Some(completer) = Completer::of(argument) else { return possible(argument) };
    let facts = || known.facts(connection);
    match completer {
        Completer::AckMode | Completer::Version => possible(argument),
        Completer::Alias => whole(known.aliases.keys()),
        Completer::CommandName => commands(&known.commands, known),
        Completer::Connection => whole(&known.connections),
        Completer::ContentType => whole(TYPES.iter().copied()),
        Completer::Context => contexts(),
        Completer::ContextOrUrl => [contexts(), urls()].concat(),
        Completer::Destination => destinations(known, connection, past),
        Completer::File => Vec::new(),
        Completer::MessageNumber => {
            let (first, last) = facts().kept;
            whole((first..=last).rev().map(|number| number.to_string()))
        }
        Completer::Priority => whole(('0'..='9').map(String::from)),
        Completer::Setting => [whole(Settings::NAMES.iter().copied()), whole(&known.variables)].concat(),
        Completer::Subscription => {
            let facts = facts();
            let names = facts.subscriptions.iter().flat_map(|(id, destination)| [id, destination]);
            whole(names.map(String::as_str).chain(["all"]))
        }
        Completer::Transaction => whole(&facts().transactions),
        Completer::UnackedMessage => {
            let facts = facts();
            let numbers = facts.unacked.iter().rev().map(u64::to_string);
            whole(numbers.chain([".".to_owned(), "all".to_owned()]))
        }
        Completer::Url => urls(),
        Completer::ConnectHeader | Completer::SendHeader | Completer::SubscribeHeader => {
            headers(completer, typed, facts().dialect, colon)
        }
    }
}

/// Destinations: used here, subscribed to, seen in messages, typed before, listed by the broker; then how those of this
/// broker begin.
fn destinations(
    known: &Known,
    connection: Option<&str>,
    past: &mut dyn Iterator<Item = String>,
) -> Vec<Candidate> {
    let facts = known.facts(connection);
    let used = known.destinations.iter().rev();
    let subscribed = facts.subscriptions.iter().map(|(_, destination)| destination);
    let mut all = whole(used.chain(subscribed).chain(&facts.came));
    all.extend(past.map(Candidate::whole));
    all.extend(known.listed.iter().map(Candidate::whole));
    all.extend(facts.dialect.destinations.iter().copied().map(Candidate::begun));
    all
}

/// Header names that this broker knows, then values of the one that is typed.
fn headers(completer: Completer, typed: &str, dialect: &Dialect, colon: &str) -> Vec<Candidate> {
    if let Some((name, value)) = typed.split_once(':').filter(|_| completer != Completer::ConnectHeader) {
        let values: &[&str] = match name {
            "content-type" => TYPES,
            "persistent" | "durable" | "auto-delete" | "exclusive" | "browser" => &["true", "false"],
            _ => &[],
        };
        let blank = if value.starts_with(' ') { " " } else { "" };
        return whole(values.iter().map(|value| format!("{name}:{blank}{value}")));
    }
    let (of_broker, usual): (&[&str], &[&str]) = match completer {
        Completer::ConnectHeader => (&[], &["client-id", "heart-beat", "host", "accept-version"]),
        Completer::SubscribeHeader if dialect.selects || !dialect.is_known() => {
            (dialect.subscribe_headers, &["selector"])
        }
        Completer::SubscribeHeader => (dialect.subscribe_headers, &[]),
        _ if dialect.send_headers.is_empty() => (
            &[],
            &["content-type", "persistent", "priority", "expires", "reply-to", "correlation-id", "type"],
        ),
        _ => (dialect.send_headers, &["content-type"]),
    };
    of_broker.iter().chain(usual).map(|name| Candidate::begun(format!("{name}{colon}"))).collect()
}

fn urls() -> Vec<Candidate> {
    let all = [Scheme::Stomp, Scheme::Stomps, Scheme::Ws, Scheme::Wss];
    all.map(|scheme| Candidate::begun(format!("{scheme}://"))).into()
}

fn contexts() -> Vec<Candidate> {
    // The command that uses the file reports what is wrong with it.
    let config = Config::read().unwrap_or_default();
    let stored = config.context.into_iter();
    stored.map(|(word, stored)| Candidate { about: stored.url, ..Candidate::whole(word) }).collect()
}

/// The subcommands by all their names, and the aliases of the prompt.
fn commands(command: &Command, known: &Known) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let named = shown.flat_map(|command| {
        let names = std::iter::once(command.get_name()).chain(command.get_visible_aliases());
        names.map(|name| Candidate::with_help(name.to_owned(), command.get_about()))
    });
    named.chain(known.aliases.keys().map(Candidate::whole)).collect()
}

/// The options of a command: its own, then the global ones.
fn options(command: &Command) -> Vec<Candidate> {
    let shown = command.get_arguments().filter(|option| !option.is_hide_set() && !option.is_positional());
    let (global, local): (Vec<&Arg>, Vec<&Arg>) = shown.partition(|option| option.is_global_set());
    let named = local.into_iter().chain(global).flat_map(|option| {
        let long = option.get_long().map(|long| format!("--{long}"));
        let short = option.get_short().map(|short| format!("-{short}"));
        long.into_iter().chain(short).map(|word| Candidate::with_help(word, option.get_help()))
    });
    named.collect()
}

/// The values that an argument accepts; empty if they are not a fixed set.
pub(crate) fn possible(argument: &Arg) -> Vec<Candidate> {
    match Completer::of(argument) {
        Some(Completer::AckMode) => {
            whole([AckMode::Auto, AckMode::Client, AckMode::ClientIndividual].map(AckMode::as_str))
        }
        Some(Completer::Version) => whole(Version::ALL.map(Version::as_str)),
        _ => {
            let values = argument.get_possible_values();
            let shown = values.iter().filter(|value| !value.is_hide_set());
            shown.map(|value| Candidate::with_help(value.get_name().to_owned(), value.get_help())).collect()
        }
    }
}
