//! What the servers feed a subscription with: ready-made pieces of many messages.

use std::time::Instant;

use memchr::memchr_iter;

/// blast writes pieces of about so many bytes, …
const PIECE: usize = 4 << 20;
/// … and count of so many.
const STAMPED: usize = 1 << 18;

/// The three servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sink,
    Blast,
    Count,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Blast => "blast",
            Self::Count => "count",
        }
    }

    /// Whether it sends messages.
    pub(crate) fn feeds(self) -> bool {
        self != Self::Sink
    }
}

/// What the command line wants: messages for each subscription, bytes of each body.
#[derive(Debug)]
pub(crate) struct Want {
    pub(crate) kind: Kind,
    pub(crate) n: u64,
    pub(crate) size: usize,
}

/// How a subscription acks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AckMode {
    Auto,
    Client,
    ClientIndividual,
}

/// A subscription, and what was acked of it.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: Vec<u8>,
    pub(crate) destination: Vec<u8>,
    pub(crate) mode: AckMode,
    /// Unlike any other's of this process: its messages' ids have it.
    pub(crate) serial: u64,
    /// Messages put into pieces so far.
    pub(crate) given: u64,
    /// The highest that a cumulative ack named.
    pub(crate) high: u64,
    /// Those acked one by one, and a bit for each message.
    pub(crate) ones: u64,
    pub(crate) acked: Vec<u8>,
}

/// What an ack did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Acked,
    Again,
    Strange,
}

impl Subscription {
    /// Marks message `n` as acked, or all up to it.
    pub(crate) fn settle(&mut self, n: u64) -> Settled {
        if n < 1 || n > self.given {
            return Settled::Strange;
        }
        match self.mode {
            AckMode::Auto => Settled::Strange,
            AckMode::Client if n <= self.high => Settled::Again,
            AckMode::Client => {
                self.high = n;
                Settled::Acked
            }
            AckMode::ClientIndividual => {
                let Some(byte) = usize::try_from(n / 8).ok().and_then(|i| self.acked.get_mut(i)) else {
                    return Settled::Strange;
                };
                let bit = 1 << (n % 8);
                if *byte & bit != 0 {
                    return Settled::Again;
                }
                *byte |= bit;
                self.ones += 1;
                Settled::Acked
            }
        }
    }
}

/// Writes ten decimal digits.
pub(crate) fn digits(to: &mut [u8], mut n: u64) {
    for byte in to[..10].iter_mut().rev() {
        *byte = b'0' + u8::try_from(n % 10).unwrap_or(0);
        n /= 10;
    }
}

/// A frame of count, to be copied and stamped with its number at three places.
#[derive(Debug)]
struct Plate {
    bytes: Vec<u8>,
    at: [usize; 3],
}

impl Plate {
    fn engrave(subscription: &Subscription, size: usize, more: &str) -> Self {
        let mut bytes = b"MESSAGE\nsubscription:".to_vec();
        let mut at = [0; 3];
        bytes.extend_from_slice(&subscription.id);
        bytes.extend_from_slice(format!("\nmessage-id:m-{}-", subscription.serial).as_bytes());
        at[0] = bytes.len();
        bytes.extend_from_slice(format!("0123456789\nack:a-{}-", subscription.serial).as_bytes());
        at[1] = bytes.len();
        bytes.extend_from_slice(b"0123456789\ndestination:");
        bytes.extend_from_slice(&subscription.destination);
        bytes.extend_from_slice(b"\ncontent-type:text/plain\ncontent-length:");
        bytes.extend_from_slice(format!("{size}\n{more}\n").as_bytes());
        at[2] = bytes.len();
        bytes.resize(at[2] + size, b'x');
        bytes.extend_from_slice(b"\0\n");
        Self { bytes, at }
    }
}

/// The messages on their way to one subscription.
#[derive(Debug)]
pub(crate) struct Feed {
    bytes: Vec<u8>,
    /// The piece is the first `len` bytes; those before `at` are written.
    at: usize,
    len: usize,
    /// Messages in the piece.
    per: u64,
    /// count: the plain frame and the one with an escaped header.
    plates: Option<[Plate; 2]>,
    begun: Instant,
    /// Bytes written, of all pieces.
    written: u64,
}

impl Feed {
    /// Begins to feed a subscription.
    pub(crate) fn begin(want: &Want, subscription: &Subscription) -> Self {
        let mut feed = Self {
            bytes: Vec::new(),
            at: 0,
            len: 0,
            per: 0,
            plates: None,
            begun: Instant::now(),
            written: 0,
        };
        if want.kind == Kind::Count {
            let plates =
                ["", "note:a\\cb\\nc\\\\d\n"].map(|more| Plate::engrave(subscription, want.size, more));
            feed.bytes = Vec::with_capacity(STAMPED + plates[1].bytes.len());
            feed.plates = Some(plates);
        } else {
            feed.bake(want, subscription);
        }
        feed
    }

    /// blast: one piece of as many frames as 4 MiB hold, and one at least, made once and written again and
    /// again: message ids repeat.
    fn bake(&mut self, want: &Want, subscription: &Subscription) {
        self.bytes = Vec::with_capacity(PIECE + want.size + 2048);
        let id = [b"MESSAGE\nsubscription:", &subscription.id[..]].concat();
        let destination = [b"destination:", &subscription.destination[..]].concat();
        while self.bytes.len() < PIECE && self.per < want.n {
            let n = self.per;
            self.bytes.extend_from_slice(&id);
            self.bytes.extend_from_slice(format!("\nmessage-id:m-{n}\nack:{n}\n").as_bytes());
            self.bytes.extend_from_slice(&destination);
            let end = format!("\ncontent-type:text/plain\ncontent-length:{}\n\n", want.size);
            self.bytes.extend_from_slice(end.as_bytes());
            self.bytes.resize(self.bytes.len() + want.size, b'x');
            self.bytes.extend_from_slice(b"\0\n");
            self.per += 1;
        }
    }

