//! What sending one message and sending many have in common: what they need, and how they end.

use std::time::Duration;

use super::Send;
use crate::client::{Client, ClientError};
use crate::command::losses::Losses;
use crate::command::signals::Signals;
use crate::render::stderr;
use crate::session::Dialect;

/// The time for what is left to do after a signal.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The time to leave a broker that has failed us: closing the connection says it all.
pub(super) const LEAVING: Duration = Duration::from_millis(500);

/// What sending needs, whether it is one message or many.
pub(super) struct Sending<'a> {
    pub(super) send: &'a Send,
    pub(super) client: Client,
    pub(super) dialect: &'static Dialect,
    pub(super) losses: Losses,
    /// Whether what has no receipt is sent again after a reconnect.
    pub(super) retain: bool,
    /// What is said of so many messages at a good end, where anything is.
    pub(super) done: Option<&'static str>,
    pub(super) quiet: bool,
    pub(super) signals: &'a mut Signals,
}

/// Says what was sent again after a reconnect, and how much of it the broker may have twice.
pub(super) fn say_again(again: u64, perhaps_twice: u64) {
    let twice = match perhaps_twice {
        0 => "none had gone out whole before".to_owned(),
        all if all == again => "the broker may have them twice".to_owned(),
        some => format!("the broker may have {some} of them twice"),
    };
    stderr::line(&format!("sent again after a reconnect: {again}; {twice}"));
}

/// Says why the end does not come at once.
pub(crate) fn say_stopping(quiet: bool) {
    if !quiet {
        let seconds = PATIENCE.as_secs();
        stderr::line(&format!("stopping: up to {seconds} s for receipts; a second signal ends at once"));
    }
}

/// Aborts a transaction that is not to be carried out, and leaves. In a `hurry`, as after a signal or
/// with a broker that has failed us, that is not waited for long: `None`.
pub(super) async fn leave(
    client: &Client,
    abort: Option<&str>,
    hurry: bool,
) -> Option<Result<bool, ClientError>> {
    let leaving = async {
        if let Some(name) = abort {
            // It may be gone with its connection; closing this one aborts it as well.
            let _ = client.abort(name).await;
        }
        client.disconnect().await
    };
    if hurry { tokio::time::timeout(LEAVING, leaving).await.ok() } else { Some(leaving.await) }
}
