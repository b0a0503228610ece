//! What is asked for.

use std::time::Duration;

use crate::session::AckMode;

/// How much is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// So many messages in all.
    Count(u64),
    /// As many as go out in this time.
    Duration(Duration),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Where to; `None`: a queue of our own.
    pub destination: Option<String>,
    /// Connections that send.
    pub producers: u16,
    /// Connections that receive.
    pub consumers: u16,
    /// Octets of each body.
    pub size: usize,
    /// How much is sent.
    pub amount: Amount,
    /// Messages a second, of all producers together; `None`: as many as the broker takes.
    pub rate: Option<f64>,
    /// Whether each message asks for a receipt.
    pub receipts: bool,
    /// Whether the broker is to keep messages over its own restart.
    pub persistent: bool,
    /// How messages are acked.
    pub ack: AckMode,
    /// At most so many unacked messages for each consumer.
    pub prefetch: Option<u32>,
    /// More headers of each message.
    pub headers: Vec<(String, String)>,
    /// How long the consumers wait for a message that does not come.
    pub patience: Duration,
}

impl Plan {
    /// How many messages this producer sends, where that is said.
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
