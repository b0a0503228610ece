//! The outcome of the messages that a command sent: `confirmed N, unknown M, not sent K`.

use std::fmt;

use crate::client::ClientError;
use crate::session::{BulkReport, Confirmation, Failure};

/// Each message is either confirmed, unknown or not sent.
#[derive(Debug, Default, Clone)]
pub(crate) struct DeliveryReport {
    pub confirmed: u64,
    /// At least one byte of each was written to the socket, and no receipt arrived.
    pub unknown: u64,
    /// How many of the unknown did not ask for a receipt, or are not waited for since the server seems to send none.
    pub unasked: u64,
    /// No byte of them was written to the socket.
    pub not_sent: u64,
    /// How many of the unknown were refused: an ERROR arrived in place of their receipts.
    pub refused: u64,
    /// How many times a message was sent again after a reconnect.
    pub resent: u64,
    /// How many of those had been written completely before: the broker may have them twice.
    pub perhaps_twice: u64,
    /// The index, from 0, of the first message that is not confirmed.
    pub first_unconfirmed: Option<u64>,
    /// The error after which not all messages are confirmed.
    pub error: Option<ClientError>,
}

impl DeliveryReport {
    pub(crate) fn of(result: &Result<Confirmation, ClientError>) -> Self {
        let mut report = Self { error: result.as_ref().err().cloned(), ..Self::default() };
        report.count(result);
        report
    }

    pub(crate) fn count(&mut self, result: &Result<Confirmation, ClientError>) {
        match result {
            Ok(Confirmation::Confirmed) => self.confirmed += 1,
            Err(ClientError::Failure(Failure::Refused { .. })) => {
                self.unknown += 1;
                self.refused += 1;
            }
            Ok(Confirmation::Unconfirmed) => {
                self.unknown += 1;
                self.unasked += 1;
            }
            Err(
                ClientError::Failure(Failure::Unknown { .. } | Failure::NoReceipts) | ClientError::Body(_),
            ) => {
                self.unknown += 1;
            }
            // All other errors occur before a frame is encoded.
            Err(_) => self.not_sent += 1,
        }
    }

    pub(crate) fn add(&mut self, others: &Self) {
        self.confirmed += others.confirmed;
        self.unknown += others.unknown;
        self.unasked += others.unasked;
        self.not_sent += others.not_sent;
        self.refused += others.refused;
    }

    /// How many were confirmed, or sent without waiting for a receipt.
    pub(crate) fn done(&self) -> u64 {
        self.confirmed + self.unasked
    }

    pub(crate) fn all(&self) -> u64 {
        self.confirmed + self.unknown + self.not_sent
    }

    /// Counts the unknown messages as confirmed, since a later receipt proves that the broker has processed them. They are
    /// all that were sent before those that were not.
    pub(crate) fn confirm_unknown(&mut self) {
        self.confirmed += std::mem::take(&mut self.unknown);
        self.unasked = 0;
        self.first_unconfirmed = (self.not_sent > 0).then_some(self.confirmed);
    }

    /// Counts all messages as not sent, since their transaction ends without a COMMIT.
    pub(crate) fn abort(&mut self) {
        self.not_sent += std::mem::take(&mut self.unknown);
        (self.refused, self.unasked) = (0, 0);
        self.first_unconfirmed = (self.not_sent > 0).then_some(0);
    }

    /// Records an error that arrived after the last message. If the broker refused, `refused` of the unknown messages are
    /// counted as refused.
    pub(crate) fn fail(&mut self, error: ClientError, refused: u64) {
        if matches!(error, ClientError::Failure(Failure::Refused { .. })) {
            self.refused = refused;
        }
        self.error = Some(error);
    }

    /// The counts as text, `remark` before the number of refused messages.
    pub(crate) fn line(&self, remark: &str) -> String {
        let Self { confirmed, unknown, not_sent, .. } = self;
        let refused = match self.refused {
            0 => String::new(),
            1 => " (1 of the unknown was refused)".to_owned(),
            count => format!(" ({count} of the unknown were refused)"),
        };
        format!("confirmed {confirmed}, unknown {unknown}, not sent {not_sent}{remark}{refused}")
    }

    /// A line about the messages that were resent, if any were.
    pub(crate) fn resent_line(&self) -> Option<String> {
        let twice = match self.perhaps_twice {
            0 => "none had gone out whole before".to_owned(),
            all if all == self.resent => "the broker may have them twice".to_owned(),
            some => format!("the broker may have {some} of them twice"),
        };
        (self.resent > 0).then(|| format!("sent again after a reconnect: {}; {twice}", self.resent))
    }
}

impl From<BulkReport> for DeliveryReport {
    fn from(report: BulkReport) -> Self {
        Self {
            confirmed: report.confirmed,
            unknown: report.unknown,
            unasked: 0,
            not_sent: report.not_sent,
            refused: u64::from(report.refused.is_some()).min(report.unknown),
            resent: report.resent,
            perhaps_twice: report.perhaps_twice,
            first_unconfirmed: report.first_unconfirmed,
            error: report.failure.map(ClientError::from),
        }
    }
}

impl fmt::Display for DeliveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::ErrorNumber;

    #[test]
    fn what_was_refused_was_sent_and_what_never_became_a_frame_was_not() {
        let reason = || "x".to_owned();
        let failures = [
            (Failure::Refused { error: ErrorNumber::default(), message: reason() }.into(), (1, 0, 1)),
            (Failure::unknown(reason()).into(), (1, 0, 0)),
            (Failure::NoReceipts.into(), (1, 0, 0)),
            (Failure::NotSent { reason: reason() }.into(), (0, 1, 0)),
            (ClientError::NotConnected, (0, 1, 0)),
            (ClientError::LostBefore(ClientError::NotConnected.into()), (0, 1, 0)),
            (ClientError::Lost { reason: reason() }, (0, 1, 0)),
        ];
        let mut all = DeliveryReport::of(&Ok(Confirmation::Confirmed));
        for (error, expected) in failures {
            let report = DeliveryReport::of(&Err(error));
            assert_eq!((report.unknown, report.not_sent, report.refused), expected);
            all.add(&report);
        }
        assert_eq!(all.to_string(), "confirmed 1, unknown 3, not sent 4 (1 of the unknown was refused)");
        assert_eq!(all.all(), 8);
    }
}
