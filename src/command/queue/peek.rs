//! `peek`: what is in a queue, without taking it.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use anyhow::Result;
use clap::Args;

use super::QueueArgs;
use crate::command::context::{Command, Context, ControlFlow};
use crate::command::facts::{Example, Facts, Group, TWO_IN_QUEUE};
use crate::command::own_connection::control_flow;
use crate::command::sub::{OutputArgs, Purpose, ReceiveSummary, receive};
use crate::command::tree::Input;

/// Shows what is in a queue without taking it
///
/// Where the broker has browsers (ActiveMQ, Apollo, the embedded one), nothing changes. RabbitMQ, Artemis and HornetQ
/// have none; there, --give-back takes the messages without acking them, and they come back marked redelivered.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Peek {
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Where the broker cannot browse: take without acking; the messages come back marked redelivered. An auto-delete queue
    /// without other subscribers is deleted afterwards: this is refused where RabbitMQ's management tells
    #[arg(long)]
    pub give_back: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl Command for Peek {
    const FACTS: Facts = Facts::new("peek", Group::Queues).row("peek DEST", "what is in a queue, without taking it")
        .aliases(&["browse"])
        .without_connection()
        .stops_itself()
        .examples(&[Example::run(TWO_IN_QUEUE,
        "# what is in a queue, without taking it\npeek /queue/orders\n# the first one, as an envelope\npeek -c 1 --jsonl /queue/orders\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let purpose = Purpose::Look { give_back: self.give_back, others: "" };
        let sub = self.queue.sub(self.output.clone());
        control_flow(
            receive(&sub, purpose, &mut context.own_connection().await?, &mut ReceiveSummary::default())
                .await?,
        )
    }
}
