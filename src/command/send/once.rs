//! The one-shot `send`: one body or many, counts, exit code.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::input::{Cutter, Feed, InputError, read_all, repeat};
use super::template::Template;
use super::{ReceiptChoice, Send};
use crate::client::{Client, ClientError, ClientOptions};
use crate::command::connection::connect;
use crate::command::exit::{self, Problem};
use crate::command::signals::Signals;
use crate::protocol::Frame;
use crate::render::progress::{Progress, Unit};
use crate::render::stderr;
use crate::session::{BulkReport, Confirm, Dialect, Failure};

/// A body of standard input, or of a file, up to this length is read into memory; a longer one goes
/// by in pieces, from a temporary file where it came from a pipe.
const IN_MEMORY: usize = 1 << 20;

/// Where the body comes from.
enum Source {
    Octets(Bytes),
    File { file: File, length: u64 },
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
    let source = if send.cut.is_many() { None } else { Some(source(send, literal)?) };
    let retain = options.reconnect.is_some_and(|reconnect| reconnect.resend);
    let (client, events) = tokio::select! {
        connected = connect(options) => connected?,
        code = signals.first() => return Ok(code),
    };
    // Nothing is subscribed to: there is nothing to listen for.
    drop(events);
    let dialect = if send.needs_dialect() { client.status().await?.dialect } else { Dialect::of(None) };
    if let Some(name) = &send.transaction {
        client.begin(name).await?;
    }
    let code = match source {
        Some(source) if send.repeat.is_none() && !retain && !send.template => {
            let code = one(send, &client, dialect, source, signals).await?;
            goodbye(&client, send, code).await?
        }
        source => many(send, &client, dialect, source, retain, quiet, signals).await?,
    };
    Ok(code)
}

/// Commits, or aborts, what was sent in a transaction, and leaves.
async fn goodbye(client: &Client, send: &Send, code: u8) -> Result<u8> {
    if let Some(name) = &send.transaction {
        if code == exit::OK { client.commit(name).await? } else { client.abort(name).await? }
    }
    client.disconnect().await?;
    Ok(code)
}

/// The single body: an argument, a file or standard input.
fn source(send: &Send, literal: bool) -> Result<Source> {
    let first = send.body.first().map(std::ffi::OsString::as_os_str);
    let alone = send.body.len() == 1;
    if first.is_none() || (alone && !literal && first == Some(OsStr::new("-"))) {
        if first.is_none() && std::io::stdin().is_terminal() && !send.cut.is_many() {
            stderr::line("reading the body from the terminal; Ctrl-D ends it");
        }
        return spool(std::io::stdin().lock());
    }
    if let Some(path) =
        first.and_then(|word| word.as_bytes().strip_prefix(b"@")).filter(|_| alone && !literal)
    {
        return open(OsStr::from_bytes(path));
    }
    let words: Vec<&[u8]> = send.body.iter().map(|word| word.as_bytes()).collect();
    Ok(Source::Octets(words.join(&b' ').into()))
}

/// Opens a file; what has no length of its own, such as a pipe, is read through.
fn open(path: &OsStr) -> Result<Source> {
    let failed = |error| Problem::local(format!("cannot read {}", path.display()), error);
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()).into());
    }
    if !metadata.is_file() {
        return spool(file);
    }
    let length = metadata.len();
    if length > IN_MEMORY as u64 {
        return Ok(Source::File { file, length });
    }
    let mut octets = Vec::new();
    file.read_to_end(&mut octets).map_err(failed)?;
    Ok(Source::Octets(octets.into()))
}

