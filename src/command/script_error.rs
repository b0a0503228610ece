//! Errors of scripts, with the line that failed.

use std::sync::Arc;

use crate::client::ClientError;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SourceLocation {
    /// The script's name; empty at the prompt.
    pub file: Arc<str>,
    /// The number of the line, from 1.
    pub line: u64,
}

/// The first connection of a script or of the command line failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConnectFailed(pub anyhow::Error);

/// A send of a script failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct SendFailed {
    pub location: SourceLocation,
    /// The last line that may have failed, if the broker's ERROR does not say which.
    pub until: Option<u64>,
    #[source]
    pub error: ClientError,
    /// The loss of the connection, whose hints explain an outcome that is not known.
    pub loss: Option<ClientError>,
}

/// A command of a file that `source` runs failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct SourceFailed {
    pub location: SourceLocation,
    pub error: anyhow::Error,
}
