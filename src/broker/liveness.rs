//! Deadlines of a connection: its login, the broker's heart-beats, the peer's heart-beats.

use std::time::{Duration, Instant};

use crate::protocol::Negotiated;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LivenessEvent {
    /// Nothing is due before this time, or nothing at all.
    Nothing(Option<Instant>),
    SendBeat,
    /// The peer has been silent for this time, twice what it promised.
    Silent(Duration),
    NoLogin,
}

/// The deadlines of one connection. Time is an argument.
#[derive(Debug)]
pub(super) struct Liveness {
    login_by: Option<Instant>,
    heart: Negotiated,
    last_received: Instant,
    last_sent: Instant,
}

impl Liveness {
    pub(super) fn new(now: Instant, login_time: Duration) -> Self {
        Self {
            login_by: Some(now + login_time),
            heart: Negotiated::default(),
            last_received: now,
            last_sent: now,
        }
    }

    pub(super) fn logged_in(&mut self, heart: Negotiated) {
        self.login_by = None;
        self.heart = heart;
    }

    /// Notes that bytes were received, which count as a heart-beat (STOMP 1.2, "Heart-beating").
    pub(super) fn note_received(&mut self, now: Instant) {
        self.last_received = now;
    }

    /// Notes that bytes were sent, so that no heart-beat is due yet.
    pub(super) fn note_sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    pub(super) fn due(&self, now: Instant) -> LivenessEvent {
        if self.login_by.is_some_and(|by| by <= now) {
            return LivenessEvent::NoLogin;
        }
        // Half the interval leaves room for a slow network, twice the interval for a slow peer
        // (STOMP 1.2, "Heart-beating": a margin of error).
        let beat = self.heart.outgoing.map(|interval| self.last_sent + interval / 2);
        let silent = self.heart.incoming.map(|interval| self.last_received + 2 * interval);
        if silent.is_some_and(|at| at <= now) {
            return LivenessEvent::Silent(now - self.last_received);
        }
        if beat.is_some_and(|at| at <= now) {
            return LivenessEvent::SendBeat;
        }
        LivenessEvent::Nothing([self.login_by, beat, silent].into_iter().flatten().min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn beating(now: Instant, outgoing: u64, incoming: u64) -> Liveness {
        let mut liveness = Liveness::new(now, 10 * SECOND);
        let way = |seconds| (seconds != 0).then(|| Duration::from_secs(seconds));
        liveness.logged_in(Negotiated { outgoing: way(outgoing), incoming: way(incoming) });
        liveness
    }

    #[test]
    fn a_beat_is_due_after_half_the_interval_of_silence() {
        let now = Instant::now();
        let mut liveness = beating(now, 10, 0);
        assert_eq!(liveness.due(now), LivenessEvent::Nothing(Some(now + 5 * SECOND)));
        assert_eq!(liveness.due(now + 5 * SECOND), LivenessEvent::SendBeat);
        liveness.note_sent(now + 4 * SECOND);
        assert_eq!(liveness.due(now + 5 * SECOND), LivenessEvent::Nothing(Some(now + 9 * SECOND)));
    }

    #[test]
    fn a_peer_is_dead_after_twice_the_interval_and_any_byte_is_life() {
        let now = Instant::now();
        let mut liveness = beating(now, 0, 10);
        assert_eq!(liveness.due(now + 19 * SECOND), LivenessEvent::Nothing(Some(now + 20 * SECOND)));
        assert_eq!(liveness.due(now + 20 * SECOND), LivenessEvent::Silent(20 * SECOND));
        liveness.note_received(now + 19 * SECOND);
        assert_eq!(liveness.due(now + 38 * SECOND), LivenessEvent::Nothing(Some(now + 39 * SECOND)));
    }

    #[test]
    fn a_login_has_its_time_and_no_more() {
        let now = Instant::now();
        let mut liveness = Liveness::new(now, 10 * SECOND);
        liveness.note_received(now + 9 * SECOND);
        assert_eq!(liveness.due(now + 10 * SECOND), LivenessEvent::NoLogin);
        liveness.logged_in(Negotiated::default());
        assert_eq!(liveness.due(now + 10 * SECOND), LivenessEvent::Nothing(None));
    }
}
