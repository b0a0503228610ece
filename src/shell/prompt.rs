//! The interactive shell: reads lines at the prompt and runs them.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::display::Display;
use super::failure::{diagnostic, error_number};
use super::options::ShellOptions;
use super::reader::{LineInput, PromptReader, PromptRequest};
use super::{asking, inputrc, terminal};
use crate::command::COMMANDS;
use crate::command::completing::Known;
use crate::command::config;
use crate::command::context::{Asker, Context, ControlFlow, OnInterrupt, RunOptions, SharedOnInterrupt};
use crate::command::diagnosis;
use crate::command::exit::{self, Problem};
use crate::command::history::HistoryFile;
use crate::command::inbox::Inbox;
use crate::command::script_error::SourceLocation;
use crate::command::signals::{COMMAND_PATIENCE, Signals};
use crate::command::sub::until;
use crate::command::tree::HelpAsked;
use crate::render::{Diagnostic, Role, Terminal};

/// How long DISCONNECT may take to be confirmed.
const PATIENCE: Duration = Duration::from_secs(3);

struct ShellSignals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    continued: Signal,
}

impl ShellSignals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    async fn next(&mut self) -> ShellSignal {
        tokio::select! {
            _ = self.interrupt.recv() => ShellSignal::Interrupt,
            _ = self.terminate.recv() => ShellSignal::End(exit::TERMINATED),
            _ = self.hang_up.recv() => ShellSignal::End(exit::HUNG_UP),
            _ = self.continued.recv() => ShellSignal::Continued,
        }
    }
}

enum ShellSignal {
    Interrupt,
    /// The shell ends with this exit status.
    End(u8),
    /// SIGCONT: the shell was stopped and is in the foreground again.
    Continued,
}

enum CommandEnd {
    Done(Result<ControlFlow>),
    Cancelled,
    Signal(u8),
}

/// Runs the shell and returns the exit status.
pub(super) async fn run(options: ShellOptions) -> Result<u8> {
    terminal::keep();
    let result = Box::pin(run_at_terminal(options)).await;
    terminal::restore();
    result
}

async fn run_at_terminal(options: ShellOptions) -> Result<u8> {
    let mut signals =
        ShellSignals::new().map_err(|error| Problem::local("cannot watch for signals", error))?;
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let display = Display::new(options.colors.stdout, !dumb);
    let screen = Arc::new(display.clone());
    let terminal = Terminal { paint: options.colors.stdout, in_shell: true, ..Terminal::default() };
    let inbox = Inbox::new(screen.clone(), false, Some(terminal), diagnosis::explain);
    let (quiet, verbose, sure) = (options.quiet, options.verbose, options.sure);
    let run_options =
        RunOptions { interactive: true, one_shot: false, quiet, verbose, reconnects: true, sure };
    let mut context = Context::new(
        COMMANDS,
        options.program,
        options.connection.clone(),
        inbox,
        screen,
        options.colors,
        run_options,
    );
    let commands = Arc::new(context.tree().command().clone());
    let known = Known::new(Arc::clone(&context.tree().grammar), commands);
    let (reader, printer) =
        PromptReader::start(known.clone(), &display, options.colors.stdout).map_err(|error| {
            Problem::local("cannot use the terminal", std::io::Error::other(error.to_string()))
        })?;
    let printing = display.start(context.inbox.clone(), printer);
    context.asker = Some(asker(&reader, &known));
    context.settings.vi = inputrc::wants_vi();
    let mut shell = Shell { context, display, reader, known, warned: false };
    let code = shell.read_and_run(&mut signals, &options).await;
    tokio::select! {
        () = shell.leave() => {}
        _ = signals.next() => {}
    }
    // The end of a transcript, and messages that are not shown yet.
    shell.context.inbox.flush().await;
    shell.display.close();
    // A terminal that blocks must not keep the process alive.
    let printed = tokio::task::spawn_blocking(move || printing.join());
    let _ = tokio::time::timeout(Duration::from_millis(500), printed).await;
    Ok(code)
}

