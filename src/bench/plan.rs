//! The options of a run.

use std::time::Duration;

use crate::session::AckMode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// The total number of messages, of all producers.
    Count(u64),
    /// As many messages as can be sent in this time.
    Duration(Duration),
}

/// The options of a run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// `None` creates a queue for this run.
    pub destination: Option<String>,
    pub producers: u16,
    pub consumers: u16,
    /// The size of each body in bytes.
    pub size: usize,
    pub amount: Amount,
    /// Messages per second of all producers together; `None` sends as fast as the broker accepts.
    pub rate: Option<f64>,
    /// Request a receipt for each message.
    pub receipts: bool,
    /// Send persistent messages.
    pub persistent: bool,
    pub ack: AckMode,
    /// The most unacknowledged messages per consumer.
    pub prefetch: Option<u32>,
    /// Additional headers of each message.
    pub headers: Vec<(String, String)>,
    /// How long to wait after the last message before those that are missing count as lost.
    pub patience: Duration,
}

impl Plan {
    /// How many messages this producer sends; `None` if the time decides.
    pub(super) fn share(&self, producer: u16) -> Option<u64> {
        let Amount::Count(all) = self.amount else { return None };
        let producers = u64::from(self.producers);
        Some(all / producers + u64::from(u64::from(producer) < all % producers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_producers_are_all_messages() {
        for (count, producers) in [(10, 3), (2, 5), (0, 1), (100_000, 7)] {
            let plan = Plan {
                destination: None,
                producers,
                consumers: 1,
                size: 100,
                amount: Amount::Count(count),
                rate: None,
                receipts: true,
                persistent: false,
                ack: AckMode::Auto,
                prefetch: None,
                headers: Vec::new(),
                patience: Duration::from_secs(1),
            };
            assert_eq!((0..producers).filter_map(|one| plan.share(one)).sum::<u64>(), count);
        }
    }
}
