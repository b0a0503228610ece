//! One message, however large, and what became of it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::ReceiptChoice;
use super::parting::{PATIENCE, Sending, leave, say_again, say_stopping};
use super::source::Source;
use crate::client::{Client, ClientError, StreamedBody};
use crate::command::diagnosis;
use crate::command::exit;
use crate::command::figures::Figures;
use crate::command::losses::Noted;
use crate::protocol::Frame;
use crate::render::stderr;
use crate::session::Failure;

/// Sends one message, commits it where that is asked for, and leaves.
pub(super) async fn one(sending: Sending<'_>, source: Source) -> Result<u8> {
    let Sending { send, client, dialect, losses, retain, quiet, signals, done: _ } = sending;
    let transaction = send.transaction.as_deref();
    let receipt = send.receipt != ReceiptChoice::None && transaction.is_none();
    let (stop, complete) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(!source.is_file())));
    let committing = AtomicBool::new(false);
    let (mut again, mut perhaps_twice) = (0, 0);
    let sent = async {
        match source {
            Source::Bytes(body) => client.send(send.frame(dialect, body), send.text, receipt).await,
            Source::File { file, length } => {
                let (stop, complete) = (Arc::clone(&stop), Arc::clone(&complete));
                let body = Body { stop, complete, ..Body::new(Arc::new(file), 0, length, false) };
                let head = send.frame(dialect, Bytes::new());
                if retain && transaction.is_none() {
                    body.send_patiently(&client, &head, &mut again, &mut perhaps_twice).await
                } else {
                    body.send(&client, head, receipt).await
                }
            }
        }?;
        match transaction {
            Some(_) if stop.load(Ordering::Relaxed) => Err(unknown("its transaction is aborted")),
            Some(name) => {
                committing.store(true, Ordering::Relaxed);
                client.commit(name).await
            }
            None => Ok(()),
        }
    };
    let mut signalled = None;
    let result = {
        let mut sent = std::pin::pin!(sent);
        tokio::select! {
            result = &mut sent => result,
            code = signals.first() => {
                signalled = Some(code);
                // The rest of a body is not read any more, and no receipt can come for half of it.
                stop.store(true, Ordering::Relaxed);
                if complete.load(Ordering::Relaxed) {
                    say_stopping(quiet);
                    let late = |_| Err(unknown("it was not waited for any longer"));
                    tokio::time::timeout(PATIENCE, &mut sent).await.unwrap_or_else(late)
                } else {
                    Err(unknown("it was stopped"))
                }
            }
        }
    };
    let failed = result.is_err();
    let parting = leave(&client, transaction.filter(|_| failed), failed || signalled.is_some()).await;
    let noted = if parting.is_some() { losses.end().await } else { Noted::default() };
    let result = match result {
        // Nobody asked what became of it, but somebody may have said so.
        Ok(()) if !receipt && transaction.is_none() => match (parting, noted.refused) {
            (Some(Err(ClientError::Lost { reason })), _) => Err(unknown(&reason)),
            (Some(Err(error)), _) => Err(error),
            (_, Some(error)) => Err(error.refusal().into()),
            (_, None) => Ok(()),
        },
        result => result,
    };
    if again > 0 && !quiet {
        say_again(again, perhaps_twice);
    }
    let mut figures = Figures::of(&result);
    let sent = figures.not_sent > 0 && committing.load(Ordering::Relaxed);
    if sent || (result.is_ok() && !receipt && transaction.is_none()) {
        // It is the COMMIT that was not sent; or nobody asked what became of the message.
        figures = Figures { unknown: 1, ..Figures::default() };
    }
    if signalled.is_some() || result.is_err() {
        stderr::line(&format!("{figures}{}", figures.refusals()));
    }
    if let Some(code) = signalled {
        return Ok(code);
    }
    let Err(error) = result else { return Ok(exit::OK) };
    Err(match noted.gone {
        Some(gone) if diagnosis::says_why(&gone) => gone.into(),
        _ => error.into(),
    })
}

fn unknown(reason: &str) -> ClientError {
    Failure::unknown(reason).into()
}

/// Sends one large message from a file, once.
pub(super) async fn stream(
    client: &Client,
    head: Frame,
    file: File,
    length: u64,
    receipt: bool,
) -> Result<(), ClientError> {
    Body::new(Arc::new(file), 0, length, false).send(client, head, receipt).await
}

