//! What came: every message is counted, the last ones are kept, all are handed to whoever shows them.
//!
//! One task owns all of it ([`task`]); everyone else holds an [`Inbox`], which sends it requests. Events come
//! to the task straight from the clients, in whole batches, and it always takes them, so that the sockets
//! are read however slow the screen is.
//!
//! ```text
//! task.rs         the owner: takes events and requests
//! connection.rs   one connection's events, and the news of it
//! link.rs         how a connection is, for whoever waits for it
//! printer.rs      messages to standard output as they come, for scripts
//! views.rs        how each subscription's messages are shown
//! scrollback.rs   the last messages
//! origins.rs      which connection a message came on
//! large.rs        a large message that comes in pieces
//! arrivals.rs     what a prompt has not shown yet
//! errors.rs       which ERRORs were shown
//! ```

pub mod arrivals;
mod connection;
mod errors;
mod large;
mod link;
mod origins;
mod printer;
pub mod scrollback;
mod task;
mod views;

use std::fs::File;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use self::arrivals::{Budget, Page};
use self::connection::{Connection, News};
pub use self::link::{Link, State};
use self::scrollback::{Kept, Origin, Scrollback};
pub use self::task::Progress;
use self::task::{InboxTask, Request};
pub use self::views::View;
use super::screen::Screen;
use crate::client::{ClientError, Events};
use crate::protocol::Frame;
use crate::render::{Diagnostic, Filter, Output, Renderer, StdoutError, Terminal};
use crate::session::{BrokerError, ErrorNumber};

/// A handle of the task that owns what came. Cheap to clone; the task ends with the last one.
///
/// Requests are carried out in the order in which they are made, also those that are not waited for.
#[derive(Clone)]
pub struct Inbox {
    requests: mpsc::UnboundedSender<Request>,
    progress: watch::Receiver<Progress>,
}

impl Inbox {
    /// Starts the task of an inbox whose messages are printed to standard output as they come (`prints`), or
    /// wait for the screen to ask for them. `terminal` is the look of messages of no known subscription;
    /// `explain` says in full what is wrong with a connection.
    pub fn new(
        screen: Arc<dyn Screen>,
        prints: bool,
        terminal: Option<Terminal>,
        explain: fn(&ClientError) -> Diagnostic,
    ) -> Self {
        let output = terminal.map_or(Output::Lines, |terminal| Output::Terminal(Box::new(terminal)));
        let escapes = matches!(output, Output::Terminal(_));
        let renderer = Renderer::new(output, escapes);
        let fallback = View::new("elsewhere".to_owned(), Filter::new(), false, renderer);
        let news = News { screen, explain, only_commands_fail: prints };
        let (progress, receiver) = watch::channel(Progress::default());
        let (requests, wanted) = mpsc::unbounded_channel();
        tokio::spawn(InboxTask::new(news, prints, fallback, progress).run(wanted));
        Self { requests, progress: receiver }
    }

    /// Asks for something that has no answer.
    fn tell(&self, request: impl FnOnce(&mut InboxTask) + Send + 'static) {
        // The task lives as long as its handles, or the runtime.
        let _ = self.requests.send(Box::new(request));
    }

    /// Asks for something. The answer fails where the runtime is shutting down.
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
    pub fn attach(&self, id: u64, name: &Arc<str>, events: Events) -> watch::Receiver<Link> {
        let (link, receiver) = watch::channel(Link::default());
        let connection = Connection::new(Origin { id, name: Arc::clone(name) }, events, link);
        self.tell(|task| task.attach(connection));
        receiver
    }

    /// Says how a subscription's messages are shown, before they come; after an UNSUBSCRIBE some may still
    /// come.
    pub fn set_view(&self, connection: u64, subscription: &str, view: View) {
        let subscription = subscription.to_owned();
        self.tell(move |task| task.views.set(connection, &subscription, view));
    }

    /// Changes how messages look on a terminal, of all subscriptions; `change` is told whether the
    /// subscription asked for headers.
    pub fn each_terminal(&self, change: impl Fn(&mut Terminal, bool) + Send + 'static) {
        self.tell(move |task| {
            for view in task.views.iter_mut() {
                if let Output::Terminal(terminal) = view.renderer.output_mut() {
                    change(terminal, view.headers);
                }
            }
        });
    }

