//! What was read from a socket, and the frames in it.

use std::io;
use std::ops::Range;
use std::os::fd::AsFd;

use memchr::memchr;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use wide::u8x16;

/// A whole frame, as offsets into the input that it was found in; they hold until that is filled again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    start: usize,
    /// `None`: the empty line is missing.
    body: Option<usize>,
    /// Of the NUL after the body.
    end: usize,
    receipt: Option<(usize, usize)>,
    /// Whether it begins with SEND and a LF: what there is most of is told apart once.
    is_send: bool,
}

/// The head of a frame, as offsets from its first byte: what is after the empty line, and two headers.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    body: Option<usize>,
    receipt: Option<(usize, usize)>,
    length: Option<usize>,
    is_send: bool,
}

/// The bytes that were read and are not parsed yet: from `at` to `have`.
///
/// The first frame, so far incomplete, has a head of `head` bytes and takes `need` in all (0: not known).
/// If it does not fit, it is cut: its head stays, `skip` bytes of its body are thrown away as they come.
#[derive(Debug)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    at: usize,
    have: usize,
    head: usize,
    need: usize,
    skip: usize,
    cut: bool,
    /// The last head that asked for no receipt, and what was in it: most senders repeat theirs.
    repeated: Vec<u8>,
    repeated_head: Head,
    /// Where `recv` with TRUNC would put what it throws away; on Linux it is never touched.
    nowhere: Vec<u8>,
}

/// The number that the text is, of at most 18 decimal digits.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let mut n = 0;
    for c in text {
        let digit = c.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + u64::from(digit);
    }
    Some(n)
}

/// The range of the value if the line (without its LF) is the header called `name`, colon included; a CR at
/// the end does not belong to it.
fn value_at(bytes: &[u8], line: Range<usize>, name: &[u8]) -> Option<(usize, usize)> {
    let text = &bytes[line.clone()];
    let start = line.start + name.len();
    text.starts_with(name).then_some((start, line.end - usize::from(text.ends_with(b"\r"))))
}

/// Where the line ends that these bytes begin with. Most lines of a head are short: looking at 32 bytes in
/// place costs less than calling a search.
#[inline]
fn line_end(bytes: &[u8]) -> Option<usize> {
    let found = bytes.first_chunk::<32>().map_or(0, |chunk| {
        let (halves, _) = chunk.as_chunks::<16>();
        let found = |half| u8x16::new(half).simd_eq(u8x16::splat(b'\n')).to_bitmask();
        found(halves[0]) | found(halves[1]) << 16
    });
    if found == 0 {
        return memchr(b'\n', bytes);
    }
    Some(found.trailing_zeros() as usize)
}

/// Parses the head of the frame that begins with these bytes. A frame that lacks the empty line ends with its NUL.
#[inline]
fn parse_head(bytes: &[u8]) -> Head {
    let mut rest = bytes;
    let mut head = Head { body: None, receipt: None, length: None, is_send: rest.starts_with(b"SEND\n") };
    if head.is_send {
        rest = &rest[5..];
    }
    loop {
        if let [b'\n', ..] = rest {
            head.body = Some(bytes.len() - rest.len() + 1);
            break;
        }
        let Some(n) = line_end(rest) else { break };
        let line = &rest[..n];
        let start = bytes.len() - rest.len();
        rest = &rest[n + 1..];
        match line {
            [b'\r'] => {
                head.body = Some(start + n + 1);
                break;
            }
            [0, ..] => break,
            [b'c', ..] if head.length.is_none() => {
                if let Some(value) = line.strip_prefix(b"content-length:") {
                    let value = value.strip_suffix(b"\r").unwrap_or(value);
                    head.length = number(value).and_then(|n| usize::try_from(n).ok());
                }
            }
            [b'r', ..] if head.receipt.is_none() => {
                head.receipt = value_at(bytes, start..start + n, b"receipt:");
            }
            _ => {}
        }
    }
    head
}

