//! Prints messages and notices above the line that is being typed at the prompt.
//!
//! One thread prints. While a line is typed it uses rustyline's external printer, which takes one text at a time and
//! does not report when it has shown it; the repaint that follows tells ([`Display::repainted`]). Between two lines the
//! thread writes to standard output itself, but not before the printer has shown its text. Nobody waits for this thread.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustyline::ExternalPrinter;

use super::terminal;
use crate::command::inbox::Inbox;
use crate::command::inbox::arrivals::{Budget, Page};
use crate::command::screen::Screen;
use crate::render::wrap::wrap;
use crate::render::{Paint, StdoutError, stderr, stdout};

/// The shortest time between two prints; what arrives meanwhile is printed together.
const PACE: Duration = Duration::from_millis(50);

/// The largest number of bytes of one print.
const BYTES: usize = 16 << 10;

/// The largest number of notices that wait to be printed; older ones are dropped.
const NOTICES: usize = 500;

/// How long after a new prompt was painted the printer certainly has shown its text.
const SETTLED: Duration = Duration::from_millis(250);

/// rustyline's printer, which prints above the line that is being typed.
pub(super) type PromptPrinter = Box<dyn ExternalPrinter + Send>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    /// No line is being typed; a command may be running.
    #[default]
    Between,
    /// A line is about to be typed: the prompt is not painted yet.
    Beginning,
    /// A line is being typed since this instant.
    Typing(Instant),
}

struct Notice {
    text: String,
    /// Whether messages arrived before it that are not shown yet.
    behind: bool,
}

#[derive(Default)]
struct DisplayState {
    notices: VecDeque<Notice>,
    notices_dropped: u64,
    arrived: bool,
    paused: bool,
    held: u32,
    mode: Mode,
    /// Whether Enter has ended the line, though the terminal may still be in raw mode.
    accepted: bool,
    /// The text that the printer has not shown yet, as far as is known.
    in_flight: Option<String>,
    /// Whether that text was passed before the present line began: then no repaint may follow it.
    stale: bool,
    /// The columns of the screen on which the row above the prompt is the summary of a flood.
    summary_on_top: Option<usize>,
    printed: Option<Instant>,
    closing: bool,
}

struct Shared {
    state: Mutex<DisplayState>,
    wake: Condvar,
    /// Held while writing to the terminal between two lines.
    writing: Mutex<()>,
    paint: Paint,
    /// Whether the terminal understands the escapes that replace a row.
    replaces: bool,
}

/// The screen of a prompt; clones share it.
#[derive(Clone)]
pub(super) struct Display {
    shared: Arc<Shared>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Display {
    /// Prints nothing before [`Display::start`]. `replaces` says whether the terminal can replace a
    /// row.
    pub(super) fn new(paint: Paint, replaces: bool) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            writing: Mutex::default(),
            paint,
            replaces,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Starts the thread that prints. Without a printer it writes to standard output even while a line is typed.
    pub(super) fn start(&self, inbox: Inbox, printer: Option<PromptPrinter>) -> std::thread::JoinHandle<()> {
        let shared = Arc::clone(&self.shared);
        std::thread::spawn(move || PrintThread { shared, inbox, printer }.run())
    }

    fn change(&self, change: impl FnOnce(&mut DisplayState)) {
        change(&mut lock(&self.shared.state));
        self.shared.wake.notify_all();
    }

    pub(super) fn line_begins(&self) {
        self.change(|state| {
            state.mode = Mode::Beginning;
            state.stale = state.in_flight.is_some();
            state.summary_on_top = None;
        });
    }

    /// The prompt was painted: for the first time, because a key was typed (`by_key`), or after a print.
    pub(super) fn repainted(&self, by_key: bool) {
        let mut state = lock(&self.shared.state);
        if state.mode == Mode::Beginning {
            state.mode = Mode::Typing(Instant::now());
        } else if by_key {
            return;
        } else {
            state.in_flight = None;
        }
        drop(state);
        self.shared.wake.notify_all();
    }

    /// A new line is requested, which is not accepted before Enter is typed.
    pub(super) fn line_asked(&self) {
        lock(&self.shared.state).accepted = false;
    }

    /// Enter ended a complete line. A Ctrl-C from now on is a signal and cancels the command.
    pub(super) fn line_accepted(&self) {
        lock(&self.shared.state).accepted = true;
    }

    pub(super) fn is_line_accepted(&self) -> bool {
        lock(&self.shared.state).accepted
    }

    pub(super) fn line_ended(&self) {
        self.change(|state| {
            state.mode = Mode::Between;
            state.summary_on_top = None;
        });
    }

    pub(super) fn is_paused(&self) -> bool {
        lock(&self.shared.state).paused
    }

    /// Something else was written above the prompt, so that the summary there must not be replaced.
    pub(super) fn disturbed(&self) {
        lock(&self.shared.state).summary_on_top = None;
    }

    /// Tells the thread to print everything that waits and to end, without waiting for it.
    pub(super) fn close(&self) {
        self.change(|state| {
            state.mode = Mode::Between;
            state.held = 0;
            state.closing = true;
        });
    }
}

impl Screen for Display {
    fn data(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        self.disturbed();
        let _writing = lock(&self.shared.writing);
        stdout::write(bytes)
    }

