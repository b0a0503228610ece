//! `drain` and `purge`: all that is in a queue.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::IDLE;
use crate::command::connection::parse_seconds;
use crate::command::context::{Command, Context, ControlFlow, RunOptions};
use crate::command::exit;
use crate::command::facts::{Danger, Example, Facts, Group, TWO_IN_QUEUE};
use crate::command::own_connection::control_flow;
use crate::command::sub::once::{Taking, run_counting};
use crate::command::sub::{OutputArgs, Sub};
use crate::command::tree::Input;
use crate::render::{messages, stderr};

/// Takes and prints all that is in a queue
///
/// Each message is acked after its output was written. The end of the queue is no message for --idle.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Drain {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The queue counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
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
        let mut own = context.own().await?;
        let sub = Sub {
            destination: vec![self.destination.clone()],
            idle: Some(self.idle.unwrap_or(IDLE)),
            output: self.output.clone(),
            whole_queue: true,
            ..Sub::default()
        };
        let drained = Arc::new(AtomicU64::new(0));
        let code = run_counting(&sub, Taking::Acked, &drained, &mut own).await?;
        if matches!(code, exit::INTERRUPTED | exit::TERMINATED) && !own.quiet && !self.output.count_only {
            let drained = messages(drained.load(Ordering::Relaxed));
            stderr::line(&format!("stopped: {drained} taken off {}", self.destination));
        }
        control_flow(code)
    }
}

/// Takes all that is in a queue and throws it away
///
/// Prints how many messages there were.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Purge {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The queue counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
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

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        let output = OutputArgs { count_only: true, ..OutputArgs::default() };
        let drain = Drain { destination: self.destination.clone(), idle: self.idle, output };
        drain.run(context, input).await
    }
}
