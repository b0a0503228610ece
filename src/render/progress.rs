//! Progress bars for work of more than two seconds, on standard error if it is a terminal.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::count::grouped;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Messages,
    Bytes,
    Seconds,
}

/// The bar on the screen; it is hidden while lines are written.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn shown() -> std::sync::MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hides the bar while `write` writes to standard error.
pub(super) fn hidden_while(write: impl FnOnce()) {
    let bar = shown().clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// A terminal reported as a little narrower: a bar fills its row, and the `^C` that the terminal echoes
/// behind it must not begin another row, which nothing would clear.
#[derive(Debug)]
struct NarrowTerminal;

/// Writes with one system call, so that lines of others do not come between.
fn write(text: &str) -> io::Result<()> {
    io::stderr().write_all(text.as_bytes())
}

impl NarrowTerminal {
    fn move_cursor(count: usize, direction: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { write(&format!("\x1b[{count}{direction}")) }
    }
}

impl TermLike for NarrowTerminal {
    fn width(&self) -> u16 {
        const CONTROL_C: u16 = 4;
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr());
        size.map_or(80, |size| size.ws_col).saturating_sub(CONTROL_C).max(1)
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        Self::move_cursor(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        Self::move_cursor(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        Self::move_cursor(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        Self::move_cursor(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        write(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rate
fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    // A formatter that fails has nobody to tell.
    let _ = write!(out, "{}/s", grouped(state.per_sec().round() as u64));
}

/// A progress bar that appears after two seconds and is removed when dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Progress {
    /// Shows `done` of `total`, or only `done` if `total` is 0. Must be called on a tokio runtime.
    pub(crate) fn watch(done: Arc<AtomicU64>, total: u64, unit: Unit, quiet: bool) -> Self {
        use std::io::IsTerminal as _;
        if quiet || !std::io::stderr().is_terminal() {
            return Self { task: None };
        }
        let task = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let template = match unit {
                Unit::Messages if total == 0 => "{spinner} {human_pos} messages  {rate}",
                Unit::Messages => "{bar:30} {human_pos} of {human_len}  {eta} left",
                Unit::Seconds => "{bar:30} {pos} of {len} s",
                Unit::Bytes => "{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
            };
            let length = (total > 0).then_some(total);
            let bar = ProgressBar::with_draw_target(
                length,
                ProgressDrawTarget::term_like(Box::new(NarrowTerminal)),
            );
            // The template is ours; should it be wrong, the default one shows.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.with_key("rate", rate));
            }
            let update = || bar.set_position(done.load(Ordering::Relaxed).min(length.unwrap_or(u64::MAX)));
            update();
            // Work done before the bar appeared must not count for its speed.
            bar.reset_eta();
            *shown() = Some(bar.clone());
            let _clear = ClearOnDrop(bar.clone());
            loop {
                update();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self { task: Some(task) }
    }

    /// Removes the bar before something else is written.
    pub(crate) async fn end(mut self) {
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

struct ClearOnDrop(ProgressBar);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        *shown() = None;
        self.0.finish_and_clear();
    }
}