/// A body in a file.
pub(crate) struct Body {
    file: Arc<File>,
    /// Where it begins in the file.
    start: u64,
    length: u64,
    /// Whether it goes without content-length.
    text: bool,
    /// The rest of it is not wanted any more.
    stop: Arc<AtomicBool>,
    /// All of it was read.
    complete: Arc<AtomicBool>,
}

impl Body {
    /// The `length` bytes from `start` on; `text` sends them without content-length.
    pub(crate) fn new(file: Arc<File>, start: u64, length: u64, text: bool) -> Self {
        Self { file, start, length, text, stop: Arc::default(), complete: Arc::default() }
    }

    /// Sends it with a receipt until that comes, over as many connections as it takes.
    pub(crate) async fn send_patiently(
        &self,
        client: &Client,
        head: &Frame,
        again: &mut u64,
        perhaps_twice: &mut u64,
    ) -> Result<(), ClientError> {
        loop {
            let before = client.status().await?;
            // It waits for the next connection where there is none.
            let over = before.connections + u64::from(before.connected.is_none());
            let error = match self.send(client, head.clone(), true).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let lost = match &error {
                // An answer that does not come over a connection that is still there is another matter.
                ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })
                | ClientError::NotConnected => {
                    let now = client.status().await;
                    now.is_ok_and(|now| now.connected.is_none() || now.connections != over)
                }
                _ => false,
            };
            if !lost || self.stop.load(Ordering::Relaxed) {
                return Err(error);
            }
            let unknown = Figures::of(&Err(error)).unknown;
            *again += unknown;
            // What was not even read to its end cannot be there whole.
            *perhaps_twice += unknown.min(u64::from(self.complete.load(Ordering::Relaxed)));
        }
    }

    pub(crate) async fn send(&self, client: &Client, head: Frame, receipt: bool) -> Result<(), ClientError> {
        self.feed(|body| client.send_stream(head, body, receipt)).await
    }

    /// Gives the pieces to a request while a thread reads them.
    pub(crate) async fn feed<F: Future<Output = Result<(), ClientError>>>(
        &self,
        request: impl FnOnce(StreamedBody) -> F,
    ) -> Result<(), ClientError> {
        let (pieces, taken) = mpsc::channel(4);
        let (failed, mut why) = oneshot::channel();
        let (file, start, length) = (Arc::clone(&self.file), self.start, self.length);
        let (stop, complete) = (Arc::clone(&self.stop), Arc::clone(&self.complete));
        complete.store(false, Ordering::Relaxed);
        std::thread::spawn(move || {
            if let Err(error) = read(&file, start, length, &stop, &complete, &pieces) {
                let copy = std::io::Error::new(error.kind(), error.to_string());
                // Either side may be gone already.
                let _ = failed.send(error);
                let _ = pieces.blocking_send(Err(copy));
            }
        });
        let result = request(StreamedBody { length, text: self.text, pieces: taken }).await;
        match (result, why.try_recv()) {
            (Err(_), Ok(error)) => Err(ClientError::Body(Arc::new(error))),
            (result, _) => result,
        }
    }
}

/// Reads a file and hands its pieces on, until its end, or until nobody wants more. `complete` is set
/// before the last one is handed on.
fn read(
    file: &File,
    start: u64,
    length: u64,
    stop: &AtomicBool,
    complete: &AtomicBool,
    pieces: &mpsc::Sender<std::io::Result<Bytes>>,
) -> std::io::Result<()> {
    const PIECE: u64 = 256 << 10;
    let mut at = 0;
    while at < length && !stop.load(Ordering::Relaxed) {
        let mut piece = vec![0; usize::try_from(PIECE.min(length - at)).unwrap_or(0)];
        let count = match file.read_at(&mut piece, start + at) {
            Ok(0) => {
                let what = format!("the file ends after {at} bytes; it had {length}");
                return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, what));
            }
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        piece.truncate(count);
        at += count as u64;
        if at == length {
            complete.store(true, Ordering::Relaxed);
        }
        if pieces.blocking_send(Ok(piece.into())).is_err() {
            break;
        }
    }
    Ok(())
}
