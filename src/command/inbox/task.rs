//! The task that owns what the connections received: it takes their events and serves the handles' requests.

use std::future::poll_fn;
use std::task::Poll;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::arrivals::{Budget, Page, Unshown};
use super::errors::Errors;
use super::large::PartialMessage;
use super::origins::Origins;
use super::scrollback::{Scrollback, is_message};
use super::source::{EventSource, Notices};
use super::views::{BatchViews, View, ViewId, Views};
use crate::client::{Delivery, Event};
use crate::command::connection_events::wrong_length;
use crate::command::transcript::Transcript;
use crate::protocol::{Batch, Frame, Part, Verb};
use crate::render::{Arrival, Output, Renderer, StdoutError};

/// A request of a handle. It runs in the task, between two events.
pub(super) type InboxRequest = Box<dyn FnOnce(&mut InboxTask) + Send>;

/// What the task publishes, for those who look often or wait for a change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct InboxStatus {
    pub count: u64,
    /// Whether a write of messages to standard output has failed.
    pub stdout_broken: bool,
    pub transcript: bool,
}

/// The state of the inbox. Nothing else holds a part of it.
pub(super) struct InboxTask {
    sources: Vec<EventSource>,
    pub(super) scrollback: Scrollback,
    pub(super) origins: Origins,
    arrivals: Unshown,
    pub(super) views: Views,
    pub(super) errors: Errors,
    pub(super) transcript: Transcript,
    /// Why a write of messages to standard output failed.
    pub(super) broken: Option<StdoutError>,
    /// How many commands hold standard output alone. Events that would be printed are not taken meanwhile.
    pub(super) stdout_leases: u32,
    /// Whether messages are printed to standard output as they arrive. If not, a prompt's screen asks for them.
    prints: bool,
    /// Whether any connection has a name, so that head lines name the connection.
    has_names: bool,
    pub(super) notices: Notices,
    status: watch::Sender<InboxStatus>,
}

impl InboxTask {
    pub(super) fn new(
        notices: Notices,
        prints: bool,
        fallback: View,
        status: watch::Sender<InboxStatus>,
    ) -> Self {
        Self {
            sources: Vec::new(),
            scrollback: Scrollback::default(),
            origins: Origins::default(),
            arrivals: Unshown::default(),
            views: Views::new(fallback),
            errors: Errors::default(),
            transcript: Transcript::default(),
            broken: None,
            stdout_leases: 0,
            prints,
            has_names: false,
            notices,
            status,
        }
    }

    /// Runs until the last handle is dropped. Requests go before events, so that a subscription's view is set
    /// before its first message is taken.
    pub(super) async fn run(mut self, mut requests: mpsc::UnboundedReceiver<InboxRequest>) {
        let mut turn = 0;
        loop {
            let takes_events = !self.prints || self.stdout_leases == 0;
            tokio::select! {
                biased;
                request = requests.recv() => match request {
                    Some(request) => request(&mut self),
                    None => return,
                },
                (index, event) = next_event(&mut self.sources, &mut turn), if takes_events => {
                    self.event(index, event);
                }
            }
        }
    }

    /// Takes a connection's events from now on.
    pub(super) fn attach(&mut self, source: EventSource) {
        self.has_names |= !source.origin.name.is_empty();
        self.sources.push(source);
    }

    fn event(&mut self, index: usize, event: Option<Event>) {
        let source = &mut self.sources[index];
        match event {
            Some(Event::Messages(Delivery { batch, first, .. })) => self.messages(index, batch, first),
            Some(Event::Error(error)) => {
                if let Some(error) = self.errors.came(error) {
                    self.notices.error(&error);
                }
            }
            Some(Event::Unsolicited(message)) => source.unsolicited(&self.notices, &message),
            Some(Event::Refused { subscription, destination }) => {
                source.refused(&self.notices, &subscription, &destination);
            }
            Some(Event::WrongLength(length)) => self.notices.complain(&wrong_length(length)),
            Some(Event::Connected(_)) => source.connected_again(&self.notices),
            Some(Event::Lost { error, aborted, unacked, again }) => {
                source.lost(&self.notices, &error, &aborted, unacked, again);
            }
            Some(Event::Retry { error, pause }) => source.retries(&self.notices, &error, pause),
            // A command that waits for one says so itself.
            Some(Event::NoReceipts { reported: true, .. }) => {}
            Some(Event::NoReceipts { waited, reported: false }) => source.no_receipts(&self.notices, waited),
            None => source.ended(),
        }
    }