/// Reads a body whose length nobody knows: into memory, or past a limit into a temporary file, since
/// its length has to be written before it.
fn spool(mut input: impl Read) -> Result<Source> {
    let failed = |error| Problem::local("cannot read the body from standard input", error);
    let mut octets = Vec::new();
    input.by_ref().take(IN_MEMORY as u64 + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() <= IN_MEMORY {
        return Ok(Source::Octets(octets.into()));
    }
    let failed = |error| Problem::local("cannot keep the body in a temporary file", error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    let first = std::io::copy(&mut &octets[..], &mut file).map_err(failed)?;
    drop(octets);
    let rest = std::io::copy(&mut input, &mut file).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(Source::File { file, length: first + rest })
}

/// Sends one message.
async fn one(
    send: &Send,
    client: &Client,
    dialect: &Dialect,
    source: Source,
    signals: &mut Signals,
) -> Result<u8> {
    let receipt = send.receipt != ReceiptChoice::None && send.transaction.is_none();
    let sent = async {
        match source {
            Source::Octets(body) => client.send(send.frame(dialect, body), send.text, receipt).await,
            Source::File { file, length } => {
                let head = send.frame(dialect, Bytes::new());
                stream(client, head, file, length, receipt).await
            }
        }
    };
    let result = tokio::select! {
        result = sent => result,
        code = signals.first() => {
            stderr::line("confirmed 0, unknown 1, not sent 0");
            return Ok(code);
        }
    };
    let Err(error) = result else { return Ok(exit::OK) };
    let (unknown, not_sent) = match &error {
        ClientError::Session(_) | ClientError::Failure(Failure::NotSent { .. } | Failure::Refused { .. }) => {
            (0, 1)
        }
        _ => (1, 0),
    };
    stderr::line(&format!("confirmed 0, unknown {unknown}, not sent {not_sent}"));
    Err(error.into())
}

/// Sends one large message from a file.
pub async fn stream(
    client: &Client,
    head: Frame,
    mut file: File,
    length: u64,
    receipt: bool,
) -> Result<(), ClientError> {
    const PIECE: usize = 256 << 10;
    let (pieces, body) = mpsc::channel(4);
    let (failed, why) = oneshot::channel();
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE];
            match file.read(&mut piece) {
                Ok(0) => return,
                Ok(count) => {
                    piece.truncate(count);
                    if pieces.blocking_send(Ok(piece.into())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let copy = std::io::Error::new(error.kind(), error.to_string());
                    // Either side may be gone already.
                    let _ = failed.send(error);
                    let _ = pieces.blocking_send(Err(copy));
                    return;
                }
            }
        }
    });
    let result = client.send_stream(head, length, receipt, body).await;
    match (result, why.await) {
        (Err(_), Ok(error)) => Err(ClientError::Body(Arc::new(error))),
        (result, _) => result,
    }
}

