//! What the connections of a shell or a script received: every message is counted, the last ones are kept, and
//! all are shown or printed.
//!
//! One task owns all of it; everyone else holds an [`Inbox`], which sends it requests. The task takes the
//! events of the clients directly, in whole batches, and never waits for the screen, so that the sockets are
//! always read.
//!
//! ```text
//! task.rs            the owner: takes events and requests
//! source.rs          one connection's events, and what is reported of them
//! link.rs            the state of a connection, for others
//! stdout_printer.rs  prints messages as they arrive, for scripts
//! views.rs           how each subscription's messages are shown
//! scrollback.rs      the last messages
//! origins.rs         which connection a message arrived on
//! large.rs           a large message that arrives in parts
//! arrivals.rs        what a prompt has not shown yet
//! errors.rs          shows each ERROR once
//! ```

pub(crate) mod arrivals;
mod errors;
mod large;
mod link;
mod origins;
pub(crate) mod scrollback;
mod source;
mod stdout_printer;
mod task;
#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failure there is the test's
mod tests;
mod views;

use std::fs::File;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use self::arrivals::{Budget, Page};
pub(crate) use self::link::{Link, LinkState};
use self::scrollback::{Origin, Scrollback, StoredMessage};
use self::source::{EventSource, Notices};
pub(crate) use self::task::InboxStatus;
use self::task::{InboxRequest, InboxTask};
pub(crate) use self::views::View;
use super::screen::Screen;
use crate::client::{ClientError, Events};
use crate::protocol::Frame;
use crate::render::{Diagnostic, Filter, Output, Renderer, StdoutError, Terminal};
use crate::session::{BrokerError, ErrorNumber};

/// A handle to the task that owns what the connections received. Cheap to clone; the task ends with the last
/// handle.
///
/// Requests are served in the order in which they are made, including those without an answer.
#[derive(Clone)]
pub(crate) struct Inbox {
    requests: mpsc::UnboundedSender<InboxRequest>,
    status: watch::Receiver<InboxStatus>,
}

impl Inbox {
    /// Starts the task, inside a runtime. Messages are printed to standard output as they arrive if `prints`;
    /// else the screen asks for them with [`Inbox::page`]. `terminal` renders messages of unknown subscriptions;
    /// `explain` turns an error of a connection into a full report.
    pub(crate) fn new(
        screen: Arc<dyn Screen>,
        prints: bool,
        terminal: Option<Terminal>,
        explain: fn(&ClientError) -> Diagnostic,
    ) -> Self {
        let output = terminal.map_or(Output::Lines, |terminal| Output::Terminal(Box::new(terminal)));
        let escapes = matches!(output, Output::Terminal(_));
        let renderer = Renderer::new(output, escapes);
        let fallback = View::new("elsewhere".to_owned(), Filter::new(), false, renderer);
        let notices = Notices { screen, explain, only_commands_fail: prints };
        let (status, receiver) = watch::channel(InboxStatus::default());
        let (requests, wanted) = mpsc::unbounded_channel();
        tokio::spawn(InboxTask::new(notices, prints, fallback, status).run(wanted));
        Self { requests, status: receiver }
    }

    /// Sends a request that has no answer.
    fn tell(&self, request: impl FnOnce(&mut InboxTask) + Send + 'static) {
        // The task lives as long as its handles, or the runtime.
        let _ = self.requests.send(Box::new(request));
    }

