//! The clap definitions of the commands that can be typed in the shell, built once, and the line grammar that follows
//! from them.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::Problem;
use super::facts::Facts;
use crate::words::{BodyKind, Grammar, Line, LineFault, WordRole, WordsError};

/// The body at the end of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InputBody {
    Bytes(Bytes),
    /// `@FILE`: the content of a file.
    File(PathBuf),
    /// `-`
    StandardInput,
}

/// Who reads standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StandardInput {
    /// Nobody so far.
    #[default]
    Free,
    /// An earlier command has read all of it.
    Read,
    /// The script comes from it.
    Script,
}

/// The parts of a line that are no options.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input {
    pub body: Option<InputBody>,
    /// The line of another command, as in `time CMD`.
    pub line: Option<Vec<u8>>,
    /// Whether a `--` on the command line makes `-` and `@FILE` literal text.
    pub literal: bool,
}

impl Input {
    /// The body of the line or, in the same notations, of the words of a command line, which are joined by spaces.
    pub(super) fn body(&self, words: &[OsString]) -> Result<Option<InputBody>> {
        if self.body.is_some() || words.is_empty() {
            return Ok(self.body.clone());
        }
        let text = words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' ');
        Ok(Some(match text.as_slice() {
            b"-" if !self.literal => InputBody::StandardInput,
            b"@" if !self.literal => {
                let hint = "put '--' before a body that begins with '@'";
                return Err(Problem::usage_hint("'@' needs the name of a file", hint).into());
            }
            [b'@', first, ..] if !self.literal && !first.is_ascii_whitespace() => {
                InputBody::File(OsStr::from_bytes(&text[1..]).into())
            }
            _ => InputBody::Bytes(text.into()),
        }))
    }
}

/// Why a line cannot be parsed, and which part of it is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct LineError {
    #[source]
    pub error: WordsError,
    /// The whole line, of which the error shows an excerpt.
    pub text: Vec<u8>,
}

/// The help text for `--help`, which is output and no failure.
#[derive(Debug, thiserror::Error)]
#[error("help was asked for")]
pub(crate) struct HelpAsked(pub clap::builder::StyledStr);

/// The type of [`clap::Args::augment_args`], which adds the options of a command.
pub(crate) type Augment = fn(clap::Command) -> clap::Command;

pub(crate) fn definition(facts: &Facts, augment: Augment) -> clap::Command {
    let command = augment(clap::Command::new(facts.name))
        .visible_aliases(facts.aliases.iter().copied())
        .hide(facts.hidden);
    command.mut_args(|argument| {
        let names = argument.get_value_names().unwrap_or_default();
        if names.iter().any(|name| ["DEST", "FROM", "TO", "ID|DEST"].contains(&name.as_str())) {
            argument.value_parser(parse_destination)
        } else {
            argument
        }
    })
}

/// Refuses an empty destination, and the URL of a broker, which would go to a broker as a name, with its password.
fn parse_destination(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("the destination is empty; name one such as /queue/a");
    }
    if is_url(text) {
        return Err("a destination is wanted here, not a URL: -s URL says where the broker is");
    }
    Ok(text.to_owned())
}

