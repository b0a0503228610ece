//! BEGIN, COMMIT, ABORT.

use super::*;

#[test]
fn what_is_sent_in_a_transaction_arrives_at_commit_in_order_with_its_receipts() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/queue/a", "1", "");
    assert_eq!(
        harness.ask(producer, "BEGIN\ntransaction:t\nreceipt:begun\n\n\0"),
        "RECEIPT\nreceipt-id:begun\n\n^"
    );
    for body in ["one", "two"] {
        let send = format!("SEND\ndestination:/queue/a\ntransaction:t\nreceipt:{body}\n\n{body}\0");
        assert_eq!(harness.ask(producer, &send), "");
    }
    harness.send(producer, "/queue/a", "beside");
    assert_eq!(bodies(&harness.hear(consumer)), ["beside"]);
    let got = harness.ask(producer, "COMMIT\ntransaction:t\nreceipt:done\n\n\0");
    assert_eq!(headers(&got, "receipt-id"), ["one", "two", "done"]);
    let heard = harness.hear(consumer);
    assert_eq!(bodies(&heard), ["one", "two"]);
    assert!(!heard.contains("transaction:"), "{heard}");
}

#[test]
fn an_abort_drops_all_and_its_receipts() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness
        .tell(peer, "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\nreceipt:1\n\nx\0");
    assert_eq!(
        harness.ask(peer, "ABORT\ntransaction:t\nreceipt:gone\n\n\0"),
        "RECEIPT\nreceipt-id:gone\n\n^"
    );
    assert_eq!(harness.router.depth(b"/queue/a"), 0);
    // The name is free again.
    assert_eq!(harness.ask(peer, "BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0"), "");
    assert!(!harness.is_closing(peer));
}

#[test]
fn what_was_acked_in_an_aborted_transaction_is_the_subscribers_still() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    harness.send(peer, "/queue/a", "x");
    let heard = harness.hear(peer);
    let id = headers(&heard, "ack")[0];
    let got = harness.ask(
        peer,
        &format!("BEGIN\ntransaction:t\n\n\0ACK\nid:{id}\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0"),
    );
    assert_eq!(got, "", "neither delivered again nor an error");
    assert_eq!(harness.router.queue_figures()[0].unsettled, 1);
    assert_eq!(harness.ask(peer, &format!("ACK\nid:{id}\nreceipt:1\n\n\0")), "RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(harness.router.queue_figures()[0].unsettled, 0);
}

#[test]
fn acks_and_nacks_in_a_transaction_wait_for_commit() {
    let mut harness = Harness::new();
    let peer = harness.login("1.1");
    harness.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    harness.send(peer, "/queue/a", "one");
    harness.send(peer, "/queue/a", "two");
    let heard = harness.hear(peer);
    let ids = headers(&heard, "message-id");
    let settle = |verb: &str, id: &str| {
        format!("{verb}\nmessage-id:{id}\nsubscription:1\ntransaction:t\nreceipt:{verb}\n\n\0")
    };
    harness.tell(peer, "BEGIN\ntransaction:t\n\n\0");
    assert_eq!(harness.ask(peer, &(settle("ACK", ids[0]) + &settle("NACK", ids[1]))), "");
    assert_eq!(harness.router.queue_figures()[0].unsettled, 2);
    let got = harness.ask(peer, "COMMIT\ntransaction:t\n\n\0");
    assert_eq!(headers(&got, "receipt-id"), ["ACK", "NACK"]);
    assert_eq!((bodies(&got), headers(&got, "redelivered")), (vec!["two"], vec!["true"]));
    assert_eq!(harness.router.queue_figures()[0].unsettled, 1);
}

#[test]
fn a_commit_whose_acks_came_too_late_does_nothing_at_all() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "ack:client\n");
    harness.send(peer, "/queue/a", "x");
    let heard = harness.hear(peer);
    harness.tell(
        peer,
        &format!(
            "BEGIN\ntransaction:t\n\n\0ACK\nid:{}\ntransaction:t\n\n\0\
             SEND\ndestination:/queue/b\ntransaction:t\n\ny\0UNSUBSCRIBE\nid:1\n\n\0",
            headers(&heard, "ack")[0]
        ),
    );
    let got = harness.ask(peer, "COMMIT\ntransaction:t\nreceipt:1\n\n\0");
    assert!(got.starts_with("ERROR\nmessage:transaction 't' acks messages of a subscription"), "{got}");
    assert_eq!((harness.router.depth(b"/queue/a"), harness.router.depth(b"/queue/b")), (1, 0));
}

#[test]
fn a_lost_link_and_a_disconnect_abort() {
    for disconnect in [true, false] {
        let mut harness = Harness::new();
        let peer = harness.login("1.2");
        harness.tell(peer, "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\n\nx\0");
        if disconnect {
            assert_eq!(harness.ask(peer, "DISCONNECT\nreceipt:1\n\n\0"), "RECEIPT\nreceipt-id:1\n\n^");
        }
        harness.leave(peer);
        assert_eq!(harness.router.depth(b"/queue/a"), 0);
    }
}

#[test]
fn transactions_of_two_connections_may_have_one_name() {
    let mut harness = Harness::new();
    let (one, two) = (harness.login("1.2"), harness.login("1.2"));
    harness.tell(one, "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\n\nx\0");
    harness.tell(two, "BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0");
    assert_eq!(harness.router.depth(b"/queue/a"), 0);
    harness.tell(one, "COMMIT\ntransaction:t\n\n\0");
    assert_eq!(harness.router.depth(b"/queue/a"), 1);
}

#[test]
fn a_transaction_that_is_not_open_is_an_error() {
    for frame in [
        "SEND\ndestination:/queue/a\ntransaction:t\nreceipt:1\n\nx\0",
        "COMMIT\ntransaction:t\nreceipt:1\n\n\0",
        "ABORT\ntransaction:t\nreceipt:1\n\n\0",
        "COMMIT\nreceipt:1\n\n\0",
        "BEGIN\nreceipt:1\n\n\0",
        "BEGIN\ntransaction:u\n\n\0BEGIN\ntransaction:u\nreceipt:1\n\n\0",
    ] {
        let mut harness = Harness::new();
        let peer = harness.login("1.2");
        let got = harness.ask(peer, frame);
        assert!(got.starts_with("ERROR\n"), "{frame}: {got}");
        assert_eq!(headers(&got, "receipt-id"), ["1"]);
        assert_eq!(harness.router.depth(b"/queue/a"), 0);
    }
}
