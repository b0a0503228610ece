//! The connections that commands use.

use std::sync::Arc;

use tokio::sync::watch;

use super::connection::ConnectionArgs;
use super::inbox::Link;
use crate::client::{Client, Status};
use crate::session::Dialect;
use crate::transport::Endpoint;

/// What `use` and lists call the connection that has no name.
pub(crate) const FIRST: &str = "-";

/// A connection of a shell, or of the one command of a command line.
pub(crate) struct ShellConnection {
    /// Empty for the connection that was made without `--as`.
    pub name: Arc<str>,
    /// Never used again for another connection of this process.
    pub id: u64,
    pub client: Client,
    pub link: watch::Receiver<Link>,
    /// The open transactions that 'begin' has named, the one that sends and acks go into last.
    pub transactions: Vec<String>,
    /// For the prompt: the context's name, or `user@host`.
    pub label: String,
    pub(super) label_is_context: bool,
    /// Whether commands that consume messages ask first.
    pub production: bool,
    pub dialect: &'static Dialect,
    /// The options with which it was opened.
    pub args: ConnectionArgs,
    /// How often the connection had been lost when `transaction` was last checked: a loss aborts transactions.
    pub(super) losses: u64,
    pub(super) next_subscription: u64,
}

/// The user and the broker's host, for the prompt.
pub(super) fn location_label(status: &Status) -> String {
    match &status.at {
        None => "embedded".to_owned(),
        Some(Endpoint { user: Some(user), host, .. }) => format!("{user}@{host}"),
        Some(Endpoint { host, .. }) => host.clone(),
    }
}

impl ShellConnection {
    /// Updates dialect and label after a reconnect, which may have reached another broker of a list.
    pub(crate) fn update_broker(&mut self, status: &Status) {
        self.dialect = status.dialect;
        if !self.label_is_context {
            self.label = location_label(status);
        }
    }

    /// Its name in lists and behind `@`.
    pub(crate) fn shown_name(&self) -> &str {
        if self.name.is_empty() { FIRST } else { &self.name }
    }

    /// Its name, or its label if it has none.
    pub(crate) fn title(&self) -> String {
        if self.name.is_empty() { self.label.clone() } else { self.name.to_string() }
    }
}
