//! What a prompt's screen shows by itself: messages and news, above the line that is being typed.
//!
//! One thread prints. While a line is typed it goes through rustyline's external printer, which takes
//! one text at a time and gives no sign that it has shown it; the repaint behind it is the sign
//! ([`Display::repainted`]). Between two lines it writes by itself, but never past a text that the
//! printer still has. Nobody waits for this thread.

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

/// The shortest time between two prints.
const PACE: Duration = Duration::from_millis(50);

/// Bytes of a print.
const BYTES: usize = 16 << 10;

/// Lines of news that may wait.
const NEWS: usize = 500;

/// After so long at a new prompt, what the printer was given is on the screen.
const SETTLED: Duration = Duration::from_millis(250);

/// Prints above the line that is being typed.
pub(super) type Printer = Box<dyn ExternalPrinter + Send>;

/// Who has the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A command, or nobody.
    Between,
    /// A line is about to be typed: the prompt is not painted yet.
    Beginning,
    /// A line is being typed, since then.
    Typing(Instant),
}

/// What happened aside.
struct News {
    text: String,
    /// Whether messages that were not shown yet had come before.
    behind: bool,
}

struct State {
    news: VecDeque<News>,
    news_dropped: u64,
    arrived: bool,
    paused: bool,
    held: u32,
    mode: Mode,
    /// Whether Enter has ended the line, though the terminal may still be in raw mode.
    accepted: bool,
    /// What the printer was given and has not shown, as far as is known.
    in_flight: Option<String>,
    /// Whether that was before the line that is being typed: it may have been written long ago.
    stale: bool,
    /// Whether the row above the prompt is the summary of a flood; for a screen of so many columns.
    summary_on_top: Option<usize>,
    printed: Option<Instant>,
    closing: bool,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// Whoever writes to the terminal between two lines holds it.
    writing: Mutex<()>,
    paint: Paint,
    /// Whether a row can be replaced.
    replaces: bool,
}

