//! A `sub` that stays, at the prompt and in scripts, while other commands run.

use std::io::IsTerminal as _;

use anyhow::Result;

use super::Sub;
use crate::command::context::{Context, ControlFlow};
use crate::command::inbox::View;
use crate::render::{DataOut, Output, Renderer};
use crate::session::{AckMode, WINDOW};

impl Sub {
    /// Subscribes on the current connection. The inbox shows the messages.
    pub(super) async fn follow(&self, context: &mut Context) -> Result<ControlFlow> {
        DataOut::default().require_open()?;
        self.check_acks()?;
        context.connect_on_demand().await?;
        let ack = self.ack.unwrap_or(AckMode::Auto);
        let prefetch = (ack != AckMode::Auto).then_some(WINDOW);
        let status = context.client()?.status().await?;
        self.check_broker(&status)?;
        let first = status.subscriptions.is_empty();
        if first && context.run_options.interactive {
            context.waited = context.inbox.count();
        }
        for mut subscription in self.subscriptions(ack, prefetch, &status) {
            let client = context.client()?;
            let connection = context.connection()?.id;
            let destination = subscription.destination.clone();
            let id = match subscription.id.clone().or_else(|| subscription.durable.clone()) {
                Some(id) => id,
                None => self.free_id(context).await?,
            };
            subscription.id = Some(id.clone());
            subscription.tracked = true;
            let view = self.view(context, destination.clone())?;
            let replaces =
                client.status().await?.subscriptions.iter().any(|subscription| subscription.id == id);
            if !replaces {
                context.inbox.set_view(connection, &id, view);
            }
            let id = client.subscribe(subscription).await?;
            context.remember(&destination);
            context.note(&format!("subscribed to {destination} as {id}"));
        }
        let takes = self.destination.iter().any(|destination| !status.dialect.is_topic(destination));
        if takes && ack == AckMode::Auto && self.ack.is_none() {
            context.note_once("sub-auto", "takes messages off the queue; peek does not");
        }
        Ok(ControlFlow::Continue)
    }

    async fn free_id(&self, context: &mut Context) -> Result<String> {
        let taken = context.client()?.status().await?.subscriptions;
        loop {
            let id = context.new_subscription_id()?;
            if !taken.iter().any(|subscription| subscription.id == id) {
                return Ok(id);
            }
        }
    }

    fn view(&self, context: &Context, destination: String) -> Result<View> {
        let interactive = context.run_options.interactive;
        let terminal = interactive || std::io::stdout().is_terminal();
        let mut output = self.output.format(terminal, context.colors.stdout)?;
        if let Output::Terminal(terminal) = &mut output
            && interactive
        {
            terminal.in_shell = true;
            context.settings.apply(terminal, self.output.headers);
        }
        let hidden = self.output.count_only;
        Ok(View::new(destination, self.chosen.filter()?, hidden, Renderer::new(output, terminal)))
    }
}
