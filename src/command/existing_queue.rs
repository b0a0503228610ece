//! Reading a queue without creating it, on a broker where a SUBSCRIBE creates one.

use std::time::Duration;

use crate::client::{Client, ClientError};
use crate::render::{Diagnostic, Paint, stderr};
use crate::session::{Dialect, Subscribe};

/// How long to wait for the receipt of a subscription that creates no queue.
const PATIENCE: Duration = Duration::from_secs(2);

/// Subscribes to a queue. If it does not exist, this fails instead of creating it, where the broker has a destination
/// for that. Where a server before the broker does not pass that destination on, the other one is used, with a warning.
pub(super) async fn subscribe(
    client: &Client,
    subscribe: Subscribe,
    dialect: &Dialect,
    quiet: bool,
) -> Result<(), ClientError> {
    let Some(existing) = dialect.without_creation(&subscribe.destination) else {
        return client.subscribe(subscribe).await.map(drop);
    };
    let passive = Subscribe { destination: existing.clone(), ..subscribe.clone() };
    if let Ok(subscribed) = tokio::time::timeout(PATIENCE, client.subscribe(passive)).await {
        return subscribed.map(drop);
    }
    if !quiet {
        let text = format!(
            "{existing} was not answered, so whether the queue existed is not known; reading {}, which creates it",
            subscribe.destination
        );
        stderr::diagnostic(&Diagnostic::warning(text), Paint::PLAIN);
    }
    client.subscribe(subscribe).await.map(drop)
}
