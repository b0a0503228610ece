//! What every command runs on, wherever it was typed: connections, the inbox, the screen, signals, settings.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::File;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::Result;
use bytes::Bytes;
use clap::{ArgMatches, Args};
use tokio::sync::oneshot;

use super::connection::ConnectionArgs;
use super::connections::ShellConnection;
use super::facts::{Danger, Facts};
use super::inbox::Inbox;
use super::pipeline::Pipeline;
use super::screen::Screen;
use super::script_error::{ConnectFailed, SourceLocation};
use super::send::template::Template;
use super::settings::Settings;
use super::signals::Signals;
use super::tracer::TraceSwitch;
use super::tree::{Augment, Input, LineError, StandardInput, Tree, definition};
use crate::broker::RunningBroker;
use crate::client::ClientError;
use crate::render::Colors;
use crate::session::Failure;
use crate::words::expand_variables;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ControlFlow {
    Continue,
    Quit,
}

/// A command. The command line, the prompt and scripts run the same one.
pub(crate) trait Command: Args + Debug + 'static {
    const FACTS: Facts;

    /// Runs the command. If it has reported its own failure, the error is
    /// [`Problem::Exit`](super::exit::Problem::Exit).
    fn run(&self, context: &mut Context, input: Input) -> impl Future<Output = Result<ControlFlow>>;

    /// Why the command asks before it runs on a production broker, if it does.
    fn danger(&self, _options: RunOptions) -> Option<Danger> {
        None
    }
}

/// A parsed [`Command`] behind a trait object.
pub(crate) trait Run: Debug {
    fn start<'a>(&'a self, context: &'a mut Context, input: Input) -> Running<'a>;

    fn danger_of_run(&self, options: RunOptions) -> Option<Danger>;
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<ControlFlow>> + 'a>>;

impl<C: Command> Run for C {
    fn start<'a>(&'a self, context: &'a mut Context, input: Input) -> Running<'a> {
        Box::pin(self.run(context, input))
    }

    fn danger_of_run(&self, options: RunOptions) -> Option<Danger> {
        self.danger(options)
    }
}

/// A command without its options, as `COMMANDS` lists it.
#[derive(Debug)]
pub(crate) struct Registered {
    pub facts: Facts,
    augment: Augment,
    parse: fn(&ArgMatches) -> Result<Box<dyn Run>, clap::Error>,
}

impl Registered {
    pub(crate) const fn of<C: Command>() -> Self {
        Self {
            facts: C::FACTS,
            augment: C::augment_args,
            parse: |matches| Ok(Box::new(C::from_arg_matches(matches)?)),
        }
    }

    pub(crate) fn definition(&self) -> clap::Command {
        definition(&self.facts, self.augment)
    }

    pub(crate) fn parse(&self, matches: &ArgMatches) -> Result<Box<dyn Run>, clap::Error> {
        (self.parse)(matches)
    }

    /// Whether `name` is the command's name or an alias.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.facts.name == name || self.facts.aliases.contains(&name)
    }
}

/// What Ctrl-C at the prompt does to the running command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnInterrupt {
    /// The prompt drops the future of the command.
    Drop,
    /// The command watches for signals and ends by itself.
    CommandEnds,
    /// A child process owns the terminal and receives the signal as well.
    ChildEnds,
}

/// An [`OnInterrupt`] that the command sets and the prompt reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedOnInterrupt(Arc<AtomicU8>);

