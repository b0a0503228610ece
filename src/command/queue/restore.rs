//! `restore`: envelopes back into queues.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::command::connection::parse_send_header;
use crate::command::context::{Command, Context, ControlFlow};
use crate::command::facts::{Example, Facts, Group};
use crate::command::send::{self, Cut, Send, parse_rate};
use crate::command::tree::{Input, InputBody};

/// Sends the envelopes that 'dump' has written
///
/// Each goes where it came from, or to --to, and has to be confirmed by the broker; where some are not, the first line
/// that is not is told. What belongs to one delivery, such as the message-id, is left out; bodies come back to the
/// byte, and text stays text. 'dump', 'sub --jsonl' and 'last --jsonl' write envelopes.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Restore {
    /// The file with one envelope a line; without it, standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Send all of them here, wherever they came from
    #[arg(long, value_name = "DEST")]
    pub to: Option<String>,
    /// Add or replace a header of each message; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_send_header)]
    pub header: Vec<(String, String)>,
    /// At most so many messages a second, as 10 or 10/s
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    pub rate: Option<u32>,
}

impl Restore {
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
}

impl Command for Restore {
    const FACTS: Facts = Facts::new("restore", Group::Queues)
        .without_connection()
        .stops_itself()
        .examples(&[Example::run("send /queue/orders {\"id\": 6}\ndump -o orders.jsonl /queue/orders\n",
        "# back to where they came from\nrestore orders.jsonl\n# or into another queue, with a header more\nrestore --to /queue/again -H 'restored: yes' orders.jsonl\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let input = Input { body: self.file.clone().map(InputBody::File), ..Input::default() };
        send::run(&self.send(), context, &input, Some("restored")).await
    }
}
