//! The pauses between tries to make a connection again.

use std::time::{Duration, Instant};

use super::Reconnect;

/// A connection that lasted so long was a good one.
const STABLE: Duration = Duration::from_secs(60);

/// Pauses that double, over losses that follow one another too, and go back to the first one after a
/// connection that was good for something.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: Reconnect,
    /// The next pause, without its jitter.
    next: Duration,
    /// The share of the next pause that is kept.
    jitter: f64,
    /// When the connection was made, and how many receipts had come by then.
    since: (Instant, u64),
}

impl Backoff {
    /// For a connection that was made now.
    pub(super) fn new(policy: Reconnect, now: Instant) -> Self {
        Self { policy, next: policy.min, jitter: jitter(), since: (now, 0) }
    }

    /// There is a connection. `confirmed`: the receipts that have come so far.
    pub(super) fn connected(&mut self, now: Instant, confirmed: u64) {
        self.since = (now, confirmed);
    }

    /// The connection is gone: after a stable minute, or a new confirmation, pauses begin anew.
    pub(super) fn lost(&mut self, now: Instant, confirmed: u64) {
        let (since, before) = self.since;
        if confirmed > before || now.saturating_duration_since(since) >= STABLE {
            self.next = self.policy.min;
        }
    }

    /// The pause before the next try.
    pub(super) fn peek(&self) -> Duration {
        self.next.mul_f64(self.jitter)
    }

    /// The same, to be waited for: the one after it is longer.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.peek();
        self.next = (self.next * 2).min(self.policy.max);
        self.jitter = jitter();
        pause
    }
}

/// Jitter takes up to half of a pause away: many clients of one broker must not come back at the same
/// instant.
fn jitter() -> f64 {
    0.5 + fastrand::f64() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: Duration = Duration::from_millis(100);

    fn backoff(now: Instant) -> Backoff {
        Backoff::new(Reconnect { min: MIN, max: Duration::from_secs(30), resend: false }, now)
    }

    fn assert_about(pause: Duration, whole: Duration) {
        assert!(pause >= whole / 2 && pause <= whole, "{pause:?} for {whole:?}");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = backoff(Instant::now());
        for doublings in 0..9 {
            assert_about(backoff.pause(), MIN * (1 << doublings));
        }
        for _ in 0..3 {
            assert_about(backoff.pause(), Duration::from_secs(30));
        }
    }

    #[test]
    fn connections_that_are_good_for_nothing_do_not_bring_the_first_pause_back() {
        let start = Instant::now();
        let mut backoff = backoff(start);
        for doublings in 0..9 {
            backoff.lost(start + STABLE / 2, 7);
            backoff.connected(start + STABLE / 2, 7);
            if doublings > 0 {
                assert_about(backoff.pause(), MIN * (1 << doublings));
            } else {
                // The first receipts of all were new ones.
                assert_about(backoff.pause(), MIN);
            }
        }
    }

    #[test]
    fn a_stable_minute_or_a_new_confirmation_brings_the_first_pause_back() {
        let start = Instant::now();
        let mut backoff = backoff(start);
        for _ in 0..5 {
            backoff.pause();
        }
        backoff.connected(start, 7);
        backoff.lost(start, 8);
        assert_about(backoff.pause(), MIN);
        assert_about(backoff.pause(), MIN * 2);
        backoff.connected(start, 8);
        backoff.lost(start + STABLE, 8);
        assert_about(backoff.pause(), MIN);
    }
}
