//! The arithmetic of heart-beats (STOMP 1.2, "Heart-beating").

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// The offer of one side in a `heart-beat` header: `<sends>,<wants>`, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeartBeat {
    /// The shortest interval at which this side can send heart-beats, or 0 for none.
    pub sends: u32,
    /// The interval at which this side would like to receive heart-beats, or 0 for none.
    pub wants: u32,
}

/// A malformed `heart-beat` header or option.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' is not two times in milliseconds such as 10000,10000")]
pub struct HeartBeatError {
    /// The value as received or typed.
    pub text: String,
}

/// The negotiated interval in each direction, or `None` if either side offered 0 (STOMP 1.2, Heart-beating).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Negotiated {
    /// This side must send at least one byte in each interval.
    pub outgoing: Option<Duration>,
    /// The peer promises to send at least one byte in each interval.
    pub incoming: Option<Duration>,
}

impl HeartBeat {
    /// Parses `<sends>,<wants>`. Spaces around the numbers are ignored; a number beyond 32 bits counts as the
    /// largest of them, 49 days.
    pub fn parse(text: &[u8]) -> Result<Self, HeartBeatError> {
        let number = |part: &[u8]| -> Option<u32> {
            let part = part.trim_ascii();
            if part.is_empty() || !part.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let digits = std::str::from_utf8(part).ok()?;
            Some(digits.parse::<u32>().unwrap_or(u32::MAX))
        };
        let parse = || {
            let comma = memchr::memchr(b',', text)?;
            Some(Self { sends: number(&text[..comma])?, wants: number(&text[comma + 1..])? })
        };
        parse().ok_or_else(|| HeartBeatError { text: String::from_utf8_lossy(text).into_owned() })
    }

    /// The intervals for this side: in each direction the larger of the two numbers, or none if one is 0.
    pub fn negotiate(self, other: Self) -> Negotiated {
        let interval = |sends: u32, wants: u32| {
            (sends != 0 && wants != 0).then(|| Duration::from_millis(u64::from(sends.max(wants))))
        };
        Negotiated {
            outgoing: interval(self.sends, other.wants),
            incoming: interval(other.sends, self.wants),
        }
    }
}

impl fmt::Display for HeartBeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.sends, self.wants)
    }
}

impl std::str::FromStr for HeartBeat {
    type Err = HeartBeatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_on_either_side_silences_the_way() {
        let all = HeartBeat { sends: 10_000, wants: 5_000 };
        assert_eq!(all.negotiate(HeartBeat { sends: 0, wants: 0 }), Negotiated::default());
        assert_eq!(HeartBeat::default().negotiate(all), Negotiated::default());
        let one = all.negotiate(HeartBeat { sends: 20_000, wants: 0 });
        assert_eq!(one, Negotiated { outgoing: None, incoming: Some(Duration::from_secs(20)) });
    }

    #[test]
    fn the_larger_figure_wins() {
        let client = HeartBeat { sends: 10_000, wants: 5_000 };
        let broker = HeartBeat { sends: 2_000, wants: 30_000 };
        let got = client.negotiate(broker);
        assert_eq!(got.outgoing, Some(Duration::from_secs(30)));
        assert_eq!(got.incoming, Some(Duration::from_secs(5)));
        assert_eq!(broker.negotiate(client).incoming, got.outgoing);
    }

    #[test]
    fn what_is_no_pair_of_figures_is_refused() {
        for text in ["", "1", "1,", ",1", "a,b", "-1,0", "1,2,3", "1.5,2"] {
            assert!(HeartBeat::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(HeartBeat::parse(b" 1 , 99999999999"), Ok(HeartBeat { sends: 1, wants: u32::MAX }));
    }
}
