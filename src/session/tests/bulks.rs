//! Many messages: the window, what is confirmed, unknown and not sent, what goes out again.

use super::*;

const OUTBOX: usize = 1 << 20;

/// A bulk of these bodies under way, all of them encoded that the window allows.
fn bulk(talk: &mut Talk, bodies: &[&'static str], confirm: Confirm, window: u64, retain: bool) {
    let head = SendHead { headers: [("destination", "/queue/a")].into(), text: true };
    talk.session.begin_bulk(Bulk::new(head, confirm, window, retain)).unwrap();
    let all: Vec<u8> = bodies.concat().into_bytes();
    let mut end = 0;
    let ranges = bodies.iter().map(|body| {
        let start = end;
        end += u32::try_from(body.len()).unwrap();
        start..end
    });
    talk.session.push_bulk(Chunk::Bodies(all.into(), ranges.collect()), true);
    talk.session.pump(OUTBOX);
}

/// Bodies and receipts of the SENDs that the socket takes now.
fn went(talk: &mut Talk) -> Vec<(String, Option<u64>)> {
    sends(&talk.said())
}

fn sends(said: &str) -> Vec<(String, Option<u64>)> {
    let frames = said.split('^').map(str::trim_start).filter(|frame| frame.starts_with("SEND\n"));
    let read = |frame: &str| {
        let (head, body) = frame.split_once("\n\n").unwrap();
        let receipt = head.lines().find_map(|line| line.strip_prefix("receipt:"));
        (body.to_owned(), receipt.map(|receipt| receipt.parse().unwrap()))
    };
    frames.map(read).collect()
}

/// The socket takes the first so many bytes of what waits.
fn take(talk: &mut Talk, bytes: usize) {
    talk.session.note_written(bytes, talk.now);
}

fn confirm(talk: &mut Talk, receipt: u64) {
    talk.hear(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
    talk.session.pump(OUTBOX);
}

fn figures(talk: &mut Talk) -> (u64, u64, u64, Option<u64>) {
    let report = talk.session.bulk().unwrap().report();
    (report.confirmed, report.unknown, report.not_sent, report.first_unconfirmed)
}

#[test]
fn no_more_than_the_window_is_unanswered() {
    let mut talk = Talk::new(Version::V1_2);
    bulk(&mut talk, &["a", "b", "c"], Confirm::All, 2, false);
    let first = went(&mut talk);
    assert_eq!(first.len(), 2);
    confirm(&mut talk, first[1].1.unwrap());
    let next = went(&mut talk);
    assert_eq!(next[0].0, "c");
    assert!(talk.session.finish_bulk().is_none());
    confirm(&mut talk, first[0].1.unwrap());
    confirm(&mut talk, next[0].1.unwrap());
    let report = talk.session.finish_bulk().unwrap();
    assert_eq!((report.confirmed, report.unknown, report.not_sent), (3, 0, 0));
    assert_eq!((report.failure, report.first_unconfirmed), (None, None));
}

#[test]
fn one_byte_of_a_message_makes_it_unknown_and_none_not_sent() {
    let mut talk = Talk::new(Version::V1_2);
    bulk(&mut talk, &["a", "b", "c", "d"], Confirm::All, 3, false);
    let whole = talk.session.outbox.front().len() / 3;
    let receipt =
        sends(&String::from_utf8(talk.session.outbox.front().to_vec()).unwrap().replace('\0', "^"))[0].1;
    take(&mut talk, whole);
    assert_eq!(figures(&mut talk), (0, 1, 3, Some(0)));
    take(&mut talk, 1);
    confirm(&mut talk, receipt.unwrap());
    assert_eq!(figures(&mut talk), (1, 1, 2, Some(1)));
    talk.session.lost("the link is gone");
    let report = talk.session.finish_bulk().unwrap();
    assert_eq!((report.confirmed, report.unknown, report.not_sent), (1, 1, 2));
    assert_eq!(report.first_unconfirmed, Some(1));
    assert_eq!(report.failure, Some(Failure::unknown("the link is gone")));
}

#[test]
fn the_first_that_is_not_confirmed_is_found_where_receipts_come_out_of_order() {
    for retain in [false, true] {
        let mut talk = Talk::new(Version::V1_2);
        bulk(&mut talk, &["a", "b", "c"], Confirm::All, 10, retain);
        let all = went(&mut talk);
        confirm(&mut talk, all[0].1.unwrap());
        confirm(&mut talk, all[2].1.unwrap());
        talk.session.lost("the link is gone");
        talk.session.bulk().unwrap().stop(Failure::unknown("for good"));
        let report = talk.session.finish_bulk().unwrap();
        assert_eq!((report.confirmed, report.unknown, report.first_unconfirmed), (2, 1, Some(1)), "{retain}");
    }
}

#[test]
fn an_error_that_names_a_message_refuses_it_and_the_first_unconfirmed_may_stand_before_it() {
    let mut talk = Talk::new(Version::V1_2);
    bulk(&mut talk, &["a", "b", "c"], Confirm::All, 10, false);
    let all = went(&mut talk);
    talk.hear(&format!("ERROR\nmessage:no\nreceipt-id:{}\n\n^", all[1].1.unwrap()));
    let report = talk.session.finish_bulk().unwrap();
    assert_eq!((report.refused, report.first_unconfirmed), (Some(1), Some(0)));
    assert_eq!(report.failure, Some(super::refused("no")));
}

#[test]
fn what_has_no_receipt_goes_out_again_in_order_before_the_rest() {
    let mut talk = Talk::new(Version::V1_2);
    bulk(&mut talk, &["a", "b", "c", "d", "e"], Confirm::All, 4, true);
    let whole = talk.session.outbox.front().len() / 4;
    let receipts =
        sends(&String::from_utf8(talk.session.outbox.front().to_vec()).unwrap().replace('\0', "^"));
    // Three are on their way, in part at least; the second one is confirmed.
    take(&mut talk, 2 * whole + 1);
    confirm(&mut talk, receipts[1].1.unwrap());
    talk.session.lost("the link is gone");
    talk.connect("CONNECTED\nversion:1.2\n\n\0", HeartBeat::default()).unwrap();
    talk.session.pump(OUTBOX);
    // Nothing of this connection has gone out yet, and what went before still counts.
    assert_eq!(figures(&mut talk), (1, 2, 2, Some(0)));
    let again = went(&mut talk);
    let bodies: Vec<&str> = again.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(bodies, ["a", "c", "d", "e"]);
    for (_, receipt) in &again {
        confirm(&mut talk, receipt.unwrap());
    }
    let report = talk.session.finish_bulk().unwrap();
    assert_eq!((report.confirmed, report.unknown, report.not_sent, report.failure), (5, 0, 0, None));
    // The fourth had been encoded, and had not gone out; of the third there had been one byte.
    assert_eq!((report.resent, report.perhaps_twice), (2, 1));
}

#[test]
fn what_went_out_whole_over_any_connection_may_be_there_twice() {
    let mut talk = Talk::new(Version::V1_2);
    bulk(&mut talk, &["a", "b", "c"], Confirm::All, 10, true);
    let whole = talk.session.outbox.front().len() / 3;
    let again = |talk: &mut Talk| {
        talk.session.lost("the link is gone");
        talk.connect("CONNECTED\nversion:1.2\n\n\0", HeartBeat::default()).unwrap();
        talk.session.pump(OUTBOX);
    };
    // `a` but for its NUL, then all of it, `b` and a part of `c`, then a part of `a`.
    take(&mut talk, whole - 1);
    again(&mut talk);
    take(&mut talk, 2 * whole + 1);
    again(&mut talk);
    take(&mut talk, 1);
    again(&mut talk);
    let sent = went(&mut talk);
    for (_, receipt) in &sent {
        confirm(&mut talk, receipt.unwrap());
    }
    let report = talk.session.finish_bulk().unwrap();
    // `a` three times and `b`, `c` twice; once `a` could not be there, nor could `c` ever.
    assert_eq!((report.confirmed, report.resent, report.perhaps_twice), (3, 7, 4));
}

#[test]
fn an_error_that_names_nothing_refuses_no_message_where_one_receipt_stands_for_all() {
    for (confirms, refused) in [(Confirm::Last, None), (Confirm::All, Some(0))] {
        let mut talk = Talk::new(Version::V1_2);
        let messages: &[&str] = if confirms == Confirm::All { &["a"] } else { &["a", "b"] };
        bulk(&mut talk, messages, confirms, 10, false);
        went(&mut talk);
        talk.hear("ERROR\nmessage:no\n\n^");
        let report = talk.session.finish_bulk().unwrap();
        assert_eq!((report.refused, report.first_unconfirmed), (refused, Some(0)), "{confirms:?}");
        assert_eq!(report.failure, Some(super::refused("no")));
    }
}

#[test]
fn a_loss_in_the_middle_of_sending_again_loses_nothing() {
    let mut talk = Talk::new(Version::V1_2);
    bulk(&mut talk, &["a", "b", "c", "d"], Confirm::All, 3, true);
    went(&mut talk);
    for _ in 0..3 {
        talk.session.lost("the link is gone");
        talk.connect("CONNECTED\nversion:1.2\n\n\0", HeartBeat::default()).unwrap();
        talk.session.pump(OUTBOX);
        take(&mut talk, 1);
        assert_eq!(figures(&mut talk), (0, 3, 1, Some(0)));
    }
    talk.session.lost("the link is gone");
    talk.connect("CONNECTED\nversion:1.2\n\n\0", HeartBeat::default()).unwrap();
    talk.session.pump(OUTBOX);
    let again = went(&mut talk);
    let bodies: Vec<&str> = again.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(bodies, ["a", "b", "c"]);
    for (_, receipt) in again {
        confirm(&mut talk, receipt.unwrap());
    }
    assert_eq!(went(&mut talk)[0].0, "d");
}

#[test]
fn what_asks_for_no_receipt_of_its_own_is_never_sent_again() {
    for confirm in [Confirm::None, Confirm::Last] {
        let mut talk = Talk::new(Version::V1_2);
        bulk(&mut talk, &["a", "b"], confirm, 10, true);
        take(&mut talk, 1);
        talk.session.lost("the link is gone");
        let report = talk.session.finish_bulk().unwrap();
        assert_eq!((report.confirmed, report.unknown, report.not_sent), (0, 1, 1), "{confirm:?}");
        assert!(report.failure.is_some());
    }
}

#[test]
fn the_receipt_time_out_stands_still_while_nothing_is_read() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("one");
    talk.said();
    talk.session.set_reading(false, talk.now);
    assert_eq!(talk.later(100.0), None);
    talk.session.set_reading(true, talk.now);
    assert_eq!(talk.later(29.0), None);
    assert!(matches!(talk.later(2.0), Some(Overdue::Receipts(_))));
}

#[test]
fn a_message_that_cannot_be_written_is_the_last_and_those_before_it_are_waited_for() {
    for confirms in [Confirm::All, Confirm::None] {
        let mut talk = Talk::new(Version::V1_0);
        talk.session.begin_bulk(Bulk::new(SendHead::default(), confirms, 10, false)).unwrap();
        let frame = |value: &str| {
            let frame = Frame::new(Verb::Send).with("destination", "/queue/a").with("key", value);
            (frame.body("x"), true)
        };
        // 1.0 cannot carry a line feed in a header.
        let frames = ["one", "two", "th\nree", "four"].map(frame).to_vec();
        talk.session.push_bulk(Chunk::Frames(frames), false);
        talk.session.pump(OUTBOX);
        let sent = went(&mut talk);
        assert_eq!(sent.len(), 2);
        if confirms == Confirm::All {
            assert!(!talk.session.bulk().unwrap().is_over());
            assert_eq!(figures(&mut talk), (0, 2, 2, Some(0)));
            for (_, receipt) in sent {
                confirm(&mut talk, receipt.unwrap());
            }
        }
        let report = talk.session.finish_bulk().unwrap();
        let confirmed = if confirms == Confirm::All { 2 } else { 0 };
        assert_eq!((report.confirmed, report.unknown, report.not_sent), (confirmed, 2 - confirmed, 2));
        assert_eq!(report.first_unconfirmed, Some(confirmed));
        assert!(matches!(report.failure, Some(Failure::NotSent { .. })), "{:?}", report.failure);
    }
}
