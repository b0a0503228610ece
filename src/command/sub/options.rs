//! The options of `sub`: what they subscribe to, and in which format they print.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::client::Status;
use crate::command::connection::{parse_seconds, parse_subscribe_header};
use crate::command::exit::Problem;
use crate::command::own_connection::require_queue;
use crate::protocol::Headers;
use crate::render::{Filter, Format, Output, Paint, Terminal, measure};
use crate::session::dialect::{DurableDeletion, NackEffect};
use crate::session::{AckMode, Subscribe};

/// What happens after an `--exec` that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OnFail {
    /// Leave the message unacked and end
    #[default]
    Stop,
    /// Give the message back (NACK) and go on
    Nack,
    /// Take the message and go on
    Continue,
}

/// Subscribes and prints what comes
///
/// To a terminal: a head line and the body. To a pipe or a file: each body and a newline, nothing else.
/// A message is acked after its output was written.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Sub {
    /// What to subscribe to, such as /queue/a or /topic/b
    #[arg(value_name = "DEST", required = true)]
    pub destination: Vec<String>,
    /// The subscription's id
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// How messages are acked: auto, client or client-individual
    #[arg(long, value_name = "MODE")]
    pub ack: Option<AckMode>,
    #[command(flatten)]
    pub chosen: Choice,
    /// A durable subscription of this name
    #[arg(long, value_name = "NAME")]
    pub durable: Option<String>,
    /// At most so many unacked messages at a time
    #[arg(long, value_name = "N")]
    pub prefetch: Option<u32>,
    /// One more header of SUBSCRIBE; may be given more than once
    #[arg(id = "subscribe_header", short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_subscribe_header)]
    pub header: Vec<(String, String)>,
    /// End after so many seconds in all
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub timeout: Option<Duration>,
    /// End after so many seconds without a message
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Ack what --filter and --grep hide, too
    #[arg(long)]
    pub discard_others: bool,
    /// What happens after an --exec that failed
    #[arg(long, value_enum, value_name = "WHAT", default_value_t, requires = "exec")]
    pub on_fail: OnFail,
    /// Whether it reads a queue up to its end, so that fewer messages than `count` are no failure.
    #[arg(skip)]
    pub whole_queue: bool,
}

/// Which messages a command works on.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Choice {
    /// End after so many messages
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Only messages that match this SQL-like condition, where the broker has selectors
    #[arg(long, value_name = "CONDITION")]
    pub selector: Option<String>,
    /// Only messages with this header
    #[arg(long, value_name = "NAME=VALUE")]
    pub filter: Vec<String>,
    /// Only messages whose body matches this regular expression
    #[arg(long, value_name = "REGEX")]
    pub grep: Option<String>,
}

impl Choice {
    /// The largest number of messages to receive; `u64::MAX` without a limit.
    pub(crate) fn most(&self) -> u64 {
        self.count.unwrap_or(u64::MAX)
    }

    /// Whether no option selects messages; `--count` may limit them nevertheless.
    pub(crate) fn is_all(&self) -> bool {
        self.selector.is_none() && !self.hides()
    }

    /// Whether this program leaves out messages that the broker sends.
    fn hides(&self) -> bool {
        !self.filter.is_empty() || self.grep.is_some()
    }

    /// The filter that `--filter` and `--grep` describe.
    pub(crate) fn filter(&self) -> Result<Filter> {
        let mut filter = Filter::new();
        for header in &self.filter {
            filter = filter.header(header).map_err(|error| Problem::usage(error.to_string()))?;
        }
        if let Some(pattern) = &self.grep {
            filter = filter.grep(pattern).map_err(|error| Problem::usage(error.to_string()))?;
        }
        Ok(filter)
    }
}

/// In which form messages are printed.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output of messages")]
#[group(id = "output", multiple = false)]
pub(crate) struct OutputArgs {
    /// Bodies with nothing between them
    #[arg(long)]
    pub raw: bool,
    /// Each body and a NUL
    #[arg(short = '0', long)]
    pub null: bool,
    /// One JSON envelope a line, as 'send --jsonl' reads them
    #[arg(long)]
    pub jsonl: bool,
    /// Bodies in hexadecimal digits
    #[arg(long)]
    pub hex: bool,
    /// Headers and body
    #[arg(long)]
    pub headers: bool,
    /// Headers alone
    #[arg(long)]
    pub headers_only: bool,
    /// %d destination, %b body, %h{name} a header, %H all headers as JSON, %i id, %s size, %t time, %n number
    #[arg(short = 'F', long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Nothing, but the count at the end
    #[arg(long)]
    pub count_only: bool,
    /// A file for each message in this folder
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,
    /// Run this command for each message, the body on its standard input
    #[arg(long, value_name = "CMD")]
    pub exec: Option<String>,
}

