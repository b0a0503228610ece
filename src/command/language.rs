//! The commands of the prompt and of scripts: one clap tree, built once, and the line grammar that
//! follows from it.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use super::context::{Context, Flow};
use super::{Anywhere, AtThePrompt};
use crate::words::{Body, BodyKind, Fault, Grammar, Item, Line, Role, WordsError};

/// A line of the prompt or a script.
#[derive(Parser, Debug)]
#[command(
    name = "stomp",
    multicall = true,
    disable_help_subcommand = true,
    infer_long_args = false,
    max_term_width = 80
)]
pub struct TypedLine {
    /// The command.
    #[command(subcommand)]
    pub command: Typed,
}

/// A command as it may be typed at the prompt or stand in a script.
#[derive(clap::Subcommand, Debug, Clone)]
pub enum Typed {
    /// One that the command line knows too.
    #[command(flatten)]
    Anywhere(Anywhere),
    /// One that only the prompt and scripts know.
    #[command(flatten)]
    AtThePrompt(AtThePrompt),
}

impl Typed {
    /// Whether it is a `send`, which need not wait for the sends before it.
    pub fn is_send(&self) -> bool {
        matches!(self, Self::Anywhere(Anywhere::Send(_)))
    }

    /// Whether it makes a connection itself, or needs none.
    pub fn needs_no_connection(&self) -> bool {
        matches!(
            self,
            Self::AtThePrompt(
                AtThePrompt::Connect(_)
                    | AtThePrompt::Doctor(_)
                    | AtThePrompt::Help(_)
                    | AtThePrompt::Trace(_)
                    | AtThePrompt::Set(_)
                    | AtThePrompt::Unset(_)
                    | AtThePrompt::Alias(_)
                    | AtThePrompt::Unalias(_)
                    | AtThePrompt::Source(_)
                    | AtThePrompt::Time(_)
                    | AtThePrompt::Watch(_)
                    | AtThePrompt::Version(_)
                    | AtThePrompt::Log(_)
                    | AtThePrompt::History(_)
                    | AtThePrompt::Quit(_)
            )
        )
    }

    /// Runs it.
    pub async fn run(&self, context: &mut Context, given: &Given) -> Result<Flow> {
        match self {
            Self::Anywhere(own) => own.run(context, given).await,
            Self::AtThePrompt(own) => own.run(context, given).await,
        }
    }
}

/// A body as a line gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenBody {
    /// Its octets.
    Octets(Bytes),
    /// The file that holds it.
    File(PathBuf),
}

/// What a line gives a command besides its options.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The body.
    pub body: Option<GivenBody>,
    /// Another command's line (`time CMD`).
    pub line: Option<Vec<u8>>,
}

/// What a line asks for.
#[derive(Debug)]
pub enum Action {
    /// `send DEST BODY` without options, by far the most frequent line of a script.
    Send(Vec<u8>, Bytes),
    /// Another command.
    Run(Box<Typed>, Given),
    /// A line for the system's shell.
    Shell(Vec<u8>),
}

/// A line that was understood.
#[derive(Debug)]
pub struct Request {
    /// The connection it is for, if it is not the current one.
    pub connection: Option<String>,
    /// How often it runs.
    pub repeat: u64,
    /// What it asks for.
    pub action: Action,
    /// The system's shell's line that its output goes to.
    pub pipe: Option<Vec<u8>>,
}

impl Request {
    /// Whether it makes a connection itself, needs none, or is other lines, of which each is asked.
    fn is_unconnected(&self) -> bool {
        match &self.action {
            Action::Send(..) => false,
            Action::Run(typed, _) => typed.needs_no_connection(),
            Action::Shell(_) => true,
        }
    }

    /// Whether it can run before there is a connection.
    pub fn needs_no_connection(&self) -> bool {
        self.connection.is_none() && self.is_unconnected()
    }
}

/// A line that was not understood.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct LineError {
    /// What is wrong, and where.
    #[source]
    pub error: WordsError,
    /// The line.
    pub text: Vec<u8>,
}

