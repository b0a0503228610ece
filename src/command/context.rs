//! What commands of the prompt and of scripts work on: connections, the inbox, the screen, names.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use tokio::sync::{oneshot, watch};

use super::connection::ConnectionArgs;
use super::connections::Connection;
use super::exit::Problem;
use super::inbox::Inbox;
use super::language::{Action, LineError, Request, Tree};
use super::pipeline::{Failed, Pipeline, Place};
use super::screen::Screen;
use super::send::template::Template;
use super::settings::Settings;
use super::signals::Signals;
use super::trace::Switch;
use crate::broker::RunningBroker;
use crate::client::ClientError;
use crate::render::{Colors, Diagnostic};
use crate::words::{Language, ScriptReader, expand_variables};

/// How deep commands and files may run each other.
const NESTED: u32 = 32;

/// Whether to go on behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// With the next one.
    Continue,
    /// There is no next one.
    Quit,
}

/// Who cares about a Ctrl-C while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// Nobody: the command is dropped.
    No,
    /// The command watches for signals and ends by itself.
    Watches,
    /// A child process has the terminal and hears of it too.
    Child,
}

/// Asks a question that is answered with yes or no.
pub type Asker = Arc<dyn Fn(&str) -> oneshot::Receiver<bool> + Send + Sync>;

/// What a command says of itself while it runs.
#[derive(Debug, Clone, Default)]
pub struct BusyFlag(Arc<std::sync::atomic::AtomicU8>);

impl BusyFlag {
    /// Says it.
    pub fn set(&self, busy: Busy) {
        self.0.store(busy as u8, std::sync::atomic::Ordering::SeqCst);
    }

    /// What was said.
    pub fn get(&self) -> Busy {
        match self.0.load(std::sync::atomic::Ordering::SeqCst) {
            1 => Busy::Watches,
            2 => Busy::Child,
            _ => Busy::No,
        }
    }
}

/// How commands are run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Whether someone sits at a prompt.
    pub interactive: bool,
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
pub struct Context {
    /// What the command line said of the connection; `connect` falls back on it.
    pub base: ConnectionArgs,
    /// The commands.
    pub tree: Tree,
    /// What came.
    pub inbox: Inbox,
    /// Where output goes.
    pub screen: Arc<dyn Screen>,
    /// The colours of both streams.
    pub colors: Colors,
    /// How commands are run.
    pub manner: Manner,
    /// Whether frames are shown.
    pub trace: Arc<Switch>,
    /// Text for words.
    pub aliases: BTreeMap<String, String>,
    /// Values for `$name`.
    pub variables: BTreeMap<String, String>,
    /// Counts on over all sends with `--template`.
    pub template: Template,
    /// Sends in flight, in scripts that do not wait for each.
    pub pipeline: Option<Pipeline>,
    /// Where the line stands that runs now.
    pub place: Place,
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
    pub(super) connections: Vec<Connection>,
    pub(super) current: usize,
    pub(super) embedded: Option<Arc<RunningBroker>>,
    capture: Option<Vec<u8>>,
    /// How deep files run files.
    pub(super) depth: u32,
    pub(super) transactions_made: u64,
    /// What is said once for each connection, and was.
    told: Vec<(u64, &'static str)>,
}

impl Context {
    /// A context without a connection.
    pub fn new(
        base: ConnectionArgs,
        inbox: Inbox,
        screen: Arc<dyn Screen>,
        colors: Colors,
        manner: Manner,
    ) -> Self {
        let trace = Arc::new(Switch::new(Arc::clone(&screen), base.trace));
        Self {
            base,
            tree: Tree::default(),
            inbox,
            screen,
            colors,
            manner,
            trace,
            aliases: BTreeMap::new(),
            variables: BTreeMap::new(),
            template: Template::default(),
            pipeline: None,
            place: Place::default(),
            signals: Signals::of(watch::channel(super::exit::OK).1),
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
            current: 0,
            embedded: None,
            capture: None,
            depth: 0,
            transactions_made: 0,
            told: Vec::new(),
        }
    }

