//! The task that owns all that came: it takes the events of every connection, and what handles ask for.

use std::future::poll_fn;
use std::task::Poll;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::arrivals::{Arrivals, Budget, Page};
use super::connection::{Connection, News};
use super::errors::Errors;
use super::large::LargeMessage;
use super::origins::Origins;
use super::scrollback::{Scrollback, is_message};
use super::views::{BatchViews, View, ViewId, Views};
use crate::client::Event;
use crate::command::transcript::Transcript;
use crate::protocol::{Batch, Frame, Part, Verb};
use crate::render::{Arrival, Output, Renderer, StdoutError};

/// What a handle asks for: it runs in the task, between two batches.
pub(super) type Request = Box<dyn FnOnce(&mut InboxTask) + Send>;

/// What is known of the task without asking it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// How many messages came.
    pub count: u64,
    /// Whether standard output takes no more messages.
    pub stdout_broken: bool,
    /// Whether a transcript is being kept.
    pub transcript: bool,
}

/// The state of the inbox, which nothing else holds.
pub(super) struct InboxTask {
    connections: Vec<Connection>,
    pub(super) scrollback: Scrollback,
    pub(super) origins: Origins,
    arrivals: Arrivals,
    pub(super) views: Views,
    pub(super) errors: Errors,
    pub(super) transcript: Transcript,
    /// Why standard output takes no more messages.
    pub(super) broken: Option<StdoutError>,
    /// How many hold standard output alone. Messages that are printed wait meanwhile.
    pub(super) stdout_leases: u32,
    /// Whether messages go to standard output as they come, instead of waiting for a prompt's screen.
    prints: bool,
    /// Whether a connection has a name, so that messages say where they came from.
    has_names: bool,
    pub(super) news: News,
    progress: watch::Sender<Progress>,
}

impl InboxTask {
    pub(super) fn new(news: News, prints: bool, fallback: View, progress: watch::Sender<Progress>) -> Self {
        Self {
            connections: Vec::new(),
            scrollback: Scrollback::default(),
            origins: Origins::default(),
            arrivals: Arrivals::default(),
            views: Views::new(fallback),
            errors: Errors::default(),
            transcript: Transcript::default(),
            broken: None,
            stdout_leases: 0,
            prints,
            has_names: false,
            news,
            progress,
        }
    }

