//! Runs the `stomp` program: arguments and input in; output and exit code out, to be expected to the
//! byte; and a deadline, so that nothing hangs.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The time after which a test is said to hang. No test comes near it, on a busy machine either.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How often a process is asked whether it has ended.
const ASK: Duration = Duration::from_millis(2);

enum Input {
    Bytes(Vec<u8>),
    /// Written by the test while the program runs.
    Open,
}

/// A call of the program, to be started.
pub struct Stomp {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    input: Input,
    output: Option<Stdio>,
    unheard: &'static [&'static str],
    in_any_order: bool,
}

impl Stomp {
    /// The program that belongs to this test, with an empty standard input.
    pub fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            program: env!("CARGO_BIN_EXE_stomp").into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            folder: None,
            input: Input::Bytes(Vec::new()),
            output: None,
            unheard: &[],
            in_any_order: false,
        }
        .args(arguments)
    }

    /// Another program, run and watched in the same way.
    pub fn other<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Self {
        Self { program: program.into(), ..Self::new(arguments) }
    }

    /// More arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// One more argument.
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// A variable of its environment, which has none of ours but PATH.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// The folder that it works in.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// All of its standard input.
    pub fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::Bytes(bytes.as_ref().to_vec());
        self
    }

    /// Its standard input stays open: the test writes it with [`Running::write`].
    pub fn open_input(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// Where its standard output goes, if the test does not want it back.
    pub fn output(mut self, output: impl Into<Stdio>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// Lines of its standard error that say nothing new to the test, each to be left out.
    pub fn unheard(mut self, lines: &'static [&'static str]) -> Self {
        self.unheard = lines;
        self
    }

    /// Whether the lines of its standard output may come in any order.
    pub fn in_any_order(mut self, any: bool) -> Self {
        self.in_any_order = any;
        self
    }

    /// The call as one would type it.
    fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        words.join(" ")
    }

    /// Starts it.
    pub fn start(self) -> Running {
        let shown = self.shown();
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        // Nothing of whoever runs the tests reaches the program, and nothing of it stays.
        for name in ["PATH", "TMPDIR"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let home = tempfile::tempdir().unwrap();
        command.env("HOME", home.path()).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.as_deref().unwrap_or(home.path()));
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        command.stdout(self.output.unwrap_or_else(Stdio::piped));
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start '{shown}': {error}"));
        // The command holds the other end of a pipe that a test may want to see closed.
        drop(command);
        let stdout = child.stdout.take().map_or_else(Gathered::nothing, Gathered::from);
        let stderr = child.stderr.take().map_or_else(Gathered::nothing, Gathered::from);
        let mut input = child.stdin.take();
        if let Input::Bytes(bytes) = self.input {
            let input = input.take();
            std::thread::spawn(move || {
                // A program that does not read all of its input is a matter of its exit code.
                let _ = input.map(|mut input| input.write_all(&bytes));
            });
        }
        let Self { unheard, in_any_order, .. } = self;
        Running { shown, child, input, stdout, stderr, unheard, in_any_order, _home: home }
    }

    /// Starts it and waits for its end.
    pub fn run(self) -> Finished {
        self.start().finish()
    }
}

/// What came out of a pipe so far, and whether it was closed.
#[derive(Default)]
struct Out {
    bytes: Vec<u8>,
    closed: bool,
}

/// A pipe that a thread reads.
#[derive(Clone, Default)]
struct Gathered(Arc<(Mutex<Out>, Condvar)>);

impl Gathered {
    fn nothing() -> Self {
        let gathered = Self::default();
        gathered.change(|out| out.closed = true);
        gathered
    }

    fn from(mut pipe: impl Read + Send + 'static) -> Self {
        let gathered = Self::default();
        let own = gathered.clone();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                own.change(|out| out.bytes.extend_from_slice(&buffer[..count]));
            }
            own.change(|out| out.closed = true);
        });
        gathered
    }

    fn change(&self, how: impl FnOnce(&mut Out)) {
        how(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    /// Waits until `found` finds something; `None`: the pipe was closed, or time ran out, before.
    fn wait<T>(&self, until: Instant, mut found: impl FnMut(&Out) -> Option<T>) -> Option<T> {
        let mut out = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = found(&out) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if out.closed || left.is_zero() {
                return None;
            }
            out = self.0.1.wait_timeout(out, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).bytes.clone()
    }
}

/// A program that runs. It is killed when the test lets go of it.
pub struct Running {
    shown: String,
    child: Child,
    input: Option<ChildStdin>,
    stdout: Gathered,
    stderr: Gathered,
    unheard: &'static [&'static str],
    in_any_order: bool,
    _home: tempfile::TempDir,
}

