//! The state of a connection, for commands that wait for it and for the prompt.

use crate::client::ClientError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LinkState {
    #[default]
    Up,
    /// Lost; the client is reconnecting.
    Trying,
    /// Lost for good, or closed.
    Down,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    pub state: LinkState,
    pub losses: u64,
    pub error: Option<ClientError>,
}
