//! The servers: sink, blast and count serve one connection after another.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Instant;

use memchr::memmem;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{RecvFlags, SendFlags, send};

use crate::feed::{AckMode, Feed, Kind, Settled, Subscription, Want};
use crate::input::{Frame, Input, is_again, number};

/// What a server reads at most before it parses.
const INPUT: usize = 4 << 20;

/// A connection. `answers` and the piece of `feed` are what has to be written, in that order, but never one
/// inside of the other; the feed belongs to `subscriptions[fed]`.
struct Connection<'a> {
    want: &'a Want,
    socket: TcpStream,
    connected: bool,
    eof: bool,
    dead: bool,
    answers: Vec<u8>,
    answers_at: usize,
    feed: Option<Feed>,
    subscriptions: Vec<Subscription>,
    fed: usize,
    /// The receipt of a DISCONNECT that came before all was written.
    bye: Option<Vec<u8>>,
    begun: Instant,
    first: Instant,
    last: Instant,
    sends: u64,
    bytes: u64,
    acks: u64,
    nacks: u64,
    again: u64,
    strange: u64,
    last_ack: Vec<u8>,
}

/// TCP acks at once, where it can be told so: a client that writes a frame in pieces without `TCP_NODELAY`
/// would wait for delayed acks.
fn ack_at_once(socket: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = rustix::net::sockopt::set_tcp_quickack(socket, true);
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

impl<'a> Connection<'a> {
    fn new(socket: TcpStream, want: &'a Want) -> Self {
        let now = Instant::now();
        Self {
            want,
            socket,
            connected: false,
            eof: false,
            dead: false,
            answers: Vec::new(),
            answers_at: 0,
            feed: None,
            subscriptions: Vec::new(),
            fed: 0,
            bye: None,
            begun: now,
            first: now,
            last: now,
            sends: 0,
            bytes: 0,
            acks: 0,
            nacks: 0,
            again: 0,
            strange: 0,
            last_ack: Vec::new(),
        }
    }

    /// Adds a RECEIPT to the answers.
    fn receipt(&mut self, id: &[u8]) {
        self.answers.extend_from_slice(b"RECEIPT\nreceipt-id:");
        self.answers.extend_from_slice(id);
        self.answers.extend_from_slice(b"\n\n\0");
    }

    /// Adds a CONNECTED of the highest version in common to the answers.
    fn connected(&mut self, versions: &[u8]) {
        let has = |version: &str| memmem::find(versions, version.as_bytes()).is_some();
        let version = ["1.2", "1.1"].into_iter().find(|v| has(v)).unwrap_or("1.0");
        let answer = format!("CONNECTED\nversion:{version}\nheart-beat:0,0\nserver:peer/1\nsession:s1\n\n\0");
        self.answers.extend_from_slice(answer.as_bytes());
        self.connected = true;
    }

    /// Makes the next piece ready; after the last one, a DISCONNECT that waited for it is answered.
    fn refill(&mut self) {
        while let Some(subscription) = self.subscriptions.get_mut(self.fed) {
            let want = self.want;
            let feed = self.feed.get_or_insert_with(|| Feed::begin(want, subscription));
            if feed.next_piece(want, subscription) {
                return;
            }
            feed.finish(want, subscription);
            self.feed = None;
            self.fed += 1;
        }
        if let Some(id) = self.bye.take() {
            self.receipt(&id);
        }
    }

    /// A SUBSCRIBE: it is fed at once, or after those before it.
    fn subscribed(&mut self, input: &Input, frame: &Frame, serial: u64) {
        let mode = match input.header(frame, b"ack:").map_or(0, <[u8]>::len) {
            0..6 => AckMode::Auto,
            6 => AckMode::Client,
            _ => AckMode::ClientIndividual,
        };
        let bits = if self.want.kind == Kind::Count && mode == AckMode::ClientIndividual {
            usize::try_from(self.want.n / 8 + 1).unwrap_or(0)
        } else {
            0
        };
        self.subscriptions.push(Subscription {
            id: input.header(frame, b"id:").unwrap_or(b"0").to_vec(),
            destination: input.header(frame, b"destination:").unwrap_or(b"/queue/x").to_vec(),
            mode,
            serial,
            given: 0,
            high: 0,
            ones: 0,
            acked: vec![0; bits],
        });
        if self.fed + 1 == self.subscriptions.len() {
            self.refill();
        }
    }

    /// An ACK: by its id (1.2), or by the message's (1.1, 1.0).
    fn acked(&mut self, input: &Input, frame: &Frame) {
        let (kind, id) = match input.header(frame, b"id:") {
            Some(id) => (b'a', id),
            None => (b'm', input.header(frame, b"message-id:").unwrap_or(b"")),
        };
        self.acks += 1;
        self.last_ack.clear();
        self.last_ack.extend_from_slice(id);
        if self.want.kind == Kind::Count {
            match self.settle(kind, id) {
                Settled::Acked => {}
                Settled::Again => self.again += 1,
                Settled::Strange => self.strange += 1,
            }
        }
    }

    /// count: marks the message of an id such as `a-1-0000000007` as acked, or all up to it.
    fn settle(&mut self, kind: u8, id: &[u8]) -> Settled {
        settled_parts(kind, id)
            .and_then(|(serial, n)| {
                let mut all = self.subscriptions.iter_mut();
                let subscription = all.find(|s| s.serial == serial)?;
                Some(subscription.settle(n))
            })
            .unwrap_or(Settled::Strange)
    }

    /// Does what a frame asks for.
    #[inline]
    fn take(&mut self, input: &Input, frame: &Frame, serial: &mut u64) {
        if input.is_send(frame) {
            if self.sends == 0 {
                self.first = self.last;
            }
            self.sends += 1;
        } else if input.is(frame, b"ACK") {
            self.acked(input, frame);
        } else if input.is(frame, b"NACK") {
            self.nacks += 1;
        } else if input.is(frame, b"CONNECT") || input.is(frame, b"STOMP") {
            self.connected(input.header(frame, b"accept-version:").unwrap_or(b""));
        } else if self.want.kind.feeds() && input.is(frame, b"SUBSCRIBE") {
            *serial += 1;
            self.subscribed(input, frame, *serial);
        } else if input.is(frame, b"DISCONNECT") && self.fed < self.subscriptions.len() {
            if let Some(id) = input.receipt(frame) {
                self.bye = Some(id.to_vec());
            }
            return;
        }
        if let Some(id) = input.receipt(frame) {
            self.receipt(id);
        }
    }

    /// Whether something has to be written.
    fn is_due(&self) -> bool {
        !self.answers.is_empty() || self.feed.is_some()
    }

    /// Writes once, without waiting.
    fn push(&mut self) {
        let inside = self.feed.as_ref().is_some_and(Feed::is_inside_piece);
        let answers = !self.answers.is_empty() && (!inside || self.answers_at > 0);
        let rest = match &self.feed {
            Some(feed) if !answers => feed.rest(),
            _ => &self.answers[self.answers_at..],
        };
        match send(&self.socket, rest, SendFlags::DONTWAIT) {
            Err(error) => self.dead = !is_again(error),
            Ok(n) if answers => {
                self.answers_at += n;
                if self.answers_at == self.answers.len() {
                    self.answers.clear();
                    self.answers_at = 0;
                }
            }
            Ok(n) => {
                if self.feed.as_mut().is_some_and(|feed| feed.wrote(n)) {
                    self.refill();
                }
            }
        }
    }

    /// Reads once, waiting only if nothing has to be written, and takes the frames that are whole.
    fn pull(&mut self, input: &mut Input, serial: &mut u64) {
        let flags = if self.is_due() { RecvFlags::DONTWAIT } else { RecvFlags::empty() };
        match input.fill(&self.socket, flags) {
            Ok(0) => {
                self.eof = true;
                return;
            }
            Ok(n) => self.bytes += n as u64,
            Err(error) => {
                self.dead = !is_again(error);
                return;
            }
        }
        self.last = Instant::now();
        while let Some(frame) = input.next() {
            self.take(input, &frame, serial);
        }
        if !self.connected {
            ack_at_once(&self.socket);
        }
        if !self.answers.is_empty() {
            self.push();
        }
    }

    /// Reads and writes until the client has closed and has been sent everything, or is gone.
    fn serve(&mut self, input: &mut Input, serial: &mut u64) {
        while !self.dead && (self.is_due() || !self.eof) {
            if self.is_due() {
                let mut events = PollFlags::OUT;
                if !self.eof {
                    events |= PollFlags::IN;
                }
                let mut polled = [PollFd::new(&self.socket, events)];
                let _ = poll(&mut polled, None);
                let came = polled[0].revents();
                if !(came - PollFlags::IN).is_empty() {
                    self.push();
                }
                if self.eof || (came - PollFlags::OUT).is_empty() {
                    continue;
                }
            }
            self.pull(input, serial);
        }
    }

    /// Prints the line of a connection, for count one more.
    fn report(&self) {
        if let (Some(feed), Some(subscription)) = (&self.feed, self.subscriptions.get(self.fed)) {
            feed.finish(self.want, subscription);
        }
        let took = (self.last - self.first).as_secs_f64();
        let acks = if self.want.kind.feeds() {
            let last = match self.acks {
                0 => "none".into(),
                _ => String::from_utf8_lossy(&self.last_ack),
            };
            let (acks, nacks) = (self.acks, self.nacks);
            format!(", {acks} acks {nacks} nacks, last acked {last}")
        } else {
            String::new()
        };
        eprintln!(
            "{}: {} sends {} bytes, first-to-last {:.3} s, whole {:.3} s{acks}",
            self.want.kind.name(),
            self.sends,
            self.bytes,
            if self.sends > 0 { took } else { 0.0 },
            self.begun.elapsed().as_secs_f64()
        );
        if self.want.kind == Kind::Count {
            let acked: u64 = self.subscriptions.iter().map(|s| s.high + s.ones).sum();
            let given: u64 = self.subscriptions.iter().map(|s| s.given).sum();
            eprintln!(
                "count: {acked} acked of {given} messages, {} acked again, {} acks of none",
                self.again, self.strange
            );
        }
    }
}

/// The serial of the subscription and the number of the message in an ack's id.
fn settled_parts(kind: u8, id: &[u8]) -> Option<(u64, u64)> {
    let (before, n) = id.split_at_checked(id.len().checked_sub(10)?)?;
    let serial = before.strip_suffix(b"-")?.strip_prefix(&[kind, b'-'])?;
    Some((number(serial)?, number(n)?))
}

/// Serves one connection after another on the loopback.
pub(crate) fn serve_all(port: u16, want: &Want) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", listener.local_addr()?)?;
    stdout.flush()?;
    let mut input = Input::new(INPUT);
    let mut serial = 0;
    loop {
        let Ok((socket, _)) = listener.accept() else {
            continue;
        };
        let _ = socket.set_nodelay(true);
        ack_at_once(&socket);
        input.clear();
        let mut connection = Connection::new(socket, want);
        connection.serve(&mut input, &mut serial);
        let _ = connection.socket.shutdown(std::net::Shutdown::Both);
        connection.report();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_names_its_kind_its_subscription_and_its_message() {
        assert_eq!(settled_parts(b'a', b"a-12-0000000007"), Some((12, 7)));
        for id in [&b"m-1-0000000007"[..], b"a--0000000007", b"a-1-000000007", b"7", b""] {
            assert_eq!(settled_parts(b'a', id), None, "{}", id.escape_ascii());
        }
    }
}
