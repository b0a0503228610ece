//! When a peer is due a heart-beat, when it is silent for too long, when its time to log in is over.

use std::time::{Duration, Instant};

use crate::protocol::Negotiated;

/// What the clock asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing before this time; `None`: nothing at all.
    Nothing(Option<Instant>),
    /// A heart-beat.
    Beat,
    /// The peer has been silent for twice the time that it promised.
    Silent(Duration),
    /// The peer has not logged in.
    NoLogin,
}

/// The signs of life of one link. Time is an argument.
#[derive(Debug)]
pub(super) struct Pulse {
    login_by: Option<Instant>,
    heart: Negotiated,
    heard: Instant,
    spoke: Instant,
}

impl Pulse {
    pub(super) fn new(now: Instant, login_time: Duration) -> Self {
        Self { login_by: Some(now + login_time), heart: Negotiated::default(), heard: now, spoke: now }
    }

    /// The peer has logged in with these heart-beats.
    pub(super) fn logged_in(&mut self, heart: Negotiated) {
        self.login_by = None;
        self.heart = heart;
    }

    /// Octets came. Any are a sign of life.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Octets were sent.
    pub(super) fn spoke(&mut self, now: Instant) {
        self.spoke = now;
    }

    pub(super) fn due(&self, now: Instant) -> Due {
        if self.login_by.is_some_and(|by| by <= now) {
            return Due::NoLogin;
        }
        // Half the interval leaves room for a slow network, twice the interval for a slow peer
        // (STOMP 1.2, "Heart-beating": a margin of error).
        let beat = self.heart.outgoing.map(|interval| self.spoke + interval / 2);
        let silent = self.heart.incoming.map(|interval| self.heard + 2 * interval);
        if silent.is_some_and(|at| at <= now) {
            return Due::Silent(now - self.heard);
        }
        if beat.is_some_and(|at| at <= now) {
            return Due::Beat;
        }
        Due::Nothing([self.login_by, beat, silent].into_iter().flatten().min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn beating(now: Instant, outgoing: u64, incoming: u64) -> Pulse {
        let mut pulse = Pulse::new(now, 10 * SECOND);
        let way = |seconds| (seconds != 0).then(|| Duration::from_secs(seconds));
        pulse.logged_in(Negotiated { outgoing: way(outgoing), incoming: way(incoming) });
        pulse
    }

    #[test]
    fn a_beat_is_due_after_half_the_interval_of_silence() {
        let now = Instant::now();
        let mut pulse = beating(now, 10, 0);
        assert_eq!(pulse.due(now), Due::Nothing(Some(now + 5 * SECOND)));
        assert_eq!(pulse.due(now + 5 * SECOND), Due::Beat);
        pulse.spoke(now + 4 * SECOND);
        assert_eq!(pulse.due(now + 5 * SECOND), Due::Nothing(Some(now + 9 * SECOND)));
    }

    #[test]
    fn a_peer_is_dead_after_twice_the_interval_and_any_octet_is_life() {
        let now = Instant::now();
        let mut pulse = beating(now, 0, 10);
        assert_eq!(pulse.due(now + 19 * SECOND), Due::Nothing(Some(now + 20 * SECOND)));
        assert_eq!(pulse.due(now + 20 * SECOND), Due::Silent(20 * SECOND));
        pulse.heard(now + 19 * SECOND);
        assert_eq!(pulse.due(now + 38 * SECOND), Due::Nothing(Some(now + 39 * SECOND)));
    }

    #[test]
    fn a_login_has_its_time_and_no_more() {
        let now = Instant::now();
        let mut pulse = Pulse::new(now, 10 * SECOND);
        pulse.heard(now + 9 * SECOND);
        assert_eq!(pulse.due(now + 10 * SECOND), Due::NoLogin);
        pulse.logged_in(Negotiated::default());
        assert_eq!(pulse.due(now + 10 * SECOND), Due::Nothing(None));
    }
}