/// `--help` was asked for: its text is output, and nothing is wrong.
#[derive(Debug, thiserror::Error)]
#[error("help was asked for")]
pub struct HelpAsked(pub clap::builder::StyledStr);

/// The tree, built once, and its grammar.
pub struct Tree {
    command: clap::Command,
    /// What the splitter of lines knows of the commands.
    pub grammar: Arc<Grammar>,
}

impl Default for Tree {
    fn default() -> Self {
        // On the command line `--quiet` has another meaning: it is an option of every command there.
        let mut command = TypedLine::command()
            .mut_subcommand("sub", |sub| sub.mut_arg("count_only", |arg| arg.visible_alias("quiet")));
        command.build();
        // A command of the shell has no program's name before it, nor the blank behind that.
        for own in command.get_subcommands_mut() {
            let name = own.get_name().to_owned();
            own.set_bin_name(name);
        }
        let grammar = Arc::new(Grammar::of(&command));
        Self { command, grammar }
    }
}

impl Tree {
    /// The clap tree.
    pub fn command(&self) -> &clap::Command {
        &self.command
    }

    /// The subcommand of this name or alias.
    pub fn find(&self, name: &str) -> Option<&clap::Command> {
        self.command.find_subcommand(name)
    }

    /// Understands a line, whose text an error shows. Blank ones are none.
    pub fn request(&mut self, item: Item<'_>, text: &[u8]) -> Result<Option<Request>> {
        let line = match item {
            Item::Blank => return Ok(None),
            Item::Shell(line) => {
                let action = Action::Shell(line.to_vec());
                return Ok(Some(Request { connection: None, repeat: 1, action, pipe: None }));
            }
            Item::Command(line) => line,
        };
        let action = match plain_send(&line) {
            Some((destination, body)) => Action::Send(destination, body),
            None => self.typed(&line, text)?,
        };
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        Ok(Some(Request {
            connection: line.connection.as_deref().map(text),
            repeat: line.repeat.unwrap_or(1),
            action,
            pipe: line.pipe.as_ref().map(|pipe| pipe.to_vec()),
        }))
    }

    fn typed(&mut self, line: &Line<'_>, text: &[u8]) -> Result<Action> {
        let matches = self.command.try_get_matches_from_mut(arguments(line));
        let typed = matches.and_then(|matches| TypedLine::from_arg_matches(&matches));
        let typed = typed.map_err(|error| refused(&error, line, text))?;
        let given = Given {
            body: line.body.as_ref().map(given_body),
            line: line.rest.as_ref().map(|rest| rest.to_vec()),
        };
        Ok(Action::Run(Box::new(typed.command), given))
    }
}

/// Destination and body where that is all there is.
fn plain_send(line: &Line<'_>) -> Option<(Vec<u8>, Bytes)> {
    let [command, destination] = line.words.as_slice() else { return None };
    let body = line.body.as_ref().filter(|body| body.kind != BodyKind::File)?;
    let plain = *command.octets == *b"send" && destination.role == Role::Positional;
    plain.then(|| (destination.octets.to_vec(), Bytes::copy_from_slice(&body.octets)))
}

fn given_body(body: &Body<'_>) -> GivenBody {
    match body.kind {
        BodyKind::File => GivenBody::File(OsStr::from_bytes(&body.octets).into()),
        _ => GivenBody::Octets(Bytes::copy_from_slice(&body.octets)),
    }
}

/// The words for clap, options first and positional words behind `--`: which is which has been
/// decided, and a quoted word may begin with a dash.
fn arguments(line: &Line<'_>) -> Vec<OsString> {
    let word = |octets: &[u8]| OsStr::from_bytes(octets).to_os_string();
    let with = |role: fn(Role) -> bool| {
        let words = line.words.iter().filter(move |word| role(word.role));
        words.map(move |own| word(&own.octets))
    };
    let mut arguments: Vec<OsString> = Vec::with_capacity(line.words.len() + 1);
    arguments.extend(with(|role| role == Role::Command));
    arguments.extend(with(|role| matches!(role, Role::Option | Role::Value)));
    if line.words.iter().any(|word| word.role == Role::Positional) {
        arguments.push("--".into());
    }
    arguments.extend(with(|role| role == Role::Positional));
    arguments
}

