//! RECEIPT and ERROR: what they prove, in whichever order they come.

use super::*;

#[test]
fn a_receipt_may_come_before_or_after_the_message_that_it_caused() {
    for receipt_first in [true, false] {
        let mut talk = Talk::new(Version::V1_2);
        talk.subscribe("/queue/a", AckMode::Auto);
        talk.send("x");
        let (receipt, message) =
            ("RECEIPT\nreceipt-id:2\n\n^", "MESSAGE\nsubscription:1\nmessage-id:1\n\nbody^");
        let arrived =
            talk.hear(&if receipt_first { [receipt, message] } else { [message, receipt] }.concat());
        assert_eq!((arrived.messages, talk.outcomes()), (1, vec![("x", DONE)]));
    }
}

#[test]
fn receipts_may_come_in_any_order_and_unknown_ones_do_no_harm() {
    let mut talk = Talk::new(Version::V1_2);
    for name in ["a", "b", "c"] {
        talk.send(name);
    }
    talk.said();
    talk.hear("RECEIPT\nreceipt-id:3\n\n^RECEIPT\nreceipt-id:77\n\n^RECEIPT\n\n^RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(talk.outcomes(), [("c", DONE), ("a", DONE)]);
    talk.hear("RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!((talk.outcomes(), talk.session.open_receipts()), (vec![], 1));
}

/// Trap 4.
#[test]
fn a_receipt_id_that_comes_back_with_a_cr_or_a_blank_is_still_ours() {
    let mut talk = Talk::new(Version::V1_1);
    talk.send("a");
    talk.send("b");
    talk.hear("RECEIPT\nreceipt-id:1\r\n\n^RECEIPT\nreceipt-id: 2\n\n^");
    assert_eq!(talk.outcomes(), [("a", DONE), ("b", DONE)]);
}

#[test]
fn an_error_fails_every_open_receipt_and_refuses_the_one_that_it_names() {
    let mut talk = Talk::new(Version::V1_2);
    for name in ["a", "b", "c"] {
        talk.send(name);
    }
    talk.said();
    talk.send("d");
    let arrived = talk.hear("ERROR\nmessage:no\nreceipt-id:2\n\nnot there\n^");
    assert_eq!(arrived.errors[0].line, "no: not there");
    let unknown = || {
        let error = Some(arrived.errors[0].number);
        Err(Failure::Unknown { reason: "the broker sent an ERROR: no: not there".into(), error })
    };
    assert_eq!(
        talk.outcomes(),
        [("b", Err(refused("no: not there"))), ("a", unknown()), ("c", unknown()), ("d", unknown())]
    );
    assert_eq!(talk.session.open_receipts(), 0);
    // The connection may stay, and then this goes out.
    assert!(talk.said().contains("receipt:4\n"));
}

#[test]
fn an_error_without_receipt_id_refuses_the_only_one_there_is() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("a");
    talk.hear("ERROR\nmessage:no\n\n^");
    assert_eq!(talk.outcomes(), [("a", Err(refused("no")))]);
    talk.send("b");
    talk.send("c");
    talk.said();
    talk.hear("ERROR\nmessage:no\n\n^");
    assert!(talk.outcomes().iter().all(|(_, result)| matches!(result, Err(Failure::Unknown { .. }))));
}

#[test]
fn the_link_may_stay_open_after_an_error() {
    let mut talk = Talk::new(Version::V1_2);
    talk.hear("ERROR\nmessage:no\n\n^");
    talk.send("a");
    assert_ne!(talk.said(), "");
    talk.hear("RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(talk.outcomes(), [("a", DONE)]);
}

#[test]
fn of_an_error_and_a_receipt_for_the_same_frame_the_error_wins() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("a");
    talk.said();
    talk.hear("ERROR\nmessage:no\nreceipt-id:1\n\n^RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(talk.outcomes(), [("a", Err(refused("no")))]);
}

#[test]
fn what_still_goes_out_after_the_receipt_time_out_is_not_called_unsent() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("a");
    assert!(matches!(talk.later(31.0), Some(Overdue::Receipts(_))));
    assert!(matches!(talk.outcomes().as_slice(), [("a", Err(Failure::Unknown { .. }))]));
    assert_ne!(talk.said(), "");
}

/// Trap 12.
#[test]
fn a_message_with_a_receipt_header_of_its_sender_asks_nothing_of_the_client() {
    let mut talk = Talk::new(Version::V1_2);
    talk.subscribe("/queue/a", AckMode::Auto);
    talk.send("a");
    talk.said();
    talk.hear("MESSAGE\nsubscription:1\nmessage-id:1\nreceipt:2\nreceipt-id:2\n\n^");
    assert_eq!((talk.said(), talk.outcomes()), (String::new(), vec![]));
}

/// Trap 16.
#[test]
fn a_refused_send_fails_alone_where_the_error_names_it_and_nothing_else_is_open() {
    let mut talk = Talk::new(Version::V1_2);
    let receipt = talk.session.send(a_send("message-id", "1"), false, true).unwrap();
    talk.session.expect(receipt, "a");
    talk.said();
    talk.hear("ERROR\nmessage:Invalid header\nreceipt-id:1\n\n'message-id' is not allowed on 'SEND'.\n^");
    assert_eq!(
        talk.outcomes(),
        [("a", Err(refused("Invalid header: 'message-id' is not allowed on 'SEND'.")))]
    );
}

#[test]
fn a_lost_link_leaves_unknown_what_was_given_to_the_socket_and_not_sent_what_was_not() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("a");
    talk.said();
    talk.send("b");
    talk.send("c");
    let length = talk.session.outbox.len();
    // One byte of `b`.
    talk.session.note_written(1, talk.now);
    assert!(length > 2);
    talk.session.lost("reset");
    let kinds: Vec<_> = talk
        .outcomes()
        .into_iter()
        .map(|(name, result)| (name, matches!(result, Err(Failure::Unknown { .. }))))
        .collect();
    assert_eq!(kinds, [("a", true), ("b", true), ("c", false)]);
}

#[test]
fn without_a_receipt_for_the_time_out_what_is_open_is_unknown() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("a");
    talk.said();
    assert_eq!(talk.later(29.9), None);
    assert_eq!(talk.later(0.1), Some(Overdue::Receipts(Duration::from_secs(30))));
    assert_eq!(failure(&mut talk), Failure::unknown("no receipt for 30 s"));
}

#[test]
fn any_progress_starts_the_receipt_time_out_anew() {
    let mut talk = Talk::new(Version::V1_2);
    talk.send("a");
    talk.said();
    talk.later(20.0);
    talk.send("b");
    talk.said();
    assert_eq!(talk.later(20.0), None);
    talk.hear("RECEIPT\nreceipt-id:2\n\n^");
    assert_eq!(talk.later(20.0), None);
    assert_eq!(talk.outcomes(), [("b", DONE)]);
}
