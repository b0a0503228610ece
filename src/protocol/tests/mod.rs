//! What decoder and encoder must do, version by version, and what they must refuse.

mod cuts;
mod faults;
mod limits;
mod versions;

use bytes::BytesMut;

use super::*;

/// What came of some bytes, large bodies put together again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Got {
    /// Frames that are complete.
    frames: Vec<Frame>,
    /// A frame whose end has not come.
    part: Option<Frame>,
    error: Option<DecodeError>,
}

impl Got {
    fn take_in(&mut self, batch: &Batch) {
        for frame in batch.iter() {
            match frame.part() {
                Part::Whole => self.frames.push(frame.to_frame()),
                Part::Head => self.part = Some(frame.to_frame()),
                Part::Chunk => {
                    let part = self.part.as_mut().expect("a head came first");
                    part.body = [&part.body, frame.body()].concat().into();
                }
                Part::End => self.frames.extend(self.part.take()),
            }
        }
    }

    /// What is wrong, and with which byte of the stream.
    fn fault(&self) -> Option<(Fault, u64)> {
        self.error.as_ref().map(|error| (error.fault.clone(), error.stream_byte))
    }
}

/// Feeds pieces one by one.
fn feed(decoder: &mut Decoder, pieces: &[&[u8]]) -> Got {
    let (mut input, mut batch, mut got) = (BytesMut::new(), Batch::default(), Got::default());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let result = decoder.decode(&mut input, &mut batch);
            got.take_in(&batch);
            if let Err(error) = result {
                got.error = Some(error);
                return got;
            }
            if !decoder.stopped() {
                break;
            }
        }
    }
    got
}

/// A decoder that hands on bodies above 40 bytes in pieces.
fn decoder(version: impl Into<Option<Version>>) -> Decoder {
    let limits = Limits { stream_above: 40, body: 1 << 20, ..Limits::CLIENT };
    let mut decoder = Decoder::new(limits);
    if let Some(version) = version.into() {
        decoder.set_version(version);
    }
    decoder
}

/// Decodes bytes that came at once.
fn whole(version: Version, bytes: &[u8]) -> Got {
    feed(&mut decoder(version), &[bytes])
}

/// The only frame in these bytes, which are without fault.
fn one(version: Version, bytes: &[u8]) -> Frame {
    let got = whole(version, bytes);
    assert_eq!((got.frames.len(), &got.error), (1, &None), "{version}: {}", bytes.escape_ascii());
    got.frames.into_iter().next().unwrap()
}

/// What is wrong with these bytes, and the byte.
fn fault(version: Version, bytes: &[u8]) -> (Fault, u64) {
    let got = whole(version, bytes);
    got.fault().unwrap_or_else(|| panic!("{version}: no error, but {:?}", got.frames))
}

/// A frame as this version has it on the wire.
fn encoded(version: Version, frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(version).frame(&mut out, frame).unwrap();
    out
}
