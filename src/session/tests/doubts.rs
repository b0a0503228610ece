//! Servers that send no receipts, or may handle frames in another order.

use super::*;

fn doubtful(connected: &str) -> Talk {
    let mut talk = Talk::with(connected, HeartBeat::default());
    talk.session.set_receipts(ReceiptPolicy::Auto, DOUBT_AFTER);
    talk
}

const UNNAMED: &str = "CONNECTED\nversion:1.2\n\n\0";
const RABBITMQ: &str = "CONNECTED\nversion:1.2\nserver:RabbitMQ/3.10.8\n\n\0";
const UNCONFIRMED: Result<Confirmation, Failure> = Ok(Confirmation::Unconfirmed);

#[test]
fn an_unknown_server_is_doubted_when_its_first_receipt_is_late() {
    let mut talk = doubtful(UNNAMED);
    talk.send("a");
    talk.said();
    assert_eq!(talk.later(1.9), None);
    assert_eq!(talk.later(0.2), Some(Overdue::AnyReceipt));
    talk.session.give_up_receipts();
    assert_eq!(talk.outcomes(), [("a", UNCONFIRMED)]);
    // Nobody waits for later ones, and no time runs.
    talk.send("b");
    talk.said();
    assert_eq!(talk.outcomes(), [("b", UNCONFIRMED)]);
    assert_eq!((talk.later(60.0), talk.session.open_receipts()), (None, 2));
    // It was only slow.
    talk.hear("RECEIPT\nreceipt-id:1\n\n^");
    talk.send("c");
    talk.said();
    assert_eq!((talk.outcomes(), talk.session.seems_without_receipts()), (vec![], false));
    talk.hear("RECEIPT\nreceipt-id:3\n\n^");
    assert_eq!(talk.outcomes(), [("c", DONE)]);
}

#[test]
fn a_server_that_is_known_or_has_sent_receipts_is_waited_for() {
    let mut known = doubtful(RABBITMQ);
    known.send("a");
    known.said();
    assert_eq!(known.later(29.0), None);
    assert!(matches!(known.later(2.0), Some(Overdue::Receipts(_))));
    let mut slow = doubtful(UNNAMED);
    slow.send("a");
    slow.said();
    slow.hear("RECEIPT\nreceipt-id:1\n\n^");
    slow.send("b");
    slow.said();
    assert_eq!(slow.later(29.0), None);
    // Another connection may lead to another server.
    slow.session.lost("gone");
    slow.connect(UNNAMED, HeartBeat::default()).unwrap();
    slow.send("c");
    slow.said();
    assert_eq!(slow.later(2.1), Some(Overdue::AnyReceipt));
}

