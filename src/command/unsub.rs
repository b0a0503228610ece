//! `unsub`: ends a subscription.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};

/// Ends a subscription
#[derive(Args, Debug, Clone)]
pub struct Unsub {
    /// Its id or its destination; 'all' ends all
    #[arg(value_name = "ID|DEST")]
    pub name: String,
    /// Delete a durable subscription for good
    #[arg(long)]
    pub durable: bool,
}

impl Unsub {
    /// Ends it.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        if self.durable && !context.may_take("unsub --durable").await? {
            return Ok(Flow::Continue);
        }
        let client = context.client()?;
        let connection = context.connection()?.id;
        let names = if self.name == "all" {
            client.status().await?.subscriptions.into_iter().map(|own| own.id).collect()
        } else {
            vec![self.name.clone()]
        };
        for name in names {
            let id = client.unsubscribe(&name, self.durable).await?;
            context.inbox.drop_view(connection, &id);
            context.note(&format!("unsubscribed {id}"));
        }
        Ok(Flow::Continue)
    }
}
