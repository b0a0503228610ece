//! A body in a file: read by a thread while it is sent, and read again where a connection was lost.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::client::{Client, ClientError, StreamedBody};
use crate::command::delivery::DeliveryReport;
use crate::protocol::Frame;
use crate::session::{Confirmation, Failure};

/// A part of a file that is sent as one body.
pub(crate) struct FileBody {
    file: Arc<File>,
    start: u64,
    length: u64,
    text: bool,
    stopped: Arc<AtomicBool>,
    /// Whether the last sending has read all of it.
    complete: Arc<AtomicBool>,
}

impl FileBody {
    /// The `length` bytes from `start` on; `text` sends them without content-length.
    pub(crate) fn new(file: Arc<File>, start: u64, length: u64, text: bool) -> Self {
        Self { file, start, length, text, stopped: Arc::default(), complete: Arc::default() }
    }

    /// Stops reading and resending. Returns whether all of it had been read.
    pub(super) fn stop(&self) -> bool {
        self.stopped.store(true, Ordering::Relaxed);
        self.complete.load(Ordering::Relaxed)
    }

    /// Sends it until a receipt arrives, again after each reconnect.
    pub(crate) async fn send_patiently(
        &self,
        client: &Client,
        head: &Frame,
        resent: &mut u64,
        perhaps_twice: &mut u64,
    ) -> Result<Confirmation, ClientError> {
        loop {
            let before = client.status().await?;
            // Without a connection, the client waits for the next one.
            let connection = before.connections + u64::from(before.connected.is_none());
            let error = match self.send(client, head.clone(), true).await {
                Ok(confirmation) => return Ok(confirmation),
                Err(error) => error,
            };
            let lost = match &error {
                // A timeout on a connection that is still up is no reason to resend.
                ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })
                | ClientError::NotConnected
                | ClientError::LostBefore(_) => {
                    let now = client.status().await;
                    now.is_ok_and(|now| now.connected.is_none() || now.connections != connection)
                }
                _ => false,
            };
            if !lost || self.stopped.load(Ordering::Relaxed) {
                return Err(error);
            }
            let unknown = DeliveryReport::of(&Err(error)).unknown;
            *resent += unknown;
            // A broker cannot have a body whose end was never read.
            *perhaps_twice += unknown.min(u64::from(self.complete.load(Ordering::Relaxed)));
        }
    }

    pub(crate) async fn send(
        &self,
        client: &Client,
        head: Frame,
        receipt: bool,
    ) -> Result<Confirmation, ClientError> {
        self.feed(|body| client.send_stream(head, body, receipt)).await
    }

    /// Passes the pieces to `request` while a thread reads them.
    pub(crate) async fn feed<F: Future<Output = Result<Confirmation, ClientError>>>(
        &self,
        request: impl FnOnce(StreamedBody) -> F,
    ) -> Result<Confirmation, ClientError> {
        let (pieces, taken) = mpsc::channel(4);
        let (failed, mut why) = oneshot::channel();
        let (file, start, length) = (Arc::clone(&self.file), self.start, self.length);
        let (stopped, complete) = (Arc::clone(&self.stopped), Arc::clone(&self.complete));
        complete.store(false, Ordering::Relaxed);
        std::thread::spawn(move || {
            if let Err(error) = read(&file, start, length, &stopped, &complete, &pieces) {
                let copy = std::io::Error::new(error.kind(), error.to_string());
                // Either receiver may have been dropped.
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

/// Sends the pieces of a file until its end, or until the receiver is closed. Sets `complete` before the last piece.
fn read(
    file: &File,
    start: u64,
    length: u64,
    stopped: &AtomicBool,
    complete: &AtomicBool,
    pieces: &mpsc::Sender<std::io::Result<Bytes>>,
) -> std::io::Result<()> {
    const PIECE: u64 = 256 << 10;
    let mut at = 0;
    while at < length && !stopped.load(Ordering::Relaxed) {
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
