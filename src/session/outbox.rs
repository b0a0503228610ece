//! Encoded bytes that the socket has not accepted yet.

use std::collections::VecDeque;

/// The buffer is compacted when it begins with more written bytes than this.
const COMPACT_ABOVE: usize = 64 << 10;

/// A queue of bytes, addressed by their positions in the stream of the connection.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    /// The number of bytes in `bytes` that the socket has accepted.
    written_bytes: usize,
    /// The number of bytes that were removed from `bytes`.
    before: u64,
    /// The ends of frames in the stream, for transports that write each frame separately.
    ends: Option<VecDeque<u64>>,
    /// Whether the next byte to write is a heart-beat.
    beat: bool,
}

impl Outbox {
    /// With `apart`, [`Outbox::front`] returns one frame at a time, as WebSocket messages need it.
    pub(crate) fn keep_frames_apart(&mut self, apart: bool) {
        self.ends = apart.then(VecDeque::new);
    }

    /// Whether each frame becomes a WebSocket message.
    pub(super) fn keeps_frames_apart(&self) -> bool {
        self.ends.is_some()
    }

    /// Starts a new stream, after a lost connection.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.written_bytes = 0;
        self.before = 0;
        self.beat = false;
        if let Some(ends) = &mut self.ends {
            ends.clear();
        }
    }

    /// The buffer to append encoded frames to; [`Outbox::end_frame`] after each.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Marks the end of a frame or a heart-beat.
    pub(crate) fn end_frame(&mut self) {
        let end = self.end();
        if let Some(ends) = &mut self.ends {
            ends.push_back(end);
        }
    }

    /// Appends a heart-beat. If the outbox is empty, it is written separately: Stampy drops a frame that follows
    /// an EOL in the same segment.
    pub(crate) fn beat(&mut self) {
        self.beat = self.is_empty();
        self.bytes.push(b'\n');
        self.end_frame();
    }

    pub(crate) fn begins_with_beat(&self) -> bool {
        self.beat
    }

    /// Removes the bytes from this position of the stream on that are not written yet.
    pub(crate) fn withdraw(&mut self, from: u64) {
        let from = from.max(self.written());
        self.bytes.truncate(usize::try_from(from.saturating_sub(self.before)).unwrap_or(usize::MAX));
        if let Some(ends) = &mut self.ends {
            ends.retain(|end| *end <= from);
        }
        self.beat &= !self.is_empty();
    }

    /// The number of bytes to write.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.len() == self.written_bytes
    }

    /// The position in the stream at which the next frame begins.
    pub(crate) fn end(&self) -> u64 {
        self.before + self.bytes.len() as u64
    }

    /// The number of bytes of the stream that the socket has accepted.
    pub(crate) fn written(&self) -> u64 {
        self.before + self.written_bytes as u64
    }

    /// The bytes to write next: a heart-beat, one frame if they are kept apart, or everything.
    pub fn front(&self) -> &[u8] {
        let rest = &self.bytes[self.written_bytes..];
        if self.beat {
            return &rest[..1];
        }
        let written = self.written();
        match self.ends.as_ref().and_then(|ends| ends.iter().find(|end| **end > written)) {
            Some(end) => &rest[..usize::try_from(end - written).unwrap_or(rest.len()).min(rest.len())],
            None => rest,
        }
    }

    /// Notes that the socket accepted the first `count` bytes of [`Outbox::front`].
    pub(crate) fn note_written(&mut self, count: usize) {
        self.written_bytes += count;
        self.beat &= count == 0;
        let written = self.written();
        if let Some(ends) = &mut self.ends {
            while ends.front().is_some_and(|end| *end <= written) {
                ends.pop_front();
            }
        }
        // If the socket never accepted everything, the buffer would grow without limit. Moving the rest only
        // once it is the smaller half costs less than one byte moved for each one written.
        if self.is_empty() || self.written_bytes > COMPACT_ABOVE && self.written_bytes >= self.len() {
            self.before = written;
            self.bytes.drain(..self.written_bytes);
            self.written_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_kept_apart_are_written_one_by_one() {
        let mut outbox = Outbox::default();
        outbox.keep_frames_apart(true);
        outbox.buffer().extend_from_slice(b"one");
        outbox.end_frame();
        outbox.buffer().extend_from_slice(b"three");
        outbox.end_frame();
        assert_eq!(outbox.front(), b"one");
        outbox.note_written(1);
        assert_eq!(outbox.front(), b"ne");
        outbox.note_written(2);
        assert_eq!(outbox.front(), b"three");
        assert_eq!(outbox.written(), 3);
        outbox.note_written(5);
        assert!(outbox.is_empty());
        assert_eq!(outbox.end(), 8);
    }

    #[test]
    fn a_heart_beat_is_written_alone_whatever_comes_behind_it() {
        for apart in [false, true] {
            let mut outbox = Outbox::default();
            outbox.keep_frames_apart(apart);
            outbox.beat();
            outbox.buffer().extend_from_slice(b"frame");
            outbox.end_frame();
            assert!(outbox.begins_with_beat());
            assert_eq!(outbox.front(), b"\n");
            outbox.note_written(1);
            assert!(!outbox.begins_with_beat());
            assert_eq!(outbox.front(), b"frame");
        }
        let mut outbox = Outbox::default();
        outbox.beat();
        outbox.withdraw(0);
        assert_eq!((outbox.front(), outbox.begins_with_beat()), (&b""[..], false));
    }

    #[test]
    fn what_was_not_taken_can_be_withdrawn() {
        let mut outbox = Outbox::default();
        outbox.buffer().extend_from_slice(b"onetwo");
        outbox.note_written(4);
        outbox.withdraw(3);
        assert_eq!((outbox.front(), outbox.written()), (&b""[..], 4));
        outbox.buffer().extend_from_slice(b"three");
        outbox.withdraw(6);
        assert_eq!((outbox.front(), outbox.end()), (&b"th"[..], 6));
    }

    #[test]
    fn a_socket_that_always_leaves_something_does_not_let_it_grow() {
        let mut outbox = Outbox::default();
        for round in 1..=1_000_u64 {
            outbox.buffer().extend_from_slice(&[0; 10_000]);
            outbox.note_written(outbox.len() - 1);
            assert_eq!((outbox.front(), outbox.len()), (&[0][..], 1));
            assert_eq!((outbox.written(), outbox.end()), (round * 10_000 - 1, round * 10_000));
        }
        assert!(outbox.bytes.capacity() < 1 << 20);
    }
}
