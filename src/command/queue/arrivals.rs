//! Messages as they arrive from a queue: small ones in the read buffer, large ones in a file.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use crate::client::{Event, Events};
use crate::command::exit::Problem;
use crate::command::inflow::Inflow;
use crate::command::send::Body;
use crate::protocol::{FrameRef, Part, Verb};
use crate::session::{Dialect, Received};

/// A spool file that is longer than this takes no more messages, so that it can be given up once they
/// are sent.
const SPOOL: u64 = 64 << 20;

/// What comes from the source.
pub(super) enum Arrival {
    /// Small messages of one read.
    Messages(Received),
    /// The head of a large message, and where its body is.
    Large(Received, Body),
    /// The broker has shown the whole queue.
    Shown,
    /// An event that is no message.
    Other(Event),
    /// A body could not be kept.
    Failed(Problem),
}

/// Messages in the order in which they came.
pub(super) type Arrivals = Inflow<Arrival>;

/// Takes the events of a connection. Where a queue is only looked at, `browsed` says by which broker.
pub(super) fn arrivals(events: Events, browsed: Option<&'static Dialect>) -> Arrivals {
    let mut intake = Intake { browsed, spool: None, large: None };
    Inflow::sorted(events, move |event, came| intake.take(event, came))
}

/// Turns events into arrivals.
struct Intake {
    browsed: Option<&'static Dialect>,
    spool: Option<Spool>,
    large: Option<Large>,
}

/// A file for bodies, one behind the other.
struct Spool {
    file: Arc<File>,
    length: u64,
}

/// A large message of which the end has not come.
struct Large {
    head: Received,
    start: u64,
}

impl Intake {
    fn take(&mut self, event: Event, came: &mut VecDeque<Arrival>) {
        let Event::Messages { batch, connection, .. } = event else {
            if let Event::Lost { .. } = event {
                // Its end will not come.
                self.large = None;
            }
            came.push_back(Arrival::Other(event));
            return;
        };
        let batch = Arc::new(batch);
        let mut small = Received { batch: Arc::clone(&batch), frames: Vec::new(), connection };
        for (index, frame) in (0_u32..).zip(batch.iter()) {
            if frame.verb() != Verb::Message {
                continue;
            }
            if self.browsed.is_some_and(|dialect| dialect.is_browser_end(frame)) {
                came.extend(flush(&mut small));
                came.push_back(Arrival::Shown);
                return;
            }
            if frame.part() == Part::Whole {
                small.frames.push(index);
                continue;
            }
            came.extend(flush(&mut small));
            match self.piece(frame, connection) {
                Ok(large) => came.extend(large),
                Err(error) => {
                    let problem = Problem::local("cannot keep a large message in a temporary file", error);
                    came.push_back(Arrival::Failed(problem));
                    return;
                }
            }
        }
        came.extend(flush(&mut small));
    }

    /// Keeps a part of a large message; with its end, the message has arrived.
    fn piece(&mut self, frame: FrameRef<'_>, connection: u64) -> std::io::Result<Option<Arrival>> {
        if frame.part() == Part::Head {
            self.spool.take_if(|spool| spool.length > SPOOL);
            let start = self.spool.as_ref().map_or(0, |spool| spool.length);
            if self.spool.is_none() {
                self.spool = Some(Spool { file: Arc::new(tempfile::tempfile()?), length: 0 });
            }
            let head = Received { batch: Arc::new(frame.to_batch()), frames: vec![0], connection };
            self.large = Some(Large { head, start });
        }
        let Some(spool) = &mut self.spool else { return Ok(None) };
        if frame.part() != Part::End {
            (&*spool.file).write_all(frame.body())?;
            spool.length += frame.body().len() as u64;
            return Ok(None);
        }
        Ok(self.large.take().map(|Large { head, start }| {
            let text = frame.content_length().is_none();
            let body = Body::new(Arc::clone(&spool.file), start, spool.length - start, text);
            Arrival::Large(head, body)
        }))
    }
}

/// The small messages so far, if there are any.
fn flush(small: &mut Received) -> Option<Arrival> {
    if small.frames.is_empty() {
        return None;
    }
    let rest = Received { frames: Vec::new(), ..small.clone() };
    Some(Arrival::Messages(std::mem::replace(small, rest)))
}

/// Messages that are passed on together: small ones, or a large one.
#[derive(Default)]
pub(super) struct Window {
    pub(super) received: Vec<Received>,
    pub(super) count: u64,
    pub(super) body: Option<Body>,
    bytes: usize,
}

impl Window {
    pub(super) fn large(head: Received, body: Body) -> Self {
        Self { received: vec![head], count: 1, body: Some(body), bytes: 0 }
    }

    /// As many of these as fit, of at most `messages` messages and `bytes` bytes of bodies. The rest
    /// is returned.
    pub(super) fn add(&mut self, mut received: Received, messages: u64, bytes: usize) -> Option<Received> {
        let mut taken = 0;
        for frame in received.iter() {
            if self.count >= messages || self.bytes >= bytes {
                break;
            }
            self.bytes += frame.body().len();
            self.count += 1;
            taken += 1;
        }
        let rest = received.frames.split_off(taken);
        let rest = (!rest.is_empty()).then(|| Received { frames: rest, ..received.clone() });
        if taken > 0 {
            self.received.push(received);
        }
        rest
    }

    /// The connection that they came over.
    pub(super) fn connection(&self) -> Option<u64> {
        self.received.first().map(|received| received.connection)
    }
}
