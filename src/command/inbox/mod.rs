//! What came: every message is counted, the last ones are kept, all are handed to whoever shows them.
//!
//! ```text
//! taker.rs    a task for each connection that always takes its events, so that the socket is read
//! ring.rs     the last messages, as copies
//! view.rs     how a subscription's messages are shown
//! origins.rs  which connection a message came on
//! errors.rs   which ERRORs were shown
//! fresh.rs    what a prompt has not shown yet
//! ```

mod errors;
pub mod fresh;
mod origins;
pub mod ring;
mod taker;
mod view;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use self::errors::Errors;
use self::fresh::Fresh;
use self::origins::Origins;
use self::ring::Ring;
pub use self::view::View;
use super::log::Transcript;
use super::screen::Screen;
use crate::client::{ClientError, Events};
use crate::protocol::Frame;
use crate::render::{Output, Renderer, StdoutError, Terminal};
use crate::session::{BrokerError, ErrorNumber};

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// There is one.
    #[default]
    Up,
    /// It is lost, and being made again.
    Trying,
    /// It is gone.
    Down,
}

/// A connection's state, and how often it was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Link {
    /// How it is now.
    pub state: State,
    /// How often it was lost.
    pub losses: u64,
}

/// What came on all connections. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    shared: Arc<Shared>,
}

/// How subscriptions are shown, by connection and id.
type Views = HashMap<(u64, Vec<u8>), Arc<View>>;

struct Shared {
    screen: Arc<dyn Screen>,
    /// Whether messages go to standard output as they come, instead of waiting for a prompt's screen.
    prints: bool,
    kept: Mutex<Keeping>,
    views: Mutex<Views>,
    count: watch::Sender<u64>,
    /// Whether a connection has a name.
    names: AtomicBool,
    /// Messages that a `wait` has counted.
    waited: AtomicU64,
    errors: Mutex<Errors>,
    broken: Mutex<Option<StdoutError>>,
    transcript: Transcript,
    /// Whoever writes messages to standard output holds it.
    stdout: Arc<tokio::sync::Mutex<()>>,
    /// Why the last connection was lost.
    loss: Mutex<Option<ClientError>>,
}

/// What is kept of the messages, and what is known of them.
struct Keeping {
    ring: Ring,
    origins: Origins,
    fresh: Fresh,
    /// For messages of no known subscription.
    fallback: Arc<View>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inbox {
    /// An inbox whose messages are printed as they come, or wait for the screen to ask for them.
    pub fn new(screen: Arc<dyn Screen>, prints: bool, terminal: Option<Terminal>) -> Self {
        let output = terminal.map_or(Output::Lines, |terminal| Output::Terminal(Box::new(terminal)));
        let escapes = matches!(output, Output::Terminal(_));
        let renderer = Renderer::new(output, escapes);
        let filter = crate::render::Filter::new();
        let fallback = Arc::new(View::new("elsewhere".to_owned(), filter, false, renderer));
        let kept =
            Keeping { ring: Ring::default(), origins: Origins::default(), fresh: Fresh::default(), fallback };
        Self {
            shared: Arc::new(Shared {
                screen,
                prints,
                kept: Mutex::new(kept),
                views: Mutex::default(),
                count: watch::Sender::new(0),
                names: false.into(),
                waited: AtomicU64::new(0),
                errors: Mutex::default(),
                broken: Mutex::default(),
                transcript: Transcript::default(),
                stdout: Arc::default(),
                loss: Mutex::default(),
            }),
        }
    }

    /// Takes a connection's events from now on.
    pub fn attach(&self, connection: u64, name: &Arc<str>, events: Events) -> watch::Receiver<Link> {
        self.shared.names.fetch_or(!name.is_empty(), Ordering::Relaxed);
        let (link, receiver) = watch::channel(Link::default());
        let taker = taker::Taker::new(Arc::clone(&self.shared), connection, Arc::clone(name), link);
        tokio::spawn(taker.run(events));
        receiver
    }

    /// Says how a subscription's messages are shown, before they come.
    pub fn set_view(&self, connection: u64, subscription: &str, view: View) {
        lock(&self.shared.views).insert((connection, subscription.into()), Arc::new(view));
    }

    /// Forgets how a subscription's messages are shown.
    pub fn drop_view(&self, connection: u64, subscription: &str) {
        lock(&self.shared.views).remove(&(connection, subscription.as_bytes().to_vec()));
    }

    /// Changes how messages look on a terminal; whether their subscription asks for headers is told.
    pub fn each_terminal(&self, change: impl Fn(&mut Terminal, bool)) {
        let fallback = Arc::clone(&lock(&self.shared.kept).fallback);
        for view in lock(&self.shared.views).values().chain([&fallback]) {
            let headers = view.headers;
            view.with(|renderer| {
                if let Output::Terminal(terminal) = renderer.output_mut() {
                    change(terminal, headers);
                }
            });
        }
    }

    /// Has standard output alone, as long as it is held: messages that come wait.
    pub async fn own_stdout(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.shared.stdout).lock_owned().await
    }

