//! The task of one peer: reads, passes whole batches to the router, writes the router's output.
//!
//! Reading and writing are one task: the output for a batch is one write, and the task of a peer that
//! does not read still notices the end of the connection.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Sleep, sleep_until};

use super::connection::ConnectionStage;
use super::error_frame::ErrorFrame;
use super::keys::ConnectionKey;
use super::liveness::{Liveness, LivenessEvent};
use super::router::ConnectionStatus;
use super::shared::SharedRouter;
use crate::protocol::{Batch, Decoder, Limits, ShortLength};

/// The least and the most buffer space for a read.
const READ_SIZE: (usize, usize) = (16 << 10, 256 << 10);

/// Empty buffers above this capacity are released.
const MAX_KEPT_CAPACITY: usize = 1 << 20;

/// The time for one more read from a silent peer: a timer may end before the runtime has asked the system
/// what was received.
const LAST_READ_TIME: Duration = Duration::from_millis(10);

/// The time that a peer has to read the last bytes, such as an ERROR, and then to close.
const LINGER: Duration = Duration::from_secs(2);

/// Serves one peer until its connection ends.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: Arc<SharedRouter>,
    name: String,
) {
    let key = shared.with(|router| router.connect(name));
    let mut peer = Peer::new(stream, shared, key);
    let ended = poll_fn(|cx| peer.poll(cx)).await;
    if let Err(error) = ended {
        peer.shared.with(|router| router.log.push(format!("{}: {error}", router.peers[key].name)));
    }
}

struct Peer<S> {
    stream: S,
    shared: Arc<SharedRouter>,
    key: ConnectionKey,
    decoder: Decoder,
    input: BytesMut,
    batch: Batch,
    /// The index of the frame in `batch` that is handled next.
    next: usize,
    /// Whether `input` may hold more frames: the decoder stops after CONNECT.
    undecoded: bool,
    room: usize,
    output: Vec<u8>,
    /// The bytes of `output` that were written to the socket.
    sent: usize,
    /// The bytes written so far of all the output of the router.
    written: u64,
    flushed: bool,
    beating: bool,
    stage: ConnectionStage,
    blocked: bool,
    shut: bool,
    stopping: bool,
    ended: bool,
    liveness: Liveness,
    /// Whether the peer is silent for too long and its socket is read once more.
    read_once_more: bool,
    linger: Option<Instant>,
    /// The time at which the timer wakes the task.
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
            room: READ_SIZE.0,
            output: Vec::new(),
            sent: 0,
            written: 0,
            flushed: true,
            beating: false,
            stage: ConnectionStage::New,
            blocked: false,
            shut: false,
            stopping: false,
            ended: false,
            liveness: Liveness::new(now, login_time),
            read_once_more: false,
            linger: None,
            deadline: now + login_time,
            timer: Box::pin(sleep_until((now + login_time).into())),
        }
    }

    /// Runs until the connection ends or nothing can proceed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.blocked {
                let status = self.shared.with(|router| router.await_room(self.key, cx.waker()));
                self.note(status);
            }
            let mut progressed = self.handle();
            progressed |= self.poll_write(cx)?;
            if self.stage == ConnectionStage::Closing && self.output.is_empty() && self.flushed {
                if self.ended || self.stopping {
                    return Poll::Ready(Ok(()));
                }
                // If this fails, the peer has closed already, and reading reports it.
                self.shut = self.shut || Pin::new(&mut self.stream).poll_shutdown(cx).is_ready();
            }
            progressed |= self.poll_read(cx)?;
            if progressed {
                // With a flooding peer, the timer is never polled.
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

    /// Passes received frames to the router; returns whether it handled any.
    fn handle(&mut self) -> bool {
        let mut progressed = false;
        while !self.blocked && self.stage != ConnectionStage::Closing {
            if self.next < self.batch.len() {
                let from = self.next;
                self.feed();
                progressed |= self.next > from;
                if self.next < self.batch.len() {
                    break;
                }
            }
            if !std::mem::take(&mut self.undecoded) {
                break;
            }
            self.decode();
            progressed = true;
        }
        progressed
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
        if let (ConnectionStage::New, ConnectionStage::Open, Some(version)) =
            (before, self.stage, status.version)
        {
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
        if self.stage == ConnectionStage::Closing {
            self.close();
        }
    }

    /// Handles no more frames; the peer has [`LINGER`] to read the remaining output.
    fn close(&mut self) {
        self.stage = ConnectionStage::Closing;
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
            // The complete frames before it are handled first.
            self.feed();
            self.shared.with(|router| router.refuse_bytes(self.key, &error));
            self.close();
        }
    }

    /// Writes what the socket takes, and fetches more from the router when all is written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut progressed = false;
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
                return Ok(progressed);
            }
            self.flushed = false;
            match Pin::new(&mut self.stream).poll_write(cx, &self.output[self.sent..])? {
                Poll::Pending => return Ok(progressed),
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(taken) => {
                    progressed = true;
                    self.sent += taken;
                    if !self.beating {
                        self.written += taken as u64;
                    }
                    let now = Instant::now();
                    self.liveness.note_sent(now);
                    if let Some(linger) = &mut self.linger {
                        // A slow peer gets more time as long as it reads.
                        *linger = now + LINGER;
                    }
                    if self.sent == self.output.len() {
                        self.sent = 0;
                        self.beating = false;
                        self.output.clear();
                        self.output.shrink_to(MAX_KEPT_CAPACITY);
                    }
                }
            }
        }
    }

    /// Reads unless the peer is blocked. The input of a closing peer is read to its end and ignored.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let closing = self.stage == ConnectionStage::Closing;
        if self.ended || (!closing && (self.blocked || self.next < self.batch.len())) {
            return Ok(false);
        }
        // Dropping the batch frees the buffer it refers to.
        self.batch.clear();
        self.next = 0;
        if closing {
            self.input.clear();
        }
        if self.input.is_empty() && self.input.capacity() > MAX_KEPT_CAPACITY {
            self.input = BytesMut::new();
        }
        self.input.reserve(self.decoder.missing_bytes(self.input.len()).clamp(self.room, READ_SIZE.1));
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
            self.liveness.note_received(Instant::now());
            self.read_once_more = false;
            if got == room {
                self.room = (self.room * 2).min(READ_SIZE.1);
            }
            self.undecoded = true;
        }
        Ok(true)
    }

    fn tick(&mut self, now: Instant) -> io::Result<()> {
        if let Some(linger) = self.linger {
            if linger <= now {
                // The peer did not read the remaining output in time.
                return Err(io::ErrorKind::TimedOut.into());
            }
        } else {
            if self.blocked || self.next < self.batch.len() {
                // The peer is not silent: this side does not read.
                self.liveness.note_received(now);
            }
            match self.liveness.due(now) {
                LivenessEvent::Nothing(_) => {}
                LivenessEvent::SendBeat => {
                    if self.output.is_empty() {
                        self.output.push(b'\n');
                        self.beating = true;
                    }
                    self.liveness.note_sent(now);
                }
                LivenessEvent::Silent(_) if !self.read_once_more => self.read_once_more = true,
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

    fn rearm(&mut self) {
        let now = Instant::now();
        let next = match (self.linger, self.liveness.due(now)) {
            (Some(linger), _) => linger,
            (None, LivenessEvent::Nothing(Some(next))) => next,
            (None, LivenessEvent::Nothing(None)) => now + Duration::from_secs(3_600),
            (None, LivenessEvent::Silent(_)) if self.read_once_more => now + LAST_READ_TIME,
            (None, _) => now,
        };
        self.deadline = next;
        self.timer.as_mut().reset(next.into());
    }
}
