//! The interactive shell: lines are asked for, one at a time, and run.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::display::Display;
use super::failure::{diagnostic, error_number};
use super::reader::{Ask, Reader, Typed};
use super::seat::Seat;
use super::{asking, inputrc, terminal};
use crate::command::COMMANDS;
use crate::command::completing::Known;
use crate::command::config;
use crate::command::context::{Asker, Busy, Context, ControlFlow, RunOptions};
use crate::command::diagnosis;
use crate::command::exit::{self, Problem};
use crate::command::failed::SourceLocation;
use crate::command::history::HistoryFile;
use crate::command::inbox::Inbox;
use crate::command::signals::Signals;
use crate::command::tree::HelpAsked;
use crate::render::{Diagnostic, Role, Terminal};

/// SIGHUP's exit code.
const HUNG_UP: u8 = 129;

/// How long a command that watches for signals has to end by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// Signals, watched from before the first line on.
struct Watch {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    go_on: Signal,
}

impl Watch {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// Waits for the next one.
    async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.interrupt.recv() => Heard::Interrupt,
            _ = self.terminate.recv() => Heard::End(exit::TERMINATED),
            _ = self.hang_up.recv() => Heard::End(HUNG_UP),
            _ = self.go_on.recv() => Heard::GoOn,
        }
    }
}

/// A signal that came.
enum Heard {
    Interrupt,
    /// The shell ends, with this exit code.
    End(u8),
    /// The shell was stopped and is in front again.
    GoOn,
}

/// How a line ended.
enum Ended {
    Done(Result<ControlFlow>),
    Cancelled,
    Signal(u8),
}

/// Runs the shell; the exit code.
pub(super) async fn run(seat: Seat) -> Result<u8> {
    terminal::keep();
    let result = Box::pin(sit(seat)).await;
    terminal::restore();
    result
}

async fn sit(seat: Seat) -> Result<u8> {
    let mut watch = Watch::new().map_err(|error| Problem::local("cannot watch for signals", error))?;
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let display = Display::new(seat.colors.stdout, !dumb);
    let screen = Arc::new(display.clone());
    let terminal = Terminal { paint: seat.colors.stdout, in_shell: true, ..Terminal::default() };
    let inbox = Inbox::new(screen.clone(), false, Some(terminal), diagnosis::explain);
    let (quiet, verbose, sure) = (seat.quiet, seat.verbose, seat.sure);
    let run_options =
        RunOptions { interactive: true, one_shot: false, quiet, verbose, reconnects: true, sure };
    let mut context = Context::new(
        COMMANDS,
        seat.program,
        seat.connection.clone(),
        inbox,
        screen,
        seat.colors,
        run_options,
    );
    let commands = Arc::new(context.tree().command().clone());
    let known = Known::new(Arc::clone(&context.tree().grammar), commands);
    let (reader, printer) = Reader::start(known.clone(), &display, seat.colors.stdout).map_err(|error| {
        Problem::local("cannot use the terminal", std::io::Error::other(error.to_string()))
    })?;
    let printing = display.start(context.inbox.clone(), printer);
    context.asker = Some(asker(&reader, &known));
    context.settings.vi = inputrc::wants_vi();
    let mut shell = Shell { context, display, reader, known, warned: false };
    let code = shell.live(&mut watch, &seat).await;
    tokio::select! {
        () = shell.leave() => {}
        _ = watch.next() => {}
    }
    // The end of a transcript, and what is still to be told.
    shell.context.inbox.flush().await;
    shell.display.close();
    // A terminal that takes nothing any more must not keep the process alive.
    let printed = tokio::task::spawn_blocking(move || printing.join());
    let _ = tokio::time::timeout(Duration::from_millis(500), printed).await;
    Ok(code)
}

/// Asks questions on the prompt's own terminal.
fn asker(reader: &Reader, known: &Known) -> Asker {
    let (asks, known) = (reader.asks(), known.clone());
    Arc::new(move |question| {
        let (answer, receiver) = oneshot::channel();
        let prompt = crate::render::escape::escape_text(question, crate::render::escape::Lines::One);
        let ask = Ask {
            prompt: format!("{prompt} [y/N] "),
            look: Some(Role::Warning),
            known: Box::new(known.clone()),
            initial: String::new(),
            ran: None,
            vi: false,
            answer: Some(answer),
        };
        // Where the thread is gone, the answer is no.
        let _ = asks.send(ask);
        receiver
    })
}

