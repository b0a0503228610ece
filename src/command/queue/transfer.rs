//! `move` and `copy`: from one queue to another.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::arrivals::arrivals;
use super::passage::{Leaving, Passage, PassageEnd, Passed, forward};
use super::{IDLE, PassageArgs};
use crate::client::{ClientError, Status};
use crate::command::connection::parse_seconds;
use crate::command::connection_events;
use crate::command::connection_options::connect;
use crate::command::context::{Command, Context, ControlFlow, RunOptions};
use crate::command::existing_queue;
use crate::command::exit::Problem;
use crate::command::facts::{Danger, Example, Facts, Group, TWO_IN_QUEUE};
use crate::command::own_connection::{
    OwnConnection, control_flow, explain_missing_receipts, leave, require_queue, require_receipts, stopped,
};
use crate::command::tree::Input;
use crate::protocol::Headers;
use crate::render::progress::{Progress, Unit};
use crate::render::{messages, stderr};
use crate::session::{Dialect, Subscribe};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferKind {
    Move,
    Copy,
}

/// Moves the messages of a queue to another one
///
/// A moved message is taken off the source only when the target has it; where the broker can, both in one
/// transaction. The end of the source is no message for --idle.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Move {
    #[command(flatten)]
    transfer: TransferArgs,
    /// Create the source if it does not exist, where the broker can read it without creating it (RabbitMQ)
    #[arg(long)]
    create: bool,
}

/// Copies the messages of a queue to another one
///
/// The source keeps its messages, where the broker can show them. The end of the source is no message for --idle.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Copy {
    #[command(flatten)]
    transfer: TransferArgs,
}

/// What `move` and `copy` have in common.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct TransferArgs {
    /// From this queue
    #[arg(value_name = "FROM")]
    pub from: String,
    /// To this one
    #[arg(value_name = "TO")]
    pub to: String,
    /// The source counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    #[command(flatten)]
    pub passage: PassageArgs,
}

impl Command for Move {
    const FACTS: Facts = Facts::new("move", Group::Queues)
        .row("move, copy A B", "from one queue to another")
        .without_connection()
        .stops_itself()
        .examples(&[Example::run(
            TWO_IN_QUEUE,
            "# an ack only after the other queue's receipt\nmove --idle 0.5 /queue/orders /queue/again\n",
        )]);

    fn danger(&self, _: RunOptions) -> Option<Danger> {
        Some(Danger::Consumes("move"))
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        self.transfer.run_confirmed(TransferKind::Move, self.create, context.own_connection().await?).await
    }
}

