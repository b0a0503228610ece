//! Writes data: to standard output, which nothing else writes to, or to a file that stands in its place.
//!
//! std's own writer is not used: it swallows a closed descriptor (`>&-`), keeps what follows the last
//! line feed back, and does not say how much was taken, which decides what may be acked.

use std::fs::File;
use std::io;
use std::process::Stdio;
use std::sync::Arc;

/// A write to standard output failed or was cut short.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct StdoutError {
    /// How many bytes were written before.
    pub written: usize,
    /// Why no more were written.
    #[source]
    pub reason: Reason,
}

/// Why a write to standard output failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Reason {
    /// The reader closed the pipe (`| head -1`); exit status 141.
    #[error("standard output was closed")]
    Closed,
    /// Any other error, for example a full disk; exit status 8.
    #[error("cannot write to standard output: {0}")]
    Failed(#[source] io::Error),
}

impl StdoutError {
    /// Whether the reader closed the pipe, which is not reported as an error.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.reason, Reason::Closed)
    }
}

/// Where data goes: standard output, or a file in its place, as for `peek q | wc` in the shell and `dump -o FILE`.
/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct DataOut(Option<Arc<File>>);

impl DataOut {
    /// Data goes to this file, which is written at its end.
    pub(crate) fn file(file: Arc<File>) -> Self {
        Self(Some(file))
    }

    /// Writes all bytes, waiting as long as it takes.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        write_with(bytes, |bytes| system::write(self.0.as_deref(), bytes))
    }

    /// The same place for a child process.
    pub(crate) fn for_child(&self) -> io::Result<Stdio> {
        Ok(match &self.0 {
            Some(file) => file.try_clone()?.into(),
            None => Stdio::inherit(),
        })
    }

    /// Whether people look at it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.0.is_none() && io::IsTerminal::is_terminal(&io::stdout())
    }

    /// Whether a write takes no longer than a disk does: data goes to a regular file or to `/dev/null`, and no reader
    /// can keep it waiting.
    pub(crate) fn is_prompt(&self) -> bool {
        system::is_prompt(self.0.as_deref())
    }

    /// The length of the regular file that data goes to, if it is one that is written at its end: what is written from
    /// here on can be taken back by [`Self::cut_back`].
    pub(crate) fn file_length(&self) -> Option<u64> {
        system::file_length(self.0.as_deref())
    }

    /// Cuts the file that data goes to, to a length that [`Self::file_length`] told.
    pub(crate) fn cut_back(&self, length: u64) {
        system::cut_back(self.0.as_deref(), length);
    }
}

/// Writes all bytes to standard output, waiting as long as it takes.
pub(crate) fn write(bytes: &[u8]) -> Result<(), StdoutError> {
    DataOut::default().write(bytes)
}

/// Calls `write` until all bytes are taken.
fn write_with(bytes: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> Result<(), StdoutError> {
    let mut written = 0;
    while written < bytes.len() {
        match write(&bytes[written..]) {
            Ok(0) => {
                let reason = Reason::Failed(io::ErrorKind::WriteZero.into());
                return Err(StdoutError { written, reason });
            }
            Ok(taken) => written += taken,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Err(StdoutError { written, reason: Reason::Closed });
            }
            Err(error) => return Err(StdoutError { written, reason: Reason::Failed(error) }),
        }
    }
    Ok(())
}

#[cfg(unix)]
mod system {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fd::{AsFd as _, BorrowedFd};
    use rustix::io::Errno;
    use std::fs::File;
    use std::io;

    /// The file, or standard output.
    fn target(file: Option<&File>) -> BorrowedFd<'_> {
        match file {
            Some(file) => file.as_fd(),
            None => rustix::stdio::stdout(),
        }
    }

    /// One write(2). A descriptor that another process made non-blocking is waited for.
    pub(super) fn write(file: Option<&File>, bytes: &[u8]) -> io::Result<usize> {
        let stdout = target(file);
        match rustix::io::write(stdout, bytes) {
            Err(Errno::AGAIN) => {
                let mut ready = [PollFd::new(&stdout, PollFlags::OUT)];
                poll(&mut ready, None)?;
                Err(io::ErrorKind::Interrupted.into())
            }
            other => Ok(other?),
        }
    }

    pub(super) fn is_prompt(file: Option<&File>) -> bool {
        let Ok(status) = rustix::fs::fstat(target(file)) else { return false };
        let is_null = || rustix::fs::stat("/dev/null").is_ok_and(|null| null.st_rdev == status.st_rdev);
        match rustix::fs::FileType::from_raw_mode(status.st_mode) {
            rustix::fs::FileType::RegularFile => true,
            rustix::fs::FileType::CharacterDevice => is_null(),
            _ => false,
        }
    }

    pub(super) fn file_length(file: Option<&File>) -> Option<u64> {
        let stdout = target(file);
        let status = rustix::fs::fstat(stdout).ok()?;
        let length = u64::try_from(status.st_size).ok()?;
        let is_file =
            rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::RegularFile;
        // In append mode the position may stand anywhere before the first write.
        let appends =
            rustix::fs::fcntl_getfl(stdout).is_ok_and(|flags| flags.contains(rustix::fs::OFlags::APPEND));
        let at_end = || rustix::fs::tell(stdout).is_ok_and(|position| position == length);
        (is_file && (appends || at_end())).then_some(length)
    }

    pub(super) fn cut_back(file: Option<&File>, length: u64) {
        let stdout = target(file);
        // Half a message stays in the file only where the system refuses to take it back.
        if rustix::fs::ftruncate(stdout, length).is_ok() {
            let _ = rustix::fs::seek(stdout, rustix::fs::SeekFrom::Start(length));
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::File;
    use std::io::{self, Write};

    pub(super) fn write(file: Option<&File>, bytes: &[u8]) -> io::Result<usize> {
        if let Some(mut file) = file {
            return file.write(bytes);
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()?;
        Ok(bytes.len())
    }

    pub(super) fn is_prompt(_: Option<&File>) -> bool {
        false
    }

    pub(super) fn file_length(_: Option<&File>) -> Option<u64> {
        None
    }

    pub(super) fn cut_back(_: Option<&File>, _: u64) {}
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
