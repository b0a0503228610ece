//! The task of one peer: reads, hands whole batches to the router, writes what that gives out.
//!
//! Reading and writing are one task: what a batch brings about goes out in one write, and a peer
//! that stops reading cannot keep its task from seeing that the link is gone.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Sleep, sleep_until};

use super::connection::Stage;
use super::error_frame::ErrorFrame;
use super::keys::ConnectionKey;
use super::liveness::{Liveness, LivenessEvent};
use super::router::ConnectionStatus;
use super::shared::SharedRouter;
use crate::protocol::{Batch, Decoder, Limits, ShortLength};

/// The least and the most room that is made for a read.
const READ: (usize, usize) = (16 << 10, 256 << 10);

/// Buffers above this are given back when they are empty.
const KEEP: usize = 1 << 20;

/// How long a silent peer is looked at once more: a timer may end before the runtime has asked the system for what
/// is there.
const LAST_LOOK: Duration = Duration::from_millis(10);

/// The time that a peer has to take the last bytes, an ERROR for instance, and then to close.
const LINGER: Duration = Duration::from_secs(2);

/// Serves one peer until the link is gone.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: Arc<SharedRouter>,
    name: String,
) {
    let key = shared.with(|router| router.connect(name));
    let mut peer = Peer::new(stream, shared, key);
    let ended = poll_fn(|cx| peer.poll(cx)).await;
    if let Err(error) = ended {
        peer.shared.with(|router| router.note_lost(key, &error));
    }
}

