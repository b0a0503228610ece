//! Writing to standard output, which nothing else writes to, or to a file in its place.
//!
//! The writer of std is not used: it ignores a closed descriptor (`>&-`), buffers what follows the last line
//! feed, and does not report how much was written, which decides what may be acknowledged.

use std::fs::File;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs;
use rustix::io::Errno;

#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct StdoutError {
    /// The number of bytes written before the error.
    pub written: usize,
    #[source]
    pub reason: StdoutFailure,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StdoutFailure {
    /// The reader closed the pipe (`| head -1`); exit status 141.
    #[error("standard output was closed")]
    Closed,
    /// It was closed before the program started (`>&-`); exit status 8.
    #[error("cannot write to standard output: it is closed")]
    NotOpen,
    /// Any other error, such as a full disk; exit status 8.
    #[error("cannot write to standard output: {0}")]
    Failed(#[source] io::Error),
    /// The same for the file in its place.
    #[error("cannot write to {name}: {error}")]
    File { name: Arc<str>, error: io::Error },
}

impl StdoutError {
    /// Whether the reader closed the pipe, which is not reported as an error.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.reason, StdoutFailure::Closed)
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        matches!(self.reason, StdoutFailure::NotOpen).then_some("'>/dev/null' discards the output")
    }
}

/// Standard output, or a file in its place, as for `peek q | wc` at the prompt and `dump -o FILE`. Cheap to
/// clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct DataOut(Option<(Arc<File>, Arc<str>)>);

impl DataOut {
    /// Output is appended to this file, which errors call by this name.
    pub(crate) fn file(file: Arc<File>, name: impl Into<Arc<str>>) -> Self {
        Self(Some((file, name.into())))
    }

    /// Fails if standard output was closed before the program started. To be called before messages are consumed
    /// for it.
    pub(crate) fn require_open(&self) -> Result<(), StdoutError> {
        if self.0.is_none() && was_closed_at_start() {
            return Err(StdoutError { written: 0, reason: StdoutFailure::NotOpen });
        }
        Ok(())
    }

    /// Writes all bytes and blocks as long as that takes.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        self.require_open()?;
        write_with(bytes, |bytes| self.write_once(bytes)).map_err(|error| match (error.reason, &self.0) {
            (StdoutFailure::Failed(reason), Some((_, name))) => StdoutError {
                written: error.written,
                reason: StdoutFailure::File { name: Arc::clone(name), error: reason },
            },
            (reason, _) => StdoutError { written: error.written, reason },
        })
    }

    /// Standard output for a child process.
    pub(crate) fn for_child(&self) -> io::Result<Stdio> {
        Ok(match &self.0 {
            Some((file, _)) => file.try_clone()?.into(),
            // A pipe that nobody reads fails like a closed descriptor, which std cannot pass on.
            None if was_closed_at_start() => io::pipe()?.1.into(),
            None => Stdio::inherit(),
        })
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.0.is_none() && io::IsTerminal::is_terminal(&io::stdout())
    }

    /// Whether a write takes no longer than the disk does: the output is a regular file or `/dev/null`, so that no
    /// reader can make it wait.
    pub(crate) fn never_waits(&self) -> bool {
        let Ok(status) = fs::fstat(self.descriptor()) else { return false };
        fs::FileType::from_raw_mode(status.st_mode) == fs::FileType::RegularFile || is_null(&status)
    }

    /// The length of the output if it is a regular file and is appended to: what is written from now on can
    /// be removed by [`Self::cut_back`].
    pub(crate) fn file_length(&self) -> Option<u64> {
        let fd = self.descriptor();
        let status = fs::fstat(fd).ok()?;
        let length = u64::try_from(status.st_size).ok()?;
        let is_file = fs::FileType::from_raw_mode(status.st_mode) == fs::FileType::RegularFile;
        // In append mode the position may be anywhere before the first write.
        let appends = fs::fcntl_getfl(fd).is_ok_and(|flags| flags.contains(fs::OFlags::APPEND));
        let at_end = || fs::tell(fd).is_ok_and(|position| position == length);
        (is_file && (appends || at_end())).then_some(length)
    }

    /// Truncates the output to a length returned by [`Self::file_length`].
    pub(crate) fn cut_back(&self, length: u64) {
        let fd = self.descriptor();
        // A partial message stays in the file only if the system refuses to truncate it.
        if fs::ftruncate(fd, length).is_ok() {
            let _ = fs::seek(fd, fs::SeekFrom::Start(length));
        }
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_ref().map_or(rustix::stdio::stdout(), |(file, _)| file.as_fd())
    }

    /// One write(2). A descriptor that another process made non-blocking is waited for.
    fn write_once(&self, bytes: &[u8]) -> io::Result<usize> {
        let fd = self.descriptor();
        match rustix::io::write(fd, bytes) {
            Err(Errno::AGAIN) => {
                poll(&mut [PollFd::new(&fd, PollFlags::OUT)], None)?;
                Err(io::ErrorKind::Interrupted.into())
            }
            other => Ok(other?),
        }
    }
}