    /// Takes the next line of a script, understood or not.
    pub fn next(&mut self, reader: &mut ScriptReader) -> Option<(u64, Result<Request>)> {
        let grammar = Arc::clone(&self.tree.grammar);
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
                    // What an editor brings back is kept, and not that there was one.
                    if self.depth == 0 && !logical.text.trim_ascii_start().starts_with(b"edit") {
                        self.inbox.record_line(logical.text);
                    }
                    self.tree.request(item, logical.text).transpose()
                }
                Err(error) => Some(Err(LineError { error, text: logical.text.to_vec() }.into())),
            };
            if let Some(request) = request {
                return Some((logical.line, request));
            }
        }
    }

    /// Runs the lines of a text, one behind the other, until one fails.
    pub async fn run_text(&mut self, text: Vec<u8>) -> Result<Flow> {
        let mut reader = ScriptReader::of(text);
        while let Some((_, request)) = self.next(&mut reader) {
            if Box::pin(self.run(request?)).await? == Flow::Quit {
                return Ok(Flow::Quit);
            }
        }
        Ok(Flow::Continue)
    }

    /// Runs the lines of a text that stands in another command; aliases may lead back to it.
    pub async fn run_nested(&mut self, text: Vec<u8>) -> Result<Flow> {
        if self.depth >= NESTED {
            return Err(Problem::usage("commands stand in each other too deep").into());
        }
        self.depth += 1;
        let result = Box::pin(self.run_text(text)).await;
        self.depth -= 1;
        result
    }

    /// Makes the connection that the command line names, if no command did so before.
    pub async fn start(&mut self) -> Result<()> {
        if std::mem::take(&mut self.unstarted) && self.connections.is_empty() {
            self.connect(self.base.clone(), "").await.map_err(NotStarted)?;
        }
        Ok(())
    }

    /// Runs a line.
    pub async fn run(&mut self, request: Request) -> Result<Flow> {
        if self.unstarted && !request.needs_no_connection() {
            self.start().await?;
        }
        let current = self.current;
        if let Some(name) = &request.connection {
            self.current = self.find(name)?;
        }
        let outer = request.pipe.is_some().then(|| self.capture.replace(Vec::new()));
        let mut result = Ok(Flow::Continue);
        for _ in 0..request.repeat {
            result = self.act(&request.action).await;
            if !matches!(result, Ok(Flow::Continue)) {
                break;
            }
        }
        if request.connection.is_some() {
            self.current = current.min(self.connections.len().saturating_sub(1));
        }
        if let (Some(outer), Some(line)) = (outer, request.pipe) {
            let output = std::mem::replace(&mut self.capture, outer).unwrap_or_default();
            if result.is_ok() {
                super::system::pipe(self, &line, &output).await?;
            }
        }
        result
    }

    async fn act(&mut self, action: &Action) -> Result<Flow> {
        match action {
            Action::Send(destination, body) => {
                let body = self.expanded(body)?;
                super::send::typed::plain(self, destination, body).await.map(|()| Flow::Continue)
            }
            Action::Run(typed, given) => {
                if !typed.is_send() {
                    self.settle_sends().await?;
                }
                Box::pin(typed.run(self, given)).await
            }
            Action::Shell(line) => {
                self.settle_sends().await?;
                super::system::run(self, line).await.map(|()| Flow::Continue)
            }
        }
    }

    /// A body with its variables, where the settings say so.
    pub fn expanded(&self, body: &Bytes) -> Result<Bytes> {
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
    pub async fn settle_sends(&mut self) -> Result<()> {
        let Some(pipeline) = &mut self.pipeline else { return Ok(()) };
        pipeline.flush().await;
        match pipeline.take_failed() {
            Some(Failed { place, until, error }) => Err(SendFailed { place, until, error }.into()),
            None => Ok(()),
        }
    }

    /// An id for a subscription of the current connection.
    pub fn subscription_id(&mut self) -> Result<String> {
        let connection = self.connection_mut()?;
        let id = connection.next_subscription;
        connection.next_subscription += 1;
        Ok(id.to_string())
    }

    /// Takes note of a destination that was used.
    pub fn remember(&mut self, destination: &str) {
        const REMEMBERED: usize = 200;
        if !self.manner.interactive {
            return;
        }
        self.destinations.retain(|own| own != destination);
        self.destinations.push(destination.to_owned());
        if self.destinations.len() > REMEMBERED {
            self.destinations.remove(0);
        }
    }

    /// Writes a command's output, or keeps it for what it is piped into.
    pub fn out(&mut self, text: &[u8]) -> Result<()> {
        if let Some(capture) = &mut self.capture {
            capture.extend_from_slice(text);
        } else {
            self.inbox.record_output(text);
            self.screen.data(text)?;
        }
        Ok(())
    }

    /// Whether a command's output is kept for what it is piped into.
    pub fn is_captured(&self) -> bool {
        self.capture.is_some()
    }

    /// Forgets where a command was that was cancelled, and its output.
    pub fn cancelled(&mut self) {
        self.capture = None;
        self.depth = 0;
    }

    /// The colours of a command's output.
    pub fn paint(&self) -> crate::render::Paint {
        if self.capture.is_some() { crate::render::Paint::PLAIN } else { self.colors.stdout }
    }

    /// Says what is good to know at a prompt, and noise in a script.
    pub fn note(&self, text: &str) {
        let told = if self.manner.interactive { !self.manner.quiet } else { self.manner.verbose > 0 };
        if told {
            let text = crate::render::escape::escape_text(text, crate::render::escape::Lines::Many);
            self.screen.say(&text);
        }
    }

    /// The same, but once for each connection.
    pub fn note_once(&mut self, key: &'static str, text: &str) {
        if self.is_new(key) {
            self.note(text);
        }
    }

    /// Warns once for each connection.
    pub fn warn_once(&mut self, key: &'static str, text: &str) {
        if self.is_new(key) {
            self.warn(text);
        }
    }

    /// Whether this was not told on the current connection before.
    fn is_new(&mut self, key: &'static str) -> bool {
        let connection = self.connection().map_or(0, |own| own.id);
        let new = !self.told.contains(&(connection, key));
        if new {
            self.told.push((connection, key));
        }
        new
    }

    /// Warns.
    pub fn warn(&self, text: &str) {
        if !self.manner.quiet {
            self.screen.complain(&Diagnostic::warning(text));
        }
    }
}

/// There is no connection to begin with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotStarted(pub anyhow::Error);

/// A send of a script failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct SendFailed {
    /// Where it stands.
    pub place: Place,
    /// The last line that it may stand in, where the broker's ERROR names none.
    pub until: Option<u64>,
    /// Why.
    #[source]
    pub error: ClientError,
}