impl SharedOnInterrupt {
    pub(crate) fn set(&self, value: OnInterrupt) {
        self.0.store(value as u8, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> OnInterrupt {
        match self.0.load(Ordering::SeqCst) {
            1 => OnInterrupt::CommandEnds,
            2 => OnInterrupt::ChildEnds,
            _ => OnInterrupt::Drop,
        }
    }
}

/// Asks a question that is answered with yes or no.
pub(crate) type Asker = Arc<dyn Fn(&str) -> oneshot::Receiver<bool> + Send + Sync>;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunOptions {
    /// Whether the command was typed at a prompt.
    pub interactive: bool,
    /// Whether it is the one command of a command line.
    pub one_shot: bool,
    /// `--quiet`: only errors are reported.
    pub quiet: bool,
    pub verbose: u8,
    /// Whether a shell reconnects even without `--reconnect`; it does not resend then.
    pub reconnects: bool,
    /// `--yes`: commands that consume messages of a production broker do not ask.
    pub sure: bool,
}

/// The state that commands read and change.
pub(crate) struct Context {
    /// The connection options of the command line, which `connect` falls back on.
    pub base: ConnectionArgs,
    pub commands: &'static [Registered],
    /// The clap definition of the whole command line.
    pub program: fn() -> clap::Command,
    pub(super) tree: OnceCell<Tree>,
    pub inbox: Inbox,
    pub screen: Arc<dyn Screen>,
    pub colors: Colors,
    pub run_options: RunOptions,
    pub trace: Arc<TraceSwitch>,
    pub aliases: BTreeMap<String, String>,
    /// The values of `$name`, by name.
    pub variables: BTreeMap<String, String>,
    /// The template of all sends with `--template`, whose counter goes on from one to the next.
    pub template: Template,
    /// Sends in flight, in scripts that do not wait for each.
    pub pipeline: Option<Pipeline>,
    /// The location of the line that is running.
    pub location: SourceLocation,
    pub(crate) standard_input: StandardInput,
    /// Signals that end a command which watches for them.
    pub signals: Signals,
    /// How many messages of the inbox earlier `wait`s have counted.
    pub waited: u64,
    pub on_interrupt: SharedOnInterrupt,
    /// How to ask at the prompt; `None` where nobody can answer.
    pub asker: Option<Asker>,
    pub settings: Settings,
    /// Whether the first command that needs a connection opens it.
    pub connects_on_demand: bool,
    /// What the next prompt's line contains already.
    pub initial: String,
    /// The last line that ran at the prompt.
    pub last_line: String,
    /// The line that `edit` ran, which the history has not yet.
    pub edited: Option<String>,
    /// Destinations that were used, for completion; the newest last.
    pub destinations: Vec<String>,
    /// The queues that `queues` listed last, for completion.
    pub listed: Vec<String>,
    pub(super) connections: Vec<ShellConnection>,
    /// The id of the current connection; not an index, since connections come and go.
    pub(super) current: Option<u64>,
    /// The id of the connection that `@name` before a command names.
    pub(super) addressed: Option<u64>,
    pub(super) embedded: Option<Arc<RunningBroker>>,
    /// The file for the output of a command that is piped into a program.
    pub(super) capture: Option<Arc<File>>,
    /// How deep commands that run other lines are nested.
    pub(super) depth: u32,
    pub(super) transactions_made: u64,
    /// The remarks that were shown, by connection, which are shown once for each.
    pub(super) shown_once: Vec<(u64, &'static str)>,
}

impl Context {
    pub(crate) fn new(
        commands: &'static [Registered],
        program: fn() -> clap::Command,
        base: ConnectionArgs,
        inbox: Inbox,
        screen: Arc<dyn Screen>,
        colors: Colors,
        run_options: RunOptions,
    ) -> Self {
        let trace = Arc::new(TraceSwitch::new(Arc::clone(&screen), base.trace));
        Self {
            commands,
            program,
            tree: OnceCell::new(),
            base,
            inbox,
            screen,
            colors,
            run_options,
            trace,
            aliases: BTreeMap::new(),
            variables: BTreeMap::new(),
            template: Template::default(),
            pipeline: None,
            location: SourceLocation::default(),
            standard_input: StandardInput::Free,
            signals: Signals::never(),
            waited: 0,
            on_interrupt: SharedOnInterrupt::default(),
            asker: None,
            settings: Settings::default(),
            connects_on_demand: false,
            initial: String::new(),
            last_line: String::new(),
            edited: None,
            destinations: Vec::new(),
            listed: Vec::new(),
            connections: Vec::new(),
            current: None,
            addressed: None,
            embedded: None,
            capture: None,
            depth: 0,
            transactions_made: 0,
            shown_once: Vec::new(),
        }
    }

    /// The commands that can be typed in the shell, as clap and the line grammar know them.
    pub(crate) fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let typed = self.commands.iter().filter(|command| command.facts.in_shell);
            Tree::of(typed.map(Registered::definition))
        })
    }

    /// Opens the connection that the command line names, if no command did so before.
    pub(crate) async fn connect_on_demand(&mut self) -> Result<()> {
        if std::mem::take(&mut self.connects_on_demand) && self.connections.is_empty() {
            self.connect(self.base.clone(), "").await.map_err(ConnectFailed)?;
        }
        Ok(())
    }

    /// Replaces `$name` in a body if `set expand on` was given.
    pub(crate) fn expanded(&self, body: &Bytes) -> Result<Bytes> {
        if !self.settings.expand {
            return Ok(body.clone());
        }
        let variables = |name: &str| self.variables.get(name).cloned();
        let expanded = expand_variables(body, &variables).map_err(|error| {
            let text = body.to_vec();
            LineError { error, text }
        })?;
        Ok(expanded.into_owned().into())
    }

    /// Waits until all sends of a script are answered. If some failed, the error is the one that explains the others.
    pub(crate) async fn settle_sends(&mut self) -> Result<()> {
        let Some(pipeline) = &mut self.pipeline else { return Ok(()) };
        pipeline.flush().await;
        let Some(mut failed) = pipeline.take_failed() else { return Ok(()) };
        if let ClientError::Failure(Failure::Unknown { .. }) = failed.error {
            failed.loss = self.loss().await;
        }
        Err(failed.into())
    }

    pub(crate) fn new_subscription_id(&mut self) -> Result<String> {
        let connection = self.connection_mut()?;
        let id = connection.next_subscription;
        connection.next_subscription += 1;
        Ok(id.to_string())
    }

    /// Remembers a destination for completion at the prompt.
    pub(crate) fn remember(&mut self, destination: &str) {
        const REMEMBERED: usize = 200;
        if !self.run_options.interactive {
            return;
        }
        self.destinations.retain(|known| known != destination);
        self.destinations.push(destination.to_owned());
        if self.destinations.len() > REMEMBERED {
            self.destinations.remove(0);
        }
    }
}
