//! `unsub`: ends a subscription.

use super::prelude::*;
use super::transaction::unique_name;
use crate::client::{Client, Status};
use crate::render::messages;
use crate::session::dialect::DurableDeletion;
use crate::session::{AckTarget, Subscription};

/// Ends a subscription
///
/// A durable one goes on without its subscriber, and keeps what comes; --durable deletes it. ActiveMQ and Artemis
/// delete one that nobody here is subscribed to, too; elsewhere 'sub DEST --durable NAME' comes first.
#[derive(Args, Debug, Clone)]
pub(crate) struct Unsub {
    /// Its id, its destination, or a durable one's name; 'all' ends all
    #[arg(value_name = "ID|DEST")]
    pub name: String,
    /// Delete a durable subscription for good
    #[arg(long)]
    pub durable: bool,
    /// Requeue unacknowledged messages, which RabbitMQ keeps for this connection otherwise
    #[arg(long)]
    pub give_back: bool,
}

impl Command for Unsub {
    const FACTS: Facts =
        Facts::new("unsub", Group::Follow).aliases(&["unsubscribe"]).shell_only().examples(&[Example::run(
            "sub --id news /topic/news\nsub /topic/ticks\nsub /topic/more\n",
            "# by id, by destination, all\nunsub news\nunsub /topic/ticks\nunsub all\n",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if self.durable && !context.may_run(Danger::Consumes("unsub --durable")).await? {
            return Ok(ControlFlow::Continue);
        }
        let client = context.client()?;
        let status = client.status().await?;
        let names: Vec<String> = if self.name == "all" {
            status.subscriptions.iter().map(|subscription| subscription.id.clone()).collect()
        } else {
            vec![self.name.clone()]
        };
        for name in names {
            if self.durable {
                check(&status, &name)?;
            }
            let held = find(&status, &name).filter(|found| keeps_messages_of(&status, found));
            let requeued = match held {
                Some(held) if self.gives_back(context, &status, held).await? => Some(held),
                _ => None,
            };
            let ended = match requeued {
                Some(held) => Some(requeue_and_end(&client, &held.id, self.durable).await?),
                None => context.patiently(&client, client.unsubscribe(&name, self.durable)).await?,
            };
            let id = ended.as_ref().unwrap_or(&name);
            let requeued = requeued
                .map_or(String::new(), |held| format!("; {} requeued", messages(held.unacked() as u64)));
            context.note(&format!("unsubscribed {id}{requeued}"));
        }
        Ok(ControlFlow::Continue)
    }
}

impl Unsub {
    /// Whether the messages that the broker would keep for this connection are requeued. Asks at the prompt, and warns
    /// if they are not.
    async fn gives_back(&self, context: &Context, status: &Status, held: &Subscription) -> Result<bool> {
        if self.give_back {
            return Ok(true);
        }
        let (broker, count) = (status.dialect.display_name(), held.unacked());
        let plural = if count == 1 { "" } else { "s" };
        let keeps = format!(
            "{broker} keeps {count} unacknowledged message{plural} of '{}' for this connection until it ends",
            held.id
        );
        if can_nack(status)
            && let Some(ask) = &context.asker
        {
            // If the prompt has ended, the answer is no.
            return Ok(ask(&format!("{keeps}. Requeue?")).await.unwrap_or(false));
        }
        let instead =
            if can_nack(status) { "'unsub --give-back' requeues them" } else { "'disconnect' requeues them" };
        context.warn(&format!("{keeps}; {instead}"));
        Ok(false)
    }
}

fn can_nack(status: &Status) -> bool {
    status.connected.as_ref().is_some_and(|connected| connected.version.has_nack())
}

/// The subscription that UNSUBSCRIBE of this name ends.
fn find<'a>(status: &'a Status, name: &str) -> Option<&'a Subscription> {
    let find = |is: &dyn Fn(&Subscription) -> bool| status.subscriptions.iter().find(|one| is(one));
    find(&|one| one.id == name)
        .or_else(|| find(&|one| one.options.destination == name))
        .or_else(|| find(&|one| one.options.durable.as_deref() == Some(name)))
}

fn keeps_messages_of(status: &Status, subscription: &Subscription) -> bool {
    status.dialect.keeps_unacked && subscription.unacked() > 0
}

/// Ends a subscription and has the broker requeue its unacknowledged messages; returns its id. RabbitMQ accepts no NACK
/// after the UNSUBSCRIBE, and before it would deliver the messages once more, so both are in a transaction, which nacks
/// at its COMMIT.
async fn requeue_and_end(client: &Client, id: &str, durable: bool) -> Result<String> {
    let transaction = unique_name("unsub");
    client.begin(&transaction).await?;
    let ended = async {
        let all = AckTarget::Subscription(id.to_owned());
        client.settle(all, true, Some(transaction.clone())).await?;
        client.unsubscribe(id, durable).await
    };
    match ended.await {
        Ok(id) => {
            client.commit(&transaction).await?;
            Ok(id)
        }
        Err(error) => {
            // The first error says more.
            let _ = client.abort(&transaction).await;
            Err(error.into())
        }
    }
}

/// Refuses a durable subscription that this broker could not delete, since it was made under another id.
fn check(status: &Status, name: &str) -> Result<()> {
    let deleted = status.dialect.durable.map(|durable| durable.deleted);
    if deleted != Some(DurableDeletion::SubscribedAsClientId) {
        return Ok(());
    }
    let client_id = status.client_id.as_deref();
    match find(status, name) {
        Some(subscription) if Some(&*subscription.id) != client_id => {
            let broker = status.dialect.name;
            let message =
                format!("{broker} deletes a durable subscription only where its id is the client-id");
            Err(Problem::usage_hint(message, "'sub DEST --durable NAME' without --id gives it that id")
                .into())
        }
        _ => Ok(()),
    }
}
