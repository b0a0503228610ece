//! What a run sends and receives.

use std::time::Duration;

use crate::session::AckMode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BenchAmount {
    /// The number of messages that all producers send together.
    Count(u64),
    /// Send as many messages as possible in this time.
    Duration(Duration),
}

#[derive(Debug, Clone)]
pub(crate) struct BenchPlan {
    /// `None` creates a queue for this run.
    pub destination: Option<String>,
    pub producers: u16,
    pub consumers: u16,
    /// The size of each body in bytes.
    pub size: usize,
    pub amount: BenchAmount,
    /// Messages per second of all producers together; `None` sends as fast as the broker accepts.
    pub rate: Option<f64>,
    /// Request a receipt for each message.
    pub receipts: bool,
    pub persistent: bool,
    pub ack: AckMode,
    /// The largest number of unacknowledged messages of each consumer.
    pub prefetch: Option<u32>,
    /// Added to each SEND.
    pub headers: Vec<(String, String)>,
    /// How long to wait without receiving a message before the missing ones count as lost.
    pub idle_timeout: Duration,
}

impl BenchPlan {
    /// How many messages this producer sends, or `None` if the duration decides.
    pub(super) fn share(&self, producer: u16) -> Option<u64> {
        let BenchAmount::Count(all) = self.amount else { return None };
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
            let plan = BenchPlan {
                destination: None,
                producers,
                consumers: 1,
                size: 100,
                amount: BenchAmount::Count(count),
                rate: None,
                receipts: true,
                persistent: false,
                ack: AckMode::Auto,
                prefetch: None,
                headers: Vec::new(),
                idle_timeout: Duration::from_secs(1),
            };
            assert_eq!((0..producers).filter_map(|producer| plan.share(producer)).sum::<u64>(), count);
        }
    }
}