/// Lets commands ask questions through the thread that reads lines.
fn asker(reader: &PromptReader, known: &Known) -> Asker {
    let (asks, known) = (reader.asks(), known.clone());
    Arc::new(move |question| {
        let (answer, receiver) = oneshot::channel();
        let prompt = crate::render::escape::escape_text(question, crate::render::escape::Lines::One);
        let ask = PromptRequest {
            prompt: format!("{prompt} [y/N] "),
            look: Some(Role::Warning),
            known: Box::new(known.clone()),
            initial: String::new(),
            ran: None,
            vi: false,
            answer: Some(answer),
        };
        // If the thread has ended, the receiver is closed, which counts as no.
        let _ = asks.send(ask);
        receiver
    })
}

struct Shell {
    context: Context,
    display: Display,
    reader: PromptReader,
    known: Known,
    /// Whether the last input was a Ctrl-C at an empty prompt, so that a second one ends the shell.
    warned: bool,
}

impl Shell {
    /// Connects, runs the start-up file, then each line. Returns the exit status.
    async fn read_and_run(&mut self, signals: &mut ShellSignals, options: &ShellOptions) -> u8 {
        self.greet();
        let base = self.context.base.clone();
        let connecting = async { self.context.connect(base, "").await.map(|()| ControlFlow::Continue) };
        match run_until_signal(connecting, signals, Interrupter::default()).await {
            CommandEnd::Done(Ok(_)) | CommandEnd::Cancelled => {}
            CommandEnd::Done(Err(error)) => {
                self.unconnected(&error);
                if diagnosis::code(&error) == exit::USAGE {
                    return exit::USAGE;
                }
            }
            CommandEnd::Signal(code) => return code,
        }
        if !options.script.no_rc
            && let Some(code) = self.start_up(signals).await
        {
            return code;
        }
        loop {
            let ask = asking::ask(&mut self.context, &mut self.known, self.display.is_paused()).await;
            // A signal that was meant for the last command may be received only now.
            self.display.line_asked();
            self.reader.ask(ask);
            let mut interrupted = false;
            let typed = loop {
                tokio::select! {
                    typed = self.reader.typed() => break typed,
                    received = signals.next() => match received {
                        ShellSignal::End(code) => return code,
                        // While a line is typed, rustyline reads Ctrl-C as a key, so this signal is from elsewhere.
                        ShellSignal::Interrupt => interrupted = self.display.is_line_accepted(),
                        ShellSignal::Continued => self.display.disturbed(),
                    },
                }
            };
            let warned = std::mem::take(&mut self.warned);
            let line = match typed {
                LineInput::Line(_) if interrupted => {
                    self.context.screen.say("cancelled");
                    continue;
                }
                LineInput::Line(line) => line,
                LineInput::Edit(line) => match self.context.edit(&line).await {
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
                LineInput::Interrupted(true) if warned => return exit::OK,
                LineInput::Interrupted(empty) => {
                    self.warned = empty;
                    if empty {
                        self.context.screen.say("Ctrl-C once more, or Ctrl-D, leaves");
                    }
                    continue;
                }
                LineInput::End => return exit::OK,
                LineInput::Failed(error) if error.kind() == ErrorKind::BrokenPipe => return exit::CLOSED,
                LineInput::Failed(error) => {
                    self.complain(&Problem::local("cannot read from the terminal", error).into());
                    return exit::LOCAL;
                }
            };
            let ran = self.run(line.clone().into_bytes(), signals).await;
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

    fn unconnected(&self, error: &anyhow::Error) {
        let mut shown = diagnostic(error, &SourceLocation::default());
        if diagnosis::code(error) == exit::UNREACHABLE {
            // The hints name options of the command line.
            shown = shown.without_hints().hint(
                "'connect stomp://host:61613' goes to another, 'connect --embedded' brings one of its own",
            );
        }
        self.context.screen.complain(&shown);
    }

    /// Runs the start-up file. Returns an exit status if the shell is to end.
    async fn start_up(&mut self, signals: &mut ShellSignals) -> Option<u8> {
        let path = config::folder()?.join("shellrc");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                self.complain(&Problem::local(format!("cannot read {}", path.display()), error).into());
                return None;
            }
        };
        let mut reader = crate::words::ScriptReader::of(text);
        while let Some((line, request)) = self.context.next(&mut reader) {
            self.context.location = SourceLocation { file: path.display().to_string().into(), line };
            let interrupter = self.interrupter();
            let ended =
                run_until_signal(async { self.context.run(request?).await }, signals, interrupter).await;
            match self.ended(ended) {
                Ok(ControlFlow::Continue) => {}
                Ok(ControlFlow::Quit) => return Some(exit::OK),
                Err(code) => return Some(code),
            }
        }
        self.context.location = SourceLocation::default();
        None
    }

    /// Runs a line that was typed. The error is the exit status after a signal.
    async fn run(&mut self, text: Vec<u8>, signals: &mut ShellSignals) -> Result<ControlFlow, u8> {
        self.context.inbox.command_begins();
        let interrupter = self.interrupter();
        let ended = run_until_signal(self.context.run_text(text), signals, interrupter).await;
        self.ended(ended)
    }

    /// Prepares the next command to be interrupted.
    fn interrupter(&mut self) -> Interrupter {
        let (code, receiver) = watch::channel(exit::OK);
        self.context.signals = Signals::of(receiver);
        self.context.on_interrupt.set(OnInterrupt::Drop);
        Interrupter { code, on_interrupt: self.context.on_interrupt.clone() }
    }

    fn ended(&mut self, ended: CommandEnd) -> Result<ControlFlow, u8> {
        let flow = match ended {
            CommandEnd::Done(Ok(flow)) => Ok(flow),
            CommandEnd::Done(Err(error)) if diagnosis::code(&error) == exit::CLOSED => Err(exit::CLOSED),
            CommandEnd::Done(Err(error)) => {
                self.complain(&error);
                if let Some(number) = error_number(&error) {
                    self.context.inbox.error_reported(number);
                }
                Ok(ControlFlow::Continue)
            }
            CommandEnd::Cancelled => {
                self.context.screen.say("cancelled; what was sent before may have arrived");
                Ok(ControlFlow::Continue)
            }
            CommandEnd::Signal(code) => Err(code),
        };
        self.context.inbox.command_ends();
        flow
    }

    fn complain(&self, error: &anyhow::Error) {
        if let Some(HelpAsked(text)) = error.downcast_ref() {
            let on = self.context.paint().is_on();
            let text = if on { text.ansi().to_string() } else { text.to_string() };
            // The thread that reads from the terminal notices if it fails.
            let _ = self.context.screen.data(text.as_bytes());
            return;
        }
        if let Some(Problem::Exit { .. }) = error.downcast_ref() {
            // It was printed already.
            return;
        }
        self.context.screen.complain(&diagnostic(error, &self.context.location));
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

/// Passes Ctrl-C to the running command.
#[derive(Default)]
struct Interrupter {
    code: watch::Sender<u8>,
    on_interrupt: SharedOnInterrupt,
}

/// Runs a command until it ends or a signal ends it.
async fn run_until_signal(
    command: impl Future<Output = Result<ControlFlow>>,
    signals: &mut ShellSignals,
    interrupter: Interrupter,
) -> CommandEnd {
    let mut command = std::pin::pin!(command);
    let mut patience = None;
    // The exit status of a signal that ends the shell once the command has ended.
    let mut last = None;
    loop {
        tokio::select! {
            result = &mut command => return last.map_or(CommandEnd::Done(result), CommandEnd::Signal),
            received = signals.next() => {
                let code = match received {
                    ShellSignal::End(code) => code,
                    // The terminal has sent the signal to the child process too.
                    ShellSignal::Interrupt if interrupter.on_interrupt.get() == OnInterrupt::ChildEnds => continue,
                    ShellSignal::Interrupt => exit::INTERRUPTED,
                    ShellSignal::Continued => continue,
                };
                last = last.or((code != exit::INTERRUPTED).then_some(code));
                if patience.is_some() || interrupter.on_interrupt.get() != OnInterrupt::CommandEnds {
                    break;
                }
                interrupter.code.send_replace(code);
                patience = Some(tokio::time::Instant::now() + COMMAND_PATIENCE);
            }
            () = until(patience) => break,
        }
    }
    last.map_or(CommandEnd::Cancelled, CommandEnd::Signal)
}