/// What clap has against a line, and where.
fn refused(error: &clap::Error, line: &Line<'_>, text: &[u8]) -> anyhow::Error {
    if !error.use_stderr() {
        return HelpAsked(error.render()).into();
    }
    let said = error.render().to_string();
    let mut lines = said.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
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
    let hint = format!("'help {}' says more", line.command());
    let end = line.words.last().map_or(0, |word| word.span.end);
    let span = culprit(error, line).unwrap_or(end..end);
    LineError { error: WordsError { fault: Fault::Misused { message, hint }, span }, text: text.to_vec() }
        .into()
}

/// The word that clap's error is about; `None` where one is missing.
fn culprit(error: &clap::Error, line: &Line<'_>) -> Option<Range<usize>> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    let words = line.words.iter().filter(|word| word.role != Role::Command);
    let value = context(ContextKind::InvalidValue).or_else(|| context(ContextKind::InvalidArg))?;
    // A value may stand by itself or behind its option; an option is named with what it takes.
    let name = value.split([' ', '=']).next().unwrap_or(value);
    let is_it = |octets: &[u8]| {
        octets == value.as_bytes()
            || octets == name.as_bytes()
            || octets.ends_with(format!("={value}").as_bytes())
    };
    words.rev().find(|word| is_it(&word.octets)).map(|word| word.span.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;
    use crate::words::{Language, read};

    fn request(text: &str) -> Result<Option<Request>> {
        let mut tree = Tree::default();
        let grammar = Arc::clone(&tree.grammar);
        let item = read(text.as_bytes(), &Language::new(&grammar)).finished();
        tree.request(item.map_err(|error| LineError { error, text: text.into() })?, text.as_bytes())
    }

    #[test]
    fn the_tree_is_sound() {
        TypedLine::command().debug_assert();
    }

    #[test]
    fn a_send_without_options_needs_no_parser() {
        let found = request("send /queue/a  two blanks").unwrap().unwrap();
        let Action::Send(destination, body) = found.action else { panic!("not plain") };
        assert_eq!((&*destination, &*body), (&b"/queue/a"[..], &b" two blanks"[..]));
    }

    #[test]
    fn options_and_a_body_come_apart() {
        let found = request("send --persistent -H 'a: b' /queue/a -- --x").unwrap().unwrap();
        let Action::Run(typed, given) = found.action else { panic!("plain") };
        let Typed::Anywhere(Anywhere::Send(send)) = *typed else { panic!("not send") };
        assert!(send.persistent);
        assert_eq!(send.header, [("a".to_owned(), "b".to_owned())]);
        assert_eq!(given.body, Some(GivenBody::Octets(Bytes::from_static(b"--x"))));
    }

    #[test]
    fn a_quoted_word_may_begin_with_a_dash() {
        let found = request("sub '-x'").unwrap().unwrap();
        let Action::Run(typed, _) = found.action else { panic!("plain") };
        let Typed::Anywhere(Anywhere::Sub(sub)) = *typed else { panic!("not sub") };
        assert_eq!(sub.destination, ["-x"]);
    }

    #[test]
    fn a_missing_word_is_named_in_one_line() {
        let error = request("send").unwrap_err();
        assert!(error.to_string().contains("<DEST>"), "{error}");
        assert!(!error.to_string().contains('\n'));
        let place = |text: &str| request(text).unwrap_err().downcast::<LineError>().unwrap().error.span;
        assert_eq!(place("send"), 4..4);
        assert_eq!(place("send --priority 12 /queue/a x"), 16..18);
        assert_eq!(place("send --priority=12 /queue/a x"), 5..18);
        assert_eq!(place("send --text --bytes /queue/a x"), 5..11);
        assert_eq!(place("watch x subs"), 6..7);
        assert_eq!(place("pause now"), 6..9);
        let help = request("sub --help").unwrap_err().downcast::<HelpAsked>().unwrap();
        assert!(help.0.to_string().contains("\nUsage: sub "), "{}", help.0);
        assert!(request("sub --help").unwrap_err().downcast_ref::<HelpAsked>().is_some());
    }
}
