//! What a command has that brings a connection of its own: the options for it, an output, and signals.

use std::sync::Arc;

use anyhow::Result;

use super::context::{Context, ControlFlow};
use super::exit::{OK, Problem};
use super::inbox::StdoutLease;
use super::signals::Signals;
use super::system::TerminalHold;
use crate::client::ClientOptions;
use crate::render::{Colors, DataOut};
use crate::session::Dialect;

/// As long as it lives, nothing else writes to the output.
pub(crate) struct OwnConnection {
    /// How to connect: as the current connection, or as the command line says.
    pub(super) options: ClientOptions,
    /// Where messages go.
    pub(super) out: DataOut,
    /// The colours of the output and of what is said beside it.
    pub(super) colors: Colors,
    /// Whether only errors are told.
    pub(super) quiet: bool,
    /// Ctrl-C and SIGTERM.
    pub(super) signals: Signals,
    _held: TerminalHold,
    _alone: StdoutLease,
}

impl Context {
    /// Prepares a connection of a command's own.
    pub(super) async fn own(&mut self) -> Result<OwnConnection> {
        let (options, _) = self.own_options().await?;
        let out = self.data_out();
        let mut colors = self.colors;
        if self.capture.is_some() {
            colors.stdout = crate::render::Paint::PLAIN;
        }
        Ok(OwnConnection {
            options,
            out,
            colors,
            quiet: self.run_options.quiet,
            signals: self.signals.clone(),
            _held: TerminalHold::new(self),
            _alone: self.inbox.own_stdout().await,
        })
    }

    /// Where data goes: standard output, or what it is captured in.
    pub(super) fn data_out(&self) -> DataOut {
        self.capture.as_ref().map_or_else(DataOut::default, |file| DataOut::file(Arc::clone(file)))
    }
}

/// How a command has ended that has told of itself, by its exit status.
pub(super) fn control_flow(code: u8) -> Result<ControlFlow> {
    match code {
        OK => Ok(ControlFlow::Continue),
        code => Err(Problem::Exit { code }.into()),
    }
}

/// Refuses a topic, which stores no messages that a command could look at.
pub(crate) fn require_queue(dialect: &Dialect, destination: &str) -> Result<()> {
    if !dialect.is_topic(destination) {
        return Ok(());
    }
    let message = format!("'{destination}' is no queue: it keeps no messages for later");
    Err(Problem::usage_hint(message, "'sub' shows what comes to it from now on").into())
}
