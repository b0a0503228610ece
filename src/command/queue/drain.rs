//! `drain` and `purge`: all that is in a queue.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use anyhow::Result;
use clap::Args;

use super::QueueArgs;
use crate::command::context::{Command, Context, ControlFlow, RunOptions};
use crate::command::exit;
use crate::command::facts::{Danger, Example, Facts, Group, TWO_IN_QUEUE};
use crate::command::own_connection::control_flow;
use crate::command::sub::{OutputArgs, Purpose, ReceiveSummary, receive};
use crate::command::tree::Input;
use crate::render::{messages, stderr};

/// Takes and prints all that is in a queue
///
/// Each message is acked after its output was written. The end of the queue is no message for --idle.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Drain {
    #[command(flatten)]
    pub queue: QueueArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl Command for Drain {
    const FACTS: Facts = Facts::new("drain", Group::Queues)
        .row("drain, purge DEST", "take and print all; throw all away")
        .without_connection()
        .stops_itself()
        .examples(&[Example::run(
            TWO_IN_QUEUE,
            "# takes and prints all that is there\ndrain --idle 0.5 /queue/orders\n",
        )]);

    fn danger(&self, _: RunOptions) -> Option<Danger> {
        Some(Danger::Consumes("drain"))
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        drain(&self.queue, self.output.clone(), context).await
    }
}

/// Takes all that is in a queue and throws it away
///
/// Prints how many messages there were.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Purge {
    #[command(flatten)]
    pub queue: QueueArgs,
}

impl Command for Purge {
    const FACTS: Facts =
        Facts::new("purge", Group::Queues).without_connection().stops_itself().examples(&[Example::run(
            TWO_IN_QUEUE,
            "# takes all that is there and throws it away\npurge --idle 0.5 /queue/orders\n",
        )]);

    fn danger(&self, _: RunOptions) -> Option<Danger> {
        Some(Danger::Consumes("purge"))
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let output = OutputArgs { count_only: true, ..OutputArgs::default() };
        drain(&self.queue, output, context).await
    }
}

async fn drain(queue: &QueueArgs, output: OutputArgs, context: &mut Context) -> Result<ControlFlow> {
    let (mut connection, mut drained) = (context.own_connection().await?, ReceiveSummary::default());
    let sub = queue.sub(output);
    let code = receive(&sub, Purpose::Consume, &mut connection, &mut drained).await?;
    let stopped = exit::is_signal(code) && code != exit::CLOSED;
    if stopped && !connection.quiet && !sub.output.count_only {
        let (count, queue) = (messages(drained.printed()), &queue.destination);
        let taken = if drained.unproven { "received from" } else { "taken off" };
        stderr::line(&format!("stopped: {count} {taken} {queue}"));
    }
    control_flow(code)
}
