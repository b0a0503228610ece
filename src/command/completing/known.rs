//! What is known while a line is typed: for completion, colours and hints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::client::{Client, Status};
use crate::command::inbox::Inbox;
use crate::render::Message as _;
use crate::session::Dialect;
use crate::words::Grammar;

/// How long Tab waits for what a connection knows.
const PATIENCE: Duration = Duration::from_millis(250);

/// Messages whose destinations are offered: the newest.
const NEWEST: u64 = 200;

/// What is known; made anew before each prompt.
#[derive(Clone)]
pub(crate) struct Known {
    /// The commands' options.
    pub(crate) grammar: Arc<Grammar>,
    /// The commands in full.
    pub(crate) commands: Arc<clap::Command>,
    /// What the current connection knows.
    pub(crate) facts: ConnectionFacts,
    /// Asks a connection what it knows now.
    pub(crate) live: Option<Live>,
    /// Destinations that were used, the newest last.
    pub(crate) destinations: Vec<String>,
    /// Queues that the broker told of.
    pub(crate) listed: Vec<String>,
    /// Connections by name.
    pub(crate) connections: Vec<String>,
    /// Aliases.
    pub(crate) aliases: BTreeMap<String, String>,
    /// Names of variables.
    pub(crate) variables: Vec<String>,
    /// Whether `$name` counts in bodies.
    pub(crate) expands: bool,
    /// The columns that the prompt takes.
    pub(crate) prompt: usize,
}

/// What one connection knows.
#[derive(Clone)]
pub(crate) struct ConnectionFacts {
    /// The broker's ways.
    pub(crate) dialect: &'static Dialect,
    /// Subscriptions: ids and destinations.
    pub(crate) subscriptions: Vec<(String, String)>,
    /// Numbers of messages that wait for an ack, the newest last.
    pub(crate) unacked: Vec<u64>,
    /// The numbers of the oldest and the newest message that are kept; the first is greater where none is.
    pub(crate) kept: (u64, u64),
    /// Destinations of messages that came, the newest first.
    pub(crate) came: Vec<String>,
    /// Open transactions.
    pub(crate) transactions: Vec<String>,
}

impl Default for ConnectionFacts {
    fn default() -> Self {
        Self {
            dialect: Dialect::unknown(),
            subscriptions: Vec::new(),
            unacked: Vec::new(),
            kept: (1, 0),
            came: Vec::new(),
            transactions: Vec::new(),
        }
    }
}

/// The connections, to be asked while a line is typed: what comes meanwhile counts too.
#[derive(Clone)]
pub(crate) struct Live {
    /// Where the connections' tasks run.
    pub(crate) runtime: Handle,
    /// What came.
    pub(crate) inbox: Inbox,
    /// Names, numbers and handles.
    pub(crate) connections: Vec<(Arc<str>, u64, Client)>,
    /// The number of the current one.
    pub(crate) current: Option<u64>,
}

impl Live {
    /// What the connection of this name, or the current one, knows now.
    fn ask(&self, name: Option<&str>) -> Option<ConnectionFacts> {
        let chosen = |(own, id, _): &&(Arc<str>, u64, Client)| match name {
            Some(name) => **own == *name,
            None => Some(*id) == self.current,
        };
        let (_, id, client) = self.connections.iter().find(chosen)?;
        let facts = async {
            let status = client.status().await.ok()?;
            Some(ConnectionFacts {
                came: came(&self.inbox).await,
                ..ConnectionFacts::of(&self.inbox, *id, &status).await
            })
        };
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, facts).await }).ok()?
    }
}

/// Destinations of messages that came, and where their answers go.
async fn came(inbox: &Inbox) -> Vec<String> {
    let came = inbox.with_scrollback(|scrollback| {
        let mut found: Vec<String> = Vec::new();
        for message in scrollback.from((scrollback.last() + 1).saturating_sub(NEWEST).max(scrollback.first()))
        {
            for name in ["reply-to", "destination"] {
                if let Some(value) = message.header(name)
                    && let Ok(value) = std::str::from_utf8(&value)
                    && found.last().is_none_or(|last| last != value)
                {
                    found.push(value.to_owned());
                }
            }
        }
        found.reverse();
        found
    });
    came.await
}

impl ConnectionFacts {
    /// What a connection's status tells.
    pub(crate) async fn of(inbox: &Inbox, connection: u64, status: &Status) -> Self {
        let kept = inbox.kept().await;
        let mut facts = Self { dialect: status.dialect, kept, ..Self::default() };
        facts.transactions.clone_from(&status.transactions);
        for own in &status.subscriptions {
            facts.subscriptions.push((own.id.clone(), own.options.destination.clone()));
            facts.unacked.extend(inbox.numbers(connection, own.unacked_numbers().collect()).await);
        }
        facts.unacked.sort_unstable();
        facts
    }
}

impl Known {
    pub(crate) fn new(grammar: Arc<Grammar>, commands: Arc<clap::Command>) -> Self {
        Self {
            grammar,
            commands,
            facts: ConnectionFacts::default(),
            live: None,
            destinations: Vec::new(),
            listed: Vec::new(),
            connections: Vec::new(),
            aliases: BTreeMap::new(),
            variables: Vec::new(),
            expands: false,
            prompt: 0,
        }
    }

    /// What a connection knows now, as far as it answers.
    pub(crate) fn facts(&self, connection: Option<&str>) -> Cow<'_, ConnectionFacts> {
        match self.live.as_ref().and_then(|live| live.ask(connection)) {
            Some(facts) => Cow::Owned(facts),
            None => Cow::Borrowed(&self.facts),
        }
    }

    /// The text of an alias.
    pub(crate) fn alias(&self, name: &str) -> Option<String> {
        self.aliases.get(name).cloned()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! What is known in the tests of this room.
    use super::*;
    use crate::command::registry_tests::shell_tree;

    /// The commands, some aliases and a connection.
    pub(crate) fn known() -> Known {
        let tree = shell_tree();
        let mut known = Known::new(Arc::clone(&tree.grammar), Arc::new(tree.command().clone()));
        for (name, line) in [("s", "send"), ("h", "send -H"), ("longer", "sub")] {
            known.aliases.insert(name.into(), line.into());
        }
        known.destinations = vec!["/queue/old".into(), "/queue/new".into()];
        known.connections = vec!["prod".into()];
        known.facts.subscriptions = vec![("7".into(), "/topic/x".into())];
        known.facts.unacked = vec![3, 12];
        known.facts.kept = (1, 12);
        known.facts.transactions = vec!["t1".into()];
        known
    }
}
