//! When COMMIT may be sent, and when it is confirmed: RabbitMQ confirms it before it has published the messages of the
//! transaction, and servers that handle frames out of order may carry it out before they are part of it.

use std::time::Instant;

use super::dialect::HeldReceipts;
use super::open_transaction::{OpenCommit, OpenTransaction};
use super::receipts::{AwaitedBy, ReceiptKind, ReceiptKinds, TransactionReceipts};
use super::{Confirmation, Outcome, Session, SessionError};

impl<T> Session<T> {
    /// The names of the open transactions, the oldest first.
    pub(crate) fn transactions(&self) -> Vec<String> {
        self.transactions.iter().map(|open| open.name.clone()).collect()
    }

    pub(super) fn transaction(&self, name: &[u8]) -> Option<&OpenTransaction> {
        self.transactions.iter().find(|open| open.name.as_bytes() == name)
    }

    /// Why a frame cannot be part of this transaction, which is not open.
    pub(super) fn no_transaction(&self, name: &[u8]) -> SessionError {
        let was_lost = self.lost_transactions.iter().any(|lost| lost.as_bytes() == name);
        let name = String::from_utf8_lossy(name).into_owned();
        if was_lost { SessionError::LostTransaction { name } } else { SessionError::NoTransaction { name } }
    }

    /// Notes BEGIN.
    pub(super) fn opened_transaction(&mut self, name: &str) {
        self.lost_transactions.retain(|lost| lost != name);
        self.transactions_made += 1;
        let number = self.transactions_made;
        let name = name.to_owned();
        self.transactions.push(OpenTransaction {
            name,
            number,
            last_of: None,
            unproven: false,
            ending: false,
        });
    }

    /// Notes COMMIT with its receipt, or ABORT.
    pub(super) fn ended_transaction(&mut self, transaction: &OpenTransaction, commit: Option<u64>) {
        let OpenTransaction { number, unproven, .. } = *transaction;
        match commit {
            Some(receipt) if unproven || self.receipts.open_in(number).count() > 0 => {
                self.commits.push(OpenCommit { receipt, number, unproven, token: None });
            }
            Some(_) => {}
            // RabbitMQ never sends those of an aborted transaction.
            None => self.receipts.forget_unawaited(AwaitedBy::Commit(number)),
        }
    }

    /// Whether the receipt of COMMIT is no proof of the SENDs before it. A broker that answers all frames of a transaction
    /// only then has carried all of them out.
    pub(super) fn doubts_commit(&self) -> bool {
        self.dialect.held_receipts != HeldReceipts::All || !self.is_in_order()
    }

    /// Whether COMMIT is not to be sent yet, since it could overtake frames of its transaction that are not confirmed.
    pub(crate) fn holds_commit(&self, name: &str) -> bool {
        let Some(open) = self.transaction(name.as_bytes()).filter(|_| !self.is_in_order()) else {
            return false;
        };
        let waiting = self.receipts.open_in(open.number).without(self.given_up);
        match self.dialect.held_receipts {
            HeldReceipts::None if self.confirms_sends_after_commit => waiting.acks > 0,
            HeldReceipts::None => waiting.count() > 0,
            HeldReceipts::Sends => waiting.acks > 0,
            HeldReceipts::All => false,
        }
    }

    /// Notes the receipt of a frame in the transaction with this number.
    pub(super) fn note_receipt_in_transaction(&mut self, kind: ReceiptKind, number: u64) {
        let is_late =
            self.given_up.contains(kind) && !self.transactions.iter().any(|open| open.number == number);
        self.confirms_sends_after_commit |= kind == ReceiptKind::SendInTransaction && is_late;
    }

    /// Notes that COMMIT waits for these receipts, so that they have to come in time.
    pub(crate) fn commit_waits(&mut self, name: &str, now: Instant) {
        self.start_receipt_timer(now);
        if let Some(open) = self.transactions.iter_mut().find(|open| open.name == name) {
            open.ending = true;
        }
    }

    /// The receipts of transactions that have to come now.
    fn due_in_transactions(&self) -> impl Iterator<Item = TransactionReceipts> + '_ {
        let ending = self.transactions.iter().filter(|open| open.ending).map(|open| open.number);
        let committed = self.commits.iter().map(|commit| commit.number);
        ending.chain(committed).map(|number| self.receipts.open_in(number))
    }

    /// The number of receipts of transactions that have to come now, but for those of given kinds.
    pub(super) fn due_in_transactions_without(&self, kinds: ReceiptKinds) -> usize {
        self.due_in_transactions().map(|open| open.without(kinds).count()).sum()
    }

    /// The number of receipts of transactions that may come as late as after a COMMIT that was not asked for yet.
    pub(super) fn held_in_transactions(&self) -> usize {
        let open = self.transactions.iter().filter(|open| !open.ending);
        open.map(|open| self.receipts.open_in(open.number).count()).sum()
    }

    /// The kinds of frames in transactions for whose receipts alone a COMMIT waits, before it is sent or after its own.
    pub(super) fn kinds_before_commit(&self) -> ReceiptKinds {
        let mut kinds = ReceiptKinds::default();
        let ending = self.transactions.iter().filter(|open| open.ending).map(|open| open.number);
        let confirmed = self.commits.iter().filter(|commit| commit.token.is_some());
        for number in ending.chain(confirmed.map(|commit| commit.number)) {
            let open = self.receipts.open_in(number);
            for (kind, count) in [(ReceiptKind::SendInTransaction, open.sends), (ReceiptKind::Ack, open.acks)]
            {
                if count > 0 {
                    kinds.insert(kind);
                }
            }
        }
        kinds
    }

    /// Notes that no open receipt will come any more.
    pub(super) fn lose_receipts_in_transactions(&mut self) {
        for open in &mut self.transactions {
            open.unproven |= self.receipts.open_in(open.number).count() > 0;
        }
    }

    /// Notes the receipt of a COMMIT that also waits for others. Returns the token of one that does not.
    pub(super) fn commit_receipt(&mut self, receipt: u64, token: T) -> Option<T> {
        match self.commits.iter_mut().find(|commit| commit.receipt == receipt) {
            Some(commit) => {
                commit.token = Some(token);
                None
            }
            None => Some(token),
        }
    }

    /// Gives the outcome of each COMMIT that waits for nothing any longer.
    pub(super) fn settle_commits(&mut self) {
        let Self { receipts, commits, outcomes, given_up, .. } = self;
        let waits = |number| receipts.open_in(number).without(*given_up).count() > 0;
        for commit in commits.extract_if(.., |commit| commit.token.is_some() && !waits(commit.number)) {
            let proven = !commit.unproven && receipts.open_in(commit.number).count() == 0;
            let known = if proven { Confirmation::Confirmed } else { Confirmation::Unconfirmed };
            outcomes.extend(commit.token.map(|token| Outcome { token, result: Ok(known) }));
        }
    }
}
