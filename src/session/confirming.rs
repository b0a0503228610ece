//! Which frames ask for receipts, and what the missing ones mean: servers that send none, or handle frames out of order.

use std::time::{Duration, Instant};

use super::receipts::{Failure, ReceiptPolicy};
use super::{Confirmation, Outcome, Session};

/// How long the first receipt may take once nothing but the end of the connection is waited for.
const LAST_DOUBT_AFTER: Duration = Duration::from_millis(500);

/// How long DISCONNECT waits for receipts of the last acks where its own proves as much.
const LAST_ACKS: Duration = Duration::from_secs(2);

impl<T> Session<T> {
    /// Sets which frames ask for receipts, and how long the first receipt of a connection may take before a server
    /// that is not known to send them is doubted to send any.
    pub fn set_receipts(&mut self, policy: ReceiptPolicy, doubt_after: Duration) {
        self.receipt_policy = policy;
        self.doubt_after = doubt_after;
        self.unanswered &= policy == ReceiptPolicy::Auto;
    }

    /// Sets whether the connection is a WebSocket, behind which there may be a relay to the broker that CONNECTED names.
    pub fn set_relayed(&mut self, relayed: bool) {
        self.relayed = relayed;
    }

    /// Whether the server handles the frames of a connection in their order. Spring, which handles them on several threads
    /// unless the application asks for order, speaks WebSocket and does not say who it is.
    pub(crate) fn is_in_order(&self) -> bool {
        let named = self.connected.as_ref().is_some_and(|connected| connected.server.is_some());
        !self.relayed && (named || self.dialect.is_known())
    }

    pub(crate) fn receipt_policy(&self) -> ReceiptPolicy {
        self.receipt_policy
    }

    /// Whether no receipt has come for so long that nobody waits for one any longer.
    pub(crate) fn seems_without_receipts(&self) -> bool {
        self.unanswered
    }

    /// Whether frames ask for receipts.
    pub(super) fn asks(&self) -> bool {
        self.receipt_policy != ReceiptPolicy::Never
    }

    /// Whether a SEND asks for a receipt even if nobody waits for it, since DISCONNECT could overtake the SEND.
    pub(super) fn guards_sends(&self) -> bool {
        self.relayed && self.dialect.is_known() && self.asks()
    }

    /// Whether every frame but DISCONNECT is confirmed, so that it does not matter how the connection ends.
    pub(crate) fn is_proven(&self) -> bool {
        self.guards_sends() && self.receipts.only_last().is_some()
    }

    /// When it is time to doubt that this server sends receipts.
    pub(super) fn doubtful_at(&self) -> Option<Instant> {
        let may_doubt = self.receipt_policy == ReceiptPolicy::Auto
            && !self.dialect.is_known()
            && self.confirmed_here == 0
            && !self.unanswered
            && !self.is_disconnecting()
            && self.reading
            && self.receipts.count() > 0;
        may_doubt.then(|| self.progress + self.doubt_after + self.link_time())
    }

    /// Notes that somebody waits for the end of the connection: doubts sooner that the server sends receipts. Unless
    /// frames are known to overtake each other, the receipt of DISCONNECT proves as much as those of the last acks, which
    /// are not waited for long.
    pub(crate) fn leave_soon(&mut self, now: Instant) {
        self.doubt_after = self.doubt_after.min(LAST_DOUBT_AFTER);
        self.leave_at = (!self.guards_sends()).then(|| now + LAST_ACKS);
    }

    /// Waits for receipts no longer, since the server seems to send none: the outcome of all open requests is
    /// [`Confirmation::Unconfirmed`], and so is that of later ones, until a receipt arrives.
    pub(crate) fn give_up_receipts(&mut self) {
        self.unanswered = true;
        let tokens = self.receipts.take_tokens();
        self.outcomes
            .extend(tokens.into_iter().map(|token| Outcome { token, result: Ok(Confirmation::Unconfirmed) }));
        if let Some(bulk) = &mut self.bulk {
            bulk.stop(Failure::unknown("this server seems to send no receipts"));
        }
    }

    /// Fails all open requests and the bulk for this reason.
    pub(crate) fn fail_unanswered(&mut self, failure: &Failure) {
        for token in self.receipts.take_tokens().into_iter().chain(self.early_commits.drain(..)) {
            self.outcomes.push(Outcome { token, result: Err(failure.clone()) });
        }
        if let Some(bulk) = self.bulk.as_mut().filter(|bulk| !bulk.is_over()) {
            bulk.stop(failure.clone());
        }
    }
}