impl OutputArgs {
    /// The format; without an option, the one that fits a terminal or a pipe.
    pub(crate) fn format(&self, terminal: bool, paint: Paint) -> Result<Output> {
        Ok(if self.raw {
            Output::Raw
        } else if self.null {
            Output::Nul
        } else if self.jsonl {
            Output::Envelopes
        } else if self.hex {
            Output::Hex
        } else if self.headers && !terminal {
            Output::Headers
        } else if self.headers_only {
            Output::HeadersOnly
        } else if let Some(format) = &self.format {
            Output::Format(Format::parse(format).map_err(|error| Problem::usage(error.to_string()))?)
        } else if terminal {
            let headers = self.headers;
            let mut terminal = Terminal { paint, headers, ..Terminal::default() };
            if let Some((columns, _)) = measure::screen() {
                terminal.width = columns;
            }
            Output::Terminal(Box::new(terminal))
        } else {
            Output::Lines
        })
    }
}

impl Sub {
    /// What to subscribe to; the ids are told apart where one was given for several destinations.
    pub(crate) fn subscriptions(
        &self,
        ack: AckMode,
        prefetch: Option<u32>,
        status: &Status,
    ) -> Vec<Subscribe> {
        let selector = self.chosen.selector.iter().map(|selector| ("selector", selector.as_str()));
        let mut headers: Headers = selector.collect();
        headers.overlay(&self.header.iter().cloned().collect());
        // Where a durable subscription can be deleted under this id alone.
        let deleted = status.dialect.durable.map(|durable| durable.deleted);
        let first = match (&self.durable, deleted) {
            (Some(_), Some(DurableDeletion::SubscribedAsClientId)) => status.client_id.clone(),
            _ => None,
        };
        let several = self.destination.len() > 1;
        let named = |name: &Option<String>, index: usize| {
            name.as_ref().map(|name| if several { format!("{name}-{}", index + 1) } else { name.clone() })
        };
        let destinations = self.destination.iter().enumerate();
        destinations
            .map(|(index, destination)| Subscribe {
                destination: destination.clone(),
                id: named(&self.id, index).or_else(|| first.clone().filter(|_| index == 0)),
                ack,
                prefetch: self.prefetch.or(prefetch),
                durable: named(&self.durable, index),
                headers: headers.clone(),
                tracked: false,
            })
            .collect()
    }

    /// Refuses what this broker would not do, and would not say either.
    pub(crate) fn check_broker(&self, status: &Status) -> Result<()> {
        let dialect = status.dialect;
        let known = dialect.is_known();
        if self.whole_queue {
            for destination in &self.destination {
                require_queue(dialect, destination)?;
            }
        }
        if self.chosen.selector.is_some() && known && !dialect.selects {
            let message = format!("{} has no selectors: every message would come", dialect.name);
            let hint = "--filter and --grep choose here; what they hide stays on the queue";
            return Err(Problem::usage_hint(message, hint).into());
        }
        if self.nacks() {
            let version = status.connected.as_ref().map(|connected| connected.version);
            let refuse = |message: String| {
                let hint = "--on-fail stop leaves the message unacked and ends";
                Err(Problem::usage_hint(message, hint).into())
            };
            if version.is_some_and(|version| !version.has_nack()) {
                return refuse("STOMP 1.0 has no NACK".to_owned());
            }
            if !matches!(dialect.nacked, NackEffect::Requeued | NackEffect::Unknown) {
                return refuse(format!("{} does not give a nacked message back", dialect.name));
            }
        }
        let Some(name) = &self.durable else { return Ok(()) };
        let Some(durable) = dialect.durable else {
            let message = if known {
                format!("{} has no durable subscriptions", dialect.name)
            } else {
                "how this broker is asked for a durable subscription is not known".to_owned()
            };
            return Err(Problem::usage_hint(message, "-H gives SUBSCRIBE a header of its own").into());
        };
        if durable.needs_client_id && status.client_id.is_none() {
            let message = format!(
                "{} keeps a durable subscription under the client-id of its connection, and this one has none",
                dialect.name
            );
            let hint = "--client-id NAME gives it one; at the prompt, connect --client-id NAME";
            return Err(Problem::usage_hint(message, hint).into());
        }
        if dialect.names_durables_by_id() && self.id.as_ref().is_some_and(|id| id != name) {
            let message = format!("{} keeps a durable subscription under its id", dialect.name);
            return Err(Problem::usage_hint(message, "--durable NAME alone gives both").into());
        }
        Ok(())
    }

    /// Whether a message whose command failed is given back.
    pub(super) fn nacks(&self) -> bool {
        self.output.exec.is_some() && self.on_fail == OnFail::Nack
    }

    /// Refuses acks that would settle what they should not.
    pub(crate) fn check_acks(&self) -> Result<()> {
        if self.discard_others && !self.chosen.hides() {
            let hint = "it acks what --filter NAME=VALUE and --grep REGEX hide; give one of them";
            return Err(Problem::usage_hint("--discard-others has no effect: nothing is hidden", hint).into());
        }
        let hides = self.chosen.hides() && !self.discard_others;
        let message = match self.ack {
            Some(AckMode::Client) if hides => {
                "in ack mode 'client', an ack takes all messages before it too, those that --filter and --grep hide"
            }
            Some(AckMode::Client) if self.nacks() => {
                "in ack mode 'client', a nack gives back all messages before it too"
            }
            Some(AckMode::Auto) if self.nacks() => "in ack mode 'auto' nothing can be given back",
            _ => return Ok(()),
        };
        Err(Problem::usage_hint(message, "--ack client-individual settles each by itself").into())
    }
}