/// The screen of a prompt. Cheap to clone.
#[derive(Clone)]
pub(super) struct Display {
    shared: Arc<Shared>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Display {
    /// A display; [`Display::start`] makes it print. `replaces`: a row can be replaced.
    pub(super) fn new(paint: Paint, replaces: bool) -> Self {
        let state = State {
            news: VecDeque::new(),
            news_dropped: 0,
            arrived: false,
            paused: false,
            held: 0,
            mode: Mode::Between,
            accepted: false,
            in_flight: None,
            stale: false,
            summary_on_top: None,
            printed: None,
            closing: false,
        };
        let shared = Shared {
            state: Mutex::new(state),
            wake: Condvar::new(),
            writing: Mutex::default(),
            paint,
            replaces,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Starts the thread that prints; without a printer it writes to standard output whatever is typed.
    pub(super) fn start(&self, inbox: Inbox, printer: Option<Printer>) -> std::thread::JoinHandle<()> {
        let shared = Arc::clone(&self.shared);
        std::thread::spawn(move || Printing { shared, inbox, printer }.run())
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.shared.state));
        self.shared.wake.notify_all();
    }

    /// A line is about to be typed.
    pub(super) fn line_begins(&self) {
        self.change(|state| {
            state.mode = Mode::Beginning;
            state.stale = state.in_flight.is_some();
            state.summary_on_top = None;
        });
    }

    /// The prompt was painted: for the first time, because a key was typed (`by_key`), or behind a
    /// print.
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

    /// A line is asked for: none is accepted until Enter is typed.
    pub(super) fn line_asked(&self) {
        lock(&self.shared.state).accepted = false;
    }

    /// Enter was typed behind a whole line. From here on a Ctrl-C is a signal and means the command.
    pub(super) fn line_accepted(&self) {
        lock(&self.shared.state).accepted = true;
    }

    /// Whether the last line was accepted and no other has begun.
    pub(super) fn is_line_accepted(&self) -> bool {
        lock(&self.shared.state).accepted
    }

    pub(super) fn line_ended(&self) {
        self.change(|state| {
            state.mode = Mode::Between;
            state.summary_on_top = None;
        });
    }

    /// Whether messages are held back.
    pub(super) fn is_paused(&self) -> bool {
        lock(&self.shared.state).paused
    }

    /// Something else was written above the prompt.
    pub(super) fn disturbed(&self) {
        lock(&self.shared.state).summary_on_top = None;
    }

    /// Prints what waits, and ends the thread that prints.
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
            state.news.push_back(News { text, behind: state.arrived });
            if state.news.len() > NEWS {
                state.news.pop_front();
                state.news_dropped += 1;
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

    /// As many blanks as the screen has columns end in the next row, but where the cursor is in the
    /// first column: there they end in this one.
    fn fresh_line(&self) {
        if self.shared.replaces {
            let (columns, _) = terminal::size();
            let _writing = lock(&self.shared.writing);
            // A terminal that takes nothing is noticed by whoever reads from it.
            let _ = stdout::write(format!("{:columns$}\r\x1b[K", "").as_bytes());
        }
    }

    fn paint(&self) -> Paint {
        self.shared.paint
    }
}

/// Whether the screen has to be waited for.
enum Busy {
    No,
    Yes,
    For(Duration),
}

/// The thread that prints.
struct Printing {
    shared: Arc<Shared>,
    inbox: Inbox,
    printer: Option<Printer>,
}

impl Printing {
    fn run(mut self) {
        while self.turn() {}
    }

    /// Waits until something can be printed, and prints it; `false` at the end.
    fn turn(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let (mut state, closing) = self.wait(&shared, lock(&shared.state), false);
        // What the printer has and will not show any more is written here.
        let mut text = if closing { state.in_flight.take().unwrap_or_default() } else { String::new() };
        let (columns, rows) = terminal::size();
        let mut behind = String::new();
        let taken = push_news(&mut state, &mut text, &mut behind, rows);
        let mut page = None;
        let mut more = !state.news.is_empty();
        if !state.paused || closing {
            state.arrived = false;
            // The inbox may be waiting for this lock to say that messages came.
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
            // On a screen of another width it may stand in two rows now.
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

    /// Waits until the screen is free, and, unless there is something already, until there is
    /// something to print; or until the end, which is told.
    fn wait<'a>(
        &self,
        shared: &'a Shared,
        mut state: MutexGuard<'a, State>,
        ready: bool,
    ) -> (MutexGuard<'a, State>, bool) {
        loop {
            if state.closing {
                return (state, true);
            }
            let something = ready || !state.news.is_empty() || state.arrived && !state.paused;
            let time = match (something && state.held == 0).then(|| self.busy(&mut state)) {
                Some(Busy::No) if ready => return (state, false),
                Some(Busy::No) => {
                    let since = state.printed.map_or(PACE, |printed| printed.elapsed());
                    match PACE.checked_sub(since).filter(|left| !left.is_zero()) {
                        Some(left) => Some(left),
                        None => return (state, false),
                    }
                }
                Some(Busy::For(time)) => Some(time),
                Some(Busy::Yes) | None => None,
            };
            state = match time {
                Some(time) => shared.wake.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
                None => shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Whether the printer still has a text, or a prompt is about to be painted.
    fn busy(&self, state: &mut State) -> Busy {
        if self.printer.is_none() {
            return Busy::No;
        }
        match (state.mode, state.in_flight.is_some()) {
            (Mode::Typing(_) | Mode::Between, false) => Busy::No,
            (Mode::Typing(since), true) if state.stale => match SETTLED.checked_sub(since.elapsed()) {
                Some(left) if !left.is_zero() => Busy::For(left),
                // It was written while no line was typed: no repaint will tell of it.
                _ => {
                    state.in_flight = None;
                    Busy::No
                }
            },
            (Mode::Beginning, _) | (Mode::Between | Mode::Typing(_), true) => Busy::Yes,
        }
    }

    fn page(&self, columns: usize, rows: usize) -> (Option<Page>, bool) {
        let rows = rows.saturating_sub(2).max(4);
        self.inbox.page(Budget { rows, columns, bytes: BYTES, now: Instant::now() })
    }

    fn print(&mut self, mut state: MutexGuard<'_, State>, text: String) {
        if let (Some(printer), Mode::Typing(_)) = (&mut self.printer, state.mode) {
            state.in_flight = Some(text.clone());
            state.stale = false;
            drop(state);
            // It waits until the text before it was taken. A failure means that nobody types any more.
            let _ = printer.print(text);
            return;
        }
        drop(state);
        let _writing = lock(&self.shared.writing);
        // A terminal that takes nothing is noticed by whoever reads from it.
        let _ = stdout::write(text.as_bytes());
    }
}

/// Appends the lines of news that fit to the texts before and behind the messages; the rows that they
/// took.
fn push_news(state: &mut State, before: &mut String, behind: &mut String, rows: usize) -> usize {
    let mut taken = 0;
    let dropped = std::mem::take(&mut state.news_dropped);
    if dropped > 0 {
        before.push_str(&format!("… {dropped} more\n"));
        taken += 1;
    }
    while let Some(News { text, behind: is_behind }) = state.news.front()
        && (taken == 0 || taken + text.lines().count() <= rows)
        && before.len() + behind.len() + text.len() <= BYTES.max(text.len())
    {
        taken += text.lines().count();
        let place = if *is_behind || !behind.is_empty() { &mut *behind } else { &mut *before };
        place.push_str(text);
        place.push('\n');
        state.news.pop_front();
    }
    taken
}
