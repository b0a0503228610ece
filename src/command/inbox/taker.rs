//! A task for each connection that always takes its events, so that the socket is always read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::ring::{Origin, is_message};
use super::{Link, Shared, State, View, lock};
use crate::client::{ClientError, Event, Events};
use crate::command::exit;
use crate::protocol::{Batch, Frame, FrameRef, Part, Verb};
use crate::render::{Arrival, Diagnostic, Output, Renderer, Role, Spool, StdoutError, stdout};
use crate::session::BrokerError;

/// Octets of a large body that are kept.
const KEPT_BODY: u64 = 16 << 20;
const KEPT_ALL: usize = 16 << 20;

/// Octets of a large body that are kept where all do not fit.
const KEPT_HEAD: usize = 64 << 10;

/// Shows an ERROR.
pub(super) fn tell_error(shared: &Shared, error: &BrokerError) {
    let error = Diagnostic::error(format!("the broker sent an ERROR: {}", error.line));
    shared.screen.notice(error.render(shared.screen.paint()).trim_end().to_owned());
}

/// A large message that is coming in pieces.
struct Large {
    frame: Frame,
    body: Vec<u8>,
    size: u64,
    there: u64,
    view: Arc<View>,
    shown: bool,
}

/// Takes a connection's events.
pub(super) struct Taker {
    shared: Arc<Shared>,
    origin: Origin,
    link: watch::Sender<Link>,
    large: Option<Large>,
    /// Its output so far.
    spool: Option<Spool>,
    /// The views of this connection's subscriptions, by their ids.
    views: HashMap<Vec<u8>, Arc<View>>,
    retries: u32,
}

impl Taker {
    pub(super) fn new(shared: Arc<Shared>, id: u64, name: Arc<str>, link: watch::Sender<Link>) -> Self {
        let views = HashMap::new();
        Self { shared, origin: Origin { id, name }, link, large: None, spool: None, views, retries: 0 }
    }

    /// Works until the connection is gone for good.
    pub(super) async fn run(mut self, mut events: Events) {
        while let Some(event) = events.recv().await {
            match event {
                Event::Messages { batch, first, .. } => self.messages(batch, first),
                Event::Error(error) => self.error(error),
                Event::Connected(_) => {
                    self.retries = 0;
                    self.set(State::Up);
                    self.tell(Role::Hint, "connected again, subscribed again");
                }
                Event::Lost { error, aborted, unacked, again } => self.lost(&error, &aborted, unacked, again),
                Event::Retry { error, pause } => {
                    self.retries += 1;
                    if self.retries == 1 || pause >= Duration::from_secs(10) {
                        self.tell(
                            Role::Warning,
                            &format!("{error}; next try in {:.1} s", pause.as_secs_f64()),
                        );
                    }
                }
                // A command that waits for one says so itself.
                Event::NoReceipts { told: true, .. } => {}
                Event::NoReceipts { waited, told: false } => {
                    self.tell(Role::Warning, &format!("no receipt for {:.1} s", waited.as_secs_f64()));
                }
            }
        }
        self.set(State::Down);
    }

    fn set(&self, state: State) {
        self.link.send_modify(|link| {
            if link.state == State::Up && state != State::Up {
                link.losses += 1;
            }
            link.state = state;
        });
    }

    fn tell(&self, role: Role, text: &str) {
        let paint = self.shared.screen.paint();
        let text = crate::render::escape::escape_text(text, crate::render::escape::Lines::One);
        let name = &self.origin.name;
        let line = if name.is_empty() { text.into_owned() } else { format!("@{name}: {text}") };
        self.shared.screen.notice(paint.paint(role, &line).to_string());
    }

    fn lost(&mut self, error: &ClientError, aborted: &[String], unacked: usize, again: bool) {
        self.large = None;
        // Half a message is none.
        self.spool = None;
        *lock(&self.shared.loss) = Some(error.clone());
        self.set(if again { State::Trying } else { State::Down });
        if self.shared.prints && !again {
            // The command that it hits says so, and where there is none it hits nothing.
            return;
        }
        if let ClientError::Protocol(_) = error {
            // The frame itself, and what is wrong in it.
            let shown = exit::diagnostic(&error.clone().into()).render(self.shared.screen.paint());
            self.shared.screen.notice(shown.trim_end().to_owned());
        } else {
            let then = if again { "; trying again" } else { "" };
            self.tell(Role::Warning, &format!("{error}{then}"));
        }
        let mut gone = Vec::new();
        if !aborted.is_empty() {
            gone.push(format!("gone with it: transaction {}", aborted.join(", ")));
        }
        if unacked > 0 {
            let plural = if unacked == 1 { "" } else { "s" };
            gone.push(format!("{unacked} unacked message{plural} cannot be acked any more"));
        }
        if !gone.is_empty() {
            self.tell(Role::Warning, &gone.join("; "));
        }
    }

