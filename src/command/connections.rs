//! The connections that commands use.

use std::sync::Arc;

use tokio::sync::watch;

use super::connection::ConnectionArgs;
use super::inbox::Link;
use crate::client::{Client, Status};
use crate::session::Dialect;
use crate::transport::Endpoint;

/// How the connection without a name is called.
pub(crate) const FIRST: &str = "-";

/// A connection that commands use.
pub(crate) struct Connection {
    /// What it is called; empty for the first one.
    pub name: Arc<str>,
    /// Its number; no other has it again.
    pub id: u64,
    /// The handle.
    pub client: Client,
    /// How it is.
    pub link: watch::Receiver<Link>,
    /// The transaction that sends and acks go into.
    pub transaction: Option<String>,
    /// Who we are there, and where it is, for the prompt.
    pub label: String,
    /// Whether that is a context's name.
    pub(super) is_context: bool,
    /// Whether commands that take messages off ask first.
    pub production: bool,
    /// The broker's ways.
    pub dialect: &'static Dialect,
    /// The options that made it.
    pub args: ConnectionArgs,
    /// Losses of the connection that were taken note of.
    pub(super) losses: u64,
    pub(super) next_subscription: u64,
}

/// Who we are there, and where it is.
pub(super) fn place(status: &Status) -> String {
    match &status.at {
        None => "embedded".to_owned(),
        Some(Endpoint { user: Some(user), host, .. }) => format!("{user}@{host}"),
        Some(Endpoint { host, .. }) => host.clone(),
    }
}

impl Connection {
    /// Takes note of where it is now: of several brokers another one may have been reached again.
    pub(crate) fn note_place(&mut self, status: &Status) {
        self.dialect = status.dialect;
        if !self.is_context {
            self.label = place(status);
        }
    }

    /// What it is called in lists and before a command.
    pub(crate) fn shown_name(&self) -> &str {
        if self.name.is_empty() { FIRST } else { &self.name }
    }

    /// Its name, or where it leads if it has none.
    pub(crate) fn title(&self) -> String {
        if self.name.is_empty() { self.label.clone() } else { self.name.to_string() }
    }
}
