//! What the client modes have in common: logging in, subscribing, ready-made frames, counting.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use memchr::memchr;

use crate::feed::digits;
use crate::input::Input;

/// What a client reads at most at once.
pub(crate) const TAKEN: usize = 1 << 20;
/// How long without anything ends a client's wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Where to connect, and as whom.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    host: &'a str,
    port: u16,
    user: &'a str,
    pass: &'a str,
    vhost: &'a str,
}

impl<'a> Place<'a> {
    /// `None`: the port is none.
    pub(crate) fn new(
        host: &'a str,
        port: &str,
        user: &'a str,
        pass: &'a str,
        vhost: &'a str,
    ) -> Option<Self> {
        let port = port.parse().ok()?;
        Some(Self { host, port, user, pass, vhost })
    }

    /// As whom the peers of this program let anybody in.
    pub(crate) fn of_peer(host: &'a str, port: u16) -> Self {
        Self { host, port, user: "guest", pass: "guest", vhost: "/" }
    }
}

/// A connection that is logged in.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    pub(crate) input: Input,
    /// Whether the version is 1.2 or later: an ACK names the message by its ack header.
    pub(crate) acks_by_id: bool,
}

/// The error for a frame that was not what it should be.
fn refused(input: &Input) -> io::Error {
    let text = input.rest().escape_ascii().to_string();
    io::Error::other(format!("refused: {text}"))
}

impl Client {
    /// Connects and logs in.
    pub(crate) fn join(place: &Place<'_>) -> io::Result<Self> {
        let socket = TcpStream::connect((place.host, place.port))?;
        socket.set_nodelay(true)?;
        let mut input = Input::new(TAKEN);
        let connect = format!(
            "CONNECT\naccept-version:1.0,1.1,1.2\nhost:{}\nlogin:{}\npasscode:{}\n\n\0",
            place.vhost, place.user, place.pass
        );
        (&socket).write_all(connect.as_bytes())?;
        let Some(frame) = input.wait_for_frame(&socket)? else {
            return Err(refused(&input));
        };
        if !input.is(&frame, b"CONNECTED") {
            input.put_back(&frame);
            return Err(refused(&input));
        }
        let acks_by_id = input.header(&frame, b"version:") == Some(b"1.2");
        Ok(Self { socket, input, acks_by_id })
    }

    /// Writes a frame, its NUL left out.
    pub(crate) fn say(&self, frame: &str) -> io::Result<()> {
        (&self.socket).write_all(format!("{frame}\0").as_bytes())
    }

    /// Reads end after [`PATIENCE`] without anything.
    pub(crate) fn be_patient(&self) -> io::Result<()> {
        self.socket.set_read_timeout(Some(PATIENCE))
    }

    /// Subscribes and waits for the receipt. A message may come first; it is left to be read.
    pub(crate) fn subscribe(&mut self, destination: &str, mode: &str) -> io::Result<()> {
        self.say(&format!("SUBSCRIBE\nid:s0\ndestination:{destination}\nack:{mode}\nreceipt:r\n\n"))?;
        let Some(frame) = self.input.wait_for_frame(&self.socket)? else {
            return Err(refused(&self.input));
        };
        if !self.input.is(&frame, b"RECEIPT") {
            self.input.put_back(&frame);
            if !self.input.is(&frame, b"MESSAGE") {
                return Err(refused(&self.input));
            }
        }
        self.be_patient()
    }

    /// Leaves only after the broker has taken the acks.
    pub(crate) fn leave(&mut self) -> io::Result<()> {
        self.say("DISCONNECT\nreceipt:bye\n\n")?;
        while let Some(frame) = self.input.wait_for_frame(&self.socket)? {
            if self.input.is(&frame, b"RECEIPT") {
                break;
            }
        }
        Ok(())
    }
}

/// Ready-made SEND frames, as many as 64 KiB hold and one more.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    /// Bytes of a frame.
    pub(crate) each: usize,
    /// Where in each the ten digits of its receipt are, if it asks for one.
    digits_at: usize,
    pub(crate) per: usize,
}

impl Batch {
    /// Makes SEND frames ready.
    pub(crate) fn new(destination: &str, size: usize, receipts: bool) -> Self {
        let receipt = if receipts { "receipt:0123456789\n" } else { "" };
        let head = format!("SEND\ndestination:{destination}\ncontent-length:{size}\n{receipt}\n");
        let mut frame = head.into_bytes();
        let digits_at = frame.len() - 12;
        frame.resize(frame.len() + size, b'x');
        frame.push(0);
        let each = frame.len();
        let per = 65536 / each + 1;
        Self { bytes: frame.repeat(per), each, digits_at, per }
    }

    /// The first `n` frames, or all if there are fewer.
    pub(crate) fn first(&self, n: u64) -> &[u8] {
        let n = usize::try_from(n).unwrap_or(self.per).min(self.per);
        &self.bytes[..n * self.each]
    }

    /// The first `n` frames, which ask for receipts numbered from `from` on.
    pub(crate) fn numbered(&mut self, n: usize, from: u64) -> &[u8] {
        let frames = self.bytes.chunks_exact_mut(self.each).take(n);
        for (number, frame) in (from..).zip(frames) {
            digits(&mut frame[self.digits_at..], number);
        }
        &self.bytes[..n * self.each]
    }
}

/// What came, by the first bytes of the frames; `first` is that of the frame that is not whole yet.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) receipts: u64,
    pub(crate) errors: u64,
    first: Option<u8>,
}

impl Tally {
    /// Counts the frames that end in what was read.
    pub(crate) fn count(&mut self, mut bytes: &[u8]) {
        loop {
            if self.first.is_none() {
                let Some(start) = bytes.iter().position(|c| !matches!(c, b'\n' | b'\r')) else {
                    return;
                };
                bytes = &bytes[start..];
                self.first = Some(bytes[0]);
                if bytes[0] == b'E' {
                    let text = &bytes[..bytes.len().min(500)];
                    eprintln!("{}", String::from_utf8_lossy(text).replace('\0', ""));
                }
            }
            let Some(end) = memchr(0, bytes) else {
                return;
            };
            match self.first.take() {
                Some(b'M') => self.messages += 1,
                Some(b'R') => self.receipts += 1,
                Some(b'E') => self.errors += 1,
                _ => {}
            }
            bytes = &bytes[end + 1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_the_same_however_they_are_cut() {
        let all = b"MESSAGE\na:b\n\nR\0\nMESSAGE\n\n\0\r\nRECEIPT\n\n\0\0MESSAGE\n\nhalf";
        for cut in 0..all.len() {
            let mut tally = Tally::default();
            tally.count(&all[..cut]);
            tally.count(&all[cut..]);
            let (messages, receipts) = (tally.messages, tally.receipts);
            assert_eq!((messages, receipts, tally.errors), (2, 1, 0), "{cut}");
        }
    }

    #[test]
    fn a_batch_numbers_its_receipts() {
        let mut batch = Batch::new("/queue/x", 3, true);
        let text = String::from_utf8_lossy(batch.numbered(2, 9)).into_owned();
        let frame = |n| format!("SEND\ndestination:/queue/x\ncontent-length:3\nreceipt:{n}\n\nxxx\0");
        assert_eq!(text, frame("0000000009") + &frame("0000000010"));
    }
}
