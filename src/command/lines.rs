//! Parses and runs the lines of the prompt and of scripts.

use std::fs::File;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;

use super::context::{Context, ControlFlow, OnInterrupt, Registered, Run};
use super::exit::{self, Problem};
use super::facts::Facts;
use super::script_error::SourceLocation;
use super::signals::Signals;
use super::tree::{Input, LineError, Tree, input, plain_send};
use crate::render::Diagnostic;
use crate::words::{BodyKind, Grammar, Item, Language, Line, ScriptReader, WordRole, command_word};

/// How deep commands may be nested that run other lines: an alias of `time` may lead back to itself.
const MAX_DEPTH: u32 = 32;

const TOO_DEEP: &str = "commands stand in each other too deep";

#[derive(Debug)]
pub(crate) enum Action {
    /// `send DEST BODY` without options, which needs no clap: scripts consist of it.
    Send(Vec<u8>, Bytes),
    Run(&'static Facts, Box<dyn Run>, Input),
    /// `!CMD`: a line for the system's shell.
    Shell(Vec<u8>),
}

#[derive(Debug)]
pub(crate) struct ParsedLine {
    /// The `name` of `@name command`.
    connection: Option<String>,
    repeat: u64,
    action: Action,
    /// Whether its body ends in a carriage return that stood before the line feed.
    has_carriage_return: bool,
    /// An option of the command that stands in its body.
    option_in_body: Option<String>,
    /// The line for the system's shell that the output is piped into.
    pipe: Option<Vec<u8>>,
}

impl ParsedLine {
    /// Whether it may run while earlier sends of a script wait for their receipts.
    pub(crate) fn overtakes_sends(&self) -> bool {
        match &self.action {
            Action::Send(..) => true,
            Action::Run(facts, ..) => facts.overtakes_sends,
            Action::Shell(_) => false,
        }
    }

    fn needs_connection(&self) -> bool {
        let needs = match &self.action {
            Action::Send(..) => true,
            Action::Run(facts, ..) => facts.needs_connection,
            Action::Shell(_) => false,
        };
        needs || self.connection.is_some()
    }
}

impl Context {
    /// Reads and parses the next line, with its number; `None` at the end.
    pub(crate) fn next(&mut self, reader: &mut ScriptReader) -> Option<(u64, Result<ParsedLine>)> {
        self.tree();
        let tree = self.tree.get_mut()?;
        let grammar = Arc::clone(&tree.grammar);
        let aliases = |name: &str| self.aliases.get(name).cloned();
        let variables = |name: &str| self.variables.get(name).cloned();
        let language = Language {
            grammar: &grammar,
            aliases: (!self.aliases.is_empty()).then_some(&aliases),
            variables: Some(&variables),
        };
        loop {
            let logical = reader.next(&language)?;
            let request = match logical.item {
                Ok(item) => {
                    // The transcript gets the lines that come back from the editor instead of `edit`.
                    if self.depth == 0 && !logical.text.trim_ascii_start().starts_with(b"edit") {
                        self.inbox.record_line(logical.text);
                    }
                    parse(tree, self.commands, item, logical.text).transpose()
                }
                Err(error) => Some(Err(LineError { error, text: logical.text.to_vec() }.into())),
            };
            if let Some(request) = request {
                return Some((logical.line, request));
            }
        }
    }

    /// Warns of the first line of a file whose body ends in a carriage return, which is sent with it.
    pub(crate) fn warn_of_carriage_return(&self, line: &Result<ParsedLine>, warned: &mut bool) {
        if *warned || self.run_options.quiet || !line.as_ref().is_ok_and(|line| line.has_carriage_return) {
            return;
        }
        *warned = true;
        let warning = Diagnostic::warning("the line ends in CR LF, and its body is sent with the CR");
        let warning = warning.at(&self.location.file, self.location.line);
        self.screen.complain(&warning.hint("tr -d '\\r' removes the CRs of a file"));
    }