    /// The transcript.
    pub fn transcript(&self) -> &Transcript {
        &self.shared.transcript
    }

    /// How many messages came.
    pub fn count(&self) -> u64 {
        *self.shared.count.borrow()
    }

    /// Tells whenever messages came.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.count.subscribe()
    }

    /// How many messages a `wait` has counted.
    pub fn waited(&self) -> u64 {
        self.shared.waited.load(Ordering::Relaxed)
    }

    /// A `wait` has counted up to here.
    pub fn set_waited(&self, count: u64) {
        self.shared.waited.store(count, Ordering::Relaxed);
    }

    /// A command begins, which may report an ERROR that comes meanwhile by itself.
    pub fn command_begins(&self) {
        lock(&self.shared.errors).command_begins();
    }

    /// A command has ended: shows the ERRORs that came meanwhile and were not reported.
    pub fn command_ends(&self) {
        let errors = lock(&self.shared.errors).command_ends();
        errors.iter().for_each(|error| taker::tell_error(&self.shared, error));
    }

    /// The failure that this ERROR caused was shown, so the ERROR itself is not.
    pub fn error_reported(&self, number: ErrorNumber) {
        lock(&self.shared.errors).reported(number);
    }

    /// Why a connection is gone.
    pub fn loss(&self) -> ClientError {
        lock(&self.shared.loss).clone().unwrap_or(ClientError::NotConnected)
    }

    /// Takes the ERRORs that came since the command began and were not reported.
    pub fn take_unreported(&self) -> Vec<BrokerError> {
        lock(&self.shared.errors).command_ends()
    }

    /// Why standard output takes no more messages.
    pub fn take_broken(&self) -> Option<StdoutError> {
        lock(&self.shared.broken).take()
    }

    /// Whether standard output takes no more messages.
    pub fn is_broken(&self) -> bool {
        lock(&self.shared.broken).is_some()
    }

    /// The numbers of the oldest and the newest message that are kept.
    pub fn kept(&self) -> (u64, u64) {
        let kept = lock(&self.shared.kept);
        (kept.ring.first(), kept.ring.last())
    }

    /// Uses what is kept; messages do not come in meanwhile, so it is to be brief.
    pub fn with_ring<T>(&self, use_it: impl FnOnce(&Ring) -> T) -> T {
        use_it(&lock(&self.shared.kept).ring)
    }

    /// A copy of the message of this number.
    pub fn message(&self, number: u64) -> Option<Frame> {
        self.with_ring(|ring| ring.get(number).map(ring::Kept::to_frame))
    }

    /// The connection of a message, and its number there.
    pub fn origin(&self, number: u64) -> Option<(u64, u64)> {
        lock(&self.shared.kept).origins.origin(number)
    }

    /// The number here of a connection's message.
    pub fn number(&self, connection: u64, there: u64) -> Option<u64> {
        lock(&self.shared.kept).origins.number(connection, there)
    }

    /// Forgets the messages that are kept.
    pub fn clear(&self) {
        lock(&self.shared.kept).ring.clear();
    }

    /// Whether connections have names, so that messages say where they came from.
    pub fn has_names(&self) -> bool {
        self.shared.names.load(Ordering::Relaxed)
    }

    /// What a prompt's screen shows next of the messages that came, and whether to look again though
    /// nothing comes: for what did not fit, or for the end of a flood.
    pub fn fresh(&self, budget: fresh::Budget) -> (Option<fresh::Page>, bool) {
        let mut kept = lock(&self.shared.kept);
        let Keeping { ring, fresh, fallback, .. } = &mut *kept;
        let views = lock(&self.shared.views);
        let page = fresh.page(ring, budget, |connection, subscription| {
            views.get(&(connection, subscription.to_vec())).unwrap_or(fallback).clone()
        });
        (page, fresh.is_pending())
    }
}
