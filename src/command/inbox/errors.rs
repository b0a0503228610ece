//! Which ERROR frames were shown already, each once: by the failure of the command that it hit, or by itself.

use std::collections::VecDeque;

use crate::session::{BrokerError, ErrorNumber};

/// Reported ERRORs whose frames are still awaited. A frame may never come here: when the connection ends
/// first.
const AWAITED: usize = 64;

/// The ERROR frames that came, as far as they are not shown.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// Whether a command is running: it may report an ERROR that comes meanwhile.
    command_runs: bool,
    /// What came while it was running.
    held: Vec<BrokerError>,
    /// What was reported before its frame came here: failures and events take different ways.
    reported: VecDeque<ErrorNumber>,
}

impl Errors {
    /// An ERROR came; returns it where it is to be shown now.
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

    /// A failure was shown that this ERROR caused.
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

    /// Returns what came meanwhile and was not reported.
    pub(super) fn command_ends(&mut self) -> Vec<BrokerError> {
        self.command_runs = false;
        std::mem::take(&mut self.held)
    }
}
