//! Which messages were received, and how often: a bit for each message.

/// The messages received so far, by producer and number.
#[derive(Debug, Default, Clone)]
pub(super) struct DeliveryTally {
    /// For each producer, a bit for each of its messages.
    seen: Vec<Vec<u64>>,
    /// Duplicates included.
    pub(super) received: u64,
}

impl DeliveryTally {
    /// Counts a message, and returns whether it was received for the first time.
    pub(super) fn add(&mut self, producer: u16, number: u64) -> bool {
        self.received += 1;
        let producer = usize::from(producer);
        if self.seen.len() <= producer {
            self.seen.resize_with(producer + 1, Vec::new);
        }
        let words = &mut self.seen[producer];
        // Numbers are consecutive, and have at most 40 bits.
        let (word, bit) = (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64));
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        let new = words[word] & bit == 0;
        words[word] |= bit;
        new
    }

    /// Adds what another consumer of the same queue received.
    pub(super) fn merge(&mut self, other: &Self) {
        self.received += other.received;
        if self.seen.len() < other.seen.len() {
            self.seen.resize_with(other.seen.len(), Vec::new);
        }
        for (words, other) in self.seen.iter_mut().zip(&other.seen) {
            if words.len() < other.len() {
                words.resize(other.len(), 0);
            }
            for (word, other) in words.iter_mut().zip(other) {
                *word |= other;
            }
        }
    }

    /// The number of messages received at least once.
    pub(super) fn distinct(&self) -> u64 {
        self.seen.iter().flatten().map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_counts_once_whoever_got_it() {
        let (mut one, mut other) = (DeliveryTally::default(), DeliveryTally::default());
        assert!(one.add(0, 0) && one.add(0, 64) && one.add(2, 5));
        assert!(!one.add(0, 64));
        assert!(other.add(0, 64) && other.add(3, 1_000));
        assert_eq!((one.received, one.distinct()), (4, 3));
        one.merge(&other);
        assert_eq!((one.received, one.distinct()), (6, 4));
        assert!(!one.add(3, 1_000));
    }
}
