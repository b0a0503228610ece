//! Script mode: commands from `-e`, `-f FILE` or standard input.

use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::sync::mpsc;

use super::failure::{diagnostic, error_number};
use crate::client::ClientError;
use crate::command::context::{Context, ControlFlow, OnInterrupt};
use crate::command::diagnosis;
use crate::command::exit::{self, Problem};
use crate::command::lines::ParsedLine;
use crate::command::pipeline::Pipeline;
use crate::command::script_error::{ConnectFailed, SendFailed, SourceFailed, SourceLocation};
use crate::command::signals::{COMMAND_PATIENCE, PATIENCE, Signals};
use crate::command::tree::{HelpAsked, StandardInput};
use crate::render::{Diagnostic, messages, stderr};
use crate::session::{ErrorNumber, Failure};
use crate::words::ScriptReader;

/// Where commands come from, if not from the prompt.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Scripts")]
pub struct ScriptArgs {
    /// Run this command; may be given more than once
    #[arg(short = 'e', long = "execute", value_name = "CMD")]
    pub execute: Vec<String>,
    /// Run the commands of this file
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Go on after a command that failed
    #[arg(long)]
    pub keep_going: bool,
    /// Wait for each send's receipt before the next command
    #[arg(long)]
    pub step: bool,
    /// Do not read the start-up file
    #[arg(long)]
    pub no_rc: bool,
}

impl ScriptArgs {
    /// Refuses options that have no effect beside a command of the command line.
    pub(crate) fn refuse_beside(&self, command: &str) -> Result<()> {
        let given = [
            (!self.execute.is_empty(), "-e"),
            (!self.file.is_empty(), "-f"),
            (self.keep_going, "--keep-going"),
            (self.step, "--step"),
        ];
        let Some((_, option)) = given.into_iter().find(|(is_given, _)| *is_given) else { return Ok(()) };
        let message = format!("{option} is for scripts, and '{command}' is one command");
        Err(Problem::usage_hint(message, format!("make it a line of the script: -e '{command} …'")).into())
    }

    /// Refuses options that have no effect at the prompt.
    pub(crate) fn refuse_at_prompt(&self) -> Result<()> {
        let given = [(self.keep_going, "--keep-going"), (self.step, "--step")];
        let Some((_, option)) = given.into_iter().find(|(is_given, _)| *is_given) else { return Ok(()) };
        let message = format!("{option} has no effect at the prompt: it is for scripts");
        Err(Problem::usage_hint(message, "-f FILE or -e CMD runs one").into())
    }
}

/// The largest number of bytes of one read.
const READ: usize = 64 << 10;

/// How long the answer to DISCONNECT may take after a signal.
const LEAVING: Duration = Duration::from_secs(1);

/// How long to wait for the inbox, which blocks if nobody reads standard output.
const LAST_BATCH: Duration = Duration::from_secs(1);

/// Parts of a script's text. An error is the last item.
type ScriptChunks = mpsc::Receiver<std::io::Result<Vec<u8>>>;

struct Script<'a> {
    context: Context,
    args: &'a ScriptArgs,
    /// The exit status of the first failure.
    code: u8,
    /// The ERRORs that were reported.
    reported: Vec<ErrorNumber>,
    done: bool,
}

/// Runs the script and returns the exit status.
pub(crate) async fn run(mut context: Context, args: &ScriptArgs) -> Result<u8> {
    let mut signals = Signals::watch().map_err(|error| Problem::local("cannot watch for signals", error))?;
    context.signals = signals.clone();
    let mut script = Script { context, args, code: exit::OK, reported: Vec::new(), done: false };
    script.context.connects_on_demand = true;
    script.context.inbox.command_begins();
    script.context.pipeline = Some(Pipeline::new(args.step));
    let on_interrupt = script.context.on_interrupt.clone();
    {
        let mut sources = std::pin::pin!(script.sources());
        tokio::select! {
            result = &mut sources => result?,
            _ = signals.first() => {
                // A command that ends by itself has acks to send and figures to print.
                if on_interrupt.get() == OnInterrupt::CommandEnds {
                    tokio::time::timeout(COMMAND_PATIENCE, &mut sources).await.unwrap_or(Ok(()))?;
                }
            }
        }
    }
    let signalled = signals.arrived();
    script.finish(signalled, signals).await
}

