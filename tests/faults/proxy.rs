//! A proxy on the loopback that stands between a client and a broker, does harm by plan and from a
//! seed, and keeps what it passed on. STOMP_TEST_SEED is the seed in place of a test's own; a test that
//! fails says which it was.
//!
//! One thread serves a connection in both directions, so that a reset falls at the byte that was asked
//! for, whatever is on its way in the other direction.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fastrand::Rng;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

use crate::stomp::DEADLINE;

/// Bytes that the proxy holds for each direction, at most.
const HELD: usize = 64 << 10;

/// How often a connection looks for orders while nothing moves.
const LOOK: Duration = Duration::from_millis(5);

/// What happens when a byte is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Both sides see a reset (RST).
    Reset,
    /// Both sides see an orderly end.
    Close,
    /// This direction stands still, and its sender runs full, until [`Proxy::go_on`].
    Stall,
    /// Nothing passes any more in either direction, and nobody is told.
    Vanish,
}

/// How bytes are cut on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// As they come.
    #[default]
    Same,
    /// Into writes of 1 up to so many bytes.
    Split(usize),
    /// What comes within this time goes out in one write.
    Merge(Duration),
}

/// What happens to one direction of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    /// After so many bytes, this.
    pub(crate) harm: Option<(u64, Harm)>,
    /// At most so many bytes a second.
    pub(crate) rate: Option<u64>,
    pub(crate) pieces: Pieces,
}

impl Way {
    /// This harm after so many bytes.
    pub(crate) fn harm(after: u64, harm: Harm) -> Self {
        Self { harm: Some((after, harm)), ..Self::default() }
    }
}

/// What happens to one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plan {
    /// From the client to the broker.
    pub(crate) up: Way,
    /// From the broker to the client.
    pub(crate) down: Way,
}

impl Plan {
    pub(crate) fn up(up: Way) -> Self {
        Self { up, ..Self::default() }
    }

    pub(crate) fn down(down: Way) -> Self {
        Self { down, ..Self::default() }
    }
}

/// What passed over one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tape {
    /// What the broker was given.
    pub(crate) up: Vec<u8>,
    /// What the client was given.
    pub(crate) down: Vec<u8>,
    /// What ended it, if that was this proxy.
    pub(crate) harm: Option<Harm>,
    pub(crate) ended: bool,
}

struct Shared {
    tapes: Mutex<Vec<Tape>>,
    changed: Condvar,
    target: AtomicU16,
    /// Connections with a lower number than this are reset.
    reset_below: AtomicU32,
    /// Stalls below this number are over.
    go_on: AtomicBool,
    over: AtomicBool,
}

