//! Ctrl-C and SIGTERM, for one-shot commands and scripts.

use tokio::sync::watch;

use super::exit;

/// Signals that have come.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    code: watch::Receiver<u8>,
}

impl Signals {
    /// Watches from now on; the first signal is told, a second one ends the process at once.
    pub(crate) fn watch() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (sender, code) = watch::channel(exit::OK);
        tokio::spawn(async move {
            loop {
                let code = tokio::select! {
                    _ = interrupt.recv() => exit::INTERRUPTED,
                    _ = terminate.recv() => exit::TERMINATED,
                };
                let before = sender.send_replace(code);
                if before != exit::OK {
                    std::process::exit(i32::from(code));
                }
            }
        });
        Ok(Self { code })
    }

    /// Signals that someone else watches for: a shell cancels a command, not itself. The code is 0
    /// until one has come.
    pub(crate) fn of(code: watch::Receiver<u8>) -> Self {
        Self { code }
    }

    /// Signals that are not this command's to watch for.
    pub(crate) fn never() -> Self {
        Self::of(watch::channel(exit::OK).1)
    }

    /// Waits for the first signal; the exit code that belongs to it.
    pub(crate) async fn first(&mut self) -> u8 {
        match self.code.wait_for(|code| *code != exit::OK).await {
            Ok(code) => *code,
            // The watcher lives as long as the runtime.
            Err(_) => std::future::pending().await,
        }
    }
}
