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

/// How long Tab waits for the answers of a connection.
const PATIENCE: Duration = Duration::from_millis(250);

/// The number of newest messages whose destinations are offered.
const NEWEST: u64 = 200;

/// What completion, hints and colours use. It is updated before each prompt.
#[derive(Clone)]
pub(crate) struct Known {
    /// How the words of each command are split.
    pub(crate) grammar: Arc<Grammar>,
    /// The clap definitions of the commands, with the values of their options.
    pub(crate) commands: Arc<clap::Command>,
    /// The state of the current connection when the prompt was shown.
    pub(crate) facts: ConnectionFacts,
    /// Asks the connections for newer state; `None` outside a prompt.
    pub(crate) live: Option<Live>,
    /// The destinations of earlier commands, the newest last.
    pub(crate) destinations: Vec<String>,
    /// The queues that the command `queues` listed last.
    pub(crate) listed: Vec<String>,
    /// The names of the connections.
    pub(crate) connections: Vec<String>,
    /// The line of each alias, by its name.
    pub(crate) aliases: BTreeMap<String, String>,
    /// The names of the variables that `$name` can refer to.
    pub(crate) variables: Vec<String>,
    /// Whether `$name` is replaced in bodies (`set expand on`).
    pub(crate) expands: bool,
    /// The width of the prompt in columns.
    pub(crate) prompt: usize,
}

/// The state of one connection, as far as completion uses it.
#[derive(Clone)]
pub(crate) struct ConnectionFacts {
    /// The dialect of the connection's broker, or of an unknown one.
    pub(crate) dialect: &'static Dialect,
    /// The id and the destination of each subscription.
    pub(crate) subscriptions: Vec<(String, String)>,
    /// The numbers of the unacknowledged messages, the newest last.
    pub(crate) unacked: Vec<u64>,
    /// The numbers of the oldest and the newest message in the scrollback; the first is greater if it is empty.
    pub(crate) kept: (u64, u64),
    /// The destinations of received messages, the newest first.
    pub(crate) came: Vec<String>,
    /// The names of the open transactions.
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

/// The connections, which are asked while a line is typed, so that completion offers what has just arrived.
#[derive(Clone)]
pub(crate) struct Live {
    /// The runtime of the connections' tasks, for the thread that reads keys.
    pub(crate) runtime: Handle,
    /// Holds the received messages.
    pub(crate) inbox: Inbox,
    /// Name, id and handle of each connection.
    pub(crate) connections: Vec<(Arc<str>, u64, Client)>,
    /// The id of the current connection.
    pub(crate) current: Option<u64>,
}

impl Live {
    /// The present state of the connection with this name, or of the current one. Blocks.
    fn ask(&self, name: Option<&str>) -> Option<ConnectionFacts> {
        let chosen = |(connection, id, _): &&(Arc<str>, u64, Client)| match name {
            Some(name) => **connection == *name,
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

/// The `destination` and `reply-to` headers of the newest messages.
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
    /// Takes the facts from the status of a connection and the numbers of its messages in the inbox.
    pub(crate) async fn of(inbox: &Inbox, connection: u64, status: &Status) -> Self {
        let kept = inbox.kept().await;
        let mut facts = Self { dialect: status.dialect, kept, ..Self::default() };
        facts.transactions.clone_from(&status.transactions);
        for subscription in &status.subscriptions {
            facts.subscriptions.push((subscription.id.clone(), subscription.options.destination.clone()));
            facts.unacked.extend(inbox.numbers(connection, subscription.unacked_numbers().collect()).await);
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

    /// The present state of a connection, or that of the last prompt if it does not answer in time.
    pub(crate) fn facts(&self, connection: Option<&str>) -> Cow<'_, ConnectionFacts> {
        match self.live.as_ref().and_then(|live| live.ask(connection)) {
            Some(facts) => Cow::Owned(facts),
            None => Cow::Borrowed(&self.facts),
        }
    }

    /// The line that an alias stands for.
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