impl Running {
    /// Writes to its standard input, which [`Stomp::open_input`] left open.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("its standard input is not open");
        if let Err(error) = input.write_all(bytes.as_ref()) {
            self.fail(&format!("it takes no input: {error}"));
        }
    }

    /// Ends its standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits until it has written what `found` finds in its standard output.
    pub fn wait_for_stdout<T>(&mut self, what: &str, found: impl Fn(&[u8]) -> Option<T>) -> T {
        let until = Instant::now() + DEADLINE;
        let found = self.stdout.wait(until, |out| found(&out.bytes));
        found.unwrap_or_else(|| self.fail(&format!("its standard output never had {what}")))
    }

    /// Waits until it has written so many lines.
    pub fn wait_for_lines(&mut self, count: usize) {
        self.wait_for_stdout(&format!("{count} lines"), |bytes| {
            (memchr::memchr_iter(b'\n', bytes).count() >= count).then_some(())
        });
    }

    /// Waits until its standard error holds a text so many times.
    pub fn wait_for_stderr(&mut self, text: &str, times: usize) {
        let until = Instant::now() + DEADLINE;
        let found = self
            .stderr
            .wait(until, |out| (memchr::memmem::find_iter(&out.bytes, text).count() >= times).then_some(()));
        found.unwrap_or_else(|| self.fail(&format!("its standard error never had '{text}' {times} times")));
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end; whoever still writes its input gets an end of it first.
    pub fn finish(mut self) -> Finished {
        self.input = None;
        let until = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > until {
                self.fail("it does not end");
            }
            std::thread::sleep(ASK);
        };
        for pipe in [&self.stdout, &self.stderr] {
            pipe.wait(until, |out| out.closed.then_some(()));
        }
        Finished {
            shown: self.shown.clone(),
            code: status.code(),
            stdout: self.stdout.bytes(),
            stderr: self.heard(),
            in_any_order: self.in_any_order,
        }
    }

    fn heard(&self) -> String {
        let said = self.stderr.bytes();
        let said = String::from_utf8_lossy(&said);
        said.split_inclusive('\n').filter(|line| !self.unheard.contains(&line.trim_end())).collect()
    }

    fn fail(&mut self, what: &str) -> ! {
        let _ = self.child.kill();
        panic!(
            "'{}': {what}\nstdout: {}\nstderr: {}",
            self.shown,
            excerpt(&self.stdout.bytes()),
            excerpt(&self.stderr.bytes())
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct Finished {
    shown: String,
    /// Its exit code; `None`: a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
    in_any_order: bool,
}

impl Finished {
    /// Expects an exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "'{}' ended with {:?}, not with {code}\nstdout: {}\nstderr: {}",
            self.shown,
            self.code,
            excerpt(&self.stdout),
            self.stderr
        );
        self
    }

    /// Expects a standard output to the byte, but for the order of its lines where the broker keeps none.
    #[track_caller]
    pub fn stdout(self, bytes: impl AsRef<[u8]>) -> Self {
        let same = self.in_any_order && sorted(&self.stdout) == sorted(bytes.as_ref());
        assert!(
            same || self.stdout == bytes.as_ref(),
            "'{}' wrote\n{}\ninstead of\n{}\nstderr: {}",
            self.shown,
            excerpt(&self.stdout),
            excerpt(bytes.as_ref()),
            self.stderr
        );
        self
    }

    /// Expects a standard error to the byte.
    #[track_caller]
    pub fn stderr(self, text: &str) -> Self {
        assert!(
            self.stderr == text,
            "'{}' said on standard error\n{}\ninstead of\n{text}",
            self.shown,
            self.stderr
        );
        self
    }

    /// Expects a standard error with these texts in it.
    #[track_caller]
    pub fn stderr_has(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "'{}' did not say '{text}' on standard error, but\n{}",
                self.shown,
                self.stderr
            );
        }
        self
    }

    /// Expects exit code 0, this standard output and nothing on standard error.
    #[track_caller]
    pub fn done(self, stdout: impl AsRef<[u8]>) {
        self.code(0).stdout(stdout).stderr("");
    }

    /// Its standard output as lines of text.
    pub fn lines(&self) -> Vec<&str> {
        std::str::from_utf8(&self.stdout).unwrap().lines().collect()
    }
}

fn sorted(output: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = output.split_inclusive(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines
}

/// The beginning and the end of an output, readable.
pub fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 2_000;
    let shown = |bytes: &[u8]| {
        let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
        let lines: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        lines.join("\n").replace('\0', "\\0")
    };
    if bytes.len() <= 2 * SHOWN {
        return shown(bytes);
    }
    let (first, last) = (&bytes[..SHOWN], &bytes[bytes.len() - SHOWN..]);
    format!("{}\n… {} bytes …\n{}", shown(first), bytes.len() - 2 * SHOWN, shown(last))
}
