//! `dump`: the messages of a queue as envelopes, for `restore`.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use super::QueueArgs;
use crate::command::context::{Command, Context, ControlFlow, RunOptions};
use crate::command::exit::{self, Problem};
use crate::command::facts::{Danger, Example, Facts, Group, TWO_IN_QUEUE};
use crate::command::own_connection::control_flow;
use crate::command::sub::{OutputArgs, Purpose, ReceiveSummary, Taking, receive};
use crate::command::tree::Input;
use crate::render::{DataOut, messages, stderr};

/// Writes a queue's messages as envelopes; takes nothing away
///
/// One JSON envelope a line, to standard output or to a file: every header, and the body to the byte. The messages
/// stay in the queue where the broker has browsers (ActiveMQ, Apollo, the embedded one). RabbitMQ, Artemis and HornetQ
/// have none; there, choose: --give-back takes them without acking, and they come back marked redelivered; --take takes
/// them off, each only after its envelope was written.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Dump {
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Write to this file, which must be new
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Add to the file if it is there already
    #[arg(long, requires = "output")]
    pub append: bool,
    /// Take the messages off the queue, each after its envelope was written
    #[arg(long, conflicts_with = "give_back")]
    pub take: bool,
    /// Where the broker cannot browse: take without acking; the messages come back marked redelivered. An auto-delete queue
    /// without other subscribers is deleted afterwards: this is refused where RabbitMQ's management tells
    #[arg(long)]
    pub give_back: bool,
}

impl Command for Dump {
    const FACTS: Facts = Facts::new("dump", Group::Queues).row("dump, restore, mirror", "into a file; from one; to another broker")
        .without_connection()
        .stops_itself()
        .examples(&[Example::run(TWO_IN_QUEUE,
        "# the messages as envelopes into a file; they stay in the queue\ndump -o orders.jsonl /queue/orders\n# the first one on the screen\ndump -c 1 /queue/orders\n# off the queue, each after it was written\ndump --take --idle 0.5 -o taken.jsonl /queue/orders\n")]);

    fn danger(&self, _: RunOptions) -> Option<Danger> {
        self.take.then_some(Danger::Consumes("dump --take"))
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let purpose = if self.take {
            Purpose::Consume
        } else {
            Purpose::Look { give_back: self.give_back, others: "; --take takes them off" }
        };
        let sub = self.queue.sub(OutputArgs { jsonl: true, ..OutputArgs::default() });
        let (mut connection, mut summary) = (context.own_connection().await?, ReceiveSummary::default());
        let told = self.output.is_none() && connection.out.is_terminal();
        let file = self.output.as_ref().map(|path| self.open(path)).transpose()?;
        if let (Some(file), Some(path)) = (&file, &self.output) {
            connection.out = DataOut::file(Arc::clone(file), path.display().to_string());
        }
        let result = receive(&sub, purpose, &mut connection, &mut summary).await;
        let dumped = summary.printed();
        if let Some(file) = file {
            let name = self.output.as_deref().unwrap_or(Path::new("")).display();
            let failed = |error| Problem::local(format!("{name} may not be whole on the disk"), error);
            match file.sync_all() {
                // A pipe or a device has nothing to sync.
                Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INVAL.raw_os_error()) => {}
                synced => synced.map_err(failed)?,
            }
        }
        // Of an empty queue somebody at a terminal has been told.
        let is_complete = matches!(result, Ok(exit::OK));
        let told = told && dumped == 0 && is_complete;
        if !connection.quiet && !told && (dumped > 0 || result.is_ok()) {
            let what = match summary.taking {
                _ if dumped == 0 && !is_complete => "not all of it was looked at",
                _ if dumped == 0 && self.queue.chosen.is_all() => "there is nothing in it",
                _ if dumped == 0 => "nothing in it matches",
                Taking::Browsed => "they are still there",
                Taking::GivenBack => "they go back there, marked redelivered",
                Taking::Acked if summary.unproven => "some of them may still be there",
                Taking::Acked => "they are taken off",
            };
            stderr::line(&format!("dumped {} of {}; {what}", messages(dumped), self.queue.destination));
        }
        if let (Some(path), false, 0, Err(_)) = (&self.output, self.append, dumped, &result) {
            // Nobody wants an empty file that stands in the way of the next try.
            let _ = std::fs::remove_file(path);
        }
        control_flow(result?)
    }
}

impl Dump {
    fn open(&self, path: &Path) -> Result<Arc<File>> {
        let failed = |error: std::io::Error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                let hint = "--append adds to it";
                return Problem::usage_hint(format!("{} is there already", path.display()), hint);
            }
            Problem::local(format!("cannot write to {}", path.display()), error)
        };
        let mut open = OpenOptions::new();
        let joins = self.append && lacks_line_end(path).map_err(failed)?;
        if self.append {
            open.append(true).create(true);
        } else {
            open.write(true).create_new(true);
        }
        let mut file = open.open(path).map_err(failed)?;
        if joins {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Arc::new(file))
    }
}

/// Whether something would be appended to the last line of this file.
fn lacks_line_end(path: &std::path::Path) -> std::io::Result<bool> {
    let length = match path.metadata() {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        // A pipe or a device has no last line, and neither has a new file.
        _ => return Ok(false),
    };
    let Some(last) = length.checked_sub(1) else { return Ok(false) };
    let mut byte = [0];
    File::open(path)?.read_exact_at(&mut byte, last)?;
    Ok(byte != *b"\n")
}
