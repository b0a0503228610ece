//! Which connection a message came on, and its number there.

use std::collections::VecDeque;

/// The largest number of stretches that are remembered; the oldest ones are forgotten.
const STRETCHES: usize = 4_096;

/// Consecutive messages of one connection.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: u64,
    count: u64,
    connection: u64,
    first_there: u64,
}

/// Numbers of this program and numbers of its connections. Where there is one connection, there is
/// one stretch.
#[derive(Debug, Default)]
pub(super) struct Origins {
    stretches: VecDeque<Stretch>,
}

impl Origins {
    /// `count` messages came on a connection, numbered from `first` here and from `first_there` there.
    pub(super) fn add(&mut self, first: u64, count: u64, connection: u64, first_there: u64) {
        if let Some(last) = self.stretches.back_mut()
            && last.connection == connection
            && last.first + last.count == first
            && last.first_there + last.count == first_there
        {
            last.count += count;
            return;
        }
        if self.stretches.len() == STRETCHES {
            self.stretches.pop_front();
        }
        self.stretches.push_back(Stretch { first, count, connection, first_there });
    }

    /// The connection of a message, and its number there.
    pub(super) fn origin(&self, number: u64) -> Option<(u64, u64)> {
        let index = self.stretches.partition_point(|stretch| stretch.first + stretch.count <= number);
        let stretch = self.stretches.get(index)?;
        let offset = number.checked_sub(stretch.first)?;
        Some((stretch.connection, stretch.first_there + offset))
    }

    /// The number here of a connection's message.
    pub(super) fn number(&self, connection: u64, there: u64) -> Option<u64> {
        let mut stretches = self.stretches.iter().rev().filter(|stretch| stretch.connection == connection);
        stretches.find_map(|stretch| {
            let offset = there.checked_sub(stretch.first_there).filter(|offset| *offset < stretch.count)?;
            Some(stretch.first + offset)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_several_connections_find_their_way() {
        let mut origins = Origins::default();
        origins.add(1, 10, 1, 1);
        origins.add(11, 5, 1, 11);
        origins.add(16, 3, 2, 1);
        origins.add(19, 1, 1, 16);
        assert_eq!(origins.stretches.len(), 3);
        assert_eq!(origins.origin(12), Some((1, 12)));
        assert_eq!(origins.origin(17), Some((2, 2)));
        assert_eq!(origins.origin(19), Some((1, 16)));
        assert_eq!(origins.origin(20), None);
        assert_eq!(origins.number(2, 3), Some(18));
        assert_eq!(origins.number(1, 16), Some(19));
        assert_eq!(origins.number(2, 4), None);
    }
}