struct Peer<S> {
    stream: S,
    shared: Arc<SharedRouter>,
    key: ConnectionKey,
    decoder: Decoder,
    input: BytesMut,
    batch: Batch,
    /// The frame of the batch that is handled next.
    next: usize,
    /// There may be more frames in `input`: the decoder stopped behind CONNECT.
    undecoded: bool,
    room: usize,
    output: Vec<u8>,
    /// How much of `output` is with the socket.
    sent: usize,
    /// How much is, of all that the router gave out.
    written: u64,
    flushed: bool,
    beating: bool,
    stage: Stage,
    blocked: bool,
    shut: bool,
    stopping: bool,
    /// The end of the input was read.
    ended: bool,
    liveness: Liveness,
    /// The peer has been silent for too long, and its socket is looked at once more.
    doubted: bool,
    linger: Option<Instant>,
    /// When the clock is asked next; the timer wakes the task then.
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> Drop for Peer<S> {
    fn drop(&mut self) {
        let (key, written) = (self.key, self.written);
        self.shared.with(|router| router.remove(key, written));
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    fn new(stream: S, shared: Arc<SharedRouter>, key: ConnectionKey) -> Self {
        let (strict, login_time) = shared.with(|router| (router.config.strict, router.config.login_time));
        let short = if strict { ShortLength::Refuse } else { ShortLength::TakeToNul };
        let now = Instant::now();
        Self {
            stream,
            shared,
            key,
            decoder: Decoder::new(Limits::BROKER_BEFORE_CONNECT).short_length(short),
            input: BytesMut::new(),
            batch: Batch::default(),
            next: 0,
            undecoded: false,
            room: READ.0,
            output: Vec::new(),
            sent: 0,
            written: 0,
            flushed: true,
            beating: false,
            stage: Stage::New,
            blocked: false,
            shut: false,
            stopping: false,
            ended: false,
            liveness: Liveness::new(now, login_time),
            doubted: false,
            linger: None,
            deadline: now + login_time,
            timer: Box::pin(sleep_until((now + login_time).into())),
        }
    }

    /// Goes on until the link is gone, or nothing moves.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.blocked {
                let status = self.shared.with(|router| router.await_room(self.key, cx.waker()));
                self.note(status);
            }
            let mut moved = self.handle();
            moved |= self.poll_write(cx)?;
            if self.stage == Stage::Closing && self.output.is_empty() && self.flushed {
                if self.ended || self.stopping {
                    return Poll::Ready(Ok(()));
                }
                // Where this fails, the peer has closed already, and reading says so.
                self.shut = self.shut || Pin::new(&mut self.stream).poll_shutdown(cx).is_ready();
            }
            moved |= self.poll_read(cx)?;
            if moved {
                // A peer that floods never lets the timer be asked.
                let now = Instant::now();
                if now >= self.deadline {
                    self.tick(now)?;
                }
            } else {
                ready!(self.timer.as_mut().poll(cx));
                self.tick(Instant::now())?;
            }
        }
    }

    /// Hands the frames that have come to the router.
    fn handle(&mut self) -> bool {
        let mut moved = false;
        while !self.blocked && self.stage != Stage::Closing {
            if self.next < self.batch.len() {
                let from = self.next;
                self.feed();
                moved |= self.next > from;
                if self.next < self.batch.len() {
                    break;
                }
            }
            if !std::mem::take(&mut self.undecoded) {
                break;
            }
            self.decode();
            moved = true;
        }
        moved
    }

    fn feed(&mut self) {
        let lf_follows = match &self.input[..] {
            [b'\n', ..] | [b'\r', b'\n', ..] => self.decoder.stopped(),
            _ => false,
        };
        let (key, batch, next) = (self.key, &self.batch, self.next);
        let before = self.stage;
        let (next, status, limits) = self.shared.with(|router| {
            let next = router.feed(key, batch, next, lf_follows);
            (next, router.status(key), router.config.limits)
        });
        self.next = next;
        self.note(status);
        if let (Stage::New, Stage::Open, Some(version)) = (before, self.stage, status.version) {
            self.decoder.set_version(version);
            self.decoder.set_limits(limits);
            self.liveness.logged_in(status.heart);
            self.rearm();
        }
    }

    fn note(&mut self, status: ConnectionStatus) {
        self.blocked = status.blocked;
        self.stage = status.stage;
        self.stopping = status.stopping;
        if self.stage == Stage::Closing {
            self.close();
        }
    }

    /// From here on the peer is only given what is left for it, within a time.
    fn close(&mut self) {
        self.stage = Stage::Closing;
        if self.linger.is_none() {
            self.linger = Some(Instant::now() + LINGER);
            self.rearm();
        }
    }

    fn decode(&mut self) {
        self.next = 0;
        let decoded = self.decoder.decode(&mut self.input, &mut self.batch);
        self.undecoded = self.decoder.stopped() && !self.input.is_empty();
        if let Err(error) = decoded {
            // What came whole before it is handled first.
            self.feed();
            self.shared.with(|router| router.refuse_bytes(self.key, &error));
            self.close();
        }
    }

    /// Writes as much as the socket takes; fetches more from the router when all is written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut moved = false;
        loop {
            if self.output.is_empty() {
                let (key, written, output) = (self.key, self.written, &mut self.output);
                let status = self.shared.with(|router| router.fetch(key, written, output, cx.waker()));
                self.note(status);
            }
            if self.output.is_empty() {
                if !self.flushed {
                    self.flushed = Pin::new(&mut self.stream).poll_flush(cx)?.is_ready();
                }
                return Ok(moved);
            }
            self.flushed = false;
            match Pin::new(&mut self.stream).poll_write(cx, &self.output[self.sent..])? {
                Poll::Pending => return Ok(moved),
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(taken) => {
                    moved = true;
                    self.sent += taken;
                    if !self.beating {
                        self.written += taken as u64;
                    }
                    let now = Instant::now();
                    self.liveness.spoke(now);
                    if let Some(linger) = &mut self.linger {
                        // A slow link has its time, as long as it takes something.
                        *linger = now + LINGER;
                    }
                    if self.sent == self.output.len() {
                        self.sent = 0;
                        self.beating = false;
                        self.output.clear();
                        self.output.shrink_to(KEEP);
                    }
                }
            }
        }
    }

    /// Reads, if the peer is to be read from; a closing peer is read to its end and not heard.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let closing = self.stage == Stage::Closing;
        if self.ended || (!closing && (self.blocked || self.next < self.batch.len())) {
            return Ok(false);
        }
        // Without the batch, the buffer can be used again.
        self.batch.clear();
        self.next = 0;
        if closing {
            self.input.clear();
        }
        if self.input.is_empty() && self.input.capacity() > KEEP {
            self.input = BytesMut::new();
        }
        self.input.reserve(self.decoder.wants(self.input.len()).clamp(self.room, READ.1));
        let room = self.input.capacity() - self.input.len();
        let got = match pin!(self.stream.read_buf(&mut self.input)).poll(cx)? {
            Poll::Pending => return Ok(false),
            Poll::Ready(got) => got,
        };
        if got == 0 {
            self.ended = true;
            if self.shared.with(|router| router.hang_up(self.key, self.written)) {
                self.output.clear();
                self.sent = 0;
            }
            self.close();
        } else if !closing {
            self.liveness.heard(Instant::now());
            self.doubted = false;
            if got == room {
                self.room = (self.room * 2).min(READ.1);
            }
            self.undecoded = true;
        }
        Ok(true)
    }

    /// Does what the clock asks for.
    fn tick(&mut self, now: Instant) -> io::Result<()> {
        if let Some(linger) = self.linger {
            if linger <= now {
                // What has not been written by now never will be.
                return Err(io::ErrorKind::TimedOut.into());
            }
        } else {
            if self.blocked || self.next < self.batch.len() {
                // It is this side that does not read.
                self.liveness.heard(now);
            }
            match self.liveness.due(now) {
                LivenessEvent::Nothing(_) => {}
                LivenessEvent::Beat => {
                    if self.output.is_empty() {
                        self.output.push(b'\n');
                        self.beating = true;
                    }
                    self.liveness.spoke(now);
                }
                LivenessEvent::Silent(_) if !self.doubted => self.doubted = true,
                LivenessEvent::Silent(time) => self.refuse(&ErrorFrame::new(
                    format!("no sign of life for {} ms", time.as_millis()),
                    "That is twice the time that your heart-beat header promises.",
                )),
                LivenessEvent::NoLogin => {
                    self.refuse(&ErrorFrame::new("no CONNECT came", "Logging in took too long."));
                }
            }
        }
        self.rearm();
        Ok(())
    }

    fn refuse(&mut self, refusal: &ErrorFrame) {
        self.shared.with(|router| router.refuse(self.key, refusal, None));
        self.close();
    }

    /// Sets the timer to what comes next.
    fn rearm(&mut self) {
        let now = Instant::now();
        let next = match (self.linger, self.liveness.due(now)) {
            (Some(linger), _) => linger,
            (None, LivenessEvent::Nothing(Some(next))) => next,
            (None, LivenessEvent::Nothing(None)) => now + Duration::from_secs(3_600),
            (None, LivenessEvent::Silent(_)) if self.doubted => now + LAST_LOOK,
            (None, _) => now,
        };
        self.deadline = next;
        self.timer.as_mut().reset(next.into());
    }
}
