//! The state of a connection, for commands that wait for it and for the prompt.

use crate::client::ClientError;

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum State {
    /// There is one.
    #[default]
    Up,
    /// It is lost, and being made again.
    Trying,
    /// It is gone.
    Down,
}

/// A connection's state and its losses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    /// How it is now.
    pub state: State,
    /// How often it was lost.
    pub losses: u64,
    /// Why it was lost the last time.
    pub error: Option<ClientError>,
}
