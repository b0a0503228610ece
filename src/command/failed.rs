//! What a failed line of a script says besides its cause: where it stands.

use std::sync::Arc;

use crate::client::ClientError;

/// The place of a line in a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SourceLocation {
    /// The script's name; empty at the prompt.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

/// There is no connection to begin with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotStarted(pub anyhow::Error);

/// A send of a script failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct SendFailed {
    /// Where it stands.
    pub place: SourceLocation,
    /// The last line that it may stand in, where the broker's ERROR names none.
    pub until: Option<u64>,
    /// Why.
    #[source]
    pub error: ClientError,
}

/// A command of a file that `source` runs failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct Sourced {
    /// Where it stands.
    pub place: SourceLocation,
    /// Why.
    pub error: anyhow::Error,
}