    /// Works until nobody holds a handle any more. Requests go first: a subscription's view is here before
    /// its messages.
    pub(super) async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        let mut turn = 0;
        loop {
            let takes_events = !self.prints || self.stdout_leases == 0;
            tokio::select! {
                biased;
                request = requests.recv() => match request {
                    Some(request) => request(&mut self),
                    None => return,
                },
                (index, event) = next_event(&mut self.connections, &mut turn), if takes_events => {
                    self.event(index, event);
                }
            }
        }
    }

    /// Takes a connection's events from now on.
    pub(super) fn attach(&mut self, connection: Connection) {
        self.has_names |= !connection.origin.name.is_empty();
        self.connections.push(connection);
    }

    fn event(&mut self, index: usize, event: Option<Event>) {
        let connection = &mut self.connections[index];
        match event {
            Some(Event::Messages { batch, first, .. }) => self.messages(index, batch, first),
            Some(Event::Error(error)) => {
                if let Some(error) = self.errors.came(error) {
                    self.news.error(&error);
                }
            }
            Some(Event::Connected(_)) => connection.connected_again(&self.news),
            Some(Event::Lost { error, aborted, unacked, again }) => {
                connection.lost(&self.news, error, &aborted, unacked, again);
            }
            Some(Event::Retry { error, pause }) => connection.retries(&self.news, &error, pause),
            // A command that waits for one says so itself.
            Some(Event::NoReceipts { told: true, .. }) => {}
            Some(Event::NoReceipts { waited, told: false }) => connection.no_receipts(&self.news, waited),
            None => connection.ended(),
        }
    }

    fn messages(&mut self, index: usize, batch: Batch, first: u64) {
        let pieces = batch.iter().any(|frame| frame.verb() == Verb::Message && frame.part() != Part::Whole);
        if self.transcript.is_on() {
            // As with a slow reader: a slow disk stops the reading of the socket.
            tokio::task::block_in_place(|| self.write_down(&batch));
        }
        if self.prints && self.broken.is_none() {
            let Self { connections, views, scrollback, .. } = self;
            let Connection { printer, origin, .. } = &mut connections[index];
            // A slow reader of standard output stops the reading of the socket, not the runtime.
            let printed =
                tokio::task::block_in_place(|| printer.print(&batch, origin.id, scrollback.last(), views));
            self.broken = printed.err();
        }
        if pieces {
            self.keep_pieces(index, &batch, first)
        } else {
            self.keep(index, batch, first)
        }
        self.publish();
        if !self.prints {
            self.news.screen.arrived();
        }
    }

    /// Tells what is known without asking.
    pub(super) fn publish(&mut self) {
        let count = self.scrollback.last();
        let (stdout_broken, transcript) = (self.broken.is_some(), self.transcript.is_on());
        self.progress.send_replace(Progress { count, stdout_broken, transcript });
    }

    /// Keeps a batch of whole messages.
    fn keep(&mut self, index: usize, batch: Batch, first: u64) {
        let origin = &self.connections[index].origin;
        let mut batch_views = BatchViews::new(origin.id);
        let mut count = 0;
        for frame in batch.iter().filter(|frame| is_message(*frame)) {
            count += 1;
            if !self.prints {
                let id = batch_views.find(&self.views, frame);
                if self.views.get(id).shows(&frame) {
                    self.arrivals.add(id, 1);
                }
            }
        }
        self.origins.add(self.scrollback.last() + 1, count, origin.id, first);
        self.scrollback.push_batch(origin, batch, count);
    }

    /// Keeps what a batch with parts of large messages brought.
    fn keep_pieces(&mut self, index: usize, batch: &Batch, first: u64) {
        let connection = self.connections[index].origin.id;
        let mut number_there = first;
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole => {
                    let view = self.views.find(connection, &frame);
                    self.keep_one(index, frame.to_frame(), frame.body().len() as u64, number_there, view);
                    number_there += 1;
                }
                Part::Head => {
                    let view = self.views.find(connection, &frame);
                    self.connections[index].large = Some(LargeMessage::begin(frame, number_there, view));
                    number_there += 1;
                }
                Part::Chunk => {
                    if let Some(large) = &mut self.connections[index].large {
                        large.push(frame.body());
                    }
                }
                Part::End => {
                    if let Some(large) = self.connections[index].large.take() {
                        let LargeMessage { size, number_there, view, .. } = large;
                        self.keep_one(index, large.into_frame(), size, number_there, view);
                    }
                }
            }
        }
    }

    fn keep_one(&mut self, index: usize, frame: Frame, size: u64, number_there: u64, view: ViewId) {
        let origin = &self.connections[index].origin;
        if self.views.get(view).shows(&frame) {
            self.arrivals.add(view, 1);
        }
        self.origins.add(self.scrollback.last() + 1, 1, origin.id, number_there);
        self.scrollback.push_one(origin, frame, size);
    }

    /// Adds what a batch brought to the transcript.
    fn write_down(&mut self, batch: &Batch) {
        let mut out = Vec::new();
        let mut number = self.scrollback.last();
        let mut renderer = Renderer::new(Output::Headers, true);
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole => {
                    number += 1;
                    out.extend_from_slice(format!("message {number}\n").as_bytes());
                    renderer.render(
                        &frame,
                        &Arrival { number, connection: None, at: Timestamp::now() },
                        &mut out,
                    );
                }
                Part::Head => {
                    number += 1;
                    let size = frame.content_length().unwrap_or(0);
                    out.extend_from_slice(format!("message {number}, {size} octets\n").as_bytes());
                }
                Part::Chunk | Part::End => {}
            }
        }
        self.transcript.comment(&out);
    }

    /// What a prompt's screen shows next of the messages that came, and whether to look again though
    /// nothing comes: for what did not fit, or for the end of a flood.
    pub(super) fn page(&mut self, budget: Budget) -> (Option<Page>, bool) {
        let page = self.arrivals.page(&self.scrollback, budget, self.has_names, &mut self.views);
        (page, self.arrivals.is_pending())
    }
}

/// The next event of any connection, each in its turn; `None`: its events have ended.
async fn next_event(connections: &mut [Connection], turn: &mut usize) -> (usize, Option<Event>) {
    poll_fn(|cx| {
        let all = connections.len();
        for index in (*turn..all).chain(0..(*turn).min(all)) {
            if let Some(events) = &mut connections[index].events
                && let Poll::Ready(event) = events.poll_recv(cx)
            {
                *turn = index + 1;
                return Poll::Ready((index, event));
            }
        }
        Poll::Pending
    })
    .await
}
