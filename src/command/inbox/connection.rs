//! One connection as the inbox sees it: its events, and the news of it that a person is told.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::large::LargeMessage;
use super::link::{Link, State};
use super::printer::Printer;
use super::scrollback::Origin;
use crate::client::{ClientError, Events};
use crate::command::screen::Screen;
use crate::render::escape::{Lines, escape_text};
use crate::render::{Diagnostic, Role};
use crate::session::BrokerError;

/// Where news goes.
pub(super) struct News {
    pub(super) screen: Arc<dyn Screen>,
    /// Says in full what is wrong with a connection, with excerpt and hints.
    pub(super) explain: fn(&ClientError) -> Diagnostic,
    /// Whether a connection that is gone for good is no news: the command that it hits says so, and where
    /// there is none it hits nothing.
    pub(super) only_commands_fail: bool,
}

impl News {
    fn complain(&self, diagnostic: &Diagnostic) {
        self.screen.notice(diagnostic.render(self.screen.paint()).trim_end().to_owned());
    }

    pub(super) fn error(&self, error: &BrokerError) {
        self.complain(&Diagnostic::error(format!("the broker sent an ERROR: {}", error.line)));
    }
}

/// A connection. It stays when its events have ended: its number is that of messages in the scrollback.
pub(super) struct Connection {
    pub(super) origin: Origin,
    /// `None` when they have ended.
    pub(super) events: Option<Events>,
    link: watch::Sender<Link>,
    /// The message that is coming in pieces.
    pub(super) large: Option<LargeMessage>,
    pub(super) printer: Printer,
    /// Tries to reconnect that failed since the connection was lost.
    retries: u32,
}

impl Connection {
    pub(super) fn new(origin: Origin, events: Events, link: watch::Sender<Link>) -> Self {
        let printer = Printer::default();
        Self { origin, events: Some(events), link, large: None, printer, retries: 0 }
    }

    fn set(&self, state: State, error: Option<ClientError>) {
        self.link.send_modify(|link| {
            if link.state == State::Up && state != State::Up {
                link.losses += 1;
            }
            link.state = state;
            link.error = error.or_else(|| link.error.take());
        });
    }

    fn tell(&self, news: &News, role: Role, text: &str) {
        let text = escape_text(text, Lines::One);
        let name = &self.origin.name;
        let line = if name.is_empty() { text.into_owned() } else { format!("@{name}: {text}") };
        news.screen.notice(news.screen.paint().paint(role, &line).to_string());
    }

    pub(super) fn connected_again(&mut self, news: &News) {
        self.retries = 0;
        self.set(State::Up, None);
        self.tell(news, Role::Hint, "connected again, subscribed again");
    }

    pub(super) fn retries(&mut self, news: &News, error: &ClientError, pause: Duration) {
        self.retries += 1;
        if self.retries == 1 || pause >= Duration::from_secs(10) {
            let text = format!("{error}; next try in {:.1} s", pause.as_secs_f64());
            self.tell(news, Role::Warning, &text);
        }
    }

    pub(super) fn no_receipts(&self, news: &News, waited: Duration) {
        self.tell(news, Role::Warning, &format!("no receipt for {:.1} s", waited.as_secs_f64()));
    }

    /// The connection is lost; `again`: it is going to be made again.
    pub(super) fn lost(
        &mut self,
        news: &News,
        error: ClientError,
        aborted: &[String],
        unacked: usize,
        again: bool,
    ) {
        self.large = None;
        self.printer.lost();
        self.set(if again { State::Trying } else { State::Down }, Some(error.clone()));
        if news.only_commands_fail && !again {
            return;
        }
        if let ClientError::Protocol(_) = error {
            // The frame itself, and what is wrong in it.
            news.complain(&(news.explain)(&error));
        } else {
            let then = if again { "; trying again" } else { "" };
            self.tell(news, Role::Warning, &format!("{error}{then}"));
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
            self.tell(news, Role::Warning, &gone.join("; "));
        }
    }

    /// There are no more events.
    pub(super) fn ended(&mut self) {
        self.events = None;
        self.set(State::Down, None);
    }
}
