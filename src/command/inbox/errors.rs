//! Shows each ERROR frame once: with the failure of the command that it hit, or by itself.

use std::collections::VecDeque;

use crate::session::{BrokerError, ErrorNumber};

/// Reported ERRORs that are remembered until their frames come here, which some never do: a connection that
/// ends drops its events.
const AWAITED: usize = 64;

/// The ERROR frames that are not shown yet, or whose failures were shown before them.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// Whether a command is running, which may report an ERROR that arrives meanwhile.
    command_runs: bool,
    /// ERRORs that arrived while it was running.
    held: Vec<BrokerError>,
    /// ERRORs that were reported before their frames came here: failures and events arrive through different
    /// channels.
    reported: VecDeque<ErrorNumber>,
}

impl Errors {
    /// Takes an ERROR, and returns it if it is to be shown now.
    pub(super) fn came(&mut self, error: BrokerError) -> Option<BrokerError> {
        if let Some(index) = self.reported.iter().position(|number| *number == error.number) {
            self.reported.remove(index);
            return None;
        }
        if self.command_runs {
            self.held.push(error);
            return None;
        }
        Some(error)
    }

    /// The failure that this ERROR caused was shown.
    pub(super) fn reported(&mut self, number: ErrorNumber) {
        let before = self.held.len();
        self.held.retain(|error| error.number != number);
        if self.held.len() == before {
            self.reported.push_back(number);
            if self.reported.len() > AWAITED {
                self.reported.pop_front();
            }
        }
    }

    pub(super) fn command_begins(&mut self) {
        self.command_runs = true;
    }

    /// Returns the ERRORs that arrived meanwhile and were not reported.
    pub(super) fn command_ends(&mut self) -> Vec<BrokerError> {
        self.command_runs = false;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use std::time::{Duration, Instant};

    use bytes::BytesMut;

    use super::*;
    use crate::protocol::{Batch, Decoder, Limits};
    use crate::session::Session;

    /// Two ERROR frames with the same text.
    fn two() -> [BrokerError; 2] {
        let mut input = BytesMut::from("ERROR\nmessage:no\n\n\0ERROR\nmessage:no\n\n\0");
        let mut batch = Batch::default();
        Decoder::new(Limits::CLIENT).decode(&mut input, &mut batch).unwrap();
        let now = Instant::now();
        Session::<()>::new(Duration::ZERO, now).receive(&batch, now).errors.try_into().unwrap()
    }

    #[test]
    fn an_error_is_shown_once_whether_its_failure_or_its_frame_comes_first() {
        for frame_first in [true, false] {
            let [first, second] = two();
            let mut errors = Errors::default();
            errors.command_begins();
            if frame_first {
                assert_eq!(errors.came(first.clone()), None);
                errors.reported(first.number);
            } else {
                errors.reported(first.number);
                assert_eq!(errors.came(first.clone()), None);
            }
            assert_eq!(errors.came(second.clone()), None);
            assert_eq!(errors.command_ends(), std::slice::from_ref(&second));
            assert_eq!(errors.came(second.clone()), Some(second));
        }
    }
}
