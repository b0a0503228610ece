//! Assembles large messages, which arrive in parts, in a temporary file.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::ClientError;
use crate::protocol::{Batch, FrameRef, Part};

/// No body is added to a spool file that is longer than this many bytes, so that its disk space is freed when the last
/// message in it is dropped.
const SPOOL_LIMIT: u64 = 64 << 20;

/// A large message of which every part has arrived.
pub(crate) struct LargeMessage {
    /// The head is the only frame of this batch.
    pub(crate) head: Arc<Batch>,
    /// The number of the connection that it arrived on, as in [`super::Delivery::connection`].
    pub(crate) connection: u64,
    pub(crate) file: Arc<File>,
    /// The offset of the body in `file`, in bytes.
    pub(crate) start: u64,
    /// The size of the body in bytes.
    pub(crate) length: u64,
}

impl LargeMessage {
    /// A reader of the body that does not move the file's position: several may read at the same time.
    pub(crate) fn body(&self) -> impl Read {
        SpooledBody { file: Arc::clone(&self.file), at: self.start, end: self.start + self.length }
    }
}

struct SpooledBody {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for SpooledBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read_at(&mut buffer[..limit], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Assembles one message at a time: STOMP does not interleave frames.
#[derive(Default)]
pub(crate) struct Assembler {
    spool: Option<Spool>,
    open: Option<OpenMessage>,
}

/// A temporary file that holds one body after another.
struct Spool {
    file: Arc<File>,
    length: u64,
}

struct OpenMessage {
    head: Arc<Batch>,
    start: u64,
    connection: u64,
}

impl Assembler {
    /// Adds a part, and returns the message if this is its last. A message whose connection was lost before its end is
    /// discarded.
    pub(crate) fn part(
        &mut self,
        frame: FrameRef<'_>,
        connection: u64,
    ) -> Result<Option<LargeMessage>, ClientError> {
        self.try_part(frame, connection).map_err(|error| ClientError::Spool(Arc::new(error)))
    }

    fn try_part(&mut self, frame: FrameRef<'_>, connection: u64) -> io::Result<Option<LargeMessage>> {
        if frame.part() == Part::Head {
            self.spool.take_if(|spool| spool.length > SPOOL_LIMIT);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use bytes::BytesMut;

    use super::*;
    use crate::protocol::{Decoder, Limits, Version};

    /// The parts of a message whose body is `length` times `byte`, as they come in reads of 1 MiB.
    fn parts(byte: u8, length: usize) -> Vec<Batch> {
        let mut wire = format!("MESSAGE\ncontent-length:{length}\n\n").into_bytes();
        wire.resize(wire.len() + length, byte);
        wire.push(0);
        let mut decoder = Decoder::new(Limits::CLIENT);
        decoder.set_version(Version::V1_2);
        let mut input = BytesMut::new();
        let decode = |read: &[u8]| {
            let mut batch = Batch::default();
            input.extend_from_slice(read);
            decoder.decode(&mut input, &mut batch).unwrap();
            batch
        };
        wire.chunks(1 << 20).map(decode).collect()
    }

    fn feed(assembler: &mut Assembler, parts: &[Batch], connection: u64) -> Option<LargeMessage> {
        let frames = parts.iter().flat_map(Batch::iter);
        frames.filter_map(|frame| assembler.part(frame, connection).unwrap()).last()
    }

    #[test]
    fn bodies_come_back_whole_and_in_their_order() {
        let mut assembler = Assembler::default();
        for (byte, length) in [(b'a', 2 << 20), (b'b', 3 << 20), (b'c', 65 << 20), (b'd', 2 << 20)] {
            let message = feed(&mut assembler, &parts(byte, length), 1).unwrap();
            let mut body = Vec::new();
            message.body().read_to_end(&mut body).unwrap();
            assert_eq!((message.length, body.len()), (length as u64, length));
            assert!(body.iter().all(|other| *other == byte));
        }
    }

    #[test]
    fn half_a_message_of_a_lost_connection_is_discarded() {
        let mut assembler = Assembler::default();
        assert!(feed(&mut assembler, &parts(b'a', 2 << 20)[..2], 1).is_none());
        assert!(feed(&mut assembler, &parts(b'b', 2 << 20), 2).is_some_and(|message| {
            let mut body = Vec::new();
            message.body().read_to_end(&mut body).unwrap();
            body.iter().all(|byte| *byte == b'b')
        }));
    }
}
