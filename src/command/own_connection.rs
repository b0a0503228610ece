//! What a command gets that opens its own connection: the options for it, an output, and signals.

use std::sync::Arc;

use anyhow::Result;

use super::context::{Context, ControlFlow};
use super::diagnosis::{self, AfterLoss};
use super::exit::{OK, Problem, UNKNOWN};
use super::inbox::StdoutLease;
use super::output::CAPTURE;
use super::signals::Signals;
use super::system::TerminalHold;
use crate::client::{Client, ClientError, ClientOptions, Parting};
use crate::render::{Colors, DataOut, Paint, stderr};
use crate::session::{Dialect, Failure, ReceiptPolicy};
use crate::transport::http::HttpUrl;

/// While it lives, nothing else writes to the output.
pub(crate) struct OwnConnection {
    /// For a connection like the current one, or like the one that the command line names.
    pub(super) options: ClientOptions,
    pub(super) out: DataOut,
    pub(super) colors: Colors,
    pub(super) quiet: bool,
    /// Whether `--yes` was given.
    pub(super) sure: bool,
    /// The address of the broker's management, if it was given.
    pub(super) management: Option<HttpUrl>,
    pub(super) signals: Signals,
    _hold: TerminalHold,
    _lease: StdoutLease,
}

impl Context {
    /// Reserves the output and prepares the options. The command connects by itself.
    pub(super) async fn own_connection(&mut self) -> Result<OwnConnection> {
        let (options, args) = self.own_options().await?;
        let out = self.data_out();
        let colors = Colors { stdout: self.paint(), ..self.colors };
        Ok(OwnConnection {
            options,
            out,
            colors,
            quiet: self.run_options.quiet,
            sure: self.run_options.sure,
            management: args.management,
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

/// Disconnects, and returns an error if the broker refused something. If acks without receipts were sent, only the
/// answer to DISCONNECT proves that the broker has processed them.
pub(super) async fn leave(client: &Client, acked: bool) -> Result<()> {
    match client.part().await {
        Ok(Parting::Unproven(error))
        | Err(error @ (ClientError::Lost { .. } | ClientError::WebSocketClosed(_)))
            if acked =>
        {
            let unconfirmed = unconfirmed(Failure::unknown(error.reason_of_loss()).into());
            Err(AfterLoss { error: unconfirmed, loss: error }.into())
        }
        Err(error) if acked => Err(unconfirmed(error)),
        Err(error @ ClientError::Broker(_)) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The error of a connection over which acks without receipts were sent.
pub(super) fn unconfirmed(error: ClientError) -> anyhow::Error {
    Problem::AckUnconfirmed { error }.into()
}

/// The result of a command that a signal ended. The signal has the exit status, but what failed when the command left is
/// reported.
pub(super) fn stopped(code: u8, parting: Result<()>) -> Result<ControlFlow> {
    if let Err(error) = parting {
        stderr::diagnostic(&diagnosis::diagnostic(&error), Paint::PLAIN);
    }
    control_flow(code)
}

/// The result of a command that has reported its own outcome, by its exit status.
pub(super) fn control_flow(code: u8) -> Result<ControlFlow> {
    match code {
        OK => Ok(ControlFlow::Continue),
        code => Err(Problem::Exit { code }.into()),
    }
}

/// Refuses to run where no receipts are asked for. `why` says what `command` needs them for.
pub(crate) fn require_receipts(options: &ClientOptions, command: &str, why: &str) -> Result<()> {
    if options.receipts != ReceiptPolicy::Never {
        return Ok(());
    }
    let hint = "--receipts auto asks for them";
    Err(Problem::usage_hint(format!("{command} needs receipts: {why}"), hint).into())
}

/// Says what `command` needs receipts for, if it failed because the server sends none.
pub(crate) fn explain_missing_receipts<T>(result: Result<T>, command: &str, why: &str) -> Result<T> {
    result.map_err(|error| match error.downcast_ref() {
        Some(ClientError::Failure(Failure::NoReceipts)) => {
            let reason = format!("this server sends no receipts, and {command} needs them: {why}");
            Problem::Sending { reason, code: UNKNOWN }.into()
        }
        _ => error,
    })
}

/// Refuses a topic, which stores no messages that a command could look at.
pub(crate) fn require_queue(dialect: &Dialect, destination: &str) -> Result<()> {
    if !dialect.is_topic(destination) {
        return Ok(());
    }
    let message = format!("'{destination}' is no queue: it keeps no messages for later");
    Err(Problem::usage_hint(message, "'sub' shows what comes to it from now on").into())
}