    /// Sends a request. The answer fails if the runtime is shutting down.
    fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut InboxTask) -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have been cancelled.
        self.tell(move |task| drop(reply.send(request(task))));
        answer
    }

    /// Takes a connection's events from now on.
    pub(crate) fn attach(&self, id: u64, name: &Arc<str>, events: Events) -> watch::Receiver<Link> {
        let (link, receiver) = watch::channel(Link::default());
        let source = EventSource::new(Origin { id, name: Arc::clone(name) }, events, link);
        self.tell(|task| task.attach(source));
        receiver
    }

    /// Sets how a subscription's messages are shown. To be called before SUBSCRIBE is sent; it stays valid after
    /// UNSUBSCRIBE, since some messages may still arrive.
    pub(crate) fn set_view(&self, connection: u64, subscription: &str, view: View) {
        let subscription = subscription.to_owned();
        self.tell(move |task| task.views.set(connection, &subscription, view));
    }

    /// Changes the terminal output of all subscriptions. `change` is passed whether the subscription asked for
    /// headers.
    pub(crate) fn each_terminal(&self, change: impl Fn(&mut Terminal, bool) + Send + 'static) {
        self.tell(move |task| {
            for view in task.views.iter_mut() {
                if let Output::Terminal(terminal) = view.renderer.output_mut() {
                    change(terminal, view.headers);
                }
            }
        });
    }

    /// Waits until no message is being printed, and keeps it so while the lease is held: messages that arrive
    /// wait in their connections.
    pub(crate) async fn own_stdout(&self) -> StdoutLease {
        let asked = self.ask(|task| task.stdout_leases += 1);
        // Made before the answer: a caller that is cancelled gives it back.
        let lease = StdoutLease(self.clone());
        // Where the task is gone, nobody else writes.
        let _ = asked.await;
        lease
    }

    /// Adds a line that was typed to the transcript.
    pub(crate) fn record_line(&self, line: &[u8]) {
        if self.status.borrow().transcript {
            let line = line.to_vec();
            self.tell(move |task| task.transcript.line(&line));
        }
    }

    /// Adds the output of a command to the transcript, if there is one.
    pub(crate) fn record_output(&self, text: &[u8]) {
        if self.status.borrow().transcript {
            let text = text.to_vec();
            self.tell(move |task| task.transcript.comment(&text));
        }
    }

    /// Continues the transcript in this file, or ends it.
    pub(crate) async fn set_transcript(&self, file: Option<File>) {
        let set = self.ask(|task| {
            task.transcript.set(file);
            task.publish();
        });
        let _ = set.await;
    }

    pub(crate) fn count(&self) -> u64 {
        self.status.borrow().count
    }

    pub(crate) fn watch(&self) -> watch::Receiver<InboxStatus> {
        self.status.clone()
    }

    /// A command begins, which may report an ERROR that arrives meanwhile by itself.
    pub(crate) fn command_begins(&self) {
        self.tell(|task| task.errors.command_begins());
    }

    /// A command has ended: shows the ERRORs that arrived meanwhile and were not reported.
    pub(crate) fn command_ends(&self) {
        self.tell(|task| {
            for error in task.errors.command_ends() {
                task.notices.error(&error);
            }
        });
    }

    /// The failure that this ERROR caused was shown, so the ERROR itself is not.
    pub(crate) fn error_reported(&self, number: ErrorNumber) {
        self.tell(move |task| task.errors.reported(number));
    }

    /// Takes the ERRORs that arrived since the command began and were not reported, to be shown by the caller.
    pub(crate) async fn take_unreported(&self) -> Vec<BrokerError> {
        self.ask(|task| task.errors.command_ends()).await.unwrap_or_default()
    }

    /// Takes the reason why a write of messages to standard output failed, if one did.
    pub(crate) async fn take_broken(&self) -> Option<StdoutError> {
        self.ask(|task| task.broken.take()).await.ok().flatten()
    }

    /// Whether a write of messages to standard output has failed.
    pub(crate) fn is_broken(&self) -> bool {
        self.status.borrow().stdout_broken
    }

    /// The numbers of the oldest and the newest message that are kept.
    pub(crate) async fn kept(&self) -> (u64, u64) {
        self.ask(|task| (task.scrollback.first(), task.scrollback.last())).await.unwrap_or_default()
    }

    /// Reads the scrollback inside the task, without copying it. No messages are taken meanwhile, so `read`
    /// must be brief.
    pub(crate) async fn with_scrollback<T: Default + Send + 'static>(
        &self,
        read: impl FnOnce(&Scrollback) -> T + Send + 'static,
    ) -> T {
        self.ask(|task| read(&task.scrollback)).await.unwrap_or_default()
    }

    /// A copy of the message of this number.
    pub(crate) async fn message(&self, number: u64) -> Option<Frame> {
        self.with_scrollback(move |scrollback| scrollback.get(number).map(StoredMessage::to_frame)).await
    }

    /// The connection that a message arrived on, and its number there.
    pub(crate) async fn origin(&self, number: u64) -> Option<(u64, u64)> {
        self.ask(move |task| task.origins.origin(number)).await.ok().flatten()
    }

    /// Turns numbers of a connection's messages into numbers of the scrollback, as far as they are known.
    pub(crate) async fn numbers(&self, connection: u64, there: Vec<u64>) -> Vec<u64> {
        let numbers = self.ask(move |task| {
            there.into_iter().filter_map(|there| task.origins.number(connection, there)).collect()
        });
        numbers.await.unwrap_or_default()
    }

    /// Empties the scrollback. Numbers are not used again.
    pub(crate) fn clear(&self) {
        self.tell(|task| task.scrollback.clear());
    }

    /// What a prompt's screen shows next, and whether it must look again even if nothing more arrives: for what
    /// did not fit, or for the end of a flood. Blocks until the task answers: not to be called inside the
    /// runtime.
    pub(crate) fn page(&self, budget: Budget) -> (Option<Page>, bool) {
        self.ask(move |task| task.page(budget)).blocking_recv().unwrap_or_default()
    }

    /// Waits until all requests made before are served.
    pub(crate) async fn flush(&self) {
        let _ = self.ask(|_| ()).await;
    }
}

/// Keeps messages from being printed to standard output while it lives.
pub(crate) struct StdoutLease(Inbox);

impl Drop for StdoutLease {
    fn drop(&mut self) {
        self.0.tell(|task| task.stdout_leases -= 1);
    }
}
