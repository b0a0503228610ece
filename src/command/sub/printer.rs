//! The thread that writes messages and acks what was written: standard output may be slow or stand
//! still, and heart-beats must not.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::OnFail;
use super::dump::Dump;
use super::exec::Exec;
use crate::client::Client;
use crate::protocol::{Batch, Frame, FrameRef, Part, Verb, Version};
use crate::render::{Arrival, Filter, Renderer, StdoutError, stdout};
use crate::session::{AckMode, Session};

/// Messages on their way to the printer.
pub(super) struct Delivery {
    pub(super) batch: Batch,
    pub(super) first: u64,
    pub(super) version: Version,
    pub(super) connection: u64,
}

impl Delivery {
    /// Nothing more comes over the connection so far.
    pub(super) fn end_of_connection() -> Self {
        Self { batch: Batch::default(), first: 0, version: Version::V1_2, connection: 0 }
    }
}

/// Where messages go.
pub(super) enum Sink {
    /// Standard output, in some format.
    Stdout(Box<Renderer>),
    /// Nowhere.
    Nowhere,
    /// A file each.
    Dump(Dump),
    /// A process each.
    Exec(Exec, OnFail),
}

/// Why the printer ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// As many came as were wanted.
    Enough,
    /// No more are to come.
    NoMore,
    /// Standard output takes no more.
    Stdout(StdoutError),
    /// A file could not be written.
    File(std::io::Error),
    /// A command failed; how it ended.
    Exec(String),
}

/// Writes and acks.
pub(super) struct Printer {
    pub(super) client: Client,
    pub(super) sink: Sink,
    pub(super) filter: Filter,
    /// How what was printed is acked; with [`AckMode::Auto`], not at all.
    pub(super) ack: AckMode,
    /// Whether the broker says by a message of its own that it has shown all.
    pub(super) browses: bool,
    pub(super) discard_others: bool,
    /// How many to print at most.
    pub(super) most: u64,
    /// How many were printed.
    pub(super) printed: Arc<AtomicU64>,
    /// How many subscriptions there are.
    pub(super) subscriptions: usize,
    /// How many commands failed and were passed over.
    pub(super) failures: Arc<AtomicU64>,
}

/// What of a batch is to be acked, and where the output of each message ends.
#[derive(Default)]
struct Page {
    out: Vec<u8>,
    /// Indexes of messages, and how much of `out` must be written before they may be acked.
    due: Vec<(u32, usize)>,
    /// Messages put into `out`.
    messages: u64,
}

/// A message above 1 MiB that is coming in pieces.
struct Large {
    subscription: Arc<str>,
    token: Vec<u8>,
    head: Frame,
    connection: u64,
    shown: bool,
    place: Place,
}

/// Where a large message goes until its end has come.
enum Place {
    /// Straight to the file that standard output is; this long before.
    File(u64),
    /// To a temporary file, since what went into a pipe cannot be taken back.
    Spool(File),
    Nowhere,
}

impl Place {
    fn write(&mut self, octets: &[u8]) -> Result<(), Ended> {
        match self {
            Self::File(_) => stdout::write(octets).map_err(Ended::Stdout),
            Self::Spool(file) => file.write_all(octets).map_err(Ended::File),
            Self::Nowhere => Ok(()),
        }
    }
}

/// Copies a temporary file to standard output.
fn copy_out(file: &mut File) -> Result<(), Ended> {
    let mut piece = vec![0; 256 << 10];
    loop {
        match file.read(&mut piece).map_err(Ended::File)? {
            0 => return Ok(()),
            count => stdout::write(&piece[..count]).map_err(Ended::Stdout)?,
        }
    }
}

impl Printer {
    /// Works until enough was printed, or no more comes.
    pub(super) fn run(mut self, mut deliveries: mpsc::Receiver<Delivery>) -> Ended {
        let mut page = Page::default();
        let mut large = None;
        let ended = loop {
            let Some(delivery) = deliveries.blocking_recv() else { break Ended::NoMore };
            let connection = delivery.connection;
            if large.as_ref().is_some_and(|large: &Large| large.connection != connection) {
                // Its connection was lost in the middle of it.
                take_back(large.as_ref());
                large = None;
            }
            match self.print(delivery, &mut page, &mut large) {
                Ok(false) => {}
                Ok(true) => break Ended::Enough,
                Err(ended) => break ended,
            }
        };
        take_back(large.as_ref());
        ended
    }

