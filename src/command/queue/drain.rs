//! `drain` and `purge`: all that is in a queue.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::IDLE;
use crate::client::ClientOptions;
use crate::command::connection::parse_seconds;
use crate::command::exit;
use crate::command::signals::Signals;
use crate::command::sub::once::{Taking, run_counting};
use crate::command::sub::{OutputArgs, Sub};
use crate::render::{Colors, messages, stderr};

/// Takes and prints all that is in a queue
///
/// Each message is acked after its output was written. The end of the queue is no message for --idle.
#[derive(Args, Debug, Clone, Default)]
pub struct Drain {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The queue counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl Drain {
    /// Drains it, on a connection of its own.
    pub async fn run(
        &self,
        options: ClientOptions,
        colors: Colors,
        quiet: bool,
        signals: &mut Signals,
    ) -> Result<u8> {
        let sub = Sub {
            destination: vec![self.destination.clone()],
            idle: Some(self.idle.unwrap_or(IDLE)),
            output: self.output.clone(),
            whole_queue: true,
            ..Sub::default()
        };
        let drained = Arc::new(AtomicU64::new(0));
        let code = run_counting(&sub, Taking::Acked, &drained, options, colors, quiet, signals).await?;
        if matches!(code, exit::INTERRUPTED | exit::TERMINATED) && !quiet && !self.output.count_only {
            let drained = messages(drained.load(Ordering::Relaxed));
            stderr::line(&format!("stopped: {drained} taken off {}", self.destination));
        }
        Ok(code)
    }
}

/// Takes all that is in a queue and throws it away
///
/// Prints how many messages there were.
#[derive(Args, Debug, Clone, Default)]
pub struct Purge {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The queue counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
}

impl Purge {
    /// Purges it, on a connection of its own.
    pub async fn run(
        &self,
        options: ClientOptions,
        colors: Colors,
        quiet: bool,
        signals: &mut Signals,
    ) -> Result<u8> {
        let output = OutputArgs { count_only: true, ..OutputArgs::default() };
        let drain = Drain { destination: self.destination.clone(), idle: self.idle, output };
        drain.run(options, colors, quiet, signals).await
    }
}
