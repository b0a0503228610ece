//! The shell on a pseudo-terminal, and what its screen shows: asserted row by row, as a person reads it.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// The time after which a test is said to hang.
const DEADLINE: Duration = Duration::from_secs(60);

struct Seen {
    parser: vt100::Parser,
    /// When it changed last.
    at: Instant,
    /// How often it changed.
    changes: u64,
    /// All that was written, as it came.
    bytes: Vec<u8>,
    closed: bool,
}

/// A terminal with the shell in it.
pub struct Screen {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    modes: String,
    home: tempfile::TempDir,
}

/// How to start the shell.
pub struct Setting {
    command: CommandBuilder,
    size: PtySize,
    home: tempfile::TempDir,
}

impl Setting {
    /// The shell with these arguments, on a screen of 24 rows and 80 columns, without colours.
    pub fn new(arguments: &[&str]) -> Self {
        let mut setting = Self::other(env!("CARGO_BIN_EXE_stomp"), arguments);
        setting.command.env("NO_COLOR", "1");
        setting
    }

    /// Another program.
    pub fn other(program: &str, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for name in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.cwd(home.path());
        Self { command, size: PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }, home }
    }

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Its home folder.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// A screen of this size.
    pub fn size(mut self, rows: u16, cols: u16) -> Self {
        self.size = PtySize { rows, cols, ..self.size };
        self
    }

    /// Starts it.
    pub fn start(self) -> Screen {
        let pair = native_pty_system().openpty(self.size).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(self.command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let parser = vt100::Parser::new(whole(self.size.rows), whole(self.size.cols), 2_000);
        let seen = Arc::new((
            Mutex::new(Seen { parser, at: Instant::now(), changes: 0, bytes: Vec::new(), closed: false }),
            Condvar::new(),
        ));
        let own = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let mut seen = lock(&own.0);
                seen.parser.process(&buffer[..count]);
                seen.at = Instant::now();
                seen.changes += 1;
                seen.bytes.extend_from_slice(&buffer[..count]);
                drop(seen);
                own.1.notify_all();
            }
            lock(&own.0).closed = true;
            own.1.notify_all();
        });
        Screen { seen, master: pair.master, writer, child, modes, home: self.home }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn whole(size: u16) -> NonZeroU16 {
    NonZeroU16::new(size).unwrap()
}

/// The modes of the terminal, as text to be compared.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// The rows of a screen, without blanks at their ends and empty rows below.
fn rows(screen: &vt100::Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    let mut rows: Vec<String> = screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

impl Screen {
    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Types a line and Enter.
    pub fn line(&mut self, line: &str) {
        self.keys(&format!("{line}\r"));
    }

    /// Waits until the rows are as wanted.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut found: impl FnMut(&[String]) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = lock(&self.seen.0);
        loop {
            let rows = rows(seen.parser.screen());
            if let Some(found) = found(&rows) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !seen.closed, "never: {what}\n{}", rows.join("\n"));
            seen = self.seen.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits at most so long until the screen has changed more than so often; how often it has then,
    /// since when it is as it is, and what is seen in its rows.
    #[allow(dead_code)] // for the bench of the flood
    pub fn changes<T>(
        &self,
        before: u64,
        most: Duration,
        see: impl FnOnce(&[String]) -> T,
    ) -> (u64, Instant, T) {
        let waits = |seen: &mut Seen| seen.changes <= before && !seen.closed;
        let waited = self.seen.1.wait_timeout_while(lock(&self.seen.0), most, waits);
        let seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        (seen.changes, seen.at, see(&rows(seen.parser.screen())))
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until a row contains this.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        self.until(text, |rows| rows.iter().any(|row| row.contains(text)).then_some(()));
    }

    /// Waits until the last row is this, to the column.
    #[track_caller]
    pub fn last_row(&self, text: &str) {
        self.until(&format!("last row: {text}"), |rows| (rows.last()?.as_str() == text).then_some(()));
    }

    /// The rows as they are now.
    pub fn rows(&self) -> Vec<String> {
        rows(lock(&self.seen.0).parser.screen())
    }

    /// Waits until the cursor is there.
    #[track_caller]
    pub fn cursor_at(&self, row: usize, column: usize) {
        let at = (u16::try_from(row).unwrap(), u16::try_from(column).unwrap());
        let deadline = Instant::now() + DEADLINE;
        let mut seen = lock(&self.seen.0);
        while seen.parser.screen().cursor_position() != at {
            let left = deadline.saturating_duration_since(Instant::now());
            let now = seen.parser.screen().cursor_position();
            assert!(!left.is_zero() && !seen.closed, "the cursor is at {now:?}, not at {at:?}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// All that was written to the terminal, as it came.
    #[allow(dead_code)] // the tests of faults look at it
    pub fn written(&self) -> Vec<u8> {
        lock(&self.seen.0).bytes.clone()
    }

    /// The colour of a character.
    pub fn colour(&self, row: usize, column: usize) -> vt100::Color {
        let (row, column) = (u16::try_from(row).unwrap(), u16::try_from(column).unwrap());
        lock(&self.seen.0).parser.screen().cell(row, column).unwrap().fgcolor()
    }

    /// Whether a character is grey.
    pub fn is_dim(&self, row: usize, column: usize) -> bool {
        let (row, column) = (u16::try_from(row).unwrap(), u16::try_from(column).unwrap());
        lock(&self.seen.0).parser.screen().cell(row, column).unwrap().dim()
    }

    /// Waits until the terminal's modes are as wanted.
    #[track_caller]
    pub fn until_modes(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !wanted(&modes(&*self.master)) {
            assert!(Instant::now() < deadline, "the terminal is never {what}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Makes the screen another size.
    pub fn resize(&mut self, rows: u16, cols: u16) {
        lock(&self.seen.0).parser.screen_mut().set_size(whole(rows), whole(cols));
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Sends the shell a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// The home folder.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Waits for the shell's end, and expects its exit code and the terminal as it was before.
    #[track_caller]
    pub fn ends(&mut self, code: u32) {
        let deadline = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end\n{}", self.rows().join("\n"));
            std::thread::sleep(Duration::from_millis(2));
        };
        assert_eq!(status.exit_code(), code, "\n{}", self.rows().join("\n"));
        // What it wrote last may still be on its way through the terminal.
        let mut seen = lock(&self.seen.0);
        while !seen.closed && Instant::now() < deadline {
            seen = self.seen.1.wait_timeout(seen, Duration::from_millis(50)).unwrap().0;
        }
        drop(seen);
        let paste = lock(&self.seen.0).parser.screen().bracketed_paste();
        assert!(!paste, "bracketed paste is still on");
        assert_eq!(modes(&*self.master), self.modes, "the terminal's modes are others");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Where it has ended, its number may be another process's by now.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