    fn enough(&self, page: &Page) -> bool {
        self.printed.load(Ordering::Relaxed) + page.messages >= self.most
    }

    /// Prints and acks a batch; `true`: enough has come.
    fn print(
        &mut self,
        delivery: Delivery,
        page: &mut Page,
        large: &mut Option<Large>,
    ) -> Result<bool, Ended> {
        let Delivery { batch, first, version, connection } = delivery;
        page.out.clear();
        page.due.clear();
        page.messages = 0;
        let mut arrival = Arrival::now(first);
        let mut failed = None;
        for (index, frame) in (0_u32..).zip(batch.iter()) {
            if frame.verb() != Verb::Message {
                continue;
            }
            if self.browses && is_browser_end(frame) {
                self.write(page)?;
                return Ok(true);
            }
            let done = if frame.part() == Part::Whole {
                self.whole(frame, index, connection, &arrival, page)
            } else {
                // What came before goes out first.
                self.write(page).and_then(|()| self.piece(frame, &arrival, version, connection, large))
            };
            if let Err(ended) = done {
                failed = Some(ended);
                break;
            }
            arrival.number += u64::from(matches!(frame.part(), Part::Whole | Part::Head));
            if self.enough(page) {
                break;
            }
        }
        let written = self.write(page);
        let due = std::mem::take(&mut page.due);
        if !due.is_empty() {
            let frames = self.to_ack(&batch, version, due.into_iter().map(|(index, _)| index));
            self.client.ack_frames(batch, frames, connection);
        }
        match failed {
            Some(ended) => Err(ended),
            None => written.map(|()| self.enough(page)),
        }
    }

    /// Takes a whole message in hand.
    #[inline]
    fn whole(
        &mut self,
        frame: FrameRef<'_>,
        index: u32,
        connection: u64,
        arrival: &Arrival<'_>,
        page: &mut Page,
    ) -> Result<(), Ended> {
        if !self.filter.is_empty() && !self.filter.matches(&frame) {
            if self.discard_others {
                page.due.push((index, page.out.len()));
            }
            return Ok(());
        }
        match &mut self.sink {
            Sink::Stdout(renderer) => renderer.render(&frame, arrival, &mut page.out),
            Sink::Nowhere => {}
            Sink::Dump(dump) => dump.message(&frame).map_err(Ended::File)?,
            Sink::Exec(exec, on_fail) => {
                if let Err(how) = exec.run(&frame) {
                    match on_fail {
                        OnFail::Stop => return Err(Ended::Exec(how)),
                        OnFail::Continue => {
                            self.failures.fetch_add(1, Ordering::Relaxed);
                        }
                        OnFail::Nack => {
                            self.failures.fetch_add(1, Ordering::Relaxed);
                            self.give_back(frame, connection);
                            return Ok(());
                        }
                    }
                }
            }
        }
        page.messages += 1;
        page.due.push((index, page.out.len()));
        Ok(())
    }

    /// Nacks a message whose command failed, and waits a moment: some brokers give it back at once.
    fn give_back(&self, frame: FrameRef<'_>, connection: u64) {
        let token = Session::<()>::ack_token(Version::V1_2, frame);
        if let (Some(subscription), Some(token)) = (frame.text("subscription"), token) {
            self.client.ack_token(&subscription.as_ref().into(), token, true, connection);
        }
        std::thread::sleep(std::time::Duration::from_secs(1));
    }

    /// Writes what is on the page. What was not taken is not acked.
    fn write(&mut self, page: &mut Page) -> Result<(), Ended> {
        let result = stdout::write(&page.out);
        if let Err(error) = &result {
            page.due.retain(|(_, end)| *end <= error.written);
            page.messages = page.due.len() as u64;
            // A full disk: what was written of a message that is not whole is taken back.
            let whole = page.due.last().map_or(0, |(_, end)| *end);
            if let Some(length) = stdout::file_length() {
                stdout::cut_back(length - (error.written - whole) as u64);
            }
        }
        page.out.clear();
        for (_, end) in &mut page.due {
            *end = 0;
        }
        self.printed.fetch_add(page.messages, Ordering::Relaxed);
        page.messages = 0;
        result.map_err(Ended::Stdout)
    }

