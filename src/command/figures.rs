//! The figures that end a failure of something that sends: `confirmed N, unknown M, not sent K`.

use std::fmt;

use crate::client::ClientError;
use crate::session::{BulkReport, Failure};

/// What became of messages. Together they are all of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Their receipts came.
    pub confirmed: u64,
    /// At least one byte of each was given to the socket, and no receipt came.
    pub unknown: u64,
    /// No byte of them was given to the socket.
    pub not_sent: u64,
    /// How many of the unknown are known to be refused: an ERROR came in place of their receipts.
    pub refused: u64,
}

impl Figures {
    /// Of a single message.
    pub(crate) fn of(result: &Result<(), ClientError>) -> Self {
        let mut figures = Self::default();
        figures.count(result);
        figures
    }

    /// Counts one more message.
    pub(crate) fn count(&mut self, result: &Result<(), ClientError>) {
        match result {
            Ok(()) => self.confirmed += 1,
            Err(ClientError::Failure(Failure::Refused { .. })) => {
                self.unknown += 1;
                self.refused += 1;
            }
            Err(ClientError::Failure(Failure::Unknown { .. }) | ClientError::Body(_)) => self.unknown += 1,
            // Whatever else may fail does so before a frame is made.
            Err(_) => self.not_sent += 1,
        }
    }

    /// Adds those of other messages.
    pub(crate) fn add(&mut self, others: Self) {
        self.confirmed += others.confirmed;
        self.unknown += others.unknown;
        self.not_sent += others.not_sent;
        self.refused += others.refused;
    }

    /// How many messages there are.
    pub(crate) fn all(&self) -> u64 {
        self.confirmed + self.unknown + self.not_sent
    }

    /// What there is to say of those that were refused; empty where none was.
    pub(crate) fn refusals(&self) -> String {
        match self.refused {
            0 => String::new(),
            1 => " (1 of the unknown was refused)".to_owned(),
            count => format!(" ({count} of the unknown were refused)"),
        }
    }
}

impl From<&BulkReport> for Figures {
    fn from(report: &BulkReport) -> Self {
        let BulkReport { confirmed, unknown, not_sent, .. } = *report;
        Self { confirmed, unknown, not_sent, refused: u64::from(report.refused.is_some()).min(unknown) }
    }
}

impl fmt::Display for Figures {
    /// Without [`Figures::refusals`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "confirmed {}, unknown {}, not sent {}", self.confirmed, self.unknown, self.not_sent)
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
            (Failure::NotSent { reason: reason() }.into(), (0, 1, 0)),
            (ClientError::NotConnected, (0, 1, 0)),
            (ClientError::Lost { reason: reason() }, (0, 1, 0)),
        ];
        let mut all = Figures::of(&Ok(()));
        for (error, expected) in failures {
            let figures = Figures::of(&Err(error));
            assert_eq!((figures.unknown, figures.not_sent, figures.refused), expected);
            all.add(figures);
        }
        assert_eq!(
            all.to_string() + &all.refusals(),
            "confirmed 1, unknown 2, not sent 3 (1 of the unknown was refused)"
        );
        assert_eq!(all.all(), 6);
    }
}