    /// Has standard output alone, as long as it is held: messages that come wait.
    pub async fn own_stdout(&self) -> StdoutLease {
        let asked = self.ask(|task| task.stdout_leases += 1);
        // Whoever does not wait any longer gives it back.
        let lease = StdoutLease(self.clone());
        // Where the task is gone, nobody else writes.
        let _ = asked.await;
        lease
    }

    /// Adds a line that was typed to the transcript.
    pub fn record_line(&self, line: &[u8]) {
        if self.progress.borrow().transcript {
            let line = line.to_vec();
            self.tell(move |task| task.transcript.line(&line));
        }
    }

    /// Adds output to the transcript.
    pub fn record_output(&self, text: &[u8]) {
        if self.progress.borrow().transcript {
            let text = text.to_vec();
            self.tell(move |task| task.transcript.comment(&text));
        }
    }

    /// Continues the transcript in this file, or ends it.
    pub async fn set_transcript(&self, file: Option<File>) {
        let set = self.ask(|task| {
            task.transcript.set(file);
            task.publish();
        });
        let _ = set.await;
    }

    /// How many messages came.
    pub fn count(&self) -> u64 {
        self.progress.borrow().count
    }

    /// Tells whenever messages came.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// A command begins, which may report an ERROR that comes meanwhile by itself.
    pub fn command_begins(&self) {
        self.tell(|task| task.errors.command_begins());
    }

    /// A command has ended: shows the ERRORs that came meanwhile and were not reported.
    pub fn command_ends(&self) {
        self.tell(|task| {
            for error in task.errors.command_ends() {
                task.news.error(&error);
            }
        });
    }

    /// The failure that this ERROR caused was shown, so the ERROR itself is not.
    pub fn error_reported(&self, number: ErrorNumber) {
        self.tell(move |task| task.errors.reported(number));
    }

    /// Takes the ERRORs that came since the command began and were not reported.
    pub async fn take_unreported(&self) -> Vec<BrokerError> {
        self.ask(|task| task.errors.command_ends()).await.unwrap_or_default()
    }

    /// Why standard output takes no more messages.
    pub async fn take_broken(&self) -> Option<StdoutError> {
        self.ask(|task| task.broken.take()).await.ok().flatten()
    }

    /// Whether standard output takes no more messages.
    pub fn is_broken(&self) -> bool {
        self.progress.borrow().stdout_broken
    }

    /// The numbers of the oldest and the newest message that are kept.
    pub async fn kept(&self) -> (u64, u64) {
        self.ask(|task| (task.scrollback.first(), task.scrollback.last())).await.unwrap_or_default()
    }

    /// Reads what is kept, where it is: messages do not come in meanwhile, so it is to be brief.
    pub async fn with_scrollback<T: Default + Send + 'static>(
        &self,
        read: impl FnOnce(&Scrollback) -> T + Send + 'static,
    ) -> T {
        self.ask(|task| read(&task.scrollback)).await.unwrap_or_default()
    }

    /// A copy of the message of this number.
    pub async fn message(&self, number: u64) -> Option<Frame> {
        self.with_scrollback(move |scrollback| scrollback.get(number).map(Kept::to_frame)).await
    }

    /// The connection of a message, and its number there.
    pub async fn origin(&self, number: u64) -> Option<(u64, u64)> {
        self.ask(move |task| task.origins.origin(number)).await.ok().flatten()
    }

    /// The numbers here of a connection's messages, as far as they are known.
    pub async fn numbers(&self, connection: u64, there: Vec<u64>) -> Vec<u64> {
        let numbers = self.ask(move |task| {
            there.into_iter().filter_map(|there| task.origins.number(connection, there)).collect()
        });
        numbers.await.unwrap_or_default()
    }

    /// Forgets the messages that are kept.
    pub fn clear(&self) {
        self.tell(|task| task.scrollback.clear());
    }

    /// What a prompt's screen shows next of the messages that came, and whether to look again though
    /// nothing comes: for what did not fit, or for the end of a flood. Blocks until the task answers, so it
    /// is for threads outside of the runtime.
    pub fn page(&self, budget: Budget) -> (Option<Page>, bool) {
        self.ask(move |task| task.page(budget)).blocking_recv().unwrap_or_default()
    }

    /// Waits until all that was asked for before is done.
    pub async fn flush(&self) {
        let _ = self.ask(|_| ()).await;
    }
}

/// Standard output is held alone as long as it lives.
pub struct StdoutLease(Inbox);

impl Drop for StdoutLease {
    fn drop(&mut self) {
        self.0.tell(|task| task.stdout_leases -= 1);
    }
}
