//! Output of a large message, which comes in pieces: half of one is never left behind.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};

use super::stdout::{DataOut, StdoutError, StdoutFailure};
use super::{Arrival, Message, Renderer};

const COPY_SIZE: usize = 256 << 10;

/// A large message that is being written. If it is dropped before its end, what was written to a regular file is
/// cut off again.
#[derive(Debug)]
pub(crate) struct LargeOutput {
    out: DataOut,
    target: OutputTarget,
    text: Vec<u8>,
}

#[derive(Debug)]
enum OutputTarget {
    /// Straight to the output; a regular file was this long before, in bytes.
    Direct(Option<u64>),
    /// To a temporary file until the end: what went into a pipe cannot be taken back.
    Spool(File),
    Finished,
}

impl LargeOutput {
    /// Writes the head. A regular file gets the pieces as they come; nothing else may be written to it before the
    /// end.
    pub(crate) fn begin(
        renderer: &mut Renderer,
        head: &impl Message,
        arrival: &Arrival<'_>,
        out: &DataOut,
    ) -> Result<Self, StdoutError> {
        match out.file_length() {
            Some(length) => Self::with(OutputTarget::Direct(Some(length)), renderer, head, arrival, out),
            None => Self::begin_spooled(renderer, head, arrival, out),
        }
    }

    /// The same, but `out` stays untouched until [`LargeOutput::finish`], so that other messages can be written to
    /// it meanwhile.
    pub(crate) fn begin_spooled(
        renderer: &mut Renderer,
        head: &impl Message,
        arrival: &Arrival<'_>,
        out: &DataOut,
    ) -> Result<Self, StdoutError> {
        let spool = OutputTarget::Spool(tempfile::tempfile().map_err(|error| failed(&error))?);
        Self::with(spool, renderer, head, arrival, out)
    }

    /// Writes a whole message whose body is read from `body`.
    pub(crate) fn copy(
        renderer: &mut Renderer,
        head: &impl Message,
        arrival: &Arrival<'_>,
        mut body: impl Read,
        out: &DataOut,
    ) -> Result<(), StdoutError> {
        let mut output = Self::with(OutputTarget::Direct(out.file_length()), renderer, head, arrival, out)?;
        each_piece(&mut body, |piece| output.chunk(renderer, piece))?;
        output.finish(renderer)
    }

    fn with(
        target: OutputTarget,
        renderer: &mut Renderer,
        head: &impl Message,
        arrival: &Arrival<'_>,
        out: &DataOut,
    ) -> Result<Self, StdoutError> {
        let mut output = Self { out: out.clone(), target, text: Vec::new() };
        renderer.head(head, arrival, &mut output.text);
        output.write()?;
        Ok(output)
    }

    pub(crate) fn chunk(&mut self, renderer: &mut Renderer, bytes: &[u8]) -> Result<(), StdoutError> {
        renderer.chunk(bytes, &mut self.text);
        self.write()
    }

    /// Writes the end. What waited in a temporary file goes to the output now.
    pub(crate) fn finish(mut self, renderer: &mut Renderer) -> Result<(), StdoutError> {
        renderer.end(&mut self.text);
        self.write()?;
        let before = self.out.file_length();
        if let OutputTarget::Spool(mut file) =
            std::mem::replace(&mut self.target, OutputTarget::Direct(before))
        {
            file.seek(SeekFrom::Start(0)).map_err(|error| failed(&error))?;
            each_piece(&mut file, |piece| self.out.write(piece))?;
        }
        self.target = OutputTarget::Finished;
        Ok(())
    }

    fn write(&mut self) -> Result<(), StdoutError> {
        match &mut self.target {
            OutputTarget::Spool(file) => file.write_all(&self.text).map_err(|error| failed(&error))?,
            OutputTarget::Direct(_) | OutputTarget::Finished => self.out.write(&self.text)?,
        }
        self.text.clear();
        Ok(())
    }
}

impl Drop for LargeOutput {
    fn drop(&mut self) {
        if let OutputTarget::Direct(Some(length)) = self.target {
            self.out.cut_back(length);
        }
    }
}

fn each_piece(
    from: &mut impl Read,
    mut take: impl FnMut(&[u8]) -> Result<(), StdoutError>,
) -> Result<(), StdoutError> {
    let mut buffer = vec![0; COPY_SIZE];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => take(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(&error)),
        }
    }
}

fn failed(error: &io::Error) -> StdoutError {
    let error = io::Error::new(error.kind(), format!("a large message waits in a temporary file: {error}"));
    StdoutError { written: 0, reason: StdoutFailure::Failed(error) }
}
