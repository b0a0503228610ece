//! What happens to the connection of a command that only sends: told on standard error, and kept for
//! its end.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::client::{ClientError, Event, Events};
use crate::render::{Diagnostic, Paint, stderr};
use crate::session::BrokerError;

/// What to warn of where heart-beats were wished for and the broker gives none.
pub(crate) const WITHOUT_BEATS: &str =
    "the broker gives no heart-beats: a dead link is noticed by TCP keep-alive alone, after minutes";

/// What is worth keeping of the events.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// An ERROR.
    pub refused: Option<BrokerError>,
    /// Why the connection is gone for good.
    pub gone: Option<ClientError>,
}

/// Takes the events of a connection.
#[derive(Debug)]
pub(crate) struct Losses {
    task: JoinHandle<Noted>,
}

impl Losses {
    /// Takes them from now on.
    pub(crate) fn watch(mut events: Events, quiet: bool) -> Self {
        let task = tokio::spawn(async move {
            let mut noted = Noted::default();
            while let Some(event) = events.recv().await {
                if !quiet {
                    say(&event);
                }
                match event {
                    Event::Error(error) => noted.refused = noted.refused.or(Some(error)),
                    Event::Lost { error, again: false, .. } => noted.gone = Some(error),
                    _ => {}
                }
            }
            noted
        });
        Self { task }
    }

    /// What was noted by the end of the connection, which is near.
    pub(crate) async fn end(self) -> Noted {
        const PATIENCE: Duration = Duration::from_secs(1);
        match tokio::time::timeout(PATIENCE, self.task).await {
            Ok(Ok(noted)) => noted,
            _ => Noted::default(),
        }
    }
}

/// What tells the user of a loss that is being repaired; nothing, if `quiet`.
pub(crate) fn reporter(quiet: bool) -> fn(&Event) {
    if quiet { |_| () } else { say }
}

/// Says that a connection was lost, is tried again, or is there again.
pub(crate) fn say(event: &Event) {
    let text = match event {
        Event::Lost { error, aborted, again: true, .. } if aborted.is_empty() => {
            format!("{error}; trying again")
        }
        Event::Lost { error, aborted, again: true, .. } => {
            format!("{error}; open transactions are aborted: {}; trying again", aborted.join(", "))
        }
        Event::Retry { error, pause } => format!("{error}; next try in {:.1} s", pause.as_secs_f64()),
        Event::Connected(_) => "connected again".to_owned(),
        _ => return,
    };
    stderr::diagnostic(&Diagnostic::warning(text), Paint::PLAIN);
}
