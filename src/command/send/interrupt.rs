//! How a signal ends a send.

use std::sync::Arc;

use crate::client::ClientError;
use crate::command::screen::Screen;
use crate::command::signals::{PATIENCE, Signals};
use crate::render::stderr;
use crate::session::Failure;

/// Reports why the program does not end at once.
pub(crate) fn say_stopping(quiet: bool) {
    if !quiet {
        stderr::line(&stopping());
    }
}

fn stopping() -> String {
    let seconds = PATIENCE.as_secs();
    format!("stopping: up to {seconds} s for receipts; a second signal ends at once")
}

/// Waits for a signal and remembers its exit status.
pub(super) struct Interrupt {
    signals: Signals,
    /// The exit status of the signal that arrived.
    pub(super) code: Option<u8>,
    pub(super) quiet: bool,
    screen: Arc<dyn Screen>,
}

impl Interrupt {
    pub(super) fn new(signals: Signals, quiet: bool, screen: Arc<dyn Screen>) -> Self {
        Self { signals, code: None, quiet, screen }
    }

    fn say_stopping(&self) {
        if !self.quiet {
            self.screen.say(&stopping());
        }
    }

    /// Waits for a signal, and reports that the program does not end at once.
    pub(super) async fn wait(&mut self) {
        self.code = Some(self.signals.first().await);
        self.say_stopping();
    }

    /// Awaits `work`. After a signal it goes on for up to [`PATIENCE`] if `stop` returns true, else it is dropped.
    pub(super) async fn guard<T>(
        &mut self,
        work: impl Future<Output = Result<T, ClientError>>,
        stop: impl FnOnce() -> bool,
    ) -> Result<T, ClientError> {
        let unknown = |reason: &str| Err(Failure::unknown(reason).into());
        let mut work = std::pin::pin!(work);
        tokio::select! {
            result = &mut work => return result,
            code = self.signals.first() => self.code = Some(code),
        }
        if !stop() {
            return unknown("it was stopped");
        }
        self.say_stopping();
        let late = |_| unknown("it was not waited for any longer");
        tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(late)
    }
}
