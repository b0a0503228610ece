//! The state of a connection, for commands that wait for it and for the prompt.

use crate::client::ClientError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LinkState {
    #[default]
    Up,
    /// The connection was lost, and the client reconnects.
    Trying,
    /// The connection was closed, or lost without a reconnect.
    Down,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    pub state: LinkState,
    pub losses: u64,
    pub error: Option<ClientError>,
}