    /// Takes a piece of a large message in hand: it is acked when its end has come and was written.
    fn piece(
        &mut self,
        frame: FrameRef<'_>,
        arrival: &Arrival<'_>,
        version: Version,
        connection: u64,
        large: &mut Option<Large>,
    ) -> Result<(), Ended> {
        if frame.part() == Part::Head {
            let mut before = Vec::new();
            let now = large.insert(self.begin(frame, version, connection)?);
            if let Sink::Stdout(renderer) = &mut self.sink
                && now.shown
            {
                renderer.head(&frame, arrival, &mut before);
            }
            return now.place.write(&before);
        }
        let Some(now) = large else { return Ok(()) };
        if frame.part() == Part::Chunk {
            let mut out = Vec::new();
            if let Sink::Stdout(renderer) = &mut self.sink
                && now.shown
            {
                renderer.chunk(frame.body(), &mut out);
            } else if now.shown && matches!(now.place, Place::Spool(_)) {
                out.extend_from_slice(frame.body());
            }
            return now.place.write(&out);
        }
        self.end(now)?;
        *large = None;
        Ok(())
    }

    /// Begins a large message.
    fn begin(&mut self, head: FrameRef<'_>, version: Version, connection: u64) -> Result<Large, Ended> {
        // What is in a large body cannot be searched as it goes by.
        let shown = self.filter.is_empty() || (!self.filter.needs_body() && self.filter.matches(&head));
        let place = match &self.sink {
            _ if !shown => Place::Nowhere,
            Sink::Nowhere => Place::Nowhere,
            Sink::Stdout(_) => match stdout::file_length() {
                Some(length) => Place::File(length),
                None => Place::Spool(tempfile::tempfile().map_err(Ended::File)?),
            },
            Sink::Dump(_) | Sink::Exec(..) => Place::Spool(tempfile::tempfile().map_err(Ended::File)?),
        };
        Ok(Large {
            subscription: head.text("subscription").unwrap_or_default().as_ref().into(),
            token: Session::<()>::ack_token(version, head).unwrap_or_default().to_vec(),
            head: head.to_frame(),
            connection,
            shown,
            place,
        })
    }

    /// The end of a large message has come.
    fn end(&mut self, large: &mut Large) -> Result<(), Ended> {
        let mut behind = Vec::new();
        if let Sink::Stdout(renderer) = &mut self.sink
            && large.shown
        {
            renderer.end(&mut behind);
        }
        large.place.write(&behind)?;
        if let Place::Spool(file) = &mut large.place {
            file.seek(SeekFrom::Start(0)).map_err(Ended::File)?;
            match &mut self.sink {
                Sink::Stdout(_) => copy_out(file)?,
                Sink::Dump(dump) => dump.large(&large.head, file).map_err(Ended::File)?,
                Sink::Exec(exec, _) => exec.large(&large.head, file).map_err(Ended::Exec)?,
                Sink::Nowhere => {}
            }
        }
        if large.shown {
            self.printed.fetch_add(1, Ordering::Relaxed);
        }
        if self.ack != AckMode::Auto && (large.shown || self.discard_others) {
            self.client.ack_token(&large.subscription, &large.token, false, large.connection);
        }
        Ok(())
    }

    /// Which of these messages an ACK has to name: where acks are cumulative, the last of each
    /// subscription; in 1.0 each, since brokers read its `client` mode either way.
    fn to_ack(&self, batch: &Batch, version: Version, due: impl DoubleEndedIterator<Item = u32>) -> Vec<u32> {
        match self.ack {
            AckMode::Auto => Vec::new(),
            AckMode::Client if version > Version::V1_0 => {
                let mut seen: Vec<&[u8]> = Vec::new();
                let mut last = Vec::new();
                for index in due.rev() {
                    let id = batch.get(index as usize).and_then(|frame| frame.raw_header("subscription"));
                    let id = id.unwrap_or_default();
                    if !seen.contains(&id) {
                        seen.push(id);
                        last.push(index);
                    }
                    if seen.len() == self.subscriptions {
                        break;
                    }
                }
                last
            }
            _ => due.collect(),
        }
    }
}

/// Whether this is how a broker says that a browser has seen all: ActiveMQ and others by a header,
/// Apollo by a message from nowhere.
fn is_browser_end(frame: FrameRef<'_>) -> bool {
    frame.header("browser").as_deref() == Some(b"end")
        || frame.header("destination").is_some_and(|d| d.is_empty())
}

/// A large message will not end: what was written of it is taken back.
fn take_back(large: Option<&Large>) {
    if let Some(Large { place: Place::File(length), shown: true, .. }) = large {
        stdout::cut_back(*length);
    }
}
