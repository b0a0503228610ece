//! The beginning of each body, which identifies the message: run, producer, number, and when it was due. In
//! hexadecimal digits, because some brokers accept text only.

use std::time::Duration;

/// Bytes of a stamp, and so of the shortest body. The constants that follow are its hexadecimal digits.
pub(crate) const STAMP_LENGTH: usize = RUN + PRODUCER + NUMBER + TIME;

const RUN: usize = 8;
const PRODUCER: usize = 4;
const NUMBER: usize = 10;
const TIME: usize = 14;

/// Identifies a message within all runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) run: u32,
    pub(super) producer: u16,
    /// Counted from 0 for each producer.
    pub(super) number: u64,
    /// When the message was due, measured from the start of the run.
    pub(super) due: Duration,
}

impl Stamp {
    /// Writes the stamp to the beginning of `body`, which must have at least [`STAMP_LENGTH`] bytes.
    pub(super) fn write(self, body: &mut [u8]) {
        let mut at = 0;
        let mut put = |value: u64, digits: usize| {
            for place in (0..digits).rev() {
                let digit = (value >> (4 * place)) & 0xf;
                body[at] = b"0123456789abcdef"[usize::try_from(digit).unwrap_or(0)];
                at += 1;
            }
        };
        put(u64::from(self.run), RUN);
        put(u64::from(self.producer), PRODUCER);
        put(self.number, NUMBER);
        put(u64::try_from(self.due.as_nanos()).unwrap_or(u64::MAX), TIME);
    }

    /// `None` if `body` does not begin with a stamp.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut rest = body.get(..STAMP_LENGTH)?;
        let mut take = |digits: usize| {
            let (figure, behind) = rest.split_at(digits);
            rest = behind;
            figure.iter().try_fold(0_u64, |value, digit| {
                let digit = char::from(*digit).to_digit(16)?;
                Some(value << 4 | u64::from(digit))
            })
        };
        let run = u32::try_from(take(RUN)?).ok()?;
        let producer = u16::try_from(take(PRODUCER)?).ok()?;
        Some(Self { run, producer, number: take(NUMBER)?, due: Duration::from_nanos(take(TIME)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (run, producer, number, nanos) in
            [(0, 0, 0, 0), (u32::MAX, u16::MAX, (1 << 40) - 1, (1 << 56) - 1), (7, 1, 1_000_000, 123_456_789)]
        {
            let stamp = Stamp { run, producer, number, due: Duration::from_nanos(nanos) };
            let mut body = vec![b'x'; STAMP_LENGTH + 3];
            stamp.write(&mut body);
            assert_eq!(Stamp::read(&body), Some(stamp));
            assert_eq!(&body[STAMP_LENGTH..], b"xxx");
        }
    }

    #[test]
    fn other_bodies_have_none() {
        assert_eq!(Stamp::read(b"hello"), None);
        assert_eq!(Stamp::read(&[b'x'; 100]), None);
    }
}
