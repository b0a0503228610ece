//! Standard output into a temporary file for a while: commands that write it themselves can be piped.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::OwnedFd;

use rustix::stdio::{dup2_stdout, stdout};

/// As long as it lives, standard output is a temporary file.
pub(super) struct Redirected {
    before: OwnedFd,
    file: File,
}

impl Redirected {
    /// From now on.
    pub(super) fn begin() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        let before = rustix::io::fcntl_dupfd_cloexec(stdout(), 3)?;
        dup2_stdout(&file)?;
        Ok(Self { before, file })
    }

    /// What was written.
    pub(super) fn end(mut self) -> io::Result<Vec<u8>> {
        dup2_stdout(&self.before)?;
        self.file.seek(SeekFrom::Start(0))?;
        let mut written = Vec::new();
        self.file.read_to_end(&mut written)?;
        Ok(written)
    }
}

impl Drop for Redirected {
    fn drop(&mut self) {
        // After `end` it is so already.
        let _ = dup2_stdout(&self.before);
    }
}
