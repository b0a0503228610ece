//! SIGHUP, SIGINT and SIGTERM, for one-shot commands and scripts.

use std::time::Duration;

use tokio::sync::watch;

use super::exit;

/// How long a command goes on after a signal, for receipts.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a shell or a script waits after a signal for a command that ends by itself, which reports what became of its
/// messages after [`PATIENCE`].
pub(crate) const COMMAND_PATIENCE: Duration = PATIENCE.saturating_add(Duration::from_secs(2));

/// The exit status of the last signal, or `OK`.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    code: watch::Receiver<u8>,
}

impl Signals {
    /// Installs handlers. The first signal is reported to the command, a second one ends the process at once.
    pub(crate) fn watch() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = (!is_hang_up_ignored()).then(|| signal(SignalKind::hangup())).transpose()?;
        let (sender, code) = watch::channel(exit::OK);
        tokio::spawn(async move {
            loop {
                let code = tokio::select! {
                    _ = interrupt.recv() => exit::INTERRUPTED,
                    _ = terminate.recv() => exit::TERMINATED,
                    Some(()) = async { hang_up.as_mut()?.recv().await } => exit::HUNG_UP,
                };
                let before = sender.send_replace(code);
                if before != exit::OK {
                    std::process::exit(i32::from(code));
                }
            }
        });
        Ok(Self { code })
    }

    /// Signals that a shell watches for. `code` is 0 until one arrives.
    pub(crate) fn of(code: watch::Receiver<u8>) -> Self {
        Self { code }
    }

    /// For commands that a shell drops when a signal arrives.
    pub(crate) fn never() -> Self {
        Self::of(watch::channel(exit::OK).1)
    }

    /// The exit status of a signal that has arrived.
    pub(crate) fn arrived(&self) -> Option<u8> {
        Some(*self.code.borrow()).filter(|code| *code != exit::OK)
    }

    /// Waits for the first signal and returns its exit status.
    pub(crate) async fn first(&mut self) -> u8 {
        match self.code.wait_for(|code| *code != exit::OK).await {
            Ok(code) => *code,
            // The watcher lives as long as the runtime.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Whether the parent process had SIGHUP ignored, as nohup(1) does: a handler would end what is to go on. Only Linux tells.
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 != 0)
}
