//! Writes standard output. Nothing else does.
//!
//! std's own writer is not used: it swallows a closed descriptor (`>&-`), keeps what follows the last
//! line feed back, and does not say how much was taken, which decides what may be acked.

use std::io;

/// A write to standard output failed or was cut short.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct StdoutError {
    /// How many bytes were written before.
    pub written: usize,
    /// Why no more were written.
    #[source]
    pub reason: Reason,
}

/// Why a write to standard output failed.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The reader closed the pipe (`| head -1`); exit status 141.
    #[error("standard output was closed")]
    Closed,
    /// Any other error, for example a full disk; exit status 8.
    #[error("cannot write to standard output: {0}")]
    Failed(#[source] io::Error),
}

impl StdoutError {
    /// Whether the reader closed the pipe, which is not reported as an error.
    pub fn is_closed(&self) -> bool {
        matches!(self.reason, Reason::Closed)
    }
}

/// Writes all octets to standard output, waiting as long as it takes.
pub(crate) fn write(octets: &[u8]) -> Result<(), StdoutError> {
    write_with(octets, system::write)
}

/// Calls `write` until all octets are taken.
fn write_with(octets: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<usize>) -> Result<(), StdoutError> {
    let mut written = 0;
    while written < octets.len() {
        match write(&octets[written..]) {
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

/// The length of the regular file that standard output is, if it is one that is written at its end:
/// what is written from here on can be taken back by [`cut_back`].
pub(crate) fn file_length() -> Option<u64> {
    system::file_length()
}

/// Cuts the file that standard output is to a length that [`file_length`] told.
pub(crate) fn cut_back(length: u64) {
    system::cut_back(length);
}

#[cfg(unix)]
mod system {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    use std::io;

    /// One write(2). A descriptor that another process made non-blocking is waited for.
    pub(super) fn write(octets: &[u8]) -> io::Result<usize> {
        let stdout = rustix::stdio::stdout();
        match rustix::io::write(stdout, octets) {
            Err(Errno::AGAIN) => {
                let mut ready = [PollFd::new(&stdout, PollFlags::OUT)];
                poll(&mut ready, None)?;
                Err(io::ErrorKind::Interrupted.into())
            }
            other => Ok(other?),
        }
    }

    pub(super) fn file_length() -> Option<u64> {
        let stdout = rustix::stdio::stdout();
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

    pub(super) fn cut_back(length: u64) {
        let stdout = rustix::stdio::stdout();
        // Half a message stays in the file only where the system refuses to take it back.
        if rustix::fs::ftruncate(stdout, length).is_ok() {
            let _ = rustix::fs::seek(stdout, rustix::fs::SeekFrom::Start(length));
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::{self, Write};

    pub(super) fn write(octets: &[u8]) -> io::Result<usize> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(octets)?;
        stdout.flush()?;
        Ok(octets.len())
    }

    pub(super) fn file_length() -> Option<u64> {
        None
    }

    pub(super) fn cut_back(_: u64) {}
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn short_and_interrupted_writes_go_on() {
        let mut taken = Vec::new();
        let mut calls = 0;
        write_with(b"hello", |octets| {
            calls += 1;
            if calls % 2 == 0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let some = octets.len().min(2);
            taken.extend_from_slice(&octets[..some]);
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
