//! Asks for a password or reads its file, and restores the modes of the terminal whatever ends the question.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::thread::JoinHandle;

use anyhow::Result;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use super::exit::{self, Problem};
use crate::transport::Secret;

/// Asks at the terminal, without echo. Blocks.
pub(super) fn ask() -> Result<Secret> {
    match rpassword::prompt_password("Password: ") {
        Ok(password) => Ok(Secret::new(password)),
        Err(error) if error.kind() == ErrorKind::Interrupted => {
            Err(Problem::Stopped { code: exit::INTERRUPTED }.into())
        }
        Err(error) => Err(Problem::local("cannot ask for the password", error).into()),
    }
}

/// The first line of a file. Fails if other users can read the file.
pub(crate) fn read_secret(file: &Path) -> Result<Secret> {
    let text = read_private(file, "password file")?;
    Ok(Secret::new(text.lines().next().unwrap_or_default().trim_end_matches('\r')))
}

/// Reads a file, which an error calls `what`. Fails if other users can read it.
pub(super) fn read_private(file: &Path, what: &str) -> Result<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let shown = file.display();
    let failed = |error| Problem::local(format!("cannot read the {what} {shown}"), error);
    let mode = std::fs::metadata(file).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        let message = format!("the {what} {shown} can be read by others");
        return Err(Problem::usage_hint(message, format!("chmod 600 {shown}")).into());
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    // Some editors begin a file with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// While it lives, a signal restores the terminal's echo and ends the process: a one-shot command that asks for a
/// password does not watch for signals yet.
pub(crate) struct EchoGuard {
    handle: Handle,
    watching: Option<JoinHandle<()>>,
}

impl EchoGuard {
    /// Starts to watch for signals; `None` if there is no terminal.
    pub(crate) fn begin() -> Option<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
        let modes = tcgetattr(&terminal).ok()?;
        let mut signals = Signals::new([SIGINT, SIGTERM]).ok()?;
        let handle = signals.handle();
        let watching = std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // The process ends even if the terminal cannot be restored. Flushing drops what was typed of the
                // password, so that the next program does not read it.
                let _ = tcsetattr(&terminal, OptionalActions::Flush, &modes);
                let _ = rustix::io::write(&terminal, b"\n");
                let code = if signal == SIGINT { exit::INTERRUPTED } else { exit::TERMINATED };
                std::process::exit(i32::from(code));
            }
        });
        Some(Self { handle, watching: Some(watching) })
    }
}

impl Drop for EchoGuard {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(watching) = self.watching.take() {
            // The thread does not panic.
            let _ = watching.join();
        }
    }
}
