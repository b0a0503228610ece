//! What every command runs on, wherever it was typed: connections, the inbox, the screen, signals, settings.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::File;
use std::pin::Pin;
use std::sync::Arc;

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
use super::tree::{Augment, Input, LineError, Tree, definition};
use crate::broker::RunningBroker;
use crate::render::{Colors, DataOut, Diagnostic};
use crate::words::expand_variables;

/// Whether to go on behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ControlFlow {
    /// With the next one.
    Continue,
    /// There is no next one.
    Quit,
}

/// A command, wherever it is typed: the command line, the prompt and scripts run the same one.
pub(crate) trait Command: Args + Debug + 'static {
    /// What is known of it without running it.
    const FACTS: Facts;

    /// Runs it. An error that has been told already is [`Problem::Exit`](super::exit::Problem::Exit).
    fn run(&self, context: &mut Context, input: Input) -> impl Future<Output = Result<ControlFlow>>;

    /// Why it asks before it runs on a production broker, if it does.
    fn danger(&self, _manner: RunOptions) -> Option<Danger> {
        None
    }
}

/// A command with its options, whichever it is.
pub(crate) trait Run: Debug {
    fn start<'a>(
        &'a self,
        context: &'a mut Context,
        input: Input,
    ) -> Pin<Box<dyn Future<Output = Result<ControlFlow>> + 'a>>;

    /// Why it asks before it runs on a production broker, if it does.
    fn danger_here(&self, run_options: RunOptions) -> Option<Danger>;
}

impl<C: Command> Run for C {
    fn start<'a>(
        &'a self,
        context: &'a mut Context,
        input: Input,
    ) -> Pin<Box<dyn Future<Output = Result<ControlFlow>> + 'a>> {
        Box::pin(self.run(context, input))
    }

    fn danger_here(&self, run_options: RunOptions) -> Option<Danger> {
        self.danger(run_options)
    }
}

/// A command as the shell and the command line know it.
#[derive(Debug)]
pub(crate) struct Registered {
    /// What is known of it without running it.
    pub facts: Facts,
    augment: Augment,
    parse: fn(&ArgMatches) -> Result<Box<dyn Run>, clap::Error>,
}

impl Registered {
    /// The command of this type.
    pub(crate) const fn of<C: Command>() -> Self {
        Self { facts: C::FACTS, augment: C::augment_args, parse: parse::<C> }
    }

    pub(crate) fn definition(&self) -> clap::Command {
        definition(&self.facts, self.augment)
    }

    /// The command with these options.
    pub(crate) fn parse(&self, matches: &ArgMatches) -> Result<Box<dyn Run>, clap::Error> {
        (self.parse)(matches)
    }

    /// Whether it has this name or alias.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.facts.name == name || self.facts.aliases.contains(&name)
    }
}

fn parse<C: Command>(matches: &ArgMatches) -> Result<Box<dyn Run>, clap::Error> {
    Ok(Box::new(C::from_arg_matches(matches)?))
}

/// Who cares about a Ctrl-C while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// Nobody: the command is dropped.
    No,
    /// The command watches for signals and ends by itself.
    Watches,
    /// A child process has the terminal and hears of it too.
    Child,
}

/// Asks a question that is answered with yes or no.
pub(crate) type Asker = Arc<dyn Fn(&str) -> oneshot::Receiver<bool> + Send + Sync>;

/// What a command says of itself while it runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct BusyFlag(Arc<std::sync::atomic::AtomicU8>);