#[test]
fn without_receipts_only_disconnect_asks_for_one() {
    let mut talk = doubtful(RABBITMQ);
    talk.session.set_receipts(ReceiptPolicy::Never, DOUBT_AFTER);
    talk.send("a");
    let (id, receipt) = talk.session.subscribe(Subscribe::default()).unwrap();
    assert_eq!(receipt, None);
    assert_eq!(talk.session.begin("t").unwrap(), None);
    assert_eq!(talk.session.end_transaction("t", true).unwrap(), None);
    assert_eq!(talk.session.unsubscribe(&id, false).unwrap().1, None);
    assert!(!talk.said().contains("receipt:"));
    assert_eq!(talk.outcomes(), [("a", UNCONFIRMED)]);
    let head = SendHead { headers: [("destination", "/queue/a")].into(), text: false };
    talk.session.begin_bulk(Bulk::new(head, Confirm::All, 10, true)).unwrap();
    talk.session.push_bulk(Chunk::Frames(vec![(a_send("a", "b"), false)]), true);
    talk.session.pump(1 << 10);
    assert!(!talk.said().contains("receipt:"));
    let report = talk.session.finish_bulk().unwrap();
    assert_eq!((report.confirmed, report.unknown, report.failure), (0, 1, None));
    talk.session.disconnect("bye").unwrap();
    assert_eq!(talk.said(), "DISCONNECT\nreceipt:1\n\n^");
    talk.hear("RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(talk.outcomes(), [("bye", DONE)]);
}

#[test]
fn sends_ask_for_receipts_that_only_disconnect_waits_for_where_it_could_overtake_them() {
    for (relayed, asks) in [(false, false), (true, true)] {
        let mut talk = doubtful(RABBITMQ);
        talk.session.set_relayed(relayed);
        let send = |talk: &mut Talk, frame| talk.session.send(frame, false, false).unwrap();
        assert_eq!(send(&mut talk, a_send("/queue/a", "one")), None);
        assert_eq!(talk.said().contains("receipt:1\n"), asks);
        let head = SendHead { headers: [("destination", "/queue/a")].into(), text: false };
        talk.session.begin_bulk(Bulk::new(head, Confirm::None, 10, false)).unwrap();
        talk.session.push_bulk(Chunk::Frames(vec![(a_send("/queue/a", "three"), false)]), true);
        talk.session.pump(1 << 10);
        assert_eq!(talk.said().contains("receipt:2\n"), asks);
        let report = talk.session.finish_bulk().unwrap();
        assert_eq!((report.confirmed, report.unknown, report.failure), (0, 1, None));
        assert_eq!(talk.session.open_unawaited(), if asks { 2 } else { 0 });
    }
}

fn in_a_transaction(relayed: bool) -> Talk {
    let mut talk = doubtful(RABBITMQ);
    talk.session.set_relayed(relayed);
    let begun = talk.session.begin("t").unwrap().unwrap();
    talk.session.expect(Some(begun), "begin");
    talk.hear("RECEIPT\nreceipt-id:1\n\n^");
    talk.session.send(a_send("/queue/a", "one").with("transaction", "t"), false, false).unwrap();
    assert_eq!((talk.outcomes(), talk.said().contains("receipt:2\n")), (vec![("begin", DONE)], true));
    // RabbitMQ confirms it at COMMIT: until then it is not overdue, and DISCONNECT does not wait for it.
    assert_eq!((talk.later(60.0), talk.session.open_unawaited()), (None, 0));
    talk
}

fn committed(relayed: bool) -> Talk {
    let mut talk = in_a_transaction(relayed);
    let receipt = talk.session.end_transaction("t", true).unwrap().unwrap();
    talk.session.expect(Some(receipt), "commit");
    talk.said();
    talk.hear(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
    talk
}

#[test]
fn a_commit_is_confirmed_once_all_sends_of_its_transaction_are() {
    for relayed in [false, true] {
        let mut talk = committed(relayed);
        assert_eq!(talk.outcomes(), []);
        talk.hear("RECEIPT\nreceipt-id:2\n\n^");
        assert_eq!(talk.outcomes(), [("commit", DONE)]);
        let mut late = committed(relayed);
        late.hear("ERROR\nmessage:Bad transaction\n\n^");
        let outcomes = late.outcomes();
        assert!(matches!(outcomes[..], [("commit", Err(Failure::Unknown { .. }))]), "{outcomes:?}");
        let mut lost = committed(relayed);
        lost.session.lost("gone");
        let outcomes = lost.outcomes();
        assert!(matches!(outcomes[..], [("commit", Err(Failure::Unknown { .. }))]), "{outcomes:?}");
        // It is waited for as long as for any other.
        assert!(matches!(committed(relayed).later(31.0), Some(Overdue::AnyReceipt | Overdue::Receipts(_))));
    }
}

#[test]
fn a_commit_does_not_wait_for_another_transaction() {
    let mut talk = in_a_transaction(false);
    let begun = talk.session.begin("u").unwrap().unwrap();
    talk.session.expect(Some(begun), "begin");
    talk.session.send(a_send("k", "v").with("transaction", "u"), false, false).unwrap();
    let receipt = talk.session.end_transaction("t", true).unwrap().unwrap();
    talk.session.expect(Some(receipt), "commit");
    talk.said();
    for id in [2, begun, receipt] {
        talk.hear(&format!("RECEIPT\nreceipt-id:{id}\n\n^"));
    }
    assert_eq!(talk.outcomes(), [("begin", DONE), ("commit", DONE)]);
    assert_eq!((talk.session.open_receipts(), talk.later(60.0)), (0, None));
}

#[test]
fn a_commit_after_an_error_that_took_the_place_of_receipts_is_not_confirmed() {
    let mut talk = in_a_transaction(false);
    talk.hear("ERROR\nmessage:no room\n\n^");
    let receipt = talk.session.end_transaction("t", true).unwrap().unwrap();
    talk.session.expect(Some(receipt), "commit");
    talk.said();
    talk.hear(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
    assert_eq!(talk.outcomes(), [("commit", UNCONFIRMED)]);
}

#[test]
fn a_server_that_confirms_commit_but_no_send_of_its_transaction_is_doubted() {
    let mut talk = doubtful("CONNECTED\nversion:1.2\nserver:peer/1\n\n\0");
    let begun = talk.session.begin("t").unwrap();
    talk.session.expect(begun, "begin");
    talk.hear("RECEIPT\nreceipt-id:1\n\n^");
    talk.session.send(a_send("k", "v").with("transaction", "t"), false, false).unwrap();
    let commit = talk.session.end_transaction("t", true).unwrap();
    talk.session.expect(commit, "commit");
    talk.said();
    assert_eq!(talk.later(2.1), None);
    talk.hear("RECEIPT\nreceipt-id:3\n\n^");
    assert_eq!((talk.outcomes(), talk.later(1.9)), (vec![("begin", DONE)], None));
    assert_eq!(talk.later(0.2), Some(Overdue::AnyReceipt));
    talk.session.give_up_receipts();
    assert_eq!(talk.outcomes(), [("commit", UNCONFIRMED)]);
}

#[test]
fn a_commit_does_not_wait_again_for_receipts_that_came_after_the_one_before() {
    let mut talk = doubtful(UNNAMED);
    for (transaction, next) in [("one", 1), ("two", 4)] {
        let begun = talk.session.begin(transaction).unwrap();
        talk.session.expect(begun, "begin");
        talk.hear(&format!("RECEIPT\nreceipt-id:{next}\n\n^"));
        assert_eq!(talk.outcomes(), [("begin", DONE)]);
        talk.session.send(a_send("k", "v").with("transaction", transaction), false, false).unwrap();
        talk.said();
        if transaction == "one" {
            assert!(talk.session.holds_commit("one"));
            talk.session.commit_waits("one", talk.now);
            assert_eq!(talk.later(2.1), Some(Overdue::AnyReceipt));
            talk.session.give_up_receipts();
        }
        assert!(!talk.session.holds_commit(transaction));
        let commit = talk.session.end_transaction(transaction, true).unwrap();
        talk.session.expect(commit, "commit");
        talk.said();
        talk.hear(&format!("RECEIPT\nreceipt-id:{}\n\n^RECEIPT\nreceipt-id:{}\n\n^", next + 1, next + 2));
        assert_eq!(talk.outcomes(), [("commit", DONE)]);
    }
}

/// Spring's relay passes frames on to the broker in any order.
#[test]
fn a_commit_waits_for_frames_that_it_could_overtake_unless_the_broker_confirms_them_later() {
    const ACTIVEMQ: &str = "CONNECTED\nversion:1.2\nserver:ActiveMQ/6.1.7\n\n\0";
    for (connected, relayed, waits) in [
        (ACTIVEMQ, false, [false, false]),
        (ACTIVEMQ, true, [true, true]),
        (RABBITMQ, true, [true, false]),
        (UNNAMED, false, [true, true]),
    ] {
        let mut talk = doubtful(connected);
        talk.session.set_relayed(relayed);
        talk.subscribe("/queue/a", AckMode::ClientIndividual);
        talk.hear("MESSAGE\nsubscription:1\nmessage-id:7\nack:a\n\n^");
        talk.session.begin("t").unwrap();
        talk.hear("RECEIPT\nreceipt-id:2\n\n^");
        assert!(!talk.session.holds_commit("t"));
        talk.session.settle(&AckTarget::Newest, false, Some("t")).unwrap();
        talk.session.send(a_send("k", "v").with("transaction", "t"), false, false).unwrap();
        assert_eq!(talk.session.holds_commit("t"), waits[0], "{connected}");
        talk.hear("RECEIPT\nreceipt-id:3\n\n^");
        assert_eq!(talk.session.holds_commit("t"), waits[1], "{connected}");
        talk.hear("RECEIPT\nreceipt-id:4\n\n^");
        assert!(!talk.session.holds_commit("t"));
    }
}

#[test]
fn what_is_aborted_is_not_waited_for() {
    let mut talk = in_a_transaction(true);
    let receipt = talk.session.end_transaction("t", false).unwrap().unwrap();
    talk.session.expect(Some(receipt), "abort");
    talk.said();
    talk.hear(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
    assert_eq!((talk.outcomes(), talk.session.open_unawaited()), (vec![("abort", DONE)], 0));
}

/// Spring's relay says so, before the receipt, after it or in its place.
#[test]
fn the_end_of_a_relayed_connection_answers_disconnect_and_nothing_else() {
    const CLOSED: &str = "ERROR\nmessage:Connection to broker closed.\n\n^";
    let mut talk = doubtful(RABBITMQ);
    talk.session.disconnect("bye").unwrap();
    assert_eq!(talk.hear(CLOSED).errors.len(), 0);
    assert_eq!(talk.outcomes(), [("bye", DONE)]);
    let mut late = doubtful(RABBITMQ);
    late.session.disconnect("bye").unwrap();
    late.hear("RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!((late.hear(CLOSED).errors.len(), late.outcomes()), (0, vec![("bye", DONE)]));
    let mut open = doubtful(RABBITMQ);
    open.send("a");
    open.session.disconnect("bye").unwrap();
    assert_eq!(open.hear(CLOSED).errors.len(), 1);
    assert!(open.outcomes().iter().all(|(_, result)| result.is_err()));
    let mut early = doubtful(RABBITMQ);
    assert_eq!(early.hear(CLOSED).errors.len(), 1);
}

#[test]
fn how_a_connection_ends_does_not_matter_once_all_but_disconnect_is_confirmed() {
    for relayed in [false, true] {
        let mut talk = doubtful(RABBITMQ);
        talk.session.set_relayed(relayed);
        talk.send("a");
        talk.session.disconnect("bye").unwrap();
        assert!(!talk.session.is_proven());
        talk.hear("RECEIPT\nreceipt-id:1\n\n^");
        // Elsewhere ACKs and SENDs without a receipt may be before it.
        assert_eq!(talk.session.is_proven(), relayed);
    }
}

#[test]
fn frames_are_taken_to_be_handled_in_order_by_a_server_that_says_who_it_is() {
    let named = "CONNECTED\nversion:1.2\nserver:peer/1\n\n\0";
    for (connected, in_order) in [(named, true), (RABBITMQ, true), (UNNAMED, false)] {
        let mut talk = doubtful(connected);
        assert_eq!(talk.session.is_in_order(), in_order, "{connected}");
        talk.session.set_relayed(true);
        assert!(!talk.session.is_in_order());
    }
}

/// Spring behind a WebSocket handles frames on several threads, and names the broker behind it.
#[test]
fn acks_ask_for_receipts_where_disconnect_could_overtake_them_and_the_last_ones_everywhere() {
    for (relayed, last, asks) in [(false, false, false), (false, true, true), (true, false, true)] {
        let mut talk = doubtful(RABBITMQ);
        talk.session.set_relayed(relayed);
        talk.subscribe("/queue/a", AckMode::ClientIndividual);
        talk.hear("MESSAGE\nsubscription:1\nmessage-id:7\nack:a\n\n^");
        let batch = std::mem::take(&mut talk.batch);
        talk.session.ack_frames(&batch, &[0], last, false).unwrap();
        let receipt = if asks { "receipt:2\n" } else { "" };
        assert_eq!(talk.said(), format!("ACK\nid:a\n{receipt}\n^"));
        assert_eq!(
            (talk.session.open_unawaited(), talk.session.is_in_order()),
            (usize::from(asks), !relayed)
        );
        talk.hear("RECEIPT\nreceipt-id:2\n\n^");
        assert_eq!(talk.session.open_unawaited(), 0);
    }
}