    /// Runs the lines of a text in order until one fails.
    pub(crate) async fn run_text(&mut self, text: Vec<u8>) -> Result<ControlFlow> {
        let mut reader = ScriptReader::of(text);
        while let Some((_, request)) = self.next(&mut reader) {
            if Box::pin(self.run(request?)).await? == ControlFlow::Quit {
                return Ok(ControlFlow::Quit);
            }
        }
        Ok(ControlFlow::Continue)
    }

    /// Runs lines for a command such as `time`, up to a depth.
    pub(crate) async fn run_nested(&mut self, text: Vec<u8>) -> Result<ControlFlow> {
        if self.depth >= MAX_DEPTH {
            let name = String::from_utf8_lossy(&text[command_word(&text)]).into_owned();
            if self.aliases.contains_key(&name) {
                let hint = format!("'unalias {name}' removes it");
                let message = format!("{TOO_DEEP}: the alias '{name}' leads back to itself");
                return Err(Problem::usage_hint(message, hint).into());
            }
            return Err(Problem::usage(TOO_DEEP).into());
        }
        let scope = Scope::enter(self);
        scope.context.depth += 1;
        Box::pin(scope.context.run_text(text)).await
    }

    pub(crate) async fn run(&mut self, request: ParsedLine) -> Result<ControlFlow> {
        // The line before it may have ended without an error although a signal has come.
        if let Some(code) = self.signals.arrived() {
            return Err(Problem::Stopped { code }.into());
        }
        if request.needs_connection() {
            self.connect_on_demand().await?;
        }
        if let Some(option) = &request.option_in_body {
            // On the command line of the system, options may follow the body.
            let text = format!(
                "'{option}' is sent as part of the body: options stand before it, and '--' says that none does"
            );
            self.warn_once("option in body", &text);
        }
        let chosen = request.connection.as_deref().map(|name| self.find(name)).transpose()?;
        let mut scope = Scope::enter(self);
        if chosen.is_some() {
            scope.outer_current = scope.context.current;
            scope.context.addressed = chosen;
        }
        if request.pipe.is_some() {
            let file =
                tempfile::tempfile().map_err(|error| Problem::local("cannot keep the output", error))?;
            scope.outer_capture = scope.context.capture.replace(Arc::new(file));
            scope.captures = true;
        }
        let mut result = Ok(ControlFlow::Continue);
        for _ in 0..request.repeat {
            result = scope.context.act(&request.action).await;
            if !matches!(result, Ok(ControlFlow::Continue)) {
                break;
            }
        }
        let output = request.pipe.as_ref().and_then(|_| scope.context.capture.take());
        drop(scope);
        if let (Some(line), Some(output), Ok(_)) = (request.pipe, output, &result) {
            super::system::pipe(self, &line, output).await?;
        }
        result
    }

    /// Runs a command, after a question if it would do harm on a production broker.
    pub(crate) async fn run_command(
        &mut self,
        facts: &Facts,
        command: &dyn Run,
        input: Input,
    ) -> Result<ControlFlow> {
        if let Some(danger) = command.danger_of_run(self.run_options)
            && !self.may_run(danger).await?
        {
            return Ok(ControlFlow::Continue);
        }
        if facts.stops_itself {
            self.on_interrupt.set(OnInterrupt::CommandEnds);
        }
        let result = command.start(self, input).await;
        if facts.stops_itself {
            self.on_interrupt.set(OnInterrupt::Drop);
        }
        result
    }

    /// Runs the one command of a command line and returns the exit status unless it failed.
    pub(crate) async fn one_shot(&mut self, facts: &Facts, command: &dyn Run, input: Input) -> Result<u8> {
        self.signals = Signals::watch().map_err(|error| Problem::local("cannot watch for signals", error))?;
        let mut signals = self.signals.clone();
        let ran = async {
            if facts.needs_connection {
                self.connect_on_demand().await?;
            }
            self.run_command(facts, command, input).await?;
            self.disconnect_all().await
        };
        tokio::select! {
            ran = ran => ran.map(|()| exit::OK),
            code = signals.first(), if !facts.stops_itself => Ok(code),
        }
    }

