//! The one-shot `send`: connects, and sends one message or many.

use anyhow::Result;

use super::Send;
use super::many::many;
use super::one::one;
use super::source::Source;
use crate::client::{Client, ClientOptions};
use crate::command::connection::connect;
use crate::command::figures::Figures;
use crate::command::losses::Losses;
use crate::command::signals::Signals;
use crate::render::stderr;
use crate::session::Dialect;

/// What sending needs, whether it is one message or many.
pub(super) struct Sending<'a> {
    pub(super) send: &'a Send,
    pub(super) client: Client,
    pub(super) dialect: &'static Dialect,
    pub(super) losses: Losses,
    /// Whether what has no receipt is sent again after a reconnect.
    pub(super) retain: bool,
    pub(super) quiet: bool,
    pub(super) signals: &'a mut Signals,
}

/// Runs the one-shot; the exit code where nothing failed.
pub async fn run(
    send: &Send,
    options: ClientOptions,
    literal: bool,
    quiet: bool,
    signals: &mut Signals,
) -> Result<u8> {
    send.check()?;
    // Local errors come before the broker is troubled.
    let source = if send.cut.is_many() {
        None
    } else {
        tokio::select! {
            source = Source::of(send, literal) => Some(source?),
            code = signals.first() => return Ok(code),
        }
    };
    let alone = send.repeat.is_none() && !send.template;
    if let Some(source) = source.as_ref().filter(|_| alone) {
        source.check_stream(send)?;
    }
    let retain = options.reconnect.is_some_and(|reconnect| reconnect.resend);
    let (client, events) = tokio::select! {
        connected = connect(options) => connected?,
        code = signals.first() => return Ok(code),
    };
    let losses = Losses::watch(events, quiet);
    let dialect = if send.needs_dialect() { client.status().await?.dialect } else { Dialect::of(None) };
    if let Some(name) = &send.transaction {
        let begun = tokio::select! {
            begun = client.begin(name) => begun,
            code = signals.first() => return Ok(code),
        };
        if let Err(error) = begun {
            // Nothing was read yet of an input that is cut.
            let not_sent = source.as_ref().map_or(0, |_| send.repeat.unwrap_or(1));
            let of = if source.is_none() { " of what was read" } else { "" };
            stderr::line(&format!("{}{of}", Figures { not_sent, ..Figures::default() }));
            return Err(error.into());
        }
    }
    let sending = Sending { send, client, dialect, losses, retain, quiet, signals };
    match source {
        // A small body is kept by the client until its receipt comes; a large one is read again.
        Some(source) if alone && (!retain || source.is_file()) => one(sending, source).await,
        source => many(sending, source).await,
    }
}
