//! What may stand at a place.

use clap::{Arg, Command};

use super::place::{Kind, WordPlace};
use crate::command::config::Config;
use crate::command::tree::is_destination;
use crate::protocol::Version;
use crate::session::AckMode;
use crate::transport::Scheme;

/// A word that may stand there; one that ends with `/`, `:` or `=` goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) word: String,
    /// What it is, in one line; empty where it speaks for itself.
    pub(super) about: String,
}

impl Offer {
    pub(super) fn plain(word: impl Into<String>) -> Self {
        Self { word: word.into(), about: String::new() }
    }
}

/// Words that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Offers {
    /// These.
    These(Vec<Offer>),
    /// Files, which shells know better.
    Files,
    /// Destinations.
    Destinations,
}

pub(super) fn of(root: &Command, place: &WordPlace<'_, '_>) -> Offers {
    match place.kind {
        Kind::Option => Offers::These(options(place.command, place.typed)),
        Kind::Command if place.command.get_name() == root.get_name() && place.typed.contains([':', '/']) => {
            Offers::These(urls())
        }
        Kind::Command => Offers::These(commands(place.command)),
        Kind::Value(argument) => values(root, place.command, argument, place.lead),
    }
}

fn first_line(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

fn commands(command: &Command) -> Vec<Offer> {
    let mut all = Vec::new();
    for own in command.get_subcommands().filter(|own| !own.is_hide_set()) {
        let about = first_line(own.get_about());
        let names = std::iter::once(own.get_name()).chain(own.get_visible_aliases());
        all.extend(names.map(|name| Offer { word: name.to_owned(), about: about.clone() }));
    }
    all
}

/// The options that this command has: its own first.
fn options(command: &Command, typed: &str) -> Vec<Offer> {
    let mut all = Vec::new();
    let shown = command.get_arguments().filter(|own| !own.is_hide_set() && !own.is_positional());
    let (everywhere, own): (Vec<&Arg>, Vec<&Arg>) = shown.partition(|own| own.is_global_set());
    for argument in own.into_iter().chain(everywhere) {
        let about = first_line(argument.get_help());
        let long = argument.get_long().map(|long| format!("--{long}"));
        let short =
            argument.get_short().filter(|_| !typed.starts_with("--")).map(|short| format!("-{short}"));
        all.extend(long.into_iter().chain(short).map(|word| Offer { word, about: about.clone() }));
    }
    all
}

fn urls() -> Vec<Offer> {
    let all = [Scheme::Stomp, Scheme::Stomps, Scheme::Ws, Scheme::Wss];
    all.map(|scheme| Offer::plain(format!("{scheme}://"))).to_vec()
}

fn contexts() -> Vec<Offer> {
    // A file that is wrong is told of where it is used.
    let config = Config::read().unwrap_or_default();
    config.context.into_iter().map(|(word, stored)| Offer { word, about: stored.url }).collect()
}

fn values(root: &Command, command: &Command, argument: &Arg, lead: &str) -> Offers {
    use clap::ValueHint::{AnyPath, DirPath, FilePath};
    let own = |all: &[&str]| Offers::These(all.iter().copied().map(Offer::plain).collect());
    if is_destination(argument) {
        return Offers::Destinations;
    }
    if matches!(argument.get_value_hint(), AnyPath | DirPath | FilePath) {
        return Offers::Files;
    }
    match (command.get_name(), argument.get_id().as_str()) {
        (_, "context") | ("use" | "rm", "name") => Offers::These(contexts()),
        (_, "server" | "url") => Offers::These(urls()),
        // Another broker, by its URL or by its name.
        ("mirror", "to") => Offers::These([contexts(), urls()].concat()),
        (_, "ack") => own(&[AckMode::Auto, AckMode::Client, AckMode::ClientIndividual].map(AckMode::as_str)),
        (_, "protocol") => own(&Version::ALL.map(Version::as_str)),
        ("man", "command") => Offers::These(commands(root)),
        (_, "body") if lead == "@" => Offers::Files,
        _ => {
            let possible = argument.get_possible_values();
            let shown = possible.iter().filter(|own| !own.is_hide_set());
            let offer = |own: &clap::builder::PossibleValue| Offer {
                word: own.get_name().to_owned(),
                about: first_line(own.get_help()),
            };
            let takes = argument.get_action().takes_values();
            Offers::These(if takes { shown.map(offer).collect() } else { Vec::new() })
        }
    }
}
