//! Reading a queue without creating it, on a broker where a SUBSCRIBE creates one, and writing to one only if messages do
//! not get lost there.

use std::time::Duration;

use anyhow::Result;

use super::connection_options::connect;
use super::exit::Problem;
use super::management::Management;
use super::own_connection::OwnConnection;
use crate::client::{Client, ClientError, ClientOptions, Messages, Status};
use crate::render::{Diagnostic, Paint, stderr};
use crate::session::{AckMode, Dialect, Failure, Subscribe};

/// How long to wait for the receipt of a subscription that creates no queue, or a private one.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait for a management that nobody has asked for.
const MANAGEMENT_PATIENCE: Duration = Duration::from_secs(1);

/// Fails if the broker deletes this queue, with the messages that are left in it, when the command ends, as far as its
/// management tells. With `--yes`, nothing is asked.
pub(super) async fn require_lasting(
    own: &OwnConnection,
    options: &ClientOptions,
    status: &Status,
    destination: &str,
) -> Result<()> {
    if own.sure {
        return Ok(());
    }
    let asked = async |management: &Management| management.is_deleted_after_use(destination).await;
    if !is_known_to(own, options, status, destination, asked).await {
        return Ok(());
    }
    let dialect = status.dialect;
    let message = format!(
        "{destination} is declared auto-delete and has no other subscriber: when this command ends, {} deletes it with \
         the messages that are left in it",
        dialect.display_name()
    );
    Err(Problem::usage_hint(message, "--yes does it all the same; a 'sub' that goes on keeps the queue")
        .into())
}

/// Warns if a queue from which no message came is a stream, as far as the broker's management tells.
pub(super) async fn warn_of_stream(
    own: &OwnConnection,
    options: &ClientOptions,
    status: &Status,
    destination: &str,
) {
    let asked = async |management: &Management| management.is_stream(destination).await;
    if !own.quiet && is_known_to(own, options, status, destination, asked).await {
        let existing = status.dialect.without_creation(destination);
        let hint = Dialect::stream_hint(existing.as_deref().unwrap_or(destination));
        let warning =
            Diagnostic::warning(format!("{destination} is a stream: nothing is taken off it")).hints([hint]);
        stderr::diagnostic(&warning, Paint::PLAIN);
    }
}

/// What the broker's management answers to a question about a queue; false if it does not.
async fn is_known_to(
    own: &OwnConnection,
    options: &ClientOptions,
    status: &Status,
    destination: &str,
    asked: impl AsyncFnOnce(&Management) -> Result<bool>,
) -> bool {
    let dialect = status.dialect;
    if !dialect.has_management || dialect.is_topic(destination) {
        return false;
    }
    // A management that does not answer must not keep anybody from a queue.
    let Ok(management) = Management::of(options.clone(), status, own.management.as_ref()) else {
        return false;
    };
    matches!(tokio::time::timeout(MANAGEMENT_PATIENCE, asked(&management)).await, Ok(Ok(true)))
}

/// Fails if the broker would confirm messages to this destination and drop them, since there is no such queue. Warns if
/// they may be dropped although it exists, or if it is not known whether it does. `options` lead to the broker.
pub(super) async fn require_target(
    options: &ClientOptions,
    dialect: &'static Dialect,
    destination: &str,
    quiet: bool,
) -> Result<()> {
    let warn = |text: String| {
        if !quiet {
            stderr::diagnostic(&Diagnostic::warning(text), Paint::PLAIN);
        }
    };
    if dialect.is_topic(destination) {
        warn(format!(
            "{destination} stores no messages: those that no queue and no subscriber receives are dropped"
        ));
        return Ok(());
    }
    let Some(creating) = dialect.with_creation(destination) else { return Ok(()) };
    let broker = dialect.display_name();
    match exists(options, dialect, destination, &creating).await {
        Ok(true) => {}
        Ok(false) => {
            let message =
                format!("there is no queue {destination}: {broker} would confirm the messages and drop them");
            return Err(Problem::NoQueue { message, hint: format!("{creating} creates the queue") }.into());
        }
        Err(error) => warn(format!(
            "whether the queue {destination} exists is not known ({error}); if not, {broker} confirms the messages and \
             drops them"
        )),
    }
    Ok(())
}

/// Whether there is a queue. A private queue of the same name is asked for over another connection: if there is one, the
/// broker refuses that and touches no message; otherwise the private one ends with the connection.
async fn exists(
    options: &ClientOptions,
    dialect: &Dialect,
    destination: &str,
    creating: &str,
) -> Result<bool, ClientError> {
    let mut options = ClientOptions { reconnect: None, ..options.clone() };
    options.connect.remove_client_id();
    let (client, events) = connect(options).await?;
    let subscribe = Subscribe {
        destination: creating.to_owned(),
        // A message that somebody sends meanwhile is not consumed.
        ack: AckMode::ClientIndividual,
        headers: dialect
            .private_queue
            .map(|queue| queue.headers.iter().copied().collect())
            .unwrap_or_default(),
        ..Subscribe::default()
    };
    let mut messages = Messages::new(events);
    let subscribed = messages.during(tokio::time::timeout(PATIENCE, client.subscribe(subscribe))).await;
    let Ok(subscribed) = subscribed else {
        return Err(Failure::unknown(format!("{destination} was not answered")).into());
    };
    match subscribed {
        Ok(_) => {
            // The private queue must have ended before the other one is created.
            let _ = messages.during(client.disconnect()).await;
            Ok(false)
        }
        Err(error) => match &error {
            ClientError::Broker(ours) if dialect.is_taken(&ours.line) => Ok(true),
            ClientError::Failure(
                Failure::Refused { message: text, .. } | Failure::Unknown { reason: text, error: Some(_) },
            ) if dialect.is_taken(text) => Ok(true),
            _ => Err(error),
        },
    }
}

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
