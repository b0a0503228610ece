//! Many messages: from standard input, or the same one again and again; and what became of them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Result;

use super::Send;
use super::bulk::Bulk;
use super::input::InputError;
use super::parting::{PATIENCE, Sending, leave, say_again, say_stopping};
use super::source::Source;
use crate::client::ClientError;
use crate::command::diagnosis;
use crate::command::exit::{self, Problem};
use crate::command::figures::Figures;
use crate::command::losses::Noted;
use crate::render::progress::{Progress, Unit};
use crate::render::{messages, stderr};
use crate::session::{BulkReport, Confirm, Failure};

/// Sends many messages, from standard input or the same one again and again, and leaves.
pub(super) async fn many(sending: Sending<'_>, source: Option<Source>) -> Result<u8> {
    let Sending { send, client, dialect, losses, retain, done: verb, quiet, signals } = sending;
    let confirm = match (retain, &send.transaction) {
        // The COMMIT's receipt says as much.
        (_, Some(_)) => Confirm::None,
        (true, None) => Confirm::All,
        (false, None) => send.receipt.into(),
    };
    let repeats = send.repeat.unwrap_or(1);
    let length = match &source {
        Some(Source::File { length, .. }) => Some(*length).filter(|length| *length > 0),
        _ => stdin_length(),
    };
    let Bulk { sender, read, bytes, input } = Bulk::begin(send, &client, dialect, confirm, retain, source);
    let progress = match (send.cut.is_many(), length) {
        (true, Some(length)) => Progress::watch(bytes, length, Unit::Bytes, quiet),
        (true, None) => Progress::watch(Arc::default(), 0, Unit::Bytes, true),
        (false, _) => Progress::watch(sender.progress(), repeats, Unit::Messages, quiet),
    };
    let mut report = std::pin::pin!(sender.report());
    let mut signalled = None;
    let mut report = tokio::select! {
        report = &mut report => report,
        code = signals.first() => {
            signalled = Some(code);
            client.stop_bulk();
            say_stopping(quiet);
            if let Ok(report) = tokio::time::timeout(PATIENCE, &mut report).await {
                report
            } else {
                client.cut_bulk();
                report.await
            }
        }
    };
    progress.end().await;
    // Reading may still wait for the input where the bulk has failed; only what it has said counts.
    let mut input = input;
    let wrong = input.try_recv().ok().and_then(Result::err);
    let cut_off = report.failure.is_some() || signalled.is_some();
    let failed = cut_off || wrong.is_some();
    let transaction = send.transaction.as_deref();
    if let Some(name) = transaction.filter(|_| !failed) {
        match client.commit(name).await {
            Ok(()) => all_confirmed(&mut report),
            Err(ClientError::Failure(failure)) => report.failure = Some(failure),
            Err(error) => report.failure = Some(Failure::unknown(error.to_string())),
        }
    }
    let cut_off = cut_off || report.failure.is_some();
    let parting = leave(&client, transaction.filter(|_| failed || cut_off), cut_off).await;
    let noted = if parting.is_some() { losses.end().await } else { Noted::default() };
    // What came before a message that cannot be read was sent like any other.
    if !cut_off && report.unknown > 0 {
        match (parting, noted.refused) {
            (Some(Err(ClientError::Failure(failure))), _) => report.failure = Some(failure),
            (Some(Err(error)), _) => report.failure = Some(Failure::unknown(error.to_string())),
            (_, Some(error)) => report.failure = Some(error.refusal()),
            // The broker has read all that came before its last receipt.
            (Some(Ok(true)), None) if confirm == Confirm::Last => all_confirmed(&mut report),
            _ => {}
        }
    }
    let read = read.load(Ordering::Relaxed);
    Outcome { send, report, read, confirm, verb, quiet, signalled, wrong, gone: noted.gone }.say()
}

fn all_confirmed(report: &mut BulkReport) {
    report.confirmed += report.unknown;
    report.unknown = 0;
}

/// What became of the messages.
struct Outcome<'a> {
    send: &'a Send,
    report: BulkReport,
    read: u64,
    confirm: Confirm,
    verb: Option<&'static str>,
    quiet: bool,
    signalled: Option<u8>,
    wrong: Option<InputError>,
    gone: Option<ClientError>,
}

impl Outcome<'_> {
    /// Says it, if it is not what was wanted.
    fn say(self) -> Result<u8> {
        let Self { send, report, read, confirm, verb, quiet, signalled, wrong, gone } = self;
        if report.resent > 0 && !quiet {
            say_again(report.resent, report.perhaps_twice);
        }
        let unconfirmed = confirm != Confirm::None && report.unknown > 0;
        if report.failure.is_none() && signalled.is_none() && wrong.is_none() && !unconfirmed {
            if let Some(verb) = verb.filter(|_| !quiet) {
                stderr::line(&format!("{verb} {}", messages(report.confirmed)));
            }
            return Ok(exit::OK);
        }
        let not_sent = read.saturating_sub(report.confirmed + report.unknown).max(report.not_sent);
        let figures = Figures { not_sent, ..Figures::from(&report) };
        let mut line = figures.to_string();
        if confirm == Confirm::Last && report.confirmed > 0 {
            line.push_str(" (one receipt, for the last: it proves that the broker read them all)");
        }
        if send.cut.is_many() {
            line.push_str(" of what was read");
        }
        line.push_str(&figures.refusals());
        stderr::line(&line);
        let first =
            report.first_unconfirmed.or_else(|| (not_sent > 0).then_some(report.confirmed + report.unknown));
        if let Some(first) = first.filter(|_| send.cut.is_many()) {
            let what = if send.cut.lines || send.cut.jsonl { "line" } else { "message" };
            stderr::line(&format!("the first {what} that is not confirmed: {}", first + 1));
        }
        if let Some(code) = signalled {
            return Ok(code);
        }
        if let Some(wrong) = wrong {
            return Err(match wrong {
                InputError::Read(error) => Problem::local("cannot read the input", error).into(),
                InputError::Message { .. } => Problem::Input(wrong.to_string()).into(),
            });
        }
        if let Some(gone) = gone.as_ref().filter(|gone| diagnosis::says_why(gone)) {
            return Err(gone.clone().into());
        }
        let (reason, code) = match (&report.failure, gone) {
            (Some(failure @ Failure::Refused { .. }), _) => (failure.to_string(), exit::REFUSED),
            // Its headers are the input's own.
            (Some(failure @ Failure::NotSent { .. }), None) if send.cut.jsonl => {
                (failure.to_string(), exit::LOCAL)
            }
            (Some(failure @ Failure::NotSent { .. }), None) => (failure.to_string(), exit::USAGE),
            // Each message is either confirmed or was not sent: nothing is unknown.
            (Some(_), Some(gone)) if report.unknown == 0 => (gone.to_string(), exit::UNREACHABLE),
            (Some(failure), _) => (failure.to_string(), exit::UNKNOWN),
            (None, _) => ("some receipts did not come".to_owned(), exit::UNKNOWN),
        };
        Err(Problem::Sending { reason, code }.into())
    }
}

/// The length of the file that standard input is.
fn stdin_length() -> Option<u64> {
    let status = rustix::fs::fstat(std::io::stdin()).ok()?;
    let is_file = rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::RegularFile;
    u64::try_from(status.st_size).ok().filter(|_| is_file)
}
