//! The deadlines of heart-beats (STOMP 1.2, "Heart-beating").

use std::time::{Duration, Instant};

use crate::protocol::Negotiated;

/// When to send a heart-beat, and when the peer counts as dead.
#[derive(Debug, Clone)]
pub(crate) struct HeartBeatTimer {
    negotiated: Negotiated,
    last_in: Instant,
    last_out: Instant,
    /// Whether the socket is being read: while it is not, silence says nothing about the peer.
    reading: bool,
}

impl HeartBeatTimer {
    pub(crate) fn new(negotiated: Negotiated, now: Instant) -> Self {
        Self { negotiated, last_in: now, last_out: now, reading: true }
    }

    /// Any received byte is a sign of life, not only a heart-beat.
    pub(crate) fn bytes_in(&mut self, now: Instant) {
        self.last_in = now;
    }

    /// Any byte that the socket accepted is a sign of life for the peer.
    pub(crate) fn bytes_out(&mut self, now: Instant) {
        self.last_out = now;
    }

    /// Reading stopped because the receiver of the messages is slow, or goes on.
    pub(crate) fn set_reading(&mut self, reading: bool, now: Instant) {
        if reading && !self.reading {
            self.last_in = now;
        }
        self.reading = reading;
    }

    /// The time to send the next heart-beat: after half the interval, so that it is not late.
    pub(crate) fn next_out(&self) -> Option<Instant> {
        self.negotiated.outgoing.map(|interval| self.last_out + interval / 2)
    }

    /// The time when the peer counts as dead: after twice the interval, and a margin of a quarter of it, at
    /// most a second, for the network. ActiveMQ checks once in an interval whether it has sent anything
    /// since the last check, so that its heart-beats may be almost two intervals apart (1.95 s with an
    /// interval of 1 s, if a frame is sent right after the check).
    pub(crate) fn dead_at(&self) -> Option<Instant> {
        if !self.reading {
            return None;
        }
        let margin = |interval: Duration| (interval / 4).min(Duration::from_secs(1));
        self.negotiated.incoming.map(|interval| self.last_in + interval * 2 + margin(interval))
    }

    /// The time since the last received byte.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
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
        let mut beats = HeartBeatTimer::new(negotiated, start);
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
        let mut beats = HeartBeatTimer::new(negotiated, start);
        beats.set_reading(false, start);
        assert_eq!(beats.dead_at(), None);
        beats.set_reading(true, start + second * 100);
        assert_eq!(beats.dead_at(), Some(start + second * 102 + second / 4));
    }
}