    fn say(&self, text: &str) {
        self.disturbed();
        let _writing = lock(&self.shared.writing);
        stderr::line(&wrap(text, terminal::size().0));
    }

    fn notice(&self, text: String) {
        self.change(|state| {
            let text = wrap(&text, terminal::size().0);
            state.notices.push_back(Notice { text, behind: state.arrived });
            if state.notices.len() > NOTICES {
                state.notices.pop_front();
                state.notices_dropped += 1;
            }
        });
    }

    fn arrived(&self) {
        let mut state = lock(&self.shared.state);
        if !std::mem::replace(&mut state.arrived, true) {
            drop(state);
            self.shared.wake.notify_all();
        }
    }

    fn pause(&self, paused: bool) {
        self.change(|state| {
            state.paused = paused;
            state.arrived = true;
        });
    }

    fn hold(&self, held: bool) {
        self.change(|state| {
            state.summary_on_top = None;
            state.held = if held { state.held + 1 } else { state.held.saturating_sub(1) };
        });
    }

    /// Writes as many spaces as the screen has columns: they wrap into the next row unless the cursor is in the first
    /// column.
    fn fresh_line(&self) {
        if self.shared.replaces {
            let (columns, _) = terminal::size();
            let _writing = lock(&self.shared.writing);
            // The thread that reads from the terminal notices if it fails.
            let _ = stdout::write(format!("{:columns$}\r\x1b[K", "").as_bytes());
        }
    }

    fn paint(&self) -> Paint {
        self.shared.paint
    }
}

enum ScreenWait {
    No,
    Yes,
    For(Duration),
}

struct PrintThread {
    shared: Arc<Shared>,
    inbox: Inbox,
    printer: Option<PromptPrinter>,
}

impl PrintThread {
    fn run(mut self) {
        while self.turn() {}
    }

    /// Waits until something can be printed, and prints it. Returns `false` when the display is closed.
    fn turn(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let (mut state, closing) = self.wait(&shared, lock(&shared.state), false);
        // The printer will not show its text any more.
        let mut text = if closing { state.in_flight.take().unwrap_or_default() } else { String::new() };
        let (columns, rows) = terminal::size();
        let mut behind = String::new();
        let taken = push_notices(&mut state, &mut text, &mut behind, rows);
        let mut page = None;
        let mut more = !state.notices.is_empty();
        if !state.paused || closing {
            state.arrived = false;
            // The inbox may wait for this lock in `arrived`.
            drop(state);
            let (fresh, pending) = self.page(columns, rows.saturating_sub(taken));
            more |= pending && fresh.as_ref().is_some_and(|page| page.summary.is_none());
            page = fresh;
            state = lock(&shared.state);
            state.arrived |= pending;
        }
        state.printed = Some(Instant::now());
        if text.is_empty() && behind.is_empty() && page.is_none() {
            return !closing || more;
        }
        // A line may have begun or ended meanwhile, or a child may have the terminal now.
        let (mut state, closing) = self.wait(&shared, state, true);
        let mut summarised = None;
        if let Some(Page { text: messages, summary }) = page {
            // After a resize the summary may take two rows.
            let on_top = state.summary_on_top == Some(columns);
            let replaces = shared.replaces && on_top && text.is_empty() && messages.is_empty();
            text.push_str(&messages);
            if let Some(summary) = summary {
                let replace = if replaces { "\x1b[1A\x1b[2K" } else { "" };
                text.push_str(&format!("{replace}{summary}\n"));
                summarised = behind.is_empty().then_some(columns);
            }
        }
        text.push_str(&behind);
        if !text.is_empty() {
            state.summary_on_top = summarised;
            self.print(state, text);
        }
        !closing || more
    }

