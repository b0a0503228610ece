//! `restore`: envelopes back into queues.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::client::ClientOptions;
use crate::command::connection::parse_header;
use crate::command::context::{Context, Flow};
use crate::command::exit::Problem;
use crate::command::language::{Given, GivenBody};
use crate::command::send::{Cut, Send, once};
use crate::command::signals::Signals;
use crate::render::stderr;

/// Sends the envelopes that 'dump' has written
///
/// Each goes where it came from, or to --to, and has to be confirmed by the broker; where some are not, the first line
/// that is not is told. What belongs to one delivery, such as the message-id, is left out; bodies come back to the
/// octet, and text stays text. 'dump', 'sub --jsonl' and 'last --jsonl' write envelopes.
#[derive(Args, Debug, Clone, Default)]
pub struct Restore {
    /// The file with one envelope a line; without it, standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Send all of them here, wherever they came from
    #[arg(long, value_name = "DEST")]
    pub to: Option<String>,
    /// Add or replace a header of each message; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_header)]
    pub header: Vec<(String, String)>,
    /// At most so many messages a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
}

impl Restore {
    /// It is a `send` of many messages.
    fn send(&self) -> Send {
        Send {
            destination: self.to.clone(),
            header: self.header.clone(),
            rate: self.rate,
            cut: Cut { jsonl: true, ..Cut::default() },
            kept: true,
            ..Send::default()
        }
    }

    /// Restores them, on a connection of its own.
    pub async fn run(&self, options: ClientOptions, quiet: bool, signals: &mut Signals) -> Result<u8> {
        if self.file.is_none() && std::io::stdin().is_terminal() && !quiet {
            stderr::line("reading envelopes from the terminal, one a line; Ctrl-D ends them");
        }
        once::restore(&self.send(), self.file.as_deref(), options, quiet, signals).await
    }

    /// Restores them over the connection of a prompt or a script.
    pub async fn run_typed(&self, context: &mut Context) -> Result<Flow> {
        let Some(file) = &self.file else {
            let hint = "only 'stomp restore' on the command line reads standard input";
            return Err(Problem::usage_hint("the file with the envelopes is not named", hint).into());
        };
        let given = Given { body: Some(GivenBody::File(file.clone())), line: None };
        self.send().run(context, &given).await
    }
}
