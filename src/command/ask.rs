//! Asking for a password, with the terminal as it was before, whatever ends the asking.

use std::fs::File;
use std::io::ErrorKind;
use std::thread::JoinHandle;

use anyhow::Result;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use super::exit::{self, Problem};
use crate::transport::Secret;

/// Asks at the terminal, without echo.
pub(super) fn password() -> Result<Secret> {
    let asked = rpassword::prompt_password("Password: ");
    match asked {
        Ok(password) => Ok(Secret::new(password)),
        Err(error) if error.kind() == ErrorKind::Interrupted => {
            Err(Problem::Stopped { code: exit::INTERRUPTED }.into())
        }
        Err(error) => Err(Problem::local("cannot ask for the password", error).into()),
    }
}

/// As long as it lives, a signal ends the process at once, and the terminal echoes again before that: while
/// a one-shot asks, nobody else watches for signals.
pub(crate) struct Asking {
    handle: Handle,
    watching: Option<JoinHandle<()>>,
}

impl Asking {
    /// From now on; `None` where there is no terminal.
    pub(crate) fn begin() -> Option<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
        let modes = tcgetattr(&terminal).ok()?;
        let mut signals = Signals::new([SIGINT, SIGTERM]).ok()?;
        let handle = signals.handle();
        let watching = std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // The process ends, whether the terminal takes it or not. Half a password is for nobody who
                // reads next.
                let _ = tcsetattr(&terminal, OptionalActions::Flush, &modes);
                let _ = rustix::io::write(&terminal, b"\n");
                let code = if signal == SIGINT { exit::INTERRUPTED } else { exit::TERMINATED };
                std::process::exit(i32::from(code));
            }
        });
        Some(Self { handle, watching: Some(watching) })
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(watching) = self.watching.take() {
            // It does not panic.
            let _ = watching.join();
        }
    }
}
