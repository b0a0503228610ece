//! How a signal ends a send.

use std::time::Duration;

use crate::client::ClientError;
use crate::command::signals::Signals;
use crate::render::stderr;
use crate::session::Failure;

/// How long a send may take to end after a signal.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Reports why the program does not end at once.
pub(crate) fn say_stopping(quiet: bool) {
    if !quiet {
        let seconds = PATIENCE.as_secs();
        stderr::line(&format!("stopping: up to {seconds} s for receipts; a second signal ends at once"));
    }
}

/// Waits for a signal and remembers its exit status.
pub(super) struct Interrupt {
    signals: Signals,
    /// The exit status of the signal that arrived.
    pub(super) code: Option<u8>,
    pub(super) quiet: bool,
}

impl Interrupt {
    pub(super) fn new(signals: Signals, quiet: bool) -> Self {
        Self { signals, code: None, quiet }
    }

    /// Waits for a signal, and reports that the program does not end at once.
    pub(super) async fn wait(&mut self) {
        self.code = Some(self.signals.first().await);
        say_stopping(self.quiet);
    }

    /// Awaits `work`. After a signal it goes on for up to [`PATIENCE`] if `stop` returns true, else it is dropped.
    pub(super) async fn guard(
        &mut self,
        work: impl Future<Output = Result<(), ClientError>>,
        stop: impl FnOnce() -> bool,
    ) -> Result<(), ClientError> {
        let unknown = |reason: &str| Err(Failure::unknown(reason).into());
        let mut work = std::pin::pin!(work);
        tokio::select! {
            result = &mut work => return result,
            code = self.signals.first() => self.code = Some(code),
        }
        if !stop() {
            return unknown("it was stopped");
        }
        say_stopping(self.quiet);
        let late = |_| unknown("it was not waited for any longer");
        tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(late)
    }
}
