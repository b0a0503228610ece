//! How long the doctor waits, and why it stops.

use std::time::Duration;

use tokio::time::Instant;

use super::report::Step;
use crate::client::ClientError;

/// Why the doctor goes no further with a broker.
pub(super) enum Stop {
    /// A step failed.
    Failed(Step, ClientError),
    /// The same, in words of its own.
    Told(Step, String, ClientError),
    /// An answer did not come; what to try.
    Late(Step, String, &'static str),
    /// The report cannot be written.
    Output(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Output(error)
    }
}

/// The time that all of it may take.
pub(super) struct Patience {
    pub(super) until: Instant,
    pub(super) time: Duration,
    pub(super) authority: String,
}

impl Patience {
    pub(super) fn new(time: Duration, authority: String) -> Self {
        Self { until: Instant::now() + time, time, authority }
    }

    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    pub(super) fn late(&self, step: &'static str) -> ClientError {
        ClientError::ConnectTimeout { authority: self.authority.clone(), step, after: self.time }
    }

    /// The error of a step that had what was left of the time: it names the whole.
    pub(super) fn own(&self, error: ClientError) -> ClientError {
        match error {
            ClientError::ConnectTimeout { step, .. } => self.late(step),
            other => other,
        }
    }
}

pub(super) fn took(begun: Instant) -> String {
    lasted(begun.elapsed())
}

pub(super) fn lasted(time: Duration) -> String {
    format!(" ({:.1} ms)", time.as_secs_f64() * 1_000.0)
}
