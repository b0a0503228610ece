//! Heart-beats both ways, as deadlines on a monotonic clock.

use std::time::{Duration, Instant};

use crate::protocol::Negotiated;

/// When to give a sign of life, and when the other side has been silent for too long.
#[derive(Debug, Clone)]
pub struct Beats {
    negotiated: Negotiated,
    last_in: Instant,
    last_out: Instant,
    /// Whether the socket is being read: while it is not, silence says nothing about the peer.
    reading: bool,
}

impl Beats {
    /// Heart-beats as negotiated, from `now` on.
    pub fn new(negotiated: Negotiated, now: Instant) -> Self {
        Self { negotiated, last_in: now, last_out: now, reading: true }
    }

    /// What was negotiated.
    pub fn negotiated(&self) -> Negotiated {
        self.negotiated
    }

    /// Any byte counts as life.
    pub fn bytes_in(&mut self, now: Instant) {
        self.last_in = now;
    }

    /// Any byte that the socket took counts as well.
    pub fn bytes_out(&mut self, now: Instant) {
        self.last_out = now;
    }

    /// Reading stopped, because whoever takes the messages is slow, or goes on.
    pub fn set_reading(&mut self, reading: bool, now: Instant) {
        if reading && !self.reading {
            self.last_in = now;
        }
        self.reading = reading;
    }

    /// When the next sign of life is due: after half the interval.
    pub fn next_out(&self) -> Option<Instant> {
        self.negotiated.outgoing.map(|interval| self.last_out + interval / 2)
    }

    /// When the other side counts as dead: after twice the interval, and a moment. ActiveMQ looks
    /// once in an interval whether it has sent something since it looked last, so that its signs of
    /// life may be almost two intervals apart (seen: 1.95 s at 1 s, whenever a frame comes right
    /// after it has looked, as the receipt of a first SUBSCRIBE does); the moment, a quarter of the
    /// interval and at most a second, is for their way here.
    pub fn dead_at(&self) -> Option<Instant> {
        if !self.reading {
            return None;
        }
        let moment = |interval: Duration| (interval / 4).min(Duration::from_secs(1));
        self.negotiated.incoming.map(|interval| self.last_in + interval * 2 + moment(interval))
    }

    /// How long nothing came.
    pub fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.last_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_interval_out_and_twice_the_interval_and_a_moment_in() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let negotiated = Negotiated { outgoing: Some(second * 4), incoming: Some(second * 4) };
        let mut beats = Beats::new(negotiated, start);
        assert_eq!(beats.next_out(), Some(start + second * 2));
        assert_eq!(beats.dead_at(), Some(start + second * 9));
        beats.bytes_in(start + second);
        beats.bytes_out(start + second * 2);
        assert_eq!(beats.dead_at(), Some(start + second * 10));
        assert_eq!(beats.next_out(), Some(start + second * 4));
    }

    #[test]
    fn silence_does_not_count_while_nothing_is_read() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let negotiated = Negotiated { outgoing: None, incoming: Some(second) };
        let mut beats = Beats::new(negotiated, start);
        beats.set_reading(false, start);
        assert_eq!(beats.dead_at(), None);
        beats.set_reading(true, start + second * 100);
        assert_eq!(beats.dead_at(), Some(start + second * 102 + second / 4));
    }
}