impl Command for Copy {
    const FACTS: Facts =
        Facts::new("copy", Group::Queues).without_connection().stops_itself().examples(&[Example::run(
            TWO_IN_QUEUE,
            "# the first one stays and is there twice\ncopy -c 1 /queue/orders /queue/again\n",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        self.transfer.run_confirmed(TransferKind::Copy, false, context.own_connection().await?).await
    }
}

impl TransferArgs {
    async fn run_confirmed(
        &self,
        kind: TransferKind,
        create: bool,
        own: OwnConnection,
    ) -> Result<ControlFlow> {
        let (command, why) = match kind {
            TransferKind::Move => {
                ("move", "a message leaves the source only when the target has confirmed it")
            }
            TransferKind::Copy => ("copy", "a message counts as copied when the target has confirmed it"),
        };
        require_receipts(&own.options, command, why)?;
        explain_missing_receipts(self.run(kind, create, own).await, command, why)
    }

    async fn run(&self, kind: TransferKind, create: bool, own: OwnConnection) -> Result<ControlFlow> {
        let (mut options, quiet, mut signals) = (own.options.clone(), own.quiet, own.signals.clone());
        let signals = &mut signals;
        if self.from == self.to {
            return Err(Problem::usage("source and target are the same queue").into());
        }
        let retain = options.reconnect.is_some_and(|reconnect| reconnect.resend);
        options.streams = true;
        options.disconnects_in_doubt = true;
        let (client, events) = tokio::select! {
            connected = connect(options.clone()) => connected?,
            code = signals.first() => return control_flow(code),
        };
        let status = client.status().await?;
        let dialect = status.dialect;
        require_queue(dialect, &self.from)?;
        if kind == TransferKind::Copy && dialect.browses.is_none() {
            let message = format!(
                "{} cannot show a queue without taking from it, so it cannot be copied",
                dialect.display_name()
            );
            let hint = "'move' takes the messages; a second 'move' brings them back";
            return Err(Problem::usage_hint(message, hint).into());
        }
        tokio::select! {
            safe = async {
                if kind == TransferKind::Move && self.passage.count.is_some() {
                    existing_queue::require_lasting(&own, &options, &status, &self.from).await?;
                }
                existing_queue::require_target(&options, dialect, &self.to, quiet).await
            } => safe?,
            code = signals.first() => return control_flow(code),
        };
        let leaving = match kind {
            TransferKind::Copy => Leaving::Staying,
            // A COMMIT must not overtake the frames of its transaction.
            TransferKind::Move if dialect.moves_in_transactions() && status.in_order => {
                Leaving::InTransactions
            }
            TransferKind::Move => Leaving::AfterReceipts,
        };
        let ends_with_acks =
            kind == TransferKind::Move && self.passage.ends_with_acks(retain, &status, &self.from);
        let passage = Passage {
            source: client.clone(),
            target: client.clone(),
            same: true,
            leaving,
            ack: status.bulk_ack(),
            forward: forward(&self.to, kept_headers(&self.passage.header, dialect)),
            most: self.passage.most(),
            ends_with_acks,
            full: match leaving {
                _ if ends_with_acks => self.passage.prefetch().into(),
                // With half of the prefetch in a transaction, the broker has the other half to deliver.
                Leaving::InTransactions => u64::from(self.passage.prefetch() / 2),
                Leaving::AfterReceipts | Leaving::Staying => 1,
            },
            // So many are asked for that all of them come at once, if they are there.
            linger: Duration::from_millis(if ends_with_acks { 1_000 } else { 10 }),
            idle: Some(self.idle.unwrap_or(IDLE)),
            retain,
            quiet,
            progress: Arc::default(),
        };
        let mut arrivals = match kind {
            // What is shown once more after a loss would be copied twice.
            TransferKind::Copy => arrivals(events, Some(dialect)),
            TransferKind::Move => arrivals(events, None).across_losses(connection_events::reporter(quiet)),
        };
        let subscription = self.subscription(leaving, &status);
        let subscribing = async {
            if create {
                return client.subscribe(subscription).await.map(drop);
            }
            existing_queue::subscribe(&client, subscription, dialect, quiet).await
        };
        let subscribed = tokio::select! {
            subscribed = arrivals.during(subscribing) => subscribed,
            code = signals.first() => return control_flow(code),
        };
        let total = self.passage.count.unwrap_or(0);
        let progress = Progress::watch(Arc::clone(&passage.progress), total, Unit::Messages, quiet);
        let (mut passed, ended) = match subscribed {
            Ok(()) => passage.run(&mut arrivals, signals).await,
            Err(error) => (Passed::default(), PassageEnd::Failed(error.into())),
        };
        progress.end().await;
        let parting = leave(&client, !passed.is_proven()).await;
        passed.leave(parting.is_ok());
        if !quiet {
            stderr::line(&self.summary(kind, leaving, &passed));
        }
        if kind == TransferKind::Move && passed.done == 0 && matches!(ended, PassageEnd::Done) {
            existing_queue::warn_of_stream(&own, &options, &status, &self.from).await;
        }
        match ended {
            PassageEnd::Failed(error) => Err(cause(error, parting)),
            PassageEnd::Done => parting.map(|()| ControlFlow::Continue),
            PassageEnd::Signal(code) => stopped(code, parting),
        }
    }

    fn subscription(&self, leaving: Leaving, status: &Status) -> Subscribe {
        let mut subscribe = Subscribe { destination: self.from.clone(), ..Subscribe::default() };
        if leaving == Leaving::Staying {
            subscribe.headers = status.dialect.browse_headers().unwrap_or_default();
        } else {
            // One ACK for many: ActiveMQ never forgets those that were acked one by one in a transaction, and
            // compares each message with all of them.
            subscribe.ack = status.bulk_ack();
            subscribe.prefetch = Some(self.passage.prefetch());
        }
        subscribe
    }

    fn summary(&self, kind: TransferKind, leaving: Leaving, passed: &Passed) -> String {
        let what = if kind == TransferKind::Move { "moved" } else { "copied" };
        let mut line = format!("{what} {} from {} to {}", messages(passed.done), self.from, self.to);
        let where_ = match leaving {
            Leaving::InTransactions => "is in one of the two",
            Leaving::AfterReceipts => "is still in the source, and may be in the target too",
            Leaving::Staying => "may be in the target or not",
        };
        if passed.unknown > 0 {
            line.push_str(&format!("; of {} it is not known: each {where_}", passed.unknown));
        }
        line.push_str(&passed.doubles());
        line
    }
}

/// The ERROR with which the broker ended the connection, which a request that failed later does not name; else `error`.
pub(super) fn cause(error: anyhow::Error, parting: Result<()>) -> anyhow::Error {
    let names_none = error.downcast_ref().is_some_and(|error: &ClientError| error.error_number().is_none());
    let refused =
        parting.err().filter(|parting| matches!(parting.downcast_ref(), Some(ClientError::Broker(_))));
    refused.filter(|_| names_none).unwrap_or(error)
}

/// The headers that are added, with the one that makes this broker keep a message for later.
pub(super) fn kept_headers(given: &[(String, String)], dialect: &Dialect) -> Headers {
    let mut headers: Headers = given.iter().cloned().collect();
    if let Some((name, value)) = dialect.queue_creation_header {
        headers.keep(name, value);
    }
    headers
}