fn is_url(destination: &str) -> bool {
    let scheme = destination.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// The clap definitions of the commands that can be typed at the prompt and in scripts.
pub(crate) struct Tree {
    command: clap::Command,
    /// What splitting a line needs to know of the commands.
    pub grammar: Arc<Grammar>,
}

impl Tree {
    pub(crate) fn of(commands: impl IntoIterator<Item = clap::Command>) -> Self {
        let mut command = clap::Command::new("stomp")
            .multicall(true)
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .max_term_width(80);
        for subcommand in commands {
            // Not on the command line, where `--quiet` is a global option with another meaning.
            let counts = subcommand.get_arguments().any(|argument| argument.get_id() == "count_only");
            let subcommand = if counts {
                subcommand.mut_arg("count_only", |argument| argument.visible_alias("quiet"))
            } else {
                subcommand
            };
            command = command.subcommand(subcommand);
        }
        command.build();
        // clap puts the program's name before a subcommand, which the shell does not have.
        for subcommand in command.get_subcommands_mut() {
            let name = subcommand.get_name().to_owned();
            subcommand.set_bin_name(name);
        }
        let grammar = Arc::new(Grammar::of(&command));
        Self { command, grammar }
    }

    pub(crate) fn command(&self) -> &clap::Command {
        &self.command
    }

    pub(crate) fn find(&self, name: &str) -> Option<&clap::Command> {
        self.command.find_subcommand(name)
    }

    /// Parses a line into the name of its command and its options. `text` is the whole line, which an error shows.
    pub(crate) fn matches(&mut self, line: &Line<'_>, text: &[u8]) -> Result<(String, ArgMatches)> {
        let matches = self.command.try_get_matches_from_mut(arguments(line));
        let mut matches = matches.map_err(|error| line_error(&error, line, text))?;
        Ok(matches.remove_subcommand().unwrap_or_default())
    }
}

/// Destination and body of a `send` without options whose body is in the line.
pub(super) fn plain_send(line: &Line<'_>) -> Option<(Vec<u8>, Bytes)> {
    let [command, destination] = line.words.as_slice() else { return None };
    let text = std::str::from_utf8(&destination.bytes).ok()?;
    let plain = *command.bytes == *b"send"
        && destination.role == WordRole::Positional
        && parse_destination(text).is_ok();
    match input_body(line)? {
        InputBody::Bytes(body) if plain => Some((destination.bytes.to_vec(), body)),
        _ => None,
    }
}

fn input_body(line: &Line<'_>) -> Option<InputBody> {
    let body = line.body.as_ref()?;
    let is_literal = || line.words.iter().any(|word| word.role == WordRole::EndOfOptions);
    Some(match (body.kind, &*body.bytes) {
        (BodyKind::File, name) => InputBody::File(OsStr::from_bytes(name).into()),
        (BodyKind::Text, b"-" | b"-\r") if !is_literal() => InputBody::StandardInput,
        (_, bytes) => InputBody::Bytes(Bytes::copy_from_slice(bytes)),
    })
}

pub(super) fn input(line: &Line<'_>) -> Input {
    Input { body: input_body(line), line: line.rest.as_ref().map(|rest| rest.to_vec()), literal: false }
}

/// The words for clap, options first and positional words after `--`: the grammar has told them apart, and a quoted
/// positional word may begin with a dash.
fn arguments(line: &Line<'_>) -> Vec<OsString> {
    let with = |role: fn(WordRole) -> bool| {
        let words = line.words.iter().filter(move |word| role(word.role));
        words.map(|word| OsStr::from_bytes(&word.bytes).to_os_string())
    };
    let mut arguments: Vec<OsString> = Vec::with_capacity(line.words.len() + 1);
    arguments.extend(with(|role| role == WordRole::Command));
    arguments.extend(with(|role| matches!(role, WordRole::Option | WordRole::Value)));
    if line.words.iter().any(|word| word.role == WordRole::Positional) {
        arguments.push("--".into());
    }
    arguments.extend(with(|role| role == WordRole::Positional));
    arguments
}

/// clap's error as an error of the line.
fn line_error(error: &clap::Error, line: &Line<'_>, text: &[u8]) -> anyhow::Error {
    if !error.use_stderr() {
        return HelpAsked(error.render()).into();
    }
    let rendered = error.render().to_string();
    let mut lines = rendered.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    let first = lines.next().unwrap_or_default();
    let mut message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    for line in lines {
        message.push(' ');
        message.push_str(line);
    }
    if let (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(names))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    {
        message = format!("'{}' lacks its {}", line.command(), names.join(" and its "));
    }
    let mut hint = format!("'help {}' says more", line.command());
    let end = line.words.last().map_or(0, |word| word.span.end);
    let mut span = wrong_word(error, line).unwrap_or(end..end);
    if error.kind() == ErrorKind::InvalidUtf8
        && let Some(word) = line.words.iter().find(|word| std::str::from_utf8(&word.bytes).is_err())
    {
        message = "this word is not UTF-8".to_owned();
        "only bodies may hold other bytes".clone_into(&mut hint);
        span = word.span.clone();
    }
    LineError { error: WordsError { fault: LineFault::Misused { message, hint }, span }, text: text.to_vec() }
        .into()
}

/// The word that clap's error is about; `None` if one is missing.
fn wrong_word(error: &clap::Error, line: &Line<'_>) -> Option<Range<usize>> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    let words = line.words.iter().filter(|word| word.role != WordRole::Command);
    let value = context(ContextKind::InvalidValue).or_else(|| context(ContextKind::InvalidArg))?;
    // A value may be a word of its own or follow `--option=`; clap names an option together with its value's name.
    let name = value.split([' ', '=']).next().unwrap_or(value);
    let is_it = |bytes: &[u8]| {
        bytes == value.as_bytes()
            || bytes == name.as_bytes()
            || bytes.ends_with(format!("={value}").as_bytes())
    };
    words.rev().find(|word| is_it(&word.bytes)).map(|word| word.span.clone())
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