    fn error(&self, error: BrokerError) {
        let shown = lock(&self.shared.errors).came(error);
        if let Some(error) = shown {
            tell_error(&self.shared, &error);
        }
    }

    fn messages(&mut self, batch: Batch, first: u64) {
        let pieces = batch.iter().any(|frame| frame.verb() == Verb::Message && frame.part() != Part::Whole);
        if self.shared.transcript.is_on() {
            // As with a slow reader: a slow disk stops the reading of the socket.
            tokio::task::block_in_place(|| self.write_down(&batch));
        }
        if self.shared.prints {
            // A slow reader of standard output stops the reading of the socket, not the runtime.
            let printed = tokio::task::block_in_place(|| self.print(&batch));
            if let Err(error) = printed {
                lock(&self.shared.broken).get_or_insert(error);
            }
        }
        let count = if pieces { self.keep_pieces(&batch, first) } else { self.keep(batch, first) };
        self.shared.count.send_modify(|all| *all += count);
        if !self.shared.prints {
            self.shared.screen.arrived();
        }
    }

    /// Keeps a batch of whole messages.
    fn keep(&mut self, batch: Batch, first: u64) -> u64 {
        let mut count = 0;
        let mut run: Option<(&[u8], Arc<View>, u64)> = None;
        let mut runs = Vec::new();
        for frame in batch.iter().filter(|frame| is_message(*frame)) {
            count += 1;
            if self.shared.prints {
                continue;
            }
            let id = frame.raw_header("subscription").unwrap_or_default();
            if run.as_ref().is_none_or(|(own, ..)| *own != id) {
                runs.extend(run.take());
                let view = Self::view(&self.shared, &mut self.views, self.origin.id, frame);
                run = Some((id, view, 0));
            }
            if let Some((_, view, shown)) = &mut run {
                *shown += u64::from(view.shows(&frame));
            }
        }
        runs.extend(run);
        let mut kept = lock(&self.shared.kept);
        for (_, view, shown) in runs.iter().filter(|(.., shown)| *shown > 0) {
            kept.fresh.add(view, *shown);
        }
        drop(runs);
        let number = kept.ring.last() + 1;
        kept.origins.add(number, count, self.origin.id, first);
        kept.ring.push_batch(&self.origin, batch, count);
        count
    }

