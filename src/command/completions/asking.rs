//! Destinations: those of the shell's history, those that the broker lists at once, and how they begin.

use std::collections::HashSet;
use std::time::Duration;

use clap::{Command, FromArgMatches as _};

use super::offers::Offers;
use crate::client::ClientOptions;
use crate::command::completer::Candidate;
use crate::command::connection::ConnectionArgs;
use crate::command::history;
use crate::command::queue::figures;
use crate::command::tree::Tree;
use crate::session::Dialect;
use crate::transport::http::HttpUrl;
use crate::transport::looks_like_url;

/// How long Tab may wait for a broker.
const PATIENCE: Duration = Duration::from_millis(500);

/// Destinations that may be offered at once.
const MOST: usize = 500;

pub(super) async fn destinations(cli: &Command, tree: &Tree, words: &[String], typed: &str) -> Offers {
    let mut all: Vec<String> = history::destinations(tree);
    if let Some((options, management)) = options(cli, words).await {
        all.extend(figures::names(options, management.as_ref(), PATIENCE).await);
    }
    all.extend(Dialect::unknown().destinations.iter().map(|&prefix| prefix.to_owned()));
    let mut seen = HashSet::new();
    all.retain(|word| word.starts_with(typed) && seen.insert(word.clone()));
    all.truncate(MOST);
    Offers::These(all.into_iter().map(Candidate::whole).collect())
}

/// The connection that the command would make; `None` where it cannot be made without a question, or where
/// something is wrong with it.
async fn options(cli: &Command, words: &[String]) -> Option<(ClientOptions, Option<HttpUrl>)> {
    let lenient = cli.clone().ignore_errors(true);
    let mut matches = lenient.try_get_matches_from(words).ok()?;
    let url =
        matches.try_get_one::<String>("url").ok().flatten().filter(|word| looks_like_url(word)).cloned();
    while let Some((_, deeper)) = matches.remove_subcommand() {
        matches = deeper;
    }
    let mut connection = ConnectionArgs::from_arg_matches(&matches).ok()?;
    if let Some(url) = url {
        connection.server.get_or_insert(url);
    }
    if connection.ask_password || connection.embedded {
        return None;
    }
    connection.trace = false;
    let (connection, _) = connection.with_context().ok()?;
    let (_, target) = connection.target().await.ok()?;
    let mut options = connection.client_options(target, None).ok()?;
    options.connect_timeout = PATIENCE;
    options.reconnect = None;
    Some((options, connection.management))
}