    fn messages(&mut self, index: usize, batch: Batch, first: u64) {
        let pieces = batch.iter().any(|frame| frame.verb() == Verb::Message && frame.part() != Part::Whole);
        if self.transcript.is_on() {
            // A slow disk stops the reading of the socket, as a slow reader does.
            tokio::task::block_in_place(|| self.write_down(&batch));
        }
        if self.prints && self.broken.is_none() {
            let Self { sources, views, scrollback, .. } = self;
            let EventSource { printer, origin, .. } = &mut sources[index];
            // A slow reader of standard output stops the reading of the socket, not the runtime.
            let printed =
                tokio::task::block_in_place(|| printer.print(&batch, origin.id, scrollback.last(), views));
            self.broken = printed.err();
        }
        if pieces {
            self.keep_pieces(index, &batch, first);
        } else {
            self.keep(index, batch, first);
        }
        self.publish();
        if !self.prints {
            self.notices.screen.arrived();
        }
    }

    pub(super) fn publish(&mut self) {
        let count = self.scrollback.last();
        let (stdout_broken, transcript) = (self.broken.is_some(), self.transcript.is_on());
        self.status.send_replace(InboxStatus { count, stdout_broken, transcript });
    }

    fn keep(&mut self, index: usize, batch: Batch, first: u64) {
        let origin = &self.sources[index].origin;
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

    /// Keeps the messages of a batch that contains parts of large ones.
    fn keep_pieces(&mut self, index: usize, batch: &Batch, first: u64) {
        let connection = self.sources[index].origin.id;
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
                    self.sources[index].large = Some(PartialMessage::begin(frame, number_there, view));
                    number_there += 1;
                }
                Part::Chunk => {
                    if let Some(large) = &mut self.sources[index].large {
                        large.push(frame.body());
                    }
                }
                Part::End => {
                    if let Some(large) = self.sources[index].large.take() {
                        let PartialMessage { size, number_there, view, .. } = large;
                        self.keep_one(index, large.into_frame(), size, number_there, view);
                    }
                }
            }
        }
    }

    fn keep_one(&mut self, index: usize, frame: Frame, size: u64, number_there: u64, view: ViewId) {
        let origin = &self.sources[index].origin;
        if self.views.get(view).shows(&frame) {
            self.arrivals.add(view, 1);
        }
        self.origins.add(self.scrollback.last() + 1, 1, origin.id, number_there);
        self.scrollback.push_one(origin, frame, size);
    }

    /// Adds the messages of a batch to the transcript.
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
                    out.extend_from_slice(format!("message {number}, {size} bytes\n").as_bytes());
                }
                Part::Chunk | Part::End => {}
            }
        }
        self.transcript.comment(&out);
    }

    /// What a prompt's screen shows next, and whether it must look again even if nothing more arrives: for what
    /// did not fit, or for the end of a flood.
    pub(super) fn page(&mut self, budget: Budget) -> (Option<Page>, bool) {
        let page = self.arrivals.page(&self.scrollback, budget, self.has_names, &mut self.views);
        (page, self.arrivals.is_pending())
    }
}

/// Waits for the next event of any connection, with its index. The connections take turns, beginning at
/// `turn`. The event is `None` when the connection has ended.
async fn next_event(sources: &mut [EventSource], turn: &mut usize) -> (usize, Option<Event>) {
    poll_fn(|cx| {
        let all = sources.len();
        for index in (*turn..all).chain(0..(*turn).min(all)) {
            if let Some(events) = &mut sources[index].events
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