    /// Keeps what a batch with parts of large messages brought.
    fn keep_pieces(&mut self, batch: &Batch, first: u64) -> u64 {
        let mut there = first;
        let mut count = 0;
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole => {
                    let view = Self::view(&self.shared, &mut self.views, self.origin.id, frame);
                    let size = frame.body().len() as u64;
                    self.keep_one(frame.to_frame(), size, there, &view);
                    there += 1;
                    count += 1;
                }
                Part::Head => {
                    let view = Self::view(&self.shared, &mut self.views, self.origin.id, frame);
                    let shown = view.shows(&frame);
                    let size = frame.content_length().unwrap_or(0);
                    self.large =
                        Some(Large { frame: frame.to_frame(), body: Vec::new(), size, there, view, shown });
                    there += 1;
                }
                Part::Chunk => {
                    if let Some(large) = &mut self.large {
                        // Of a body that does not tell its size so much may come as well.
                        let most = if large.size > KEPT_BODY { KEPT_HEAD } else { KEPT_ALL };
                        let room = most.saturating_sub(large.body.len()).min(frame.body().len());
                        large.body.extend_from_slice(&frame.body()[..room]);
                    }
                }
                Part::End => {
                    if let Some(large) = self.large.take() {
                        let Large { mut frame, body, size, there, view, .. } = large;
                        frame.body = body.into();
                        self.keep_one(frame, size, there, &view);
                        count += 1;
                    }
                }
            }
        }
        count
    }

    fn keep_one(&self, frame: Frame, size: u64, there: u64, view: &Arc<View>) {
        let mut kept = lock(&self.shared.kept);
        if view.shows(&frame) {
            kept.fresh.add(view, 1);
        }
        let number = kept.ring.last() + 1;
        kept.origins.add(number, 1, self.origin.id, there);
        kept.ring.push_one(&self.origin, frame, size);
    }

    /// Adds what a batch brought to the transcript.
    fn write_down(&self, batch: &Batch) {
        let mut out = Vec::new();
        let mut number = *self.shared.count.borrow();
        let mut renderer = Renderer::new(Output::Headers, true);
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole => {
                    number += 1;
                    out.extend_from_slice(format!("message {number}\n").as_bytes());
                    renderer.render(&frame, &Arrival::now(number), &mut out);
                }
                Part::Head => {
                    number += 1;
                    let size = frame.content_length().unwrap_or(0);
                    out.extend_from_slice(format!("message {number}, {size} octets\n").as_bytes());
                }
                Part::Chunk | Part::End => {}
            }
        }
        self.shared.transcript.comment(&out);
    }

    /// Writes what a batch brought to standard output.
    fn print(&mut self, batch: &Batch) -> Result<(), StdoutError> {
        if lock(&self.shared.broken).is_some() {
            return Ok(());
        }
        let _alone = self.shared.stdout.blocking_lock();
        let mut out = Vec::new();
        let mut number = *self.shared.count.borrow();
        let at = jiff::Timestamp::now();
        // `keep_pieces` comes behind, and looks at the same large message.
        let mut large = self.large.as_ref().map(|large| (Arc::clone(&large.view), large.shown));
        let mut last: Option<(&[u8], Arc<View>)> = None;
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole | Part::Head => {
                    number += 1;
                    let arrival = Arrival { number, connection: None, at };
                    let id = frame.raw_header("subscription").unwrap_or_default();
                    let view = match &last {
                        Some((own, view)) if *own == id => Arc::clone(view),
                        _ => Self::view(&self.shared, &mut self.views, self.origin.id, frame),
                    };
                    last = Some((id, Arc::clone(&view)));
                    let shown = view.shows(&frame);
                    if frame.part() == Part::Head {
                        if shown {
                            let mut head = Vec::new();
                            view.head(frame, &arrival, &mut head);
                            self.spool.insert(Spool::new()?).write(&head)?;
                        }
                        large = Some((view, shown));
                    } else if shown {
                        view.render(&frame, &arrival, &mut out);
                    }
                }
                Part::Chunk => {
                    if let (Some((view, true)), Some(spool)) = (&large, &mut self.spool) {
                        let mut chunk = Vec::new();
                        view.chunk(frame.body(), &mut chunk);
                        spool.write(&chunk)?;
                    }
                }
                Part::End => {
                    if let (Some((view, true)), Some(mut spool)) = (large.take(), self.spool.take()) {
                        let mut end = Vec::new();
                        view.end(&mut end);
                        spool.write(&end)?;
                        // What came before goes out first.
                        stdout::write(&std::mem::take(&mut out))?;
                        spool.finish()?;
                    }
                }
            }
        }
        stdout::write(&out)
    }

    /// How a message is shown: as its subscription says.
    fn view(
        shared: &Shared,
        views: &mut HashMap<Vec<u8>, Arc<View>>,
        connection: u64,
        frame: FrameRef<'_>,
    ) -> Arc<View> {
        let id = frame.header("subscription");
        let all = lock(&shared.views);
        let found = if let Some(id) = &id {
            all.get(&(connection, id.to_vec())).cloned()
        } else {
            // Some 1.0 brokers do not say which subscription it is.
            let destination = frame.text("destination").unwrap_or_default();
            let mut own = all.iter().filter(|((own, _), _)| *own == connection).map(|(_, view)| view);
            own.find(|view| view.destination == destination).cloned()
        };
        drop(all);
        let id = id.unwrap_or_default().into_owned();
        match found {
            Some(view) => {
                views.insert(id, Arc::clone(&view));
                view
            }
            // What was unsubscribed from may still come.
            None => match views.get(&id) {
                Some(view) => Arc::clone(view),
                None => Arc::clone(&lock(&shared.kept).fallback),
            },
        }
    }
}