    async fn act(&mut self, action: &Action) -> Result<ControlFlow> {
        match action {
            Action::Send(destination, body) => {
                let body = self.expanded(body)?;
                self.send_plain(destination, body).await.map(|()| ControlFlow::Continue)
            }
            Action::Run(facts, command, input) => {
                if !facts.overtakes_sends {
                    self.settle_sends().await?;
                }
                self.run_command(facts, &**command, input.clone()).await
            }
            Action::Shell(line) => {
                self.settle_sends().await?;
                super::system::run(self, line).await.map(|()| ControlFlow::Continue)
            }
        }
    }
}

/// Parses a line, whose `text` an error shows. A blank line is `None`.
fn parse(
    tree: &mut Tree,
    commands: &'static [Registered],
    item: Item<'_>,
    text: &[u8],
) -> Result<Option<ParsedLine>> {
    let line = match item {
        Item::Blank => return Ok(None),
        Item::Shell(line) => {
            let action = Action::Shell(line.to_vec());
            return Ok(Some(ParsedLine {
                connection: None,
                repeat: 1,
                action,
                has_carriage_return: false,
                option_in_body: None,
                pipe: None,
            }));
        }
        Item::Command(line) => line,
    };
    let action = if let Some((destination, body)) = plain_send(&line) {
        Action::Send(destination, body)
    } else {
        let (name, matches) = tree.matches(&line, text)?;
        let Some(registered) = commands.iter().find(|command| command.is_called(&name)) else {
            return Ok(None);
        };
        Action::Run(&registered.facts, registered.parse(&matches)?, input(&line))
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Some(ParsedLine {
        connection: line.connection.as_deref().map(text),
        repeat: line.repeat.unwrap_or(1),
        action,
        has_carriage_return: line.has_carriage_return(),
        option_in_body: option_in_body(&line, &tree.grammar),
        pipe: line.pipe.as_ref().map(|pipe| pipe.to_vec()),
    }))
}

/// The first word of a body that is an option of the command, unless `--` stands before the body.
fn option_in_body(line: &Line<'_>, grammar: &Grammar) -> Option<String> {
    let body = line.body.as_ref().filter(|body| body.kind == BodyKind::Text)?;
    memchr::memmem::find(&body.bytes, b" --")?;
    if line.words.iter().any(|word| word.role == WordRole::EndOfOptions) {
        return None;
    }
    let shape = grammar.shape(&line.command())?;
    let words = body.bytes.split(|byte| *byte == b' ').filter_map(|word| std::str::from_utf8(word).ok());
    let name = |word: &'_ str| word.split('=').next().unwrap_or(word).to_owned();
    words.skip(1).map(name).find(|name| name.starts_with("--") && shape.values(name).is_some())
}

/// Restores, when it is dropped, what a command changes only while it runs: the location of its line, the nesting depth,
/// the capture of its output and, for `@name command`, the current connection. Dropping also covers a command that is
/// cancelled.
pub(super) struct Scope<'a> {
    pub(super) context: &'a mut Context,
    location: SourceLocation,
    depth: u32,
    addressed: Option<u64>,
    /// The current connection before the command, to be restored after `@name command`.
    outer_current: Option<u64>,
    /// The file that captured output before `| PROGRAM`, to be restored.
    outer_capture: Option<Arc<File>>,
    captures: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn enter(context: &'a mut Context) -> Self {
        let (location, depth) = (context.location.clone(), context.depth);
        let addressed = context.addressed;
        Self {
            context,
            location,
            depth,
            addressed,
            outer_current: None,
            outer_capture: None,
            captures: false,
        }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.context.location = std::mem::take(&mut self.location);
        self.context.depth = self.depth;
        if self.captures {
            self.context.capture = self.outer_capture.take();
        }
        let still_exists = |id: &u64| self.context.connections.iter().any(|connection| connection.id == *id);
        if self.outer_current.as_ref().is_some_and(still_exists) {
            self.context.current = self.outer_current;
        }
        self.context.addressed = self.addressed.filter(still_exists);
    }
}
