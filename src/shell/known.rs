//! What is known while a line is typed: for completion, colours and hints.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::session::Dialect;
use crate::words::Grammar;

/// What is known; made anew before each prompt.
#[derive(Clone)]
pub(super) struct Known {
    /// The commands' options.
    pub(super) grammar: Arc<Grammar>,
    /// The commands in full.
    pub(super) commands: Arc<clap::Command>,
    /// The broker's ways.
    pub(super) dialect: &'static Dialect,
    /// Destinations that were used, the newest last.
    pub(super) destinations: Vec<String>,
    /// Subscriptions: ids and destinations.
    pub(super) subscriptions: Vec<(String, String)>,
    /// Numbers of messages that wait for an ack, the newest last.
    pub(super) unacked: Vec<u64>,
    /// The number of the newest message.
    pub(super) newest: u64,
    /// Open transactions.
    pub(super) transactions: Vec<String>,
    /// Connections by name.
    pub(super) connections: Vec<String>,
    /// Contexts of the config file.
    pub(super) contexts: Vec<String>,
    /// Aliases.
    pub(super) aliases: BTreeMap<String, String>,
    /// Names of variables.
    pub(super) variables: Vec<String>,
    /// Names of settings.
    pub(super) settings: Vec<String>,
}

impl Known {
    /// Nothing but the commands.
    pub(super) fn new(grammar: Arc<Grammar>, commands: Arc<clap::Command>) -> Self {
        Self {
            grammar,
            commands,
            dialect: Dialect::of(None),
            destinations: Vec::new(),
            subscriptions: Vec::new(),
            unacked: Vec::new(),
            newest: 0,
            transactions: Vec::new(),
            connections: Vec::new(),
            contexts: Vec::new(),
            aliases: BTreeMap::new(),
            variables: Vec::new(),
            settings: Vec::new(),
        }
    }
}