struct Shell {
    context: Context,
    display: Display,
    reader: Reader,
    known: Known,
    /// Whether a Ctrl-C at an empty prompt was the last thing that happened.
    warned: bool,
}

impl Shell {
    /// From the first connection to the last line; the exit code.
    async fn live(&mut self, watch: &mut Watch, seat: &Seat) -> u8 {
        self.greet();
        let base = self.context.base.clone();
        let connecting = async { self.context.connect(base, "").await.map(|()| ControlFlow::Continue) };
        match attend(connecting, watch, Watched::default()).await {
            Ended::Done(Ok(_)) | Ended::Cancelled => {}
            Ended::Done(Err(error)) => self.unconnected(&error),
            Ended::Signal(code) => return code,
        }
        if !seat.script.no_rc
            && let Some(code) = self.start_up(watch).await
        {
            return code;
        }
        loop {
            let ask = asking::ask(&mut self.context, &mut self.known, self.display.is_paused()).await;
            // A signal of the command before may be heard only now; it does not mean the next one.
            self.display.line_asked();
            self.reader.ask(ask);
            let mut interrupted = false;
            let typed = loop {
                tokio::select! {
                    typed = self.reader.typed() => break typed,
                    heard = watch.next() => match heard {
                        Heard::End(code) => return code,
                        // rustyline reads Ctrl-C as a key while a line is typed: there someone else sent the signal.
                        Heard::Interrupt => interrupted = self.display.is_line_accepted(),
                        Heard::GoOn => self.display.disturbed(),
                    },
                }
            };
            let warned = std::mem::take(&mut self.warned);
            let line = match typed {
                Typed::Line(_) if interrupted => {
                    self.context.screen.say("cancelled");
                    continue;
                }
                Typed::Line(line) => line,
                Typed::Edit(line) => match self.context.edit(&line).await {
                    Ok(edited) => {
                        self.context.initial = edited.text;
                        continue;
                    }
                    Err(error) => {
                        self.complain(&error);
                        self.context.initial = line;
                        continue;
                    }
                },
                Typed::Interrupted(true) if warned => return exit::OK,
                Typed::Interrupted(empty) => {
                    self.warned = empty;
                    if empty {
                        self.context.screen.say("Ctrl-C once more, or Ctrl-D, leaves");
                    }
                    continue;
                }
                Typed::End => return exit::OK,
                Typed::Failed(error) => {
                    self.complain(&Problem::local("cannot read from the terminal", error).into());
                    return exit::LOCAL;
                }
            };
            let ran = self.run(line.clone().into_bytes(), watch).await;
            if let Some(edited) = &self.context.edited {
                self.context.last_line.clone_from(edited);
            } else if line.split_whitespace().next().is_some_and(|command| command != "edit") {
                self.context.last_line = line;
            }
            match ran {
                Ok(ControlFlow::Continue) => {}
                Ok(ControlFlow::Quit) => return exit::OK,
                Err(code) => return code,
            }
        }
    }

    fn greet(&self) {
        let version = env!("CARGO_PKG_VERSION");
        self.context.note(&format!("stomp {version}; 'help' lists the commands, Ctrl-D leaves"));
        if HistoryFile::of_user().is_some_and(|file| file.is_new()) {
            self.context.note("new here? 'sub /queue/a' shows what comes, 'send /queue/a hello' sends");
        }
    }

    /// Says why there is no connection, and how to go on.
    fn unconnected(&self, error: &anyhow::Error) {
        let mut shown = diagnostic(error, &SourceLocation::default());
        if diagnosis::code(error) == exit::UNREACHABLE {
            // What the command line would need is no help here.
            shown = shown.without_hints().hint(
                "'connect stomp://host:61613' goes to another, 'connect --embedded' brings one of its own",
            );
        }
        self.context.screen.complain(&shown);
    }

