//! Heart-beats of a session: what CONNECTED makes of the offers, and when something is due.

use super::*;

const OFFER: HeartBeat = HeartBeat { sends: 10_000, wants: 4_000 };

fn agreed(connected: &str) -> (Option<u64>, Option<u64>) {
    let talk = Talk::with(connected, OFFER);
    let beats = talk.session.connection().unwrap().beats;
    let seconds = |way: Option<Duration>| way.map(|interval| interval.as_secs());
    (seconds(beats.outgoing), seconds(beats.incoming))
}

#[test]
fn each_way_has_the_larger_figure_and_a_zero_silences_it() {
    assert_eq!(agreed("CONNECTED\nversion:1.2\nheart-beat:6000,2000\n\n\0"), (Some(10), Some(6)));
    assert_eq!(agreed("CONNECTED\nversion:1.2\nheart-beat:1000,20000\n\n\0"), (Some(20), Some(4)));
    assert_eq!(agreed("CONNECTED\nversion:1.1\nheart-beat:0,20000\n\n\0"), (Some(20), None));
    assert_eq!(agreed("CONNECTED\nversion:1.1\nheart-beat:20000,0\n\n\0"), (None, Some(20)));
}

#[test]
fn a_missing_or_broken_header_means_none_and_so_does_1_0() {
    assert_eq!(agreed("CONNECTED\nversion:1.2\n\n\0"), (None, None));
    assert_eq!(agreed("CONNECTED\nversion:1.2\nheart-beat:often\n\n\0"), (None, None));
    assert_eq!(agreed("CONNECTED\nversion:1.0\nheart-beat:1000,1000\n\n\0"), (None, None));
    assert_eq!(agreed("CONNECTED\nheart-beat:1000,1000\n\n\0"), (None, None));
}

fn talk() -> Talk {
    let mut talk = Talk::with("CONNECTED\nversion:1.2\nheart-beat:4000,10000\n\n\0", OFFER);
    assert_eq!(talk.said(), "");
    talk
}

#[test]
fn a_line_feed_goes_out_after_half_the_interval_of_silence() {
    let mut talk = talk();
    assert_eq!(talk.session.deadline(), Some(talk.now + Duration::from_secs(5)));
    assert_eq!(talk.later(4.9), None);
    assert_eq!(talk.said(), "");
    talk.hear("\n");
    assert_eq!(talk.later(0.1), None);
    assert_eq!(talk.said(), "\n");
    talk.hear("\n");
    talk.later(3.0);
    talk.send("x");
    assert_ne!(talk.said(), "", "any byte of ours is a sign of life");
    talk.hear("\n");
    talk.later(4.9);
    assert_eq!(talk.said(), "");
}

#[test]
fn any_byte_counts_as_life_even_a_part_of_a_frame() {
    let mut talk = talk();
    for bytes in ["\n", "MESS", "AGE\nfoo", ":bar\n\n", "^"] {
        assert_eq!(talk.later(8.9), None);
        talk.hear(bytes);
    }
    assert_eq!(talk.later(9.0), Some(Overdue::HeartBeat(Duration::from_secs(9))));
}

#[test]
fn no_heart_beat_goes_into_the_middle_of_a_body() {
    let mut talk = talk();
    let frame = Frame::new(Verb::Send).with("destination", "/queue/a");
    talk.session.send_head(&frame, Some(2), false).unwrap();
    talk.session.send_piece(b"a");
    assert_eq!(talk.said(), "SEND\ndestination:/queue/a\ncontent-length:2\n\na");
    talk.later(5.0);
    assert_eq!(talk.said(), "");
    talk.session.send_piece(b"b");
    talk.session.send_end();
    assert_eq!(talk.said(), "b^");
    talk.hear("\n");
    talk.later(5.0);
    assert_eq!(talk.said(), "\n");
}

#[test]
fn without_heart_beats_nothing_is_ever_due() {
    let mut talk = Talk::new(Version::V1_2);
    assert_eq!(talk.session.deadline(), None);
    assert_eq!(talk.later(1e6), None);
    assert_eq!(talk.said(), "");
}

#[test]
fn our_own_heart_beats_do_not_put_off_the_receipts_time_out() {
    let mut talk = talk();
    talk.session.begin("t").unwrap();
    let mut overdue = None;
    for _ in 0..20 {
        talk.said();
        talk.hear("\n");
        overdue = overdue.or(talk.later(2.0));
    }
    assert!(matches!(overdue, Some(Overdue::Receipts(_))), "{overdue:?}");
}

#[test]
fn a_socket_that_takes_nothing_is_overdue_without_any_receipt() {
    let mut talk = talk();
    talk.session.start_receipt_timer(talk.now);
    talk.session.send(Frame::new(Verb::Send).with("destination", "/queue/a"), false, false).unwrap();
    let mut overdue = None;
    for _ in 0..20 {
        talk.hear("\n");
        overdue = overdue.or(talk.later(2.0));
    }
    assert!(matches!(overdue, Some(Overdue::Receipts(_))), "{overdue:?}");
}
