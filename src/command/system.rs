//! The system's shell: `!CMD`, and `show 7 | jq .`.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use anyhow::Result;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::context::{Context, OnInterrupt};
use super::exit::{self, Problem};
use super::screen::Screen;
use crate::render::measure::rows;
use crate::render::{DataOut, stdout};

/// The command `sh -c LINE`.
pub(super) fn shell(line: &[u8]) -> Command {
    use std::os::unix::ffi::OsStrExt as _;
    let mut command = Command::new("sh");
    command.arg("-c").arg(std::ffi::OsStr::from_bytes(line));
    command
}

/// [`shell`] with this program's standard output.
fn shell_on_stdout(line: &[u8]) -> Result<Command> {
    let mut command = shell(line);
    let output = DataOut::default().for_child();
    command.stdout(output.map_err(|error| Problem::local("cannot run the command", error))?);
    Ok(command)
}

/// Gives the terminal to a child process and waits for it on a thread of its own. A future that is dropped leaves the
/// child running.
pub(super) async fn foreground(
    context: &Context,
    child: impl FnOnce() -> std::io::Result<ExitStatus> + Send + 'static,
) -> Result<ExitStatus> {
    let hold = TerminalHold::new(context);
    let modes = tcgetattr(rustix::stdio::stdin());
    context.on_interrupt.set(OnInterrupt::ChildEnds);
    let (done, status) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // The receiver is dropped if the command was cancelled.
        let _ = done.send(child());
    });
    let status = status.await.map_err(std::io::Error::other).and_then(|status| status);
    if let (Some(_), Ok(modes)) = (status.as_ref().ok().and_then(ExitStatus::signal), modes) {
        // A child that died of a signal may not have restored the terminal's modes. There is no remedy if this fails.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &modes);
    }
    drop(hold);
    context.on_interrupt.set(OnInterrupt::Drop);
    Ok(status.map_err(|error| Problem::local("cannot run the command", error))?)
}

fn expect_success(status: ExitStatus) -> Result<()> {
    /// `sh` ends with it if its last command was ended by SIGPIPE.
    const LOST_OUTPUT: i32 = 128 + SIGPIPE;
    const SIGPIPE: i32 = 13;
    if status.success() {
        return Ok(());
    }
    if status.signal() == Some(SIGPIPE) || status.code() == Some(LOST_OUTPUT) {
        stdout::require_reader()?;
    }
    let reason = format!("the command ended with {status}");
    Err(Problem::Sending { reason, code: exit::FAILED }.into())
}

/// While it lives, a child process owns the terminal.
pub(super) struct TerminalHold(Arc<dyn Screen>);

impl TerminalHold {
    pub(super) fn new(context: &Context) -> Self {
        context.screen.hold(true);
        Self(Arc::clone(&context.screen))
    }
}

impl Drop for TerminalHold {
    fn drop(&mut self) {
        self.0.fresh_line();
        self.0.hold(false);
    }
}

pub(super) async fn run(context: &mut Context, line: &[u8]) -> Result<()> {
    let mut command = shell_on_stdout(line)?;
    if !context.run_options.interactive {
        // The script itself may come from standard input.
        command.stdin(Stdio::null());
    }
    expect_success(foreground(context, move || command.status()).await?)
}

/// Runs a line with the output of a command on its standard input. At the prompt, exit status 1 is no failure: it is the
/// answer of a `grep` that found nothing.
pub(super) async fn pipe(context: &mut Context, line: &[u8], input: Arc<File>) -> Result<()> {
    let status = feed(context, line, &input).await?;
    if context.run_options.interactive && status.code() == Some(1) {
        return Ok(());
    }
    expect_success(status)
}

/// Runs a line with this file, from its start, as its standard input.
async fn feed(context: &Context, line: &[u8], mut input: &File) -> Result<ExitStatus> {
    let failed = |error| Problem::local("cannot give the output to the command", error);
    input.rewind().map_err(failed)?;
    let mut command = shell_on_stdout(line)?;
    command.stdin(input.try_clone().map_err(failed)?);
    foreground(context, move || command.status()).await
}

/// The exit statuses of `sh` for a file that it cannot run, and for one that does not exist (POSIX, 2.8.2).
const CANNOT_RUN: i32 = 126;
const NOT_FOUND: i32 = 127;

/// `$PAGER`, else `less` if it is installed. An empty `$PAGER` means no pager.
fn pager() -> Option<String> {
    if let Ok(pager) = std::env::var("PAGER") {
        return (!pager.is_empty()).then_some(pager);
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).any(|path| path.join("less").is_file());
    found.then(|| "less".to_owned())
}

impl Context {
    /// Writes output, through a pager if it is longer than the screen.
    pub(crate) async fn page(&mut self, text: &[u8]) -> Result<()> {
        let may_page = self.run_options.interactive && self.settings.pager && !self.is_captured();
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout());
        if let (true, Ok(size)) = (may_page, size)
            && size.ws_row > 0
            && rows(&String::from_utf8_lossy(text), size.ws_col.into()) >= usize::from(size.ws_row)
            && let Some(pager) = pager()
        {
            // The options that git uses: raw colours, and no pager for what fits the screen.
            let line = format!("LESS=\"${{LESS-FRX}}\"; export LESS; {pager}");
            let failed = |error| Problem::local("cannot keep the output", error);
            let mut file = tempfile::tempfile().map_err(failed)?;
            file.write_all(text).map_err(failed)?;
            let status = feed(self, line.as_bytes(), &file).await?;
            // Any other exit status is no error: the pager may have been ended by a signal.
            if !matches!(status.code(), Some(CANNOT_RUN | NOT_FOUND)) {
                return Ok(());
            }
            self.out(text)?;
            self.warn(&format!("the pager '{pager}' cannot be run; 'set pager off' does without"));
            return Ok(());
        }
        self.out(text)
    }
}