    /// Runs the start-up file; the exit code where a signal came.
    async fn start_up(&mut self, watch: &mut Watch) -> Option<u8> {
        let path = config::folder()?.join("shellrc");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.complain(&Problem::local(format!("cannot read {}", path.display()), error).into());
                return None;
            }
        };
        let mut reader = crate::words::ScriptReader::of(text);
        while let Some((line, request)) = self.context.next(&mut reader) {
            self.context.place = SourceLocation { file: path.display().to_string().into(), line };
            let watched = self.watched();
            let ended = attend(async { self.context.run(request?).await }, watch, watched).await;
            match self.ended(ended) {
                Ok(ControlFlow::Continue) => {}
                Ok(ControlFlow::Quit) => return Some(exit::OK),
                Err(code) => return Some(code),
            }
        }
        self.context.place = SourceLocation::default();
        None
    }

    /// Runs what was typed; the exit code where a signal came.
    async fn run(&mut self, text: Vec<u8>, watch: &mut Watch) -> Result<ControlFlow, u8> {
        self.context.inbox.command_begins();
        let watched = self.watched();
        let ended = attend(self.context.run_text(text), watch, watched).await;
        self.ended(ended)
    }

    /// Lets the next command hear of Ctrl-C.
    fn watched(&mut self) -> Watched {
        let (code, signals) = watch::channel(exit::OK);
        self.context.signals = Signals::of(signals);
        self.context.busy.set(Busy::No);
        Watched { code, busy: self.context.busy.clone() }
    }

    fn ended(&mut self, ended: Ended) -> Result<ControlFlow, u8> {
        let flow = match ended {
            Ended::Done(Ok(flow)) => Ok(flow),
            Ended::Done(Err(error)) => {
                self.complain(&error);
                if let Some(number) = error_number(&error) {
                    self.context.inbox.error_reported(number);
                }
                Ok(ControlFlow::Continue)
            }
            Ended::Cancelled => {
                self.context.screen.say("cancelled; what was sent before may have arrived");
                Ok(ControlFlow::Continue)
            }
            Ended::Signal(code) => Err(code),
        };
        self.context.inbox.command_ends();
        flow
    }

    fn complain(&self, error: &anyhow::Error) {
        if let Some(HelpAsked(text)) = error.downcast_ref() {
            let on = self.context.paint().is_on();
            let text = if on { text.ansi().to_string() } else { text.to_string() };
            // A screen that takes nothing shows by itself.
            let _ = self.context.screen.data(text.as_bytes());
            return;
        }
        if let Some(Problem::Exit { .. }) = error.downcast_ref() {
            // It has been told.
            return;
        }
        self.context.screen.complain(&diagnostic(error, &self.context.place));
    }

    async fn leave(&mut self) {
        for name in self.context.open_transactions().await {
            self.context
                .warn(&format!("transaction '{name}' was never committed: what was sent in it is dropped"));
        }
        let goodbye = self.context.disconnect_all();
        if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, goodbye).await {
            self.context.screen.complain(&Diagnostic::warning(error.to_string()));
        }
    }
}

/// Whom a Ctrl-C is told, and how it is taken.
struct Watched {
    code: watch::Sender<u8>,
    busy: crate::command::context::BusyFlag,
}

impl Default for Watched {
    fn default() -> Self {
        Self { code: watch::Sender::new(exit::OK), busy: crate::command::context::BusyFlag::default() }
    }
}

/// Waits for a command, or for what cuts it short.
async fn attend(
    command: impl Future<Output = Result<ControlFlow>>,
    watch: &mut Watch,
    watched: Watched,
) -> Ended {
    let mut command = std::pin::pin!(command);
    let mut patience = None;
    loop {
        tokio::select! {
            result = &mut command => return Ended::Done(result),
            heard = watch.next() => match (heard, watched.busy.get()) {
                (Heard::End(code), _) => return Ended::Signal(code),
                // The child has heard of it too.
                (Heard::GoOn, _) | (Heard::Interrupt, Busy::Child) => {}
                (Heard::Interrupt, Busy::Watches) if patience.is_none() => {
                    watched.code.send_replace(exit::INTERRUPTED);
                    patience = Some(tokio::time::Instant::now() + PATIENCE);
                }
                (Heard::Interrupt, Busy::Watches | Busy::No) => return Ended::Cancelled,
            },
            () = until(patience) => return Ended::Cancelled,
        }
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
