//! What a command gets that opens its own connection: the options for it, an output, and signals.

use std::sync::Arc;

use anyhow::Result;

use super::context::{Context, ControlFlow};
use super::exit::{OK, Problem};
use super::inbox::StdoutLease;
use super::output::CAPTURE;
use super::signals::Signals;
use super::system::TerminalHold;
use crate::client::ClientOptions;
use crate::render::{Colors, DataOut};
use crate::session::Dialect;

/// While it lives, nothing else writes to the output.
pub(crate) struct OwnConnection {
    /// For a connection like the current one, or like the one that the command line names.
    pub(super) options: ClientOptions,
    pub(super) out: DataOut,
    pub(super) colors: Colors,
    pub(super) quiet: bool,
    pub(super) signals: Signals,
    _hold: TerminalHold,
    _lease: StdoutLease,
}

impl Context {
    /// Reserves the output and prepares the options. The command connects by itself.
    pub(super) async fn own_connection(&mut self) -> Result<OwnConnection> {
        let (options, _) = self.own_options().await?;
        let out = self.data_out();
        let colors = Colors { stdout: self.paint(), ..self.colors };
        Ok(OwnConnection {
            options,
            out,
            colors,
            quiet: self.run_options.quiet,
            signals: self.signals.clone(),
            _hold: TerminalHold::new(self),
            _lease: self.inbox.own_stdout().await,
        })
    }

    /// Standard output, or the file that captures the command's output.
    pub(super) fn data_out(&self) -> DataOut {
        let captured = |file: &Arc<_>| DataOut::file(Arc::clone(file), CAPTURE);
        self.capture.as_ref().map_or_else(DataOut::default, captured)
    }
}

/// The result of a command that has reported its own outcome, by its exit status.
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
