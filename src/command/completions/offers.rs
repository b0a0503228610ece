//! What may stand at a place.

use clap::{Arg, Command};

use super::place::{Kind, WordPlace};
use crate::command::completer::{Candidate, Completer, commands, options, possible};
use crate::session::Dialect;

/// Words that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Offers {
    /// These.
    These(Vec<Candidate>),
    /// Files, which shells know better.
    Files,
    /// Destinations.
    Destinations,
}

pub(super) fn of(root: &Command, place: &WordPlace<'_, '_>) -> Offers {
    let at_root = place.command.get_name() == root.get_name();
    match place.kind {
        Kind::Option => Offers::These(options(place.command)),
        Kind::Command if at_root && place.typed.contains([':', '/']) => {
            Offers::These(Completer::Url.candidates(place.typed, Dialect::unknown(), ":"))
        }
        Kind::Command => Offers::These(commands(place.command)),
        Kind::Value(argument) => values(root, argument, place),
    }
}

fn values(root: &Command, argument: &Arg, place: &WordPlace<'_, '_>) -> Offers {
    match Completer::of(argument) {
        Some(Completer::Destination) => Offers::Destinations,
        Some(Completer::File) => Offers::Files,
        Some(Completer::CommandName) => Offers::These(commands(root)),
        // A blank behind the colon would need quotes.
        Some(completer) => Offers::These(completer.candidates(place.typed, Dialect::unknown(), ":")),
        None if argument.get_id() == "body" && place.lead == "@" => Offers::Files,
        None => Offers::These(possible(argument)),
    }
}
