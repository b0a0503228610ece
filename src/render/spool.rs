//! Output of a message in chunks that must only appear once it is complete.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::stdout::{DataOut, StdoutError, StdoutFailure};

const COPY_SIZE: usize = 256 << 10;

/// A temporary file that holds a message until its end has been received.
#[derive(Debug)]
pub(crate) struct Spool(File);

impl Spool {
    /// Creates the temporary file, which the system removes when the program ends.
    pub(crate) fn new() -> Result<Self, StdoutError> {
        tempfile::tempfile().map(Self).map_err(|error| failed(&error))
    }

    /// Appends to the file. Standard output stays untouched until [`Spool::finish`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StdoutError> {
        self.0.write_all(bytes).map_err(|error| failed(&error))
    }

    /// Copies the file to the output. What was written before an error is removed if possible.
    pub(crate) fn finish(mut self, out: &DataOut) -> Result<(), StdoutError> {
        let before = out.file_length();
        let copied = self.copy(out);
        if let (Err(_), Some(length)) = (&copied, before) {
            out.cut_back(length);
        }
        copied
    }

    fn copy(&mut self, out: &DataOut) -> Result<(), StdoutError> {
        self.0.seek(SeekFrom::Start(0)).map_err(|error| failed(&error))?;
        let mut buffer = vec![0; COPY_SIZE];
        loop {
            match self.0.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => out.write(&buffer[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }
}

fn failed(error: &io::Error) -> StdoutError {
    let error = io::Error::new(error.kind(), format!("a large message waits in a temporary file: {error}"));
    StdoutError { written: 0, reason: StdoutFailure::Failed(error) }
}