/// Whether this is `/dev/null`.
fn is_null(status: &fs::Stat) -> bool {
    fs::FileType::from_raw_mode(status.st_mode) == fs::FileType::CharacterDevice
        && fs::stat("/dev/null").is_ok_and(|null| null.st_rdev == status.st_rdev)
}

/// Whether the program was started without a standard output (`>&-`); see [`note_whether_open`].
static CLOSED_AT_START: AtomicBool = AtomicBool::new(false);

/// To be called before `main`: the runtime of Rust then opens `/dev/null` in the place of a closed descriptor, and
/// nothing tells it from one that was given, as by a parent that ignores the output.
pub fn note_whether_open() {
    let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()) == Err(Errno::BADF);
    CLOSED_AT_START.store(closed, Ordering::Relaxed);
}

fn was_closed_at_start() -> bool {
    CLOSED_AT_START.load(Ordering::Relaxed)
}

/// Fails if nobody reads standard output any more, or if it was closed before the program started.
pub(crate) fn require_reader() -> Result<(), StdoutError> {
    DataOut::default().require_open()?;
    let out = rustix::stdio::stdout();
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut state = [PollFd::new(&out, PollFlags::empty())];
    let polled = poll(&mut state, Some(&at_once));
    if polled.is_ok() && state[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
        return Err(StdoutError { written: 0, reason: StdoutFailure::Closed });
    }
    Ok(())
}

pub(crate) fn write(bytes: &[u8]) -> Result<(), StdoutError> {
    DataOut::default().write(bytes)
}

fn write_with(bytes: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> Result<(), StdoutError> {
    let mut written = 0;
    while written < bytes.len() {
        match write(&bytes[written..]) {
            Ok(0) => {
                return Err(StdoutError {
                    written,
                    reason: StdoutFailure::Failed(io::ErrorKind::WriteZero.into()),
                });
            }
            Ok(taken) => written += taken,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Err(StdoutError { written, reason: StdoutFailure::Closed });
            }
            Err(error) => return Err(StdoutError { written, reason: StdoutFailure::Failed(error) }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn short_and_interrupted_writes_go_on() {
        let mut taken = Vec::new();
        let mut calls = 0;
        write_with(b"hello", |bytes| {
            calls += 1;
            if calls % 2 == 0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let some = bytes.len().min(2);
            taken.extend_from_slice(&bytes[..some]);
            Ok(some)
        })
        .unwrap();
        assert_eq!(taken, b"hello");
    }

    #[test]
    fn an_error_says_how_much_was_taken() {
        let fail = |kind: io::ErrorKind| {
            let mut first = true;
            write_with(b"hello", |_| if std::mem::take(&mut first) { Ok(3) } else { Err(kind.into()) })
                .unwrap_err()
        };
        let closed = fail(io::ErrorKind::BrokenPipe);
        assert!(closed.is_closed());
        assert_eq!(closed.written, 3);
        let full = fail(io::ErrorKind::StorageFull);
        assert!(!full.is_closed());
        assert!(full.to_string().starts_with("cannot write to standard output: "));
    }
}