impl Input {
    /// An empty input of at most `capacity` bytes at once.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity],
            at: 0,
            have: 0,
            head: 0,
            need: 0,
            skip: 0,
            cut: false,
            repeated: Vec::new(),
            repeated_head: Head::default(),
            nowhere: vec![0; capacity],
        }
    }

    /// Forgets everything, for a new connection.
    pub(crate) fn clear(&mut self) {
        (self.at, self.have, self.head) = (0, 0, 0);
        (self.need, self.skip, self.cut) = (0, 0, false);
    }

    /// What is not parsed yet.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..self.have]
    }

    /// Puts a frame back, and what follows it.
    pub(crate) fn put_back(&mut self, frame: &Frame) {
        self.at = frame.start;
    }

    /// Takes the next whole frame; `None`: more has to be read first.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let bytes = &self.bytes[..self.have];
        let mut start = self.at;
        while start < bytes.len() && matches!(bytes[start], b'\n' | b'\r') {
            start += 1;
        }
        self.at = start;
        let there = bytes.len() - start;
        if there < self.need || there == 0 {
            return None;
        }
        let rest = &bytes[start..];
        let head = if !self.repeated.is_empty() && rest.starts_with(&self.repeated) {
            self.repeated_head
        } else {
            let head = parse_head(rest);
            if let (Some(body), None) = (head.body, head.receipt) {
                self.repeated.clear();
                self.repeated.extend_from_slice(&rest[..body]);
                self.repeated_head = head;
            }
            head
        };
        self.head = head.body.unwrap_or(0);
        self.need = match head.length {
            Some(length) if !self.cut && head.body.is_some() => self.head + length + 1,
            _ => 0,
        };
        if there < self.need {
            return None;
        }
        let from = start + self.need.checked_sub(1).unwrap_or(self.head);
        let end = if bytes.get(from) == Some(&0) {
            Some(from)
        } else {
            memchr(0, &bytes[from..]).map(|n| from + n)
        };
        self.need = 0;
        let end = end?;
        self.cut = false;
        self.at = end + 1;
        Some(Frame {
            start,
            body: head.body.map(|body| start + body),
            end,
            receipt: head.receipt.map(|(from, to)| (start + from, start + to)),
            is_send: head.is_send,
        })
    }

    /// Moves what is left to the front, and cuts a frame that does not fit.
    fn make_room(&mut self) {
        if self.at > 0 {
            self.bytes.copy_within(self.at..self.have, 0);
            self.have -= self.at;
            self.at = 0;
        }
        let capacity = self.bytes.len();
        if self.need <= capacity && self.have < capacity {
            return;
        }
        if self.need > 0 {
            self.skip = self.need - 1 - self.have;
        }
        self.have = if self.head < capacity { self.head } else { 0 };
        self.need = 0;
        self.cut = true;
    }

    /// Reads once, as recv(2) does, or throws away what comes of a body that was cut. 0: the end.
    pub(crate) fn fill(&mut self, socket: impl AsFd, flags: RecvFlags) -> Result<usize, Errno> {
        if self.skip == 0 {
            self.make_room();
        }
        if self.skip > 0 {
            let most = self.skip.min(self.nowhere.len());
            let flags = flags | RecvFlags::TRUNC;
            let (_, n) = recv(socket, &mut self.nowhere[..most], flags)?;
            self.skip -= n;
            return Ok(n);
        }
        let (_, n) = recv(socket, &mut self.bytes[self.have..], flags)?;
        self.have += n;
        Ok(n)
    }

    /// Reads until a frame is whole; `None`: the end, or nothing for too long.
    pub(crate) fn wait_for_frame(&mut self, socket: impl AsFd) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.next() {
                return Ok(Some(frame));
            }
            match self.fill(&socket, RecvFlags::empty()) {
                Ok(0) | Err(Errno::AGAIN) => return Ok(None),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The bytes of a frame, its NUL left out.
    pub(crate) fn bytes(&self, frame: &Frame) -> &[u8] {
        &self.bytes[frame.start..frame.end]
    }

    /// Whether the frame has this command.
    #[inline]
    pub(crate) fn is(&self, frame: &Frame, command: &[u8]) -> bool {
        let bytes = &self.bytes[frame.start..=frame.end];
        bytes.starts_with(command) && matches!(bytes.get(command.len()), Some(b'\n' | b'\r' | 0))
    }

    /// Whether the frame is a SEND.
    #[inline]
    pub(crate) fn is_send(&self, frame: &Frame) -> bool {
        frame.is_send || self.is(frame, b"SEND")
    }

    /// The value of the first header called `name`, colon included.
    pub(crate) fn header(&self, frame: &Frame, name: &[u8]) -> Option<&[u8]> {
        let bytes = &self.bytes[..frame.body.unwrap_or(frame.end)];
        let mut p = frame.start;
        while let Some(n) = memchr(b'\n', &bytes[p..]) {
            if let Some((from, to)) = value_at(bytes, p..p + n, name) {
                return Some(&bytes[from..to]);
            }
            p += n + 1;
        }
        None
    }

    /// The value of its receipt header.
    #[inline]
    pub(crate) fn receipt(&self, frame: &Frame) -> Option<&[u8]> {
        frame.receipt.map(|(from, to)| &self.bytes[from..to])
    }
}

