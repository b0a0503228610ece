//! Output of a message that comes in pieces: nothing of it is seen until all of it is there.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::stdout::{DataOut, Reason, StdoutError};

const PIECE: usize = 256 << 10;

/// What waits in a temporary file for its end.
#[derive(Debug)]
pub(crate) struct Spool(File);

impl Spool {
    /// Creates the temporary file; the system removes it when the program ends, however it ends.
    pub(crate) fn new() -> Result<Self, StdoutError> {
        tempfile::tempfile().map(Self).map_err(|error| failed(&error))
    }

    /// Appends to the file. Standard output stays untouched until [`Spool::finish`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StdoutError> {
        self.0.write_all(bytes).map_err(|error| failed(&error))
    }

    /// Its end has come: writes all of it to where data goes. What does not fit there is taken back.
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
        let mut piece = vec![0; PIECE];
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(count) => out.write(&piece[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }
}

fn failed(error: &io::Error) -> StdoutError {
    let error = io::Error::new(error.kind(), format!("a large message waits in a temporary file: {error}"));
    StdoutError { written: 0, reason: Reason::Failed(error) }
}
