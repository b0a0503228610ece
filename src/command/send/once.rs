//! The one-shot `send`: connects, and sends one message or many.

use std::path::Path;

use anyhow::Result;
use bytes::Bytes;

use super::many::many;
use super::one::one;
use super::parting::Sending;
use super::source::{Source, open_whole};
use super::{ReceiptChoice, Send};
use crate::client::ClientOptions;
use crate::command::connection::connect;
use crate::command::context::ControlFlow;
use crate::command::figures::Figures;
use crate::command::losses::Losses;
use crate::command::own_connection::{OwnConnection, control_flow};
use crate::command::signals::Signals;
use crate::render::{Colors, Diagnostic, stderr};
use crate::session::Dialect;

/// Runs the one-shot; the exit code where nothing failed.
pub(super) async fn run(send: &Send, literal: bool, own: OwnConnection) -> Result<ControlFlow> {
    let OwnConnection { options, colors, quiet, mut signals, .. } = own;
    let signals = &mut signals;
    send.check()?;
    // Local errors come before the broker is troubled.
    let source = if send.cut.is_many() {
        None
    } else {
        tokio::select! {
            source = Source::of(send, literal) => Some(source?),
            code = signals.first() => return control_flow(code),
        }
    };
    let warn = |dialect: &Dialect| warn(send, dialect, colors);
    control_flow(run_from(send, source, None, options, quiet, signals, warn).await?)
}

/// Sends the envelopes of a file, or of standard input, and says how many there were.
pub(in crate::command) async fn restore(
    send: &Send,
    file: Option<&Path>,
    own: OwnConnection,
) -> Result<ControlFlow> {
    let OwnConnection { options, quiet, mut signals, .. } = own;
    let signals = &mut signals;
    send.check()?;
    let source = file.map(|path| open_whole(path.as_os_str())).transpose()?;
    control_flow(run_from(send, source, Some("restored"), options, quiet, signals, |_| ()).await?)
}

/// Sends, and warns of what the broker may do with it.
async fn run_from(
    send: &Send,
    source: Option<Source>,
    done: Option<&'static str>,
    options: ClientOptions,
    quiet: bool,
    signals: &mut Signals,
    warn: impl FnOnce(&Dialect),
) -> Result<u8> {
    let alone = send.repeat.is_none() && !send.template && !send.cut.is_many();
    if let Some(source) = source.as_ref().filter(|_| alone) {
        source.check_stream(send)?;
    }
    let retain = options.reconnect.is_some_and(|reconnect| reconnect.resend);
    let (client, events) = tokio::select! {
        connected = connect(options) => connected?,
        code = signals.first() => return Ok(code),
    };
    let losses = Losses::watch(events, quiet);
    let dialect = client.status().await?.dialect;
    if !quiet {
        warn(dialect);
    }
    if let Some(name) = &send.transaction {
        let begun = tokio::select! {
            begun = client.begin(name) => begun.map(|()| None),
            code = signals.first() => Ok(Some(code)),
        };
        if !matches!(begun, Ok(None)) {
            // Nothing was read yet of an input that is cut.
            let not_sent = if send.cut.is_many() { 0 } else { send.repeat.unwrap_or(1) };
            let of = if send.cut.is_many() { " of what was read" } else { "" };
            stderr::line(&format!("{}{of}", Figures { not_sent, ..Figures::default() }));
        }
        if let Some(code) = begun? {
            return Ok(code);
        }
    }
    let sending = Sending { send, client, dialect, losses, retain, done, quiet, signals };
    match source {
        // A small body is kept by the client until its receipt comes; a large one is read again.
        Some(source) if alone && (!retain || source.is_file()) => one(sending, source).await,
        source => many(sending, source).await,
    }
}

/// Warns where the broker confirms what it may drop.
fn warn(send: &Send, dialect: &Dialect, colors: Colors) {
    let asks = send.receipt != ReceiptChoice::None && send.destination.is_some();
    let head = send.frame(dialect, Bytes::new());
    let dropped = (asks && dialect.may_drop(&head)).then(|| dialect.caveat(&head)).flatten();
    let transaction = send.transaction.as_ref().and_then(|_| dialect.transaction_caveat());
    for caveat in dropped.into_iter().chain(transaction) {
        stderr::diagnostic(&Diagnostic::warning(caveat.text), colors.stderr);
    }
}