    /// Waits until the screen is free and, unless `ready`, until there is something to print. Returns `true` with the
    /// state if the display was closed meanwhile.
    fn wait<'a>(
        &self,
        shared: &'a Shared,
        mut state: MutexGuard<'a, DisplayState>,
        ready: bool,
    ) -> (MutexGuard<'a, DisplayState>, bool) {
        loop {
            if state.closing {
                return (state, true);
            }
            let something = ready || !state.notices.is_empty() || state.arrived && !state.paused;
            let time = match (something && state.held == 0).then(|| self.busy(&mut state)) {
                Some(ScreenWait::No) if ready => return (state, false),
                Some(ScreenWait::No) => {
                    let since = state.printed.map_or(PACE, |printed| printed.elapsed());
                    match PACE.checked_sub(since).filter(|left| !left.is_zero()) {
                        Some(left) => Some(left),
                        None => return (state, false),
                    }
                }
                Some(ScreenWait::For(time)) => Some(time),
                Some(ScreenWait::Yes) | None => None,
            };
            state = match time {
                Some(time) => shared.wake.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
                None => shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Whether the printer still has a text, or a prompt is about to be painted.
    fn busy(&self, state: &mut DisplayState) -> ScreenWait {
        if self.printer.is_none() {
            return ScreenWait::No;
        }
        match (state.mode, state.in_flight.is_some()) {
            (Mode::Typing(_) | Mode::Between, false) => ScreenWait::No,
            (Mode::Typing(since), true) if state.stale => match SETTLED.checked_sub(since.elapsed()) {
                Some(left) if !left.is_zero() => ScreenWait::For(left),
                // It was written while no line was typed: no repaint follows.
                _ => {
                    state.in_flight = None;
                    ScreenWait::No
                }
            },
            (Mode::Beginning, _) | (Mode::Between | Mode::Typing(_), true) => ScreenWait::Yes,
        }
    }

    fn page(&self, columns: usize, rows: usize) -> (Option<Page>, bool) {
        let rows = rows.saturating_sub(2).max(4);
        self.inbox.page(Budget { rows, columns, bytes: BYTES, now: Instant::now() })
    }

    fn print(&mut self, mut state: MutexGuard<'_, DisplayState>, text: String) {
        if let (Some(printer), Mode::Typing(_)) = (&mut self.printer, state.mode) {
            state.in_flight = Some(text.clone());
            state.stale = false;
            drop(state);
            // Blocks until rustyline has taken the text before. It fails when the line has ended.
            let _ = printer.print(text);
            return;
        }
        drop(state);
        let _writing = lock(&self.shared.writing);
        // The thread that reads from the terminal notices if it fails.
        let _ = stdout::write(text.as_bytes());
    }
}

/// Appends the notices that fit to the texts before and behind the messages, and returns the rows that they take.
fn push_notices(state: &mut DisplayState, before: &mut String, behind: &mut String, rows: usize) -> usize {
    let mut taken = 0;
    let dropped = std::mem::take(&mut state.notices_dropped);
    if dropped > 0 {
        before.push_str(&format!("… {dropped} more\n"));
        taken += 1;
    }
    while let Some(Notice { text, behind: is_behind }) = state.notices.front()
        && (taken == 0 || taken + text.lines().count() <= rows)
        && before.len() + behind.len() + text.len() <= BYTES.max(text.len())
    {
        taken += text.lines().count();
        let text_part = if *is_behind || !behind.is_empty() { &mut *behind } else { &mut *before };
        text_part.push_str(text);
        text_part.push('\n');
        state.notices.pop_front();
    }
    taken
}