/// Sends many messages, from standard input or the same one again and again.
async fn many(
    send: &Send,
    client: &Client,
    dialect: &Dialect,
    source: Option<Source>,
    retain: bool,
    quiet: bool,
    signals: &mut Signals,
) -> Result<u8> {
    let confirm = match (retain, &send.transaction) {
        // The COMMIT's receipt says as much.
        (_, Some(_)) => Confirm::None,
        (true, None) => Confirm::All,
        (false, None) => send.receipt.into(),
    };
    let cutter = Cutter::of(&send.cut, send, dialect);
    let sender = client.bulk(send.head(dialect), confirm, retain);
    let read = Arc::new(AtomicU64::new(0));
    let feed = Feed {
        chunks: sender.chunks(),
        read: Arc::clone(&read),
        octets: Arc::default(),
        rate: send.rate,
        template: send.template.then(Template::default),
    };
    let repeats = send.repeat.unwrap_or(1);
    let progress = match (cutter.is_some(), stdin_length()) {
        (true, Some(length)) => Progress::watch(Arc::clone(&feed.octets), length, Unit::Octets, quiet),
        (true, None) => Progress::watch(Arc::default(), 0, Unit::Octets, true),
        (false, _) => Progress::watch(sender.progress(), repeats, Unit::Messages, quiet),
    };
    let (done, input) = oneshot::channel::<Result<(), InputError>>();
    std::thread::spawn(move || {
        let result = match (cutter, source) {
            (Some(cutter), _) => read_all(std::io::stdin().lock(), &cutter, &feed, stdin_has_more),
            (None, Some(Source::Octets(body))) => repeat(&body, repeats, &feed),
            (None, Some(Source::File { mut file, .. })) => {
                let mut body = Vec::new();
                file.read_to_end(&mut body)
                    .map_err(InputError::from)
                    .and_then(|_| repeat(&body.into(), repeats, &feed))
            }
            (None, None) => Ok(()),
        };
        // Whoever waited may have been stopped by a signal.
        let _ = done.send(result);
    });
    let mut report = std::pin::pin!(sender.report());
    let mut signalled = None;
    let mut report = tokio::select! {
        report = &mut report => report,
        code = signals.first() => {
            signalled = Some(code);
            client.stop_bulk();
            let patience = std::time::Duration::from_secs(5);
            tokio::time::timeout(patience, &mut report).await.unwrap_or_default()
        }
    };
    progress.end().await;
    // Reading may still wait for the input where the bulk has failed; only what it has said counts.
    let mut input = input;
    let wrong = input.try_recv().ok().and_then(Result::err);
    let failed = report.failure.is_some() || signalled.is_some() || wrong.is_some();
    if let Some(name) = &send.transaction {
        let ended = if failed { client.abort(name).await } else { client.commit(name).await };
        if !failed {
            ended?;
            report.confirmed += report.unknown;
            report.unknown = 0;
        }
    }
    let answered = client.disconnect().await.unwrap_or(false);
    if confirm == Confirm::Last && answered && !failed {
        // The broker has read all that came before its last receipt.
        report.confirmed += report.unknown;
        report.unknown = 0;
    }
    finish(send, &report, read.load(Ordering::Relaxed), confirm, quiet, signalled, wrong)
}

/// Says what became of the messages, if that is not what was wanted.
fn finish(
    send: &Send,
    report: &BulkReport,
    read: u64,
    confirm: Confirm,
    quiet: bool,
    signalled: Option<u8>,
    wrong: Option<InputError>,
) -> Result<u8> {
    if report.resent > 0 && !quiet {
        stderr::line(&format!(
            "sent again after a reconnect: {}; the broker may have them twice",
            report.resent
        ));
    }
    let unconfirmed = confirm != Confirm::None && report.unknown > 0;
    if report.failure.is_none() && signalled.is_none() && wrong.is_none() && !unconfirmed {
        return Ok(exit::OK);
    }
    let not_sent = read.saturating_sub(report.confirmed + report.unknown).max(report.not_sent);
    let mut line = format!("confirmed {}, unknown {}, not sent {not_sent}", report.confirmed, report.unknown);
    if confirm == Confirm::Last && report.confirmed > 0 {
        line.push_str(" (one receipt, for the last: it proves that the broker read them all)");
    }
    if send.cut.is_many() {
        line.push_str(" of what was read");
    }
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
    let (reason, code) = match &report.failure {
        Some(failure @ Failure::Refused { .. }) => (failure.to_string(), exit::REFUSED),
        Some(failure @ Failure::NotSent { .. }) => (failure.to_string(), exit::USAGE),
        Some(failure) => (failure.to_string(), exit::UNKNOWN),
        None => ("some receipts did not come".to_owned(), exit::UNKNOWN),
    };
    Err(Problem::Sending { reason, code }.into())
}

/// The length of the file that standard input is.
fn stdin_length() -> Option<u64> {
    let status = rustix::fs::fstat(std::io::stdin()).ok()?;
    let is_file = rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::RegularFile;
    u64::try_from(status.st_size).ok().filter(|_| is_file)
}

/// Whether a read of standard input would bring something, or its end, at once.
fn stdin_has_more() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = std::io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut fds, Some(&at_once)), Ok(count) if count > 0)
}
