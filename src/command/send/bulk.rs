//! Many messages on their way: a thread that reads and cuts the input, and the client's task that sends them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::oneshot;

use super::Send;
use super::input::{Cutter, Feed, InputError, read_all, repeat};
use super::source::Source;
use super::template::Template;
use crate::client::{BulkSender, Client};
use crate::session::{Confirm, Dialect};

/// Messages being read and sent.
pub(super) struct Bulk {
    /// Sends them, and reports what became of them.
    pub(super) sender: BulkSender,
    /// How many were read.
    pub(super) read: Arc<AtomicU64>,
    /// How much of the input was read.
    pub(super) bytes: Arc<AtomicU64>,
    /// What was wrong with the input, once it has been read.
    pub(super) input: oneshot::Receiver<Result<(), InputError>>,
}

impl Bulk {
    /// Begins. Without a source, standard input is cut into messages.
    pub(super) fn begin(
        send: &Send,
        client: &Client,
        dialect: &'static Dialect,
        confirm: Confirm,
        retain: bool,
        source: Option<Source>,
    ) -> Self {
        let cutter = Cutter::of(&send.cut, send, dialect);
        let sender = client.bulk(send.head(dialect), confirm, retain);
        let (read, bytes) = (Arc::default(), Arc::default());
        let feed = Feed {
            chunks: sender.chunks(),
            read: Arc::clone(&read),
            bytes: Arc::clone(&bytes),
            rate: send.rate,
            template: send.template.then(Template::default),
        };
        let repeats = send.repeat.unwrap_or(1);
        let (done, input) = oneshot::channel();
        std::thread::spawn(move || {
            let result = match (cutter, source) {
                (Some(cutter), Some(Source::Bytes(body))) => read_all(&*body, &cutter, &feed, || true),
                (Some(cutter), Some(Source::File { file, .. })) => read_all(file, &cutter, &feed, || true),
                (Some(cutter), None) => read_all(std::io::stdin().lock(), &cutter, &feed, stdin_has_more),
                (None, Some(source)) => source.whole().and_then(|body| repeat(&body, repeats, &feed)),
                (None, None) => Ok(()),
            };
            // Whoever waited may have been stopped by a signal or cancelled.
            let _ = done.send(result);
        });
        Self { sender, read, bytes, input }
    }
}

/// Whether a read of standard input would bring something, or its end, at once.
fn stdin_has_more() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = std::io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut fds, Some(&at_once)), Ok(count) if count > 0)
}
