//! The pauses between attempts to reconnect.

use std::time::{Duration, Instant};

use super::Reconnect;

/// After a connection that lasted this long, pauses start again from the shortest.
const STABLE: Duration = Duration::from_secs(60);

/// So many connections in a row may end with an ERROR before anything is confirmed or received: the broker may refuse
/// what is sent first on each of them.
const REFUSALS: u32 = 3;

/// Pauses that double, across consecutive losses too, until a connection was useful: it was stable, or a receipt came.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: Reconnect,
    /// The next pause without jitter.
    next: Duration,
    /// The factor by which the next pause is shortened, from 0.5 to 1.
    jitter: f64,
    /// The start of the connection, and the receipts until then.
    since: (Instant, u64),
    /// Connections in a row that ended with an ERROR, and the receipts and messages until then.
    refusals: (u32, (u64, u64)),
}

impl Backoff {
    pub(super) fn new(policy: Reconnect, now: Instant) -> Self {
        Self { policy, next: policy.min, jitter: jitter(), since: (now, 0), refusals: (0, (0, 0)) }
    }

    /// `confirmed` is the number of receipts of the session so far.
    pub(super) fn connected(&mut self, now: Instant, confirmed: u64) {
        self.since = (now, confirmed);
    }

    pub(super) fn lost(&mut self, now: Instant, confirmed: u64) {
        let (since, before) = self.since;
        if confirmed > before || now.saturating_duration_since(since) >= STABLE {
            self.next = self.policy.min;
        }
    }

    /// Whether another connection may have more luck after one that ended with an ERROR. `progress` is the number of
    /// receipts of the session so far, and of messages if no receipt was open: otherwise the ERROR may refuse what is
    /// sent for each of them.
    pub(super) fn outlasts_error(&mut self, now: Instant, progress: (u64, Option<u64>)) -> bool {
        let (count, (confirmed, received)) = self.refusals;
        let is_useful = progress.0 > confirmed
            || progress.1.is_some_and(|now| now > received)
            || now.saturating_duration_since(self.since.0) >= STABLE;
        let progress = (progress.0, progress.1.unwrap_or(received));
        self.refusals = (if is_useful { 1 } else { count + 1 }, progress);
        self.refusals.0 < REFUSALS
    }

    /// The pause before the next attempt.
    pub(super) fn peek(&self) -> Duration {
        self.next.mul_f64(self.jitter)
    }

    /// Like [`Backoff::peek`], and makes the pause after it longer.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.peek();
        self.next = (self.next * 2).min(self.policy.max);
        self.jitter = jitter();
        pause
    }
}

/// Between a half and 1, so that many clients of one broker do not reconnect at the same instant.
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
    fn an_error_is_outlasted_as_long_as_there_is_progress_between_and_a_few_times_without() {
        let start = Instant::now();
        let mut backoff = backoff(start);
        assert!((1..10).all(|confirmed| backoff.outlasts_error(start, (confirmed, None))));
        assert_eq!([(); 2].map(|()| backoff.outlasts_error(start, (9, None))), [true, false]);
        assert!((1..10).all(|received| backoff.outlasts_error(start, (9, Some(received)))));
        assert_eq!([(); 2].map(|()| backoff.outlasts_error(start, (9, Some(9)))), [true, false]);
        assert!(backoff.outlasts_error(start + STABLE, (9, None)));
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
