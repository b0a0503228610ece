//! `peek`: what is in a queue, without taking it.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::IDLE;
use super::looking::choose;
use crate::command::connection::parse_seconds;
use crate::command::context::{Command, Context, ControlFlow};
use crate::command::facts::{Example, Facts, Group, TWO_IN_QUEUE};
use crate::command::own_connection::control_flow;
use crate::command::sub::once::run;
use crate::command::sub::{OutputArgs, Sub};
use crate::command::tree::Input;

/// Shows what is in a queue without taking it
///
/// Where the broker has browsers (ActiveMQ, Apollo, the embedded one), nothing changes. RabbitMQ, Artemis and HornetQ
/// have none; there, --give-back takes the messages without acking them, and they come back marked redelivered.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Peek {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// At most so many messages
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// The queue counts as seen after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    /// Where the broker cannot browse: take without acking; the messages come back marked redelivered
    #[arg(long)]
    pub give_back: bool,
    /// Only messages that match this SQL-like condition, where the broker has selectors
    #[arg(long, value_name = "CONDITION")]
    pub selector: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Only messages with this header
    #[arg(long, value_name = "NAME=VALUE")]
    pub filter: Vec<String>,
    /// Only messages whose body matches this regular expression
    #[arg(long, value_name = "REGEX")]
    pub grep: Option<String>,
}

impl Command for Peek {
    const FACTS: Facts = Facts::new("peek", Group::Queues).row("peek DEST", "what is in a queue, without taking it")
        .aliases(&["browse"])
        .without_connection()
        .stops_itself()
        .examples(&[Example::run(TWO_IN_QUEUE,
        "# what is in a queue, without taking it\npeek /queue/orders\n# the first one, as an envelope\npeek -c 1 --jsonl /queue/orders\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut own = context.own().await?;
        let taking = tokio::select! {
            taking = choose(own.options.clone(), &self.destination, self.give_back, "") => taking?,
            code = own.signals.first() => return control_flow(code),
        };
        let sub = Sub {
            destination: vec![self.destination.clone()],
            count: self.count,
            idle: Some(self.idle.unwrap_or(IDLE)),
            selector: self.selector.clone(),
            output: self.output.clone(),
            filter: self.filter.clone(),
            grep: self.grep.clone(),
            // Fewer than asked for is no failure here.
            fewer_will_do: true,
            whole_queue: true,
            ..Sub::default()
        };
        control_flow(run(&sub, taking, &mut own).await?)
    }
}