impl Script<'_> {
    async fn sources(&mut self) -> Result<()> {
        let args = self.args;
        let is_script = args.execute.is_empty() && args.file.is_empty();
        if is_script || args.file.iter().any(|file| file.as_os_str() == "-") {
            self.context.standard_input = StandardInput::Script;
        }
        let mut before = 0;
        for command in &args.execute {
            self.lines("-e", before, one_chunk(command.clone().into_bytes())).await;
            before += command.lines().count().max(1) as u64;
        }
        for path in &args.file {
            if self.done {
                break;
            }
            let name = path.display().to_string();
            if name == "-" {
                self.lines("stdin", 0, read_on_thread(std::io::stdin())).await;
                continue;
            }
            let file = std::fs::File::open(path);
            let file = file.map_err(|error| Problem::local(format!("cannot read {name}"), error))?;
            self.lines(&name, 0, read_on_thread(file)).await;
        }
        if is_script {
            self.lines("stdin", 0, read_on_thread(std::io::stdin())).await;
        }
        if !self.done
            && let Err(error) = self.context.connect_on_demand().await
        {
            self.fail(&error);
        }
        Ok(())
    }

    /// Runs the lines of one text. `before` is the number of lines in the texts before it of the same name.
    async fn lines(&mut self, name: &str, before: u64, mut pieces: ScriptChunks) {
        let file: Arc<str> = name.into();
        let mut reader = ScriptReader::new();
        let mut warned = false;
        while !self.done {
            while let Some((line, request)) = self.context.next(&mut reader) {
                self.context.location = SourceLocation { file: Arc::clone(&file), line: before + line };
                self.context.warn_of_carriage_return(&request, &mut warned);
                self.line(request).await;
                if self.done {
                    return;
                }
            }
            match pieces.recv().await {
                Some(Ok(piece)) => reader.push(&piece),
                Some(Err(error)) => {
                    self.fail(&Problem::local(format!("cannot read {name}"), error).into());
                    self.done = true;
                }
                None if reader.is_finished() => return,
                None => reader.finish(),
            }
        }
    }

    async fn line(&mut self, request: Result<ParsedLine>) {
        let overtakes = request.as_ref().is_ok_and(ParsedLine::overtakes_sends);
        if !overtakes && let Err(earlier) = self.context.settle_sends().await {
            // An earlier send failed. With --keep-going, this line still runs.
            self.fail(&earlier);
            if self.done {
                return;
            }
            self.context.wait_for_link().await;
        }
        let result = match request {
            Ok(request) => self.context.run(request).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(ControlFlow::Continue) => self.done |= self.context.signals.arrived().is_some(),
            Ok(ControlFlow::Quit) => self.done = true,
            Err(error) => self.fail(&error),
        }
        if self.context.pipeline.as_ref().is_some_and(Pipeline::has_failed)
            && let Err(error) = self.context.settle_sends().await
        {
            self.fail(&error);
        }
        if self.context.inbox.is_broken() {
            self.done = true;
        }
        if self.args.keep_going && self.code != exit::OK {
            self.context.wait_for_link().await;
        }
    }

    /// Prints the error. The first one decides the exit status.
    fn fail(&mut self, error: &anyhow::Error) {
        if let Some(HelpAsked(text)) = error.downcast_ref() {
            // Help that was asked for is output.
            if let Err(error) = self.context.out(text.to_string().as_bytes()) {
                self.code = diagnosis::code(&error);
                self.done = true;
            }
            return;
        }
        let code = diagnosis::code(error);
        if exit::is_signal(code) {
            (self.code, self.done) = (code, true);
            return;
        }
        let failed = error.downcast_ref::<SendFailed>();
        let location = failed.map_or(&self.context.location, |failed| &failed.location);
        let mut shown = diagnostic(error, location);
        if let Some(until) = failed.and_then(|failed| failed.until) {
            shown = shown.hint(format!("it may be any line up to {until}: the broker did not say which"));
        }
        self.context.screen.complain(&shown);
        if let Some(number) = error_number(error) {
            self.context.inbox.error_reported(number);
            self.reported.push(number);
        }
        if self.code == exit::OK {
            // A wrong line of a script is no wrong use of the command line, which a URL or context there is.
            let in_script = code == exit::USAGE && !is_not_started(error);
            self.code = if in_script { exit::FAILED } else { code };
        }
        self.done |= !self.args.keep_going || is_not_started(error);
    }

    /// Waits for receipts, disconnects, and reports what failed meanwhile.
    async fn finish(mut self, mut signalled: Option<u8>, mut signals: Signals) -> Result<u8> {
        let mut in_vain = false;
        let settled = {
            let mut settled = std::pin::pin!(self.context.settle_sends());
            let first = async {
                match signalled {
                    Some(code) => code,
                    None => signals.first().await,
                }
            };
            tokio::select! {
                biased;
                settled = &mut settled => settled,
                code = first => {
                    signalled = Some(code);
                    let settled = tokio::time::timeout(PATIENCE, &mut settled).await;
                    in_vain = settled.is_err();
                    settled.unwrap_or(Ok(()))
                }
            }
        };
        if let Err(error) = settled {
            self.fail(&error);
        }
        if signalled.is_none() {
            for name in self.context.open_transactions().await {
                self.fail(&Problem::never_committed(&name).into());
            }
        }
        let never = self.context.asks_for_nothing();
        // No line failed if something fails from here on.
        self.context.location = SourceLocation::default();
        if in_vain {
            self.context.cut_all().await;
        }
        let patience = if signalled.is_some() { LEAVING } else { PATIENCE * 2 };
        let goodbye = self.context.disconnect_all();
        if let Ok(Err(error)) = tokio::time::timeout(patience, goodbye).await
            && error_number(&error).is_none_or(|number| !self.reported.contains(&number))
        {
            self.fail(&error);
        }
        let unreported = tokio::time::timeout(LAST_BATCH, self.context.inbox.take_unreported()).await;
        for error in unreported.unwrap_or_default() {
            let said = Diagnostic::error(format!("the broker sent an ERROR: {}", error.line));
            self.context.screen.complain(&said);
            if self.code == exit::OK {
                self.code = exit::REFUSED;
            }
        }
        if self.context.inbox.is_broken()
            && let Some(error) = self.context.inbox.take_broken().await
        {
            if error.is_closed() {
                return Ok(exit::CLOSED);
            }
            self.fail(&error.into());
        }
        let pipeline = self.context.pipeline.take().unwrap_or_else(|| Pipeline::new(false));
        let (report, given_up) = (pipeline.report(), pipeline.given_up());
        if self.code == exit::OK && given_up > 0 {
            self.fail(&if report.confirmed == 0 {
                ClientError::from(Failure::NoReceipts).into()
            } else {
                let reason =
                    format!("the outcome of {} is unknown: the server sent no receipt", messages(given_up));
                Problem::Sending { reason, code: exit::UNKNOWN }.into()
            });
        }
        let failed = self.code != exit::OK || signalled.is_some();
        if failed && report.all() > 0 {
            stderr::line(&report.to_string());
        } else if never && pipeline.unasked() > 0 && !self.context.run_options.quiet {
            stderr::line(&format!("sent {}, unconfirmed", pipeline.unasked()));
        }
        Ok(signalled.unwrap_or(self.code))
    }
}

fn is_not_started(error: &anyhow::Error) -> bool {
    match error.downcast_ref() {
        Some(SourceFailed { error, .. }) => is_not_started(error),
        None => error.is::<ConnectFailed>(),
    }
}

fn one_chunk(text: Vec<u8>) -> ScriptChunks {
    let (sender, receiver) = mpsc::channel(1);
    // Cannot fail: the channel has room for one.
    let _ = sender.try_send(Ok(text));
    receiver
}

/// Reads on a separate thread, because a pipe may block.
fn read_on_thread(mut input: impl Read + Send + 'static) -> ScriptChunks {
    let (sender, receiver) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut buffer = vec![0; READ];
        loop {
            let piece = match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => Ok(buffer[..count].to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let last = piece.is_err();
            if sender.blocking_send(piece).is_err() || last {
                return;
            }
        }
    });
    receiver
}
