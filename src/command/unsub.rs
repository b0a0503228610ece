//! `unsub`: ends a subscription.

use super::prelude::*;
use crate::client::Status;
use crate::session::Subscription;
use crate::session::dialect::DurableDeletion;

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
            let ended = context.patiently(&client, client.unsubscribe(&name, self.durable)).await?;
            context.note(&format!("unsubscribed {}", ended.as_ref().unwrap_or(&name)));
        }
        Ok(ControlFlow::Continue)
    }
}

/// Refuses a durable subscription that this broker could not delete, since it was made under another id.
fn check(status: &Status, name: &str) -> Result<()> {
    let deleted = status.dialect.durable.map(|durable| durable.deleted);
    if deleted != Some(DurableDeletion::SubscribedAsClientId) {
        return Ok(());
    }
    let is_meant = |subscription: &&Subscription| {
        subscription.id == name
            || subscription.options.destination == name
            || subscription.options.durable.as_deref() == Some(name)
    };
    let client_id = status.client_id.as_deref();
    match status.subscriptions.iter().find(is_meant) {
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
