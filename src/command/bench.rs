//! `bench`: puts a load on a broker and measures it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use clap::ValueEnum;

use super::connection::{parse_seconds, parse_send_header};
use super::exit;
use super::own_connection::{OwnConnection, control_flow, explain_missing_receipts, require_receipts};
use super::prelude::*;
use crate::bench::{BenchAmount, BenchOutcome, BenchPlan, MIN_BODY, run};
use crate::render::escape::{Lines, escape_text};
use crate::render::progress::{Progress, Unit};
use crate::render::{Diagnostic, Paint, messages, stderr};
use crate::session::AckMode;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum BenchReceipts {
    /// Each
    #[default]
    All,
    /// None
    None,
}

/// Puts a load on a broker and measures it
///
/// Sends and receives messages through a queue of its own, which is empty afterwards, or through DEST: any queue or
/// topic that nobody else uses. Reports messages and bytes a second each way, how long messages were under way, and
/// what was confirmed, acked, lost or duplicated. With --rate, a latency counts from when a message was to be sent,
/// however late it went. Ctrl-C ends it with the report so far.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Bench {
    /// A queue or topic that nobody else uses [default: a queue of its own]
    #[arg(value_name = "DEST")]
    pub destination: Option<String>,
    /// Connections that send
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub producers: u16,
    /// Connections that receive; 0: only send
    #[arg(short = 'C', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub consumers: u16,
    /// Bytes of each body, 36 at least: each says which one it is
    #[arg(long, value_name = "BYTES", default_value_t = 100, value_parser = parse_size)]
    pub size: usize,
    /// Send so many messages in all
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Send for so many seconds [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, conflicts_with = "count")]
    pub duration: Option<Duration>,
    /// Messages a second, of all producers together [default: as many as the broker takes]
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    pub rate: Option<f64>,
    /// Which messages ask for a receipt
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    pub receipt: BenchReceipts,
    /// The broker keeps messages over its own restart
    #[arg(long)]
    pub persistent: bool,
    /// How messages are acked: auto, client or client-individual [default: auto]
    #[arg(long, value_name = "MODE")]
    pub ack: Option<AckMode>,
    /// At most so many unacked messages for each consumer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub prefetch: Option<u32>,
    /// One more header of each message; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_send_header)]
    pub header: Vec<(String, String)>,
    /// A message is lost when nothing has come for so many seconds [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    /// The report as JSON
    #[arg(long)]
    pub json: bool,
}

fn parse_size(text: &str) -> Result<usize, String> {
    const LONGEST: usize = 64 << 20;
    let size: usize = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    match size {
        size if size < MIN_BODY => Err(format!("it is {MIN_BODY} at least: each body says which one it is")),
        size if size > LONGEST => Err(format!("it is {LONGEST} at most")),
        size => Ok(size),
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let figure = text.strip_suffix("/s").unwrap_or(text);
    let rate: f64 = figure.parse().map_err(|_| format!("'{text}' is not a number of messages a second"))?;
    if (0.001..=1e9).contains(&rate) { Ok(rate) } else { Err("it is from 0.001 to 1000000000".to_owned()) }
}

impl Bench {
    fn plan(&self) -> BenchPlan {
        let duration = self.duration.unwrap_or(Duration::from_secs(5));
        BenchPlan {
            destination: self.destination.clone(),
            producers: self.producers,
            consumers: self.consumers,
            size: self.size,
            amount: self.count.map_or(BenchAmount::Duration(duration), BenchAmount::Count),
            rate: self.rate,
            receipts: self.receipt == BenchReceipts::All,
            persistent: self.persistent,
            ack: self.ack.unwrap_or_default(),
            prefetch: self.prefetch,
            headers: self.header.clone(),
            idle_timeout: self.idle.unwrap_or(Duration::from_secs(5)),
        }
    }

    /// Refuses options of consumers where there are none.
    fn check(&self) -> Result<()> {
        let given = [
            ("--ack", self.ack.is_some()),
            ("--prefetch", self.prefetch.is_some()),
            ("--idle", self.idle.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given && self.consumers == 0) {
            None => Ok(()),
            Some((option, _)) => {
                let message = format!("{option} has no effect: no consumer receives");
                Err(Problem::usage_hint(message, "--consumers N receives over N connections").into())
            }
        }
    }
}

impl Command for Bench {
    const FACTS: Facts = Facts::new("bench", Group::Queues)
        .multi_threaded()
        .command_line_only()
        .without_connection()
        .stops_itself();

    fn danger(&self, _: RunOptions) -> Option<Danger> {
        Some(Danger::Loads("bench"))
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        self.check()?;
        let plan = self.plan();
        let OwnConnection { mut options, out, quiet, mut signals, .. } = context.own_connection().await?;
        let why = "it measures until the server has confirmed the messages";
        require_receipts(&options, "bench", why)?;
        options.disconnects_in_doubt = true;
        let done = Arc::new(AtomicU64::new(0));
        let (total, unit) = match plan.amount {
            BenchAmount::Count(count) => (count, Unit::Messages),
            BenchAmount::Duration(duration) => (duration.as_secs(), Unit::Seconds),
        };
        let mut progress = None;
        let begin = |broker: &str, destination: &str| {
            if !quiet {
                let broker = escape_text(broker, Lines::One);
                let plural = |count: u16| if count == 1 { "" } else { "s" };
                stderr::line(&format!(
                    "{} producer{}, {} consumer{}, {destination} on {broker}; Ctrl-C ends it",
                    plan.producers,
                    plural(plan.producers),
                    plan.consumers,
                    plural(plan.consumers),
                ));
            }
            progress = Some(Progress::watch(Arc::clone(&done), total, unit, quiet));
        };
        let mut code = None;
        let stopped = async { code = Some(signals.first().await) };
        let outcome = run(&plan, &options, stopped, &done, begin).await;
        if let Some(progress) = progress {
            progress.end().await;
        }
        let BenchOutcome { report, failure } = explain_missing_receipts(outcome, "bench", why)?;
        let text = if self.json { report.to_json()? } else { report.to_text() };
        out.write(text.as_bytes())?;
        if let Some(deliveries) = report.deliveries.filter(|deliveries| deliveries.foreign > 0) {
            let settled = if plan.ack == AckMode::Auto { "taken off" } else { "given back" };
            let text =
                format!("{} of others in {} {settled}", messages(deliveries.foreign), report.destination);
            stderr::diagnostic(&Diagnostic::warning(text), Paint::PLAIN);
            let hint = "bench needs a destination that nobody else uses; without DEST it makes one";
            return Err(Problem::usage_hint("there are messages of others", hint).into());
        }
        match (code, failure) {
            (Some(code), _) => control_flow(code),
            (None, Some(failure)) => Err(failure.into()),
            (None, None) if report.lost() > 0 => {
                let reason = format!("{} never came", messages(report.lost()));
                Err(Problem::Sending { reason, code: exit::FAILED }.into())
            }
            (None, None) => Ok(ControlFlow::Continue),
        }
    }
}