    /// Makes the next piece ready, if the subscription has not been given all yet.
    pub(crate) fn next_piece(&mut self, want: &Want, subscription: &mut Subscription) -> bool {
        (self.at, self.len) = (0, 0);
        if subscription.given >= want.n {
            return false;
        }
        if self.plates.is_some() {
            self.stamp(want, subscription);
        } else {
            self.again(want, subscription);
        }
        true
    }

    /// blast: the same piece again; the last one may be shorter.
    fn again(&mut self, want: &Want, subscription: &mut Subscription) {
        self.len = self.bytes.len();
        let left = want.n - subscription.given;
        if left < self.per {
            self.per = left;
            let ends = usize::try_from(left - 1).unwrap_or(usize::MAX);
            self.len = memchr_iter(0, &self.bytes).nth(ends).map_or(self.len, |end| end + 2);
        }
        subscription.given += self.per;
    }

    /// count: the next piece of messages.
    fn stamp(&mut self, want: &Want, subscription: &mut Subscription) {
        let Some(plates) = &self.plates else {
            return;
        };
        self.bytes.clear();
        self.per = 0;
        let mut number = [0; 10];
        while self.bytes.len() < STAMPED && subscription.given < want.n {
            subscription.given += 1;
            self.per += 1;
            let plate = &plates[usize::from(subscription.given.is_multiple_of(100))];
            let start = self.bytes.len();
            self.bytes.extend_from_slice(&plate.bytes);
            digits(&mut number, subscription.given);
            for at in plate.at {
                self.bytes[start + at..start + at + 10].copy_from_slice(&number);
            }
        }
        self.len = self.bytes.len();
    }

    /// What is to be written of the piece.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..self.len]
    }

    /// Whether a piece is half written.
    pub(crate) fn is_inside_piece(&self) -> bool {
        self.at > 0
    }

    /// Notes that so many bytes were written; whether the piece is done.
    pub(crate) fn wrote(&mut self, n: usize) -> bool {
        self.at += n;
        self.written += n as u64;
        self.at == self.len
    }

    /// Prints what a subscription was fed, in full or until the client went away.
    pub(crate) fn finish(&self, want: &Want, subscription: &Subscription) {
        let mut frames = subscription.given;
        if self.at < self.len {
            frames -= self.per;
            frames += memchr_iter(0, &self.bytes[..self.at]).count() as u64;
        }
        eprintln!(
            "{}: {frames} frames {} bytes in {:.3} s",
            want.kind.name(),
            self.written,
            self.begun.elapsed().as_secs_f64()
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
mod tests {
    use super::Settled::{Acked, Again, Strange};
    use super::*;

    fn subscription(mode: AckMode) -> Subscription {
        Subscription {
            id: b"s0".to_vec(),
            destination: b"/queue/x".to_vec(),
            mode,
            serial: 3,
            given: 0,
            high: 0,
            ones: 0,
            acked: vec![0; 100],
        }
    }

    /// All that a feed writes, as text.
    fn all(kind: Kind, n: u64, size: usize) -> String {
        let want = Want { kind, n, size };
        let mut subscription = subscription(AckMode::Client);
        let mut feed = Feed::begin(&want, &subscription);
        let mut bytes = Vec::new();
        while feed.next_piece(&want, &mut subscription) {
            bytes.extend_from_slice(feed.rest());
            assert!(feed.wrote(feed.rest().len()));
        }
        assert_eq!(subscription.given, n);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn count_numbers_every_message_and_escapes_a_header_in_every_hundredth() {
        let text = all(Kind::Count, 3000, 12);
        let frames: Vec<&str> = text.split_terminator("\0\n").collect();
        assert_eq!(frames.len(), 3000);
        for (i, frame) in frames.iter().enumerate() {
            let n = i + 1;
            let note = if n % 100 == 0 { "note:a\\cb\\nc\\\\d\n" } else { "" };
            let expected = format!(
                "MESSAGE\nsubscription:s0\nmessage-id:m-3-{n:010}\nack:a-3-{n:010}\ndestination:/queue/x\n\
                 content-type:text/plain\ncontent-length:12\n{note}\n{n:010}xx"
            );
            assert_eq!(*frame, expected);
        }
    }

    #[test]
    fn blast_writes_exactly_n_frames_over_several_pieces() {
        for n in [0, 1, 50, 100] {
            let text = all(Kind::Blast, n, 100_000);
            assert_eq!(text.matches('\0').count() as u64, n);
            assert!(text.is_empty() || text.ends_with("x\0\n"));
        }
    }

    #[test]
    fn an_ack_counts_once_and_only_for_what_was_given() {
        let mut client = subscription(AckMode::Client);
        client.given = 10;
        let settled = [0, 11, 5, 5, 4, 6].map(|n| client.settle(n));
        assert_eq!(settled, [Strange, Strange, Acked, Again, Again, Acked]);
        assert_eq!(client.high, 6);

        let mut individual = subscription(AckMode::ClientIndividual);
        individual.given = 10;
        let settled = [5, 5, 4, 11].map(|n| individual.settle(n));
        assert_eq!(settled, [Acked, Again, Acked, Strange]);
        assert_eq!(individual.ones, 2);
    }
}
