//! What completes an argument, by its clap definition.

use clap::{Arg, ArgAction, Command, ValueHint};

/// What completes the value of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completer {
    AckMode,
    Alias,
    CommandName,
    ConnectHeader,
    Connection,
    ContentType,
    Context,
    ContextOrUrl,
    Destination,
    File,
    /// The number of a message in the scrollback.
    MessageNumber,
    Priority,
    SendHeader,
    Setting,
    SubscribeHeader,
    Subscription,
    Transaction,
    /// The number of an unacknowledged message.
    UnackedMessage,
    Url,
    Version,
}

impl Completer {
    /// By the argument's value hint, the name of its value, or its id, in this order.
    pub(crate) fn of(argument: &Arg) -> Option<Self> {
        if !argument.get_action().takes_values() {
            return None;
        }
        if matches!(argument.get_value_hint(), ValueHint::AnyPath | ValueHint::DirPath | ValueHint::FilePath)
        {
            return Some(Self::File);
        }
        let value =
            argument.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
        Some(match (value, argument.get_id().as_str()) {
            ("DEST" | "FROM" | "TO", _) => Self::Destination,
            ("ID|DEST", _) => Self::Subscription,
            ("ID|.|all", _) => Self::UnackedMessage,
            ("URL|CONTEXT", _) => Self::ContextOrUrl,
            ("TYPE", _) => Self::ContentType,
            ("0-9", _) => Self::Priority,
            ("MODE", "ack") => Self::AckMode,
            ("VERSION", _) => Self::Version,
            ("HEADER|@FILE", "connect_header") => Self::ConnectHeader,
            // Brokers have few of these; no list is known.
            ("NAME: VALUE", "control_header") => return None,
            ("NAME: VALUE", "subscribe_header") => Self::SubscribeHeader,
            ("NAME: VALUE", _) => Self::SendHeader,
            (_, "alias") => Self::Alias,
            (_, "command") => Self::CommandName,
            (_, "connection") => Self::Connection,
            (_, "context" | "context_name") => Self::Context,
            (_, "message") => Self::MessageNumber,
            (_, "server" | "url") => Self::Url,
            (_, "setting") => Self::Setting,
            (_, "transaction") => Self::Transaction,
            _ => return None,
        })
    }

    pub(crate) fn is_header(self) -> bool {
        matches!(self, Self::ConnectHeader | Self::SendHeader | Self::SubscribeHeader)
    }
}

/// The positional argument of this number; the last one may take all words that follow.
pub(crate) fn positional(command: &Command, index: usize) -> Option<&Arg> {
    let last = || command.get_positionals().last().filter(|argument| takes_many(argument));
    command.get_positionals().nth(index).or_else(last)
}

fn takes_many(argument: &Arg) -> bool {
    let values = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
    values || matches!(argument.get_action(), ArgAction::Append)
}

/// The option that is written like this, with its dashes; a value may be attached to a letter.
pub(crate) fn option<'c>(command: &'c Command, written: &str) -> Option<&'c Arg> {
    match written.strip_prefix("--") {
        Some(name) => long(command, name),
        None => short(command, written.strip_prefix('-')?.chars().next()?),
    }
}

/// The option of this name or alias, without its dashes.
pub(super) fn long<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|option| {
        option.get_long() == Some(name)
            || option.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
    })
}

pub(super) fn short(command: &Command, letter: char) -> Option<&Arg> {
    command.get_arguments().find(|option| option.get_short() == Some(letter))
}
