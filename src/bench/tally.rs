//! Which messages came, and how often: a bit for each.

/// The messages received so far, by producer and number.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    /// For each producer a bit for each of its messages.
    seen: Vec<Vec<u64>>,
    /// Messages that came, each time counted.
    pub(super) received: u64,
}

impl Tally {
    /// Counts a message; true if it came for the first time.
    pub(super) fn see(&mut self, producer: u16, number: u64) -> bool {
        self.received += 1;
        let producer = usize::from(producer);
        if self.seen.len() <= producer {
            self.seen.resize_with(producer + 1, Vec::new);
        }
        let own = &mut self.seen[producer];
        // A number is of 40 bits, and our own: it grows by one.
        let (word, bit) = (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64));
        if own.len() <= word {
            own.resize(word + 1, 0);
        }
        let new = own[word] & bit == 0;
        own[word] |= bit;
        new
    }

    /// Adds what another consumer of the same queue received.
    pub(super) fn join(&mut self, other: &Self) {
        self.received += other.received;
        if self.seen.len() < other.seen.len() {
            self.seen.resize_with(other.seen.len(), Vec::new);
        }
        for (own, theirs) in self.seen.iter_mut().zip(&other.seen) {
            if own.len() < theirs.len() {
                own.resize(theirs.len(), 0);
            }
            for (own, theirs) in own.iter_mut().zip(theirs) {
                *own |= theirs;
            }
        }
    }

    /// The number of messages without duplicates.
    pub(super) fn distinct(&self) -> u64 {
        self.seen.iter().flatten().map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_counts_once_whoever_got_it() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        assert!(one.see(0, 0) && one.see(0, 64) && one.see(2, 5));
        assert!(!one.see(0, 64));
        assert!(other.see(0, 64) && other.see(3, 1_000));
        assert_eq!((one.received, one.distinct()), (4, 3));
        one.join(&other);
        assert_eq!((one.received, one.distinct()), (6, 4));
        assert!(!one.see(3, 1_000));
    }
}
