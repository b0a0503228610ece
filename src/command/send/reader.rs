//! The thread that reads the messages of a source.

use tokio::sync::oneshot;

use super::Send;
use super::input::{Cutter, Feed, InputError, read_all, repeat};
use super::source::Source;
use crate::session::Dialect;

/// Begins to read messages on a thread; what is wrong with them comes when they have been read.
pub(super) fn start(
    send: &Send,
    dialect: &Dialect,
    source: Source,
    feed: Feed,
) -> oneshot::Receiver<Result<(), InputError>> {
    let cutter = Cutter::of(&send.cut, send, dialect);
    let repeats = send.repeat.unwrap_or(1);
    let (done, input) = oneshot::channel();
    std::thread::spawn(move || {
        let result = match (cutter, source) {
            (Some(cutter), Source::Bytes(body)) => read_all(&*body, &cutter, &feed, || true),
            (Some(cutter), Source::File { file, .. }) => read_all(file, &cutter, &feed, || true),
            (Some(cutter), Source::Stdin) => {
                read_all(std::io::stdin().lock(), &cutter, &feed, stdin_has_more)
            }
            (None, source) => source.whole().and_then(|body| repeat(&body, repeats, &feed)),
        };
        // Whoever waited may have been stopped by a signal or cancelled.
        let _ = done.send(result);
    });
    input
}

/// Whether a read of standard input would bring something, or its end, at once.
fn stdin_has_more() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = std::io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut fds, Some(&at_once)), Ok(count) if count > 0)
}
