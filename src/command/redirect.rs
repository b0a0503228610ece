//! Standard output into a file for a while: commands that write it themselves can be piped, and dump.
//!
//! The file stands in the place of standard output itself, so that all that is known of that holds for it:
//! what was taken may be acked, and half a message is cut back.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::OwnedFd;

use rustix::stdio::{dup2_stdout, stdout};

/// As long as it lives, standard output is a file.
pub(super) struct Redirected {
    before: OwnedFd,
    file: File,
}

impl Redirected {
    /// Into a temporary one from now on.
    pub(super) fn begin() -> io::Result<Self> {
        Self::into(tempfile::tempfile()?)
    }

    /// Into this one from now on.
    pub(super) fn into(file: File) -> io::Result<Self> {
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

impl Redirected {
    /// The end, with all that was written on the disk.
    pub(super) fn end_synced(self) -> io::Result<()> {
        match self.file.sync_all() {
            // A pipe or a device has nothing to sync.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INVAL.raw_os_error()) => Ok(()),
            other => other,
        }
    }
}

impl Drop for Redirected {
    fn drop(&mut self) {
        // After `end` it is so already.
        let _ = dup2_stdout(&self.before);
    }
}
