//! Destinations that the broker lists at once.

use std::time::Duration;

use clap::{Command, FromArgMatches as _};

use crate::client::ClientOptions;
use crate::command::connection::ConnectionArgs;
use crate::command::queue::figures;
use crate::transport::http::HttpUrl;
use crate::transport::looks_like_url;

/// How long Tab waits for the broker, from connecting on.
const PATIENCE: Duration = Duration::from_millis(500);

/// Those of the broker that the command would connect to.
pub(super) async fn listed(cli: &Command, words: &[String]) -> Vec<String> {
    match options(cli, words).await {
        Some((options, management)) => figures::names(options, management.as_ref(), PATIENCE).await,
        None => Vec::new(),
    }
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
