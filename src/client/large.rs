//! Large messages, which arrive in parts, put together in a temporary file.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::ClientError;
use crate::protocol::{Batch, FrameRef, Part};

/// A spool file that is longer than this many bytes takes no more bodies, so that the disk gets it back once
/// the messages in it are done with.
const FULL: u64 = 64 << 20;

/// A large message of which every part has arrived.
pub(crate) struct LargeMessage {
    /// Its head, the only frame of this batch.
    pub(crate) head: Arc<Batch>,
    /// The connection of the session that it arrived on, from 1.
    pub(crate) connection: u64,
    pub(crate) file: Arc<File>,
    /// Where its body begins in `file`, in bytes.
    pub(crate) start: u64,
    /// The bytes of its body.
    pub(crate) length: u64,
}

impl LargeMessage {
    /// Reads the body from its beginning.
    pub(crate) fn body(&self) -> impl Read {
        BodyReader { file: Arc::clone(&self.file), at: self.start, end: self.start + self.length }
    }
}

struct BodyReader {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Puts the parts of large messages together, one message at a time.
#[derive(Default)]
pub(crate) struct Assembler {
    spool: Option<Spool>,
    open: Option<OpenMessage>,
}

/// A temporary file with bodies, one behind the other.
struct Spool {
    file: Arc<File>,
    length: u64,
}

/// A message whose end has not arrived.
struct OpenMessage {
    head: Arc<Batch>,
    start: u64,
    connection: u64,
}

impl Assembler {
    /// Takes the next part; returns the message with its last one. A message whose connection was lost before
    /// its end is discarded.
    pub(crate) fn part(
        &mut self,
        frame: FrameRef<'_>,
        connection: u64,
    ) -> Result<Option<LargeMessage>, ClientError> {
        self.try_part(frame, connection).map_err(|error| ClientError::Spool(Arc::new(error)))
    }

    fn try_part(&mut self, frame: FrameRef<'_>, connection: u64) -> io::Result<Option<LargeMessage>> {
        if frame.part() == Part::Head {
            self.spool.take_if(|spool| spool.length > FULL);
            if self.spool.is_none() {
                self.spool = Some(Spool { file: Arc::new(tempfile::tempfile()?), length: 0 });
            }
            let start = self.spool.as_ref().map_or(0, |spool| spool.length);
            self.open = Some(OpenMessage { head: Arc::new(frame.to_batch()), start, connection });
        }
        let Some(spool) = &mut self.spool else { return Ok(None) };
        if frame.part() != Part::End {
            (&*spool.file).write_all(frame.body())?;
            spool.length += frame.body().len() as u64;
            return Ok(None);
        }
        let open = self.open.take().filter(|open| open.connection == connection);
        Ok(open.map(|OpenMessage { head, start, connection }| LargeMessage {
            head,
            connection,
            file: Arc::clone(&spool.file),
            start,
            length: spool.length - start,
        }))
    }
}
