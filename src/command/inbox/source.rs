//! A connection as the inbox sees it: its events, and what is reported of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::large::PartialMessage;
use super::link::{Link, LinkState};
use super::scrollback::Origin;
use super::stdout_printer::StdoutPrinter;
use crate::client::{ClientError, Events};
use crate::command::connection_events;
use crate::command::screen::Screen;
use crate::render::escape::{Lines, escape_text};
use crate::render::{Diagnostic, Role};
use crate::session::{BrokerError, Unsolicited};

/// Where the state of connections is reported.
pub(super) struct Notices {
    pub(super) screen: Arc<dyn Screen>,
    /// Explains an error in full, with excerpt and hints.
    pub(super) explain: fn(&ClientError) -> Diagnostic,
    /// Whether a connection that is lost for good is not reported: the next command that needs it fails with
    /// the reason.
    pub(super) only_commands_fail: bool,
}

impl Notices {
    pub(super) fn complain(&self, diagnostic: &Diagnostic) {
        self.screen.notice(diagnostic.render(self.screen.paint()).trim_end().to_owned());
    }

    pub(super) fn error(&self, error: &BrokerError) {
        self.complain(&Diagnostic::error(format!("the broker sent an ERROR: {}", error.line)));
    }
}

/// One connection's events and what it has received in part.
pub(super) struct EventSource {
    pub(super) origin: Origin,
    /// The channel of events; `None` after the last one.
    pub(super) events: Option<Events>,
    link: watch::Sender<Link>,
    /// The large message whose end has not arrived.
    pub(super) large: Option<PartialMessage>,
    pub(super) printer: StdoutPrinter,
    /// Failed attempts to reconnect since the connection was lost.
    retries: u32,
}

impl EventSource {
    pub(super) fn new(origin: Origin, events: Events, link: watch::Sender<Link>) -> Self {
        let printer = StdoutPrinter::default();
        Self { origin, events: Some(events), link, large: None, printer, retries: 0 }
    }

    fn set(&self, state: LinkState, error: Option<ClientError>) {
        self.link.send_modify(|link| {
            if link.state == LinkState::Up && state != LinkState::Up {
                link.losses += 1;
            }
            link.state = state;
            link.error = error.or_else(|| link.error.take());
        });
    }

    fn tell(&self, notices: &Notices, role: Role, text: &str) {
        let text = escape_text(text, Lines::One);
        let name = &self.origin.name;
        let line = if name.is_empty() { text.into_owned() } else { format!("@{name}: {text}") };
        notices.screen.notice(notices.screen.paint().paint(role, &line).to_string());
    }

    pub(super) fn connected_again(&mut self, notices: &Notices) {
        self.retries = 0;
        self.set(LinkState::Up, None);
        self.tell(notices, Role::Hint, "connected again, subscribed again");
    }

    pub(super) fn retries(&mut self, notices: &Notices, error: &ClientError, pause: Duration) {
        self.retries += 1;
        if self.retries == 1 || pause >= Duration::from_secs(10) {
            let text = format!("{error}; next try in {:.1} s", pause.as_secs_f64());
            self.tell(notices, Role::Warning, &text);
        }
    }

    pub(super) fn unsolicited(&self, notices: &Notices, message: &Unsolicited) {
        self.tell(notices, Role::Warning, &connection_events::unsolicited(message));
    }

    /// Reports a subscription that ended since the broker refused it.
    pub(super) fn refused(&self, notices: &Notices, subscription: &str, destination: &str) {
        let text =
            format!("subscription '{subscription}' to '{destination}' was refused, and is not renewed");
        self.tell(notices, Role::Warning, &text);
    }

    pub(super) fn no_receipts(&self, notices: &Notices, waited: Duration) {
        self.tell(notices, Role::Warning, &format!("no receipt for {:.1} s", waited.as_secs_f64()));
    }

    /// Reports a lost connection. `again`: the client reconnects.
    pub(super) fn lost(
        &mut self,
        notices: &Notices,
        error: &ClientError,
        aborted: &[String],
        unacked: usize,
        again: bool,
    ) {
        self.large = None;
        self.printer.lost();
        self.set(if again { LinkState::Trying } else { LinkState::Down }, Some(error.clone()));
        if notices.only_commands_fail && !again {
            return;
        }
        if let ClientError::Protocol(_) = error {
            // The frame itself, and what is wrong in it.
            notices.complain(&(notices.explain)(error));
        } else {
            let then = if again { "; trying again" } else { "" };
            self.tell(notices, Role::Warning, &format!("{error}{then}"));
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
            self.tell(notices, Role::Warning, &gone.join("; "));
        }
    }

    /// The client has ended: no more events will come.
    pub(super) fn ended(&mut self) {
        self.events = None;
        self.set(LinkState::Down, None);
    }
}
