//! What an argument takes, read from its clap definition, and the candidates that follow from it without a connection.
//! The prompt and the system's shells complete with both.

use clap::{Arg, ArgAction, Command, ValueHint};

use super::config::Config;
use crate::protocol::Version;
use crate::session::{AckMode, Dialect};
use crate::transport::Scheme;

/// Media types that are offered.
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

/// A word that may be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) word: String,
    /// What it is, in one line; empty where it speaks for itself.
    pub(crate) about: String,
    /// Whether it is whole, so that a blank follows.
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

/// What the value of an argument is.
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
    /// A message that is kept.
    MessageNumber,
    Priority,
    SendHeader,
    Setting,
    SubscribeHeader,
    Subscription,
    Transaction,
    /// A message that waits for an ack.
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
            ("NAME: VALUE", "connect_header") => Self::ConnectHeader,
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

    /// The candidates that need no connection. `colon` is what follows a header's name.
    pub(crate) fn candidates(self, typed: &str, dialect: &Dialect, colon: &str) -> Vec<Candidate> {
        let whole = |words: &[&str]| words.iter().copied().map(Candidate::whole).collect::<Vec<_>>();
        match self {
            Self::AckMode => {
                whole(&[AckMode::Auto, AckMode::Client, AckMode::ClientIndividual].map(AckMode::as_str))
            }
            Self::ContentType => whole(TYPES),
            Self::Context => contexts(),
            Self::ContextOrUrl => [contexts(), urls()].concat(),
            Self::Priority => whole(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
            Self::Url => urls(),
            Self::Version => whole(&Version::ALL.map(Version::as_str)),
            Self::ConnectHeader | Self::SendHeader | Self::SubscribeHeader => {
                self.headers(typed, dialect, colon)
            }
            _ => Vec::new(),
        }
    }

    /// Header names that this broker knows, then values of the one that is typed.
    fn headers(self, typed: &str, dialect: &Dialect, colon: &str) -> Vec<Candidate> {
        if let Some((name, value)) = typed.split_once(':').filter(|_| self != Self::ConnectHeader) {
            let values: &[&str] = match name {
                "content-type" => TYPES,
                "persistent" | "durable" | "auto-delete" | "exclusive" | "browser" => &["true", "false"],
                _ => &[],
            };
            let blank = if value.starts_with(' ') { " " } else { "" };
            return values.iter().map(|value| Candidate::whole(format!("{name}:{blank}{value}"))).collect();
        }
        let (of_broker, usual): (&[&str], &[&str]) = match self {
            Self::ConnectHeader => (&[], &["client-id", "heart-beat", "host", "accept-version"]),
            Self::SubscribeHeader if dialect.selects || !dialect.is_known() => {
                (dialect.subscribe_headers, &["selector"])
            }
            Self::SubscribeHeader => (dialect.subscribe_headers, &[]),
            _ if dialect.send_headers.is_empty() => (
                &[],
                &["content-type", "persistent", "priority", "expires", "reply-to", "correlation-id", "type"],
            ),
            _ => (dialect.send_headers, &["content-type"]),
        };
        of_broker.iter().chain(usual).map(|name| Candidate::begun(format!("{name}{colon}"))).collect()
    }
}

fn urls() -> Vec<Candidate> {
    let all = [Scheme::Stomp, Scheme::Stomps, Scheme::Ws, Scheme::Wss];
    all.map(|scheme| Candidate::begun(format!("{scheme}://"))).to_vec()
}

fn contexts() -> Vec<Candidate> {
    // The command that uses the file reports what is wrong with it.
    let config = Config::read().unwrap_or_default();
    let stored = config.context.into_iter();
    stored.map(|(word, stored)| Candidate { about: stored.url, ..Candidate::whole(word) }).collect()
}

/// The subcommands by all their names.
pub(crate) fn commands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let named = shown.flat_map(|command| {
        let names = std::iter::once(command.get_name()).chain(command.get_visible_aliases());
        names.map(|name| Candidate::with_help(name.to_owned(), command.get_about()))
    });
    named.collect()
}

/// The options of a command: its own, then the global ones.
pub(crate) fn options(command: &Command) -> Vec<Candidate> {
    let shown = command.get_arguments().filter(|option| !option.is_hide_set() && !option.is_positional());
    let (global, local): (Vec<&Arg>, Vec<&Arg>) = shown.partition(|option| option.is_global_set());
    let named = local.into_iter().chain(global).flat_map(|option| {
        let long = option.get_long().map(|long| format!("--{long}"));
        let short = option.get_short().map(|short| format!("-{short}"));
        long.into_iter().chain(short).map(|word| Candidate::with_help(word, option.get_help()))
    });
    named.collect()
}

/// The values that clap accepts, where they are few.
pub(crate) fn possible(argument: &Arg) -> Vec<Candidate> {
    let values = argument.get_possible_values();
    let shown = values.iter().filter(|value| !value.is_hide_set());
    shown.map(|value| Candidate::with_help(value.get_name().to_owned(), value.get_help())).collect()
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

/// The option of this name or alias, without its dashes.
pub(crate) fn long<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|option| {
        option.get_long() == Some(name)
            || option.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
    })
}

pub(crate) fn short(command: &Command, letter: char) -> Option<&Arg> {
    command.get_arguments().find(|option| option.get_short() == Some(letter))
}