/// Whether a read or write has to be tried again later, or waited too long.
pub(crate) fn is_again(error: Errno) -> bool {
    matches!(error, Errno::AGAIN | Errno::INTR)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
mod tests {
    use std::io::Write;
    use std::net::{Shutdown, TcpListener, TcpStream};

    use super::*;

    /// All frames of what is written to a socket in these pieces, read into `capacity` bytes.
    fn frames(pieces: &[&[u8]], capacity: usize) -> Vec<Vec<u8>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut tx = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (rx, _) = listener.accept().unwrap();
        let mut input = Input::new(capacity);
        let mut found = Vec::new();
        for piece in pieces {
            tx.write_all(piece).unwrap();
            // Whatever has come is parsed before more is written, so that each piece is an input of its own.
            let mut left = piece.len();
            while left > 0 {
                left -= input.fill(&rx, RecvFlags::empty()).unwrap();
                while let Some(frame) = input.next() {
                    found.push(input.bytes(&frame).to_vec());
                }
            }
        }
        tx.shutdown(Shutdown::Both).unwrap();
        found
    }

    #[test]
    fn frames_are_the_same_however_they_are_cut() {
        let all = b"\nCONNECT\r\nhost:a\r\n\r\n\0\nSEND\ncontent-length:3\nreceipt:r\n\na\0b\0\n\nACK\nid:1\n\nx\0DISCONNECT\n\0";
        let whole = frames(&[all], 4096);
        let expected: [&[u8]; 4] = [
            b"CONNECT\r\nhost:a\r\n\r\n",
            b"SEND\ncontent-length:3\nreceipt:r\n\na\0b",
            b"ACK\nid:1\n\nx",
            b"DISCONNECT\n",
        ];
        assert_eq!(whole, expected);
        for cut in 1..all.len() {
            assert_eq!(frames(&[&all[..cut], &all[cut..]], 4096), whole, "{cut}");
        }
        let bytes: Vec<&[u8]> = all.chunks(1).collect();
        assert_eq!(frames(&bytes, 4096), whole);
    }

    #[test]
    fn a_body_that_does_not_fit_is_thrown_away_and_the_next_frame_is_found() {
        let body = vec![b'x'; 5000];
        for head in [&b"SEND\ncontent-length:5000\n\n"[..], b"SEND\ndestination:/q\n\n"] {
            let all = [head, &body, b"\0SEND\n\nnext\0"].concat();
            let found = frames(&[&all], 256);
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(found[0].starts_with(head));
            assert_eq!(found[1], b"SEND\n\nnext");
        }
    }

    #[test]
    fn heads_that_repeat_or_differ_by_an_byte_are_read_alike() {
        let bodies: [&[u8]; 5] =
            [b"2\n\na\0\0", b"2\n\n\0b\0", b"1\n\na\0", b"2\nreceipt:x\n\na\0\0", b"2\n\na\0\0"];
        let all: Vec<u8> = bodies.iter().flat_map(|b| [b"SEND\ncontent-length:", *b].concat()).collect();
        let found = frames(&[&all], 4096);
        let expected = bodies.map(|b| [b"SEND\ncontent-length:", &b[..b.len() - 1]].concat());
        assert_eq!(found, expected);
    }

    #[test]
    fn a_header_is_found_by_its_whole_name_and_loses_its_cr() {
        let mut input = Input::new(256);
        let all = b"MESSAGE\nackx:0\nack:a-1\r\nack:a-2\n\nack:body\n\0";
        input.bytes[..all.len()].copy_from_slice(all);
        input.have = all.len();
        let frame = input.next().unwrap();
        assert_eq!(input.header(&frame, b"ack:"), Some(&b"a-1"[..]));
        assert_eq!(input.header(&frame, b"id:"), None);
        assert!(input.is(&frame, b"MESSAGE") && !input.is(&frame, b"MESS"));
    }

    #[test]
    fn a_number_is_at_most_18_digits_and_nothing_else() {
        assert_eq!(number(b"0000000007"), Some(7));
        for not in [&b""[..], b"-1", b"1 ", b"1234567890123456789"] {
            assert_eq!(number(not), None);
        }
    }
}
