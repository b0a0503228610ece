//! Progress of what takes longer than two seconds and has an end; on standard error, on a terminal
//! only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Messages.
    Messages,
    /// Octets.
    Octets,
    /// Seconds.
    Seconds,
}

/// A bar that is drawn from the third second on, until it is dropped.
#[derive(Debug)]
pub struct Progress {
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Progress {
    /// Shows how far `done` is on the way to `total`; where nobody knows the end (0), only how far it is. It must be called on a runtime.
    pub fn watch(done: Arc<AtomicU64>, total: u64, unit: Unit, quiet: bool) -> Self {
        use std::io::IsTerminal as _;
        if quiet || !std::io::stderr().is_terminal() {
            return Self { task: None };
        }
        let task = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let template = match unit {
                Unit::Messages if total == 0 => "{spinner} {human_pos} messages  {per_sec}",
                Unit::Messages => "{bar:30} {human_pos} of {human_len}  {eta} left",
                Unit::Seconds => "{bar:30} {pos} of {len} s",
                Unit::Octets => "{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
            };
            let length = (total > 0).then_some(total);
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
            // The template is ours; should it be wrong, the default one shows.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_position(done.load(Ordering::Relaxed).min(length.unwrap_or(u64::MAX)));
            // What was done before the bar began says nothing of the speed it sees.
            bar.reset_eta();
            let _clear = Clear(bar.clone());
            loop {
                bar.set_position(done.load(Ordering::Relaxed).min(length.unwrap_or(u64::MAX)));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self { task: Some(task) }
    }
}

impl Progress {
    /// Takes the bar off the screen, before something else is written there.
    pub async fn end(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // It was cancelled, as it should be.
            let _ = task.await;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Takes the bar off the screen when its task ends.
struct Clear(ProgressBar);

impl Drop for Clear {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
