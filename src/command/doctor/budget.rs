//! How long the doctor waits, and why it stops.

use std::time::Duration;

use tokio::time::Instant;

use super::report::Step;
use crate::client::ClientError;

/// Why the doctor stops examining a broker.
pub(super) enum Stop {
    Failed(Step, ClientError),
    /// A step failed; the text replaces the error's own.
    Explained(Step, String, ClientError),
    /// The broker did not answer in time; the last field says what to try.
    Late(Step, String, &'static str),
    /// Writing the report to standard output failed.
    Output(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Output(error)
    }
}

/// The time that all steps together may take: `--connect-timeout`.
pub(super) struct TimeBudget {
    pub(super) deadline: Instant,
    pub(super) total: Duration,
    pub(super) authority: String,
}

impl TimeBudget {
    pub(super) fn new(total: Duration, authority: String) -> Self {
        Self { deadline: Instant::now() + total, total, authority }
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(super) fn late(&self, step: &'static str) -> ClientError {
        ClientError::ConnectTimeout { authority: self.authority.clone(), step, after: self.total }
    }

    /// Makes the error of a step that timed out name the whole time, of which the step had only the rest.
    pub(super) fn with_total(&self, error: ClientError) -> ClientError {
        match error {
            ClientError::ConnectTimeout { step, .. } => self.late(step),
            other => other,
        }
    }
}

/// The time since `begun`, to append to a line.
pub(super) fn took(begun: Instant) -> String {
    milliseconds(begun.elapsed())
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!(" ({:.1} ms)", time.as_secs_f64() * 1_000.0)
}