impl BusyFlag {
    pub(crate) fn set(&self, busy: Busy) {
        self.0.store(busy as u8, std::sync::atomic::Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> Busy {
        match self.0.load(std::sync::atomic::Ordering::SeqCst) {
            1 => Busy::Watches,
            2 => Busy::Child,
            _ => Busy::No,
        }
    }
}

/// How commands are run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunOptions {
    /// Whether someone sits at a prompt.
    pub interactive: bool,
    /// Whether it is the one command of a command line.
    pub one_shot: bool,
    /// Whether only errors are told.
    pub quiet: bool,
    /// Whether more is told.
    pub verbose: u8,
    /// Whether a lost connection is made again.
    pub reconnects: bool,
    /// Whether what takes messages off a production's queues does so without asking.
    pub sure: bool,
}

/// What commands work on.
pub(crate) struct Context {
    /// What the command line said of the connection; `connect` falls back on it.
    pub base: ConnectionArgs,
    /// All commands.
    pub commands: &'static [Registered],
    /// The clap definition of the whole command line.
    pub program: fn() -> clap::Command,
    pub(super) tree: OnceCell<Tree>,
    /// What came.
    pub inbox: Inbox,
    /// Where output goes.
    pub screen: Arc<dyn Screen>,
    /// The colours of both streams.
    pub colors: Colors,
    /// How commands are run.
    pub run_options: RunOptions,
    /// Whether frames are shown.
    pub trace: Arc<TraceSwitch>,
    /// Text for words.
    pub aliases: BTreeMap<String, String>,
    /// Values for `$name`.
    pub variables: BTreeMap<String, String>,
    /// Counts on over all sends with `--template`.
    pub template: Template,
    /// Sends in flight, in scripts that do not wait for each.
    pub pipeline: Option<Pipeline>,
    /// Where the line stands that runs now.
    pub place: SourceLocation,
    /// Signals that end a command which watches for them.
    pub signals: Signals,
    /// Messages that a `wait` has counted.
    pub waited: u64,
    /// Who cares about a Ctrl-C.
    pub busy: BusyFlag,
    /// Asks whoever sits at the prompt.
    pub asker: Option<Asker>,
    /// Settings of the shell.
    pub settings: Settings,
    /// Whether the first command that needs a connection makes it.
    pub unstarted: bool,
    /// What stands in the next line already.
    pub initial: String,
    /// The last line that ran at the prompt.
    pub last_line: String,
    /// What ran though it was not typed, for the history.
    pub edited: Option<String>,
    /// Destinations that were used, for completion; the newest last.
    pub destinations: Vec<String>,
    /// Queues that the broker told of last.
    pub listed: Vec<String>,
    pub(super) connections: Vec<ShellConnection>,
    /// The number of the connection that commands are for; not an index, since connections come and go.
    pub(super) current: Option<u64>,
    /// The number of the connection that `@name` before a command names.
    pub(super) addressed: Option<u64>,
    pub(super) embedded: Option<Arc<RunningBroker>>,
    /// Where the output of a command goes that is piped into a program.
    pub(super) capture: Option<Arc<File>>,
    /// How deep files run files.
    pub(super) depth: u32,
    pub(super) transactions_made: u64,
    /// What is said once for each connection, and was.
    told: Vec<(u64, &'static str)>,
}

impl Context {
    /// A context without a connection.
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
            place: SourceLocation::default(),
            signals: Signals::never(),
            waited: 0,
            busy: BusyFlag::default(),
            asker: None,
            settings: Settings::default(),
            unstarted: false,
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
            told: Vec::new(),
        }
    }

    /// The commands that can be typed in the shell, as clap and the line grammar know them.
    pub(crate) fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let typed = self.commands.iter().filter(|command| command.facts.in_shell);
            Tree::of(typed.map(Registered::definition))
        })
    }

    /// Makes the connection that the command line names, if no command did so before.
    pub(crate) async fn start(&mut self) -> Result<()> {
        if std::mem::take(&mut self.unstarted) && self.connections.is_empty() {
            self.connect(self.base.clone(), "").await.map_err(ConnectFailed)?;
        }
        Ok(())
    }

    /// A body with its variables, where the settings say so.
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

    /// Waits until every send has its answer; fails with what explains the ones that failed.
    pub(crate) async fn settle_sends(&mut self) -> Result<()> {
        let Some(pipeline) = &mut self.pipeline else { return Ok(()) };
        pipeline.flush().await;
        match pipeline.take_failed() {
            Some(failed) => Err(failed.into()),
            None => Ok(()),
        }
    }

    /// An id for a subscription of the current connection.
    pub(crate) fn subscription_id(&mut self) -> Result<String> {
        let connection = self.connection_mut()?;
        let id = connection.next_subscription;
        connection.next_subscription += 1;
        Ok(id.to_string())
    }

    /// Takes note of a destination that was used.
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

    /// Writes a command's output, or keeps it for what it is piped into.
    pub(crate) fn out(&mut self, text: &[u8]) -> Result<()> {
        if let Some(capture) = &self.capture {
            DataOut::file(Arc::clone(capture)).write(text)?;
        } else {
            self.inbox.record_output(text);
            self.screen.data(text)?;
        }
        Ok(())
    }

    /// Whether a command's output is kept for what it is piped into.
    pub(crate) fn is_captured(&self) -> bool {
        self.capture.is_some()
    }

    /// The colours of a command's output.
    pub(crate) fn paint(&self) -> crate::render::Paint {
        if self.capture.is_some() { crate::render::Paint::PLAIN } else { self.colors.stdout }
    }

    /// Says what is good to know at a prompt, and noise in a script.
    pub(crate) fn note(&self, text: &str) {
        let told =
            if self.run_options.interactive { !self.run_options.quiet } else { self.run_options.verbose > 0 };
        if told {
            let text = crate::render::escape::escape_text(text, crate::render::escape::Lines::Many);
            self.screen.say(&text);
        }
    }

    /// The same, but once for each connection.
    pub(crate) fn note_once(&mut self, key: &'static str, text: &str) {
        if self.is_new(key) {
            self.note(text);
        }
    }

    /// Warns once for each connection.
    pub(crate) fn warn_once(&mut self, key: &'static str, text: &str) {
        if self.is_new(key) {
            self.warn(text);
        }
    }

    /// Whether this was not told on the current connection before.
    fn is_new(&mut self, key: &'static str) -> bool {
        let connection = self.connection().map_or(0, |connection| connection.id);
        let new = !self.told.contains(&(connection, key));
        if new {
            self.told.push((connection, key));
        }
        new
    }

    pub(crate) fn warn(&self, text: &str) {
        if !self.run_options.quiet {
            self.screen.complain(&Diagnostic::warning(text));
        }
    }
}