/// The proxy. It ends with its value.
pub(crate) struct Proxy {
    port: u16,
    seed: u64,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy to this port. `plan` is asked once for each connection, with its number from 0 and the
    /// generator that the seed began.
    pub(crate) fn start(
        target: u16,
        seed: u64,
        plan: impl FnMut(usize, &mut Rng) -> Plan + Send + 'static,
    ) -> Self {
        let asked = std::env::var("STOMP_TEST_SEED").ok();
        let seed = asked.map_or(seed, |seed| seed.parse().expect("STOMP_TEST_SEED is a number"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            tapes: Mutex::default(),
            changed: Condvar::new(),
            target: AtomicU16::new(target),
            reset_below: AtomicU32::new(0),
            go_on: AtomicBool::new(false),
            over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || accept(&listener, &own, seed, plan));
        Self { port, seed, shared, accepting: Some(accepting) }
    }

    /// A proxy that does no harm by itself.
    pub(crate) fn harmless(target: u16) -> Self {
        Self::start(target, 0, |_, _| Plan::default())
    }

    pub(crate) fn url(&self) -> String {
        format!("stomp://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Sends later connections to this port.
    pub(crate) fn target(&self, port: u16) {
        self.shared.target.store(port, Ordering::SeqCst);
    }

    /// Resets all connections that there are.
    pub(crate) fn reset_all(&self) {
        let count = u32::try_from(self.with(<[Tape]>::len)).unwrap();
        self.shared.reset_below.store(count, Ordering::SeqCst);
    }

    /// Ends all stalls.
    pub(crate) fn go_on(&self) {
        self.shared.go_on.store(true, Ordering::SeqCst);
    }

    /// Looks at what has passed so far.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&[Tape]) -> T) -> T {
        look(&self.shared.tapes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What has passed so far.
    pub(crate) fn tapes(&self) -> Vec<Tape> {
        self.with(<[Tape]>::to_vec)
    }

    /// Waits until `found` finds something in what has passed.
    #[track_caller]
    pub(crate) fn wait<T>(&self, what: &str, mut found: impl FnMut(&[Tape]) -> Option<T>) -> T {
        let until = Instant::now() + DEADLINE;
        let mut tapes = self.shared.tapes.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = found(&tapes) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the proxy never passed on {what}");
            tapes = self.shared.changed.wait_timeout(tapes, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until all connections have ended; what passed over them.
    pub(crate) fn ended(&self) -> Vec<Tape> {
        self.wait("the end of all connections", |tapes| {
            tapes.iter().all(|tape| tape.ended).then(|| tapes.to_vec())
        })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed of the proxy was {0}: STOMP_TEST_SEED={0}", self.seed);
        }
        self.shared.over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    seed: u64,
    mut plan: impl FnMut(usize, &mut Rng) -> Plan,
) {
    let mut rng = Rng::with_seed(seed);
    let mut threads = Vec::new();
    while let Ok((client, _)) = listener.accept() {
        if shared.over.load(Ordering::SeqCst) {
            break;
        }
        let target = SocketAddr::from((Ipv4Addr::LOCALHOST, shared.target.load(Ordering::SeqCst)));
        let Ok(broker) = TcpStream::connect(target) else {
            // The client sees what it would see of a broker that has gone.
            reset(&client);
            continue;
        };
        let number = {
            let mut tapes = shared.tapes.lock().unwrap_or_else(PoisonError::into_inner);
            tapes.push(Tape::default());
            tapes.len() - 1
        };
        let plan = plan(number, &mut rng);
        let own = Arc::clone(shared);
        let rng = rng.fork();
        threads.push(std::thread::spawn(move || {
            let harm = Connection::new(&own, number, client, broker, plan, rng).run();
            own.record(number, |tape| {
                tape.harm = harm;
                tape.ended = true;
            });
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

impl Shared {
    fn record(&self, number: usize, how: impl FnOnce(&mut Tape)) {
        how(&mut self.tapes.lock().unwrap_or_else(PoisonError::into_inner)[number]);
        self.changed.notify_all();
    }
}

/// Makes the close of this socket a reset.
fn reset(stream: &TcpStream) {
    // It may be gone already.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// One direction of a connection.
struct Pipe {
    way: Way,
    held: Vec<u8>,
    /// When the first byte of `held` came.
    since: Instant,
    passed: u64,
    /// The sender has ended.
    ended: bool,
    /// The receiver was told so.
    told: bool,
    begun: Instant,
}

impl Pipe {
    fn new(way: Way) -> Self {
        let now = Instant::now();
        Self { way, held: Vec::new(), since: now, passed: 0, ended: false, told: false, begun: now }
    }

    /// How many bytes may go out now.
    fn due(&self, rng: &mut Rng) -> usize {
        let mut most = self.held.len();
        if let Some((at, _)) = self.way.harm {
            most = most.min(usize::try_from(at.saturating_sub(self.passed)).unwrap());
        }
        if let Some(rate) = self.way.rate {
            let allowed = u128::from(rate) * self.begun.elapsed().as_micros() / 1_000_000;
            most = most.min(usize::try_from(allowed.saturating_sub(u128::from(self.passed))).unwrap());
        }
        match self.way.pieces {
            Pieces::Split(longest) => most.min(rng.usize(1..=longest)),
            Pieces::Merge(time) if self.since.elapsed() < time && !self.ended => 0,
            Pieces::Same | Pieces::Merge(_) => most,
        }
    }

    /// Whether the harm is due.
    fn harm(&self) -> Option<Harm> {
        self.way.harm.filter(|(at, _)| self.passed >= *at).map(|(_, harm)| harm)
    }
}

struct Connection<'a> {
    shared: &'a Shared,
    number: usize,
    client: TcpStream,
    broker: TcpStream,
    up: Pipe,
    down: Pipe,
    rng: Rng,
    /// Room for a read.
    scratch: Vec<u8>,
}

impl<'a> Connection<'a> {
    fn new(
        shared: &'a Shared,
        number: usize,
        client: TcpStream,
        broker: TcpStream,
        plan: Plan,
        rng: Rng,
    ) -> Self {
        for stream in [&client, &broker] {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
        }
        let (up, down) = (Pipe::new(plan.up), Pipe::new(plan.down));
        Self { shared, number, client, broker, up, down, rng, scratch: vec![0; HELD] }
    }

    /// Passes bytes on until the end; what harm ended it.
    fn run(mut self) -> Option<Harm> {
        let number = u32::try_from(self.number).unwrap();
        loop {
            if self.shared.over.load(Ordering::SeqCst) {
                return None;
            }
            if self.shared.reset_below.load(Ordering::SeqCst) > number {
                return Some(self.end(Harm::Reset));
            }
            let harms = [self.up.harm(), self.down.harm()];
            if let Some(harm) = harms.into_iter().flatten().find(|harm| *harm != Harm::Stall) {
                return Some(self.end(harm));
            }
            if self.shared.go_on.load(Ordering::SeqCst) {
                for pipe in [&mut self.up, &mut self.down] {
                    pipe.way.harm = pipe.way.harm.filter(|(_, harm)| *harm != Harm::Stall);
                }
            }
            // A harm that is due in one direction comes before the other one moves on.
            let passed = self.pass(true).and_then(|up| {
                let harmed = self.up.harm().is_some_and(|harm| harm != Harm::Stall);
                Ok(harmed || up | self.pass(false)?)
            });
            let moved = match passed {
                Ok(moved) => moved,
                // One side is gone: the other one hears of it in the same way.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    self.end(Harm::Reset);
                    return None;
                }
                Err(_) => return None,
            };
            if self.up.told && self.down.told {
                return None;
            }
            if !moved {
                self.sleep();
            }
        }
    }

    /// Moves what can be moved in one direction.
    fn pass(&mut self, up: bool) -> std::io::Result<bool> {
        let (pipe, from, to) = if up {
            (&mut self.up, &mut self.client, &mut self.broker)
        } else {
            (&mut self.down, &mut self.broker, &mut self.client)
        };
        let mut moved = false;
        let stalls = pipe.harm() == Some(Harm::Stall);
        if !pipe.ended && pipe.held.len() < HELD && !stalls {
            let room = HELD - pipe.held.len();
            match from.read(&mut self.scratch[..room]) {
                Ok(0) => pipe.ended = true,
                Ok(count) => {
                    moved = true;
                    if pipe.held.is_empty() {
                        pipe.since = Instant::now();
                    }
                    pipe.held.extend_from_slice(&self.scratch[..count]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        let due = pipe.due(&mut self.rng);
        if due > 0 {
            match to.write(&pipe.held[..due]) {
                Ok(count) => {
                    self.shared.record(self.number, |tape| {
                        let tape = if up { &mut tape.up } else { &mut tape.down };
                        tape.extend_from_slice(&pipe.held[..count]);
                    });
                    pipe.held.drain(..count);
                    pipe.passed += count as u64;
                    moved = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        if pipe.ended && pipe.held.is_empty() && !pipe.told && !stalls {
            pipe.told = true;
            moved = true;
            // The other side may be gone.
            let _ = to.shutdown(Shutdown::Write);
        }
        Ok(moved)
    }

    /// Waits for something to do.
    fn sleep(&self) {
        let interest = |into: &Pipe, out: &Pipe| {
            let mut flags = PollFlags::empty();
            let stalls = into.harm() == Some(Harm::Stall);
            if !into.ended && into.held.len() < HELD && !stalls {
                flags |= PollFlags::IN;
            }
            if out.way.rate.is_none() && out.way.pieces == Pieces::Same && !out.held.is_empty() {
                flags |= if out.harm().is_none() { PollFlags::OUT } else { PollFlags::empty() };
            }
            flags
        };
        let client = interest(&self.up, &self.down);
        let broker = interest(&self.down, &self.up);
        let mut fds = Vec::with_capacity(2);
        for (stream, flags) in [(&self.client, client), (&self.broker, broker)] {
            if !flags.is_empty() {
                fds.push(PollFd::new(stream, flags));
            }
        }
        let time = Timespec::try_from(LOOK).unwrap();
        let _ = poll(&mut fds, Some(&time));
    }

    /// Does the harm that ends the connection.
    fn end(&mut self, harm: Harm) -> Harm {
        match harm {
            Harm::Reset => {
                reset(&self.client);
                reset(&self.broker);
            }
            Harm::Close | Harm::Vanish => {
                if harm == Harm::Close {
                    // What was not read when a socket is closed makes a reset, which takes what the other side has
                    // not read yet: it is read until the other side has ended as well.
                    let _ = self.client.shutdown(Shutdown::Write);
                    let _ = self.broker.shutdown(Shutdown::Write);
                }
                let mut nothing = [0; 4096];
                while !self.shared.over.load(Ordering::SeqCst) {
                    let mut ended = 0;
                    for stream in [&mut self.client, &mut self.broker] {
                        loop {
                            match stream.read(&mut nothing) {
                                Ok(1..) => {}
                                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                                Ok(0) | Err(_) => {
                                    ended += 1;
                                    break;
                                }
                            }
                        }
                    }
                    if ended == 2 {
                        break;
                    }
                    std::thread::sleep(LOOK);
                }
            }
            Harm::Stall => {}
        }
        harm
    }
}
