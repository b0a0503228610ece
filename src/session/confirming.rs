//! Which frames ask for receipts, and what the missing ones mean: servers that send none, or handle frames out of order.

use std::time::{Duration, Instant};

use super::receipts::{Failure, LastAck, ReceiptKind, ReceiptKinds, ReceiptPolicy};
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
        if policy != ReceiptPolicy::Auto {
            self.given_up = ReceiptKinds::default();
        }
    }

    /// Sets whether a kind of frame that has had no receipt is doubted to get one although other kinds have had some.
    pub(crate) fn set_doubts_kinds(&mut self, doubts: bool) {
        self.doubts_kinds = doubts;
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

    /// Whether a kind of frame had no receipt for so long that nobody waits for one any longer.
    pub(crate) fn seems_without_receipts(&self) -> bool {
        !self.given_up.is_empty()
    }

    /// Whether receipts of acks are waited for.
    pub(crate) fn confirms_acks(&self) -> bool {
        !self.given_up.contains(ReceiptKind::Ack)
    }

    /// Whether no receipt has come over this connection.
    pub(crate) fn has_confirmed_nothing(&self) -> bool {
        self.confirmed_kinds.is_empty()
    }

    /// The number of receipts for SENDs that came when nobody waited for them any longer.
    pub(crate) fn late_receipts(&self) -> u64 {
        self.late_receipts
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
        (self.guards_sends() || self.last_ack == LastAck::Confirmed) && self.receipts.only_last().is_some()
    }

    /// The kinds of frames of which a receipt is open, but none has come; all kinds, if no receipt at all has come.
    fn doubtful(&self) -> ReceiptKinds {
        let nothing_came = self.confirmed_kinds.is_empty() && self.given_up.is_empty();
        if nothing_came && self.open_receipts() > 0 {
            return ReceiptKinds::ALL;
        }
        let mut kinds = self.kinds_before_commit();
        if self.doubts_kinds {
            kinds.extend(self.receipts.open_kinds());
        }
        kinds.without(self.confirmed_kinds, self.given_up)
    }

    /// When it is time to doubt that this server sends receipts.
    pub(super) fn doubtful_at(&self) -> Option<Instant> {
        let may_doubt = self.receipt_policy == ReceiptPolicy::Auto
            && !self.dialect.is_known()
            && !self.is_disconnecting()
            && self.reading
            && !self.doubtful().is_empty();
        may_doubt.then(|| self.progress + self.doubt_after + self.link_time())
    }

    /// Notes that somebody waits for the end of the connection: doubts sooner that the server sends receipts. Unless
    /// frames are known to overtake each other, the receipt of DISCONNECT proves as much as those of the last acks, which
    /// are not waited for long.
    pub(crate) fn leave_soon(&mut self, now: Instant) {
        self.doubt_after = self.doubt_after.min(LAST_DOUBT_AFTER);
        let waits = self.guards_sends() || self.receipt_policy == ReceiptPolicy::Always;
        self.leave_at = (!waits).then(|| now + LAST_ACKS);
    }

    /// Waits no longer for receipts of the kinds of frames that have had none, since the server seems to send none: the
    /// outcome of their open requests is [`Confirmation::Unconfirmed`], and so is that of later ones, until a receipt
    /// arrives.
    pub(crate) fn give_up_receipts(&mut self) {
        let doubtful = self.doubtful();
        self.given_up.extend(doubtful);
        let tokens = self.receipts.take_tokens(|kind| doubtful.contains(kind));
        self.outcomes
            .extend(tokens.into_iter().map(|token| Outcome { token, result: Ok(Confirmation::Unconfirmed) }));
        self.settle_commits();
        if let Some(bulk) = self.bulk.as_mut().filter(|_| doubtful.contains(ReceiptKind::Send)) {
            bulk.stop(Failure::unknown("this server seems to send no receipts"));
        }
    }

    /// Fails all open requests and the bulk for this reason.
    pub(crate) fn fail_unanswered(&mut self, failure: &Failure) {
        let commits = self.commits.drain(..).filter_map(|commit| commit.token);
        for token in self.receipts.take_tokens(|_| true).into_iter().chain(commits) {
            self.outcomes.push(Outcome { token, result: Err(failure.clone()) });
        }
        if let Some(bulk) = self.bulk.as_mut().filter(|bulk| !bulk.is_over()) {
            bulk.stop(failure.clone());
        }
    }
}
