//! The events of the connection of a command that only sends: reported on standard error, and remembered for the
//! command's end.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::client::{ClientError, Event, Events};
use crate::render::escape::{Lines, escape_text};
use crate::render::{Diagnostic, Paint, stderr};
use crate::session::{BrokerError, Unsolicited};

/// The warning if this side asked for heart-beats and the broker sends none.
pub(crate) const NO_HEART_BEATS: &str =
    "the broker gives no heart-beats: a dead link is noticed by TCP keep-alive alone, after minutes";

/// The errors among the events of a connection.
#[derive(Debug, Default)]
pub(crate) struct ObservedErrors {
    /// The first ERROR that the broker sent.
    pub refused: Option<BrokerError>,
    /// The loss after which no reconnect is tried.
    pub lost: Option<ClientError>,
}

/// Receives the events of a connection in a task of its own.
#[derive(Debug)]
pub(crate) struct EventWatcher {
    task: JoinHandle<ObservedErrors>,
}

impl EventWatcher {
    pub(crate) fn watch(mut events: Events, quiet: bool) -> Self {
        let task = tokio::spawn(async move {
            let mut end = ObservedErrors::default();
            while let Some(event) = events.recv().await {
                if !quiet {
                    report(&event);
                }
                match event {
                    Event::Error(error) => end.refused = end.refused.or(Some(error)),
                    Event::Lost { error, again: false, .. } => end.lost = Some(error),
                    _ => {}
                }
            }
            end
        });
        Self { task }
    }

    /// Waits up to a second for the end of the connection.
    pub(crate) async fn end(self) -> ObservedErrors {
        const PATIENCE: Duration = Duration::from_secs(1);
        match tokio::time::timeout(PATIENCE, self.task).await {
            Ok(Ok(end)) => end,
            _ => ObservedErrors::default(),
        }
    }
}

/// A function that reports losses and reconnects, or none of them if `quiet`.
pub(crate) fn reporter(quiet: bool) -> fn(&Event) {
    if quiet { |_| () } else { report }
}

/// The warning about a message of a subscription that was never made.
pub(crate) fn unsolicited(message: &Unsolicited) -> String {
    let Unsolicited { subscription, destination } = message;
    let text = format!(
        "the broker sent a message from '{destination}' for subscription '{subscription}', which was never made; it is not shown"
    );
    escape_text(&text, Lines::One).into_owned()
}

/// Reports that a connection was lost, is tried again, or is up again.
fn report(event: &Event) {
    let text = match event {
        Event::Lost { error, aborted, again: true, .. } if aborted.is_empty() => {
            format!("{error}; trying again")
        }
        Event::Lost { error, aborted, again: true, .. } => {
            format!("{error}; open transactions are aborted: {}; trying again", aborted.join(", "))
        }
        Event::Retry { error, pause } => format!("{error}; next try in {:.1} s", pause.as_secs_f64()),
        Event::Connected(_) => "connected again".to_owned(),
        Event::Unsolicited(message) => unsolicited(message),
        _ => return,
    };
    stderr::diagnostic(&Diagnostic::warning(text), Paint::PLAIN);
}
