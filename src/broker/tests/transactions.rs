//! BEGIN, COMMIT, ABORT.

use super::*;

#[test]
fn what_is_sent_in_a_transaction_arrives_at_commit_in_order_with_its_receipts() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/queue/a", "1", "");
    assert_eq!(
        desk.ask(producer, "BEGIN\ntransaction:t\nreceipt:begun\n\n\0"),
        "RECEIPT\nreceipt-id:begun\n\n^"
    );
    for body in ["one", "two"] {
        let send = format!("SEND\ndestination:/queue/a\ntransaction:t\nreceipt:{body}\n\n{body}\0");
        assert_eq!(desk.ask(producer, &send), "");
    }
    desk.send(producer, "/queue/a", "beside");
    assert_eq!(bodies(&desk.hear(consumer)), ["beside"]);
    let got = desk.ask(producer, "COMMIT\ntransaction:t\nreceipt:done\n\n\0");
    assert_eq!(headers(&got, "receipt-id"), ["one", "two", "done"]);
    let heard = desk.hear(consumer);
    assert_eq!(bodies(&heard), ["one", "two"]);
    assert!(!heard.contains("transaction:"), "{heard}");
}

#[test]
fn an_abort_drops_all_and_its_receipts() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.tell(peer, "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\nreceipt:1\n\nx\0");
    assert_eq!(desk.ask(peer, "ABORT\ntransaction:t\nreceipt:gone\n\n\0"), "RECEIPT\nreceipt-id:gone\n\n^");
    assert_eq!(desk.router.depth(b"/queue/a"), 0);
    // The name is free again.
    assert_eq!(desk.ask(peer, "BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0"), "");
    assert!(!desk.is_closing(peer));
}

#[test]
fn what_was_acked_in_an_aborted_transaction_is_the_subscribers_still() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    desk.send(peer, "/queue/a", "x");
    let heard = desk.hear(peer);
    let id = headers(&heard, "ack")[0];
    let got = desk.ask(
        peer,
        &format!("BEGIN\ntransaction:t\n\n\0ACK\nid:{id}\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0"),
    );
    assert_eq!(got, "", "neither delivered again nor an error");
    assert_eq!(desk.router.queue_figures()[0].unsettled, 1);
    assert_eq!(desk.ask(peer, &format!("ACK\nid:{id}\nreceipt:1\n\n\0")), "RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(desk.router.queue_figures()[0].unsettled, 0);
}

#[test]
fn acks_and_nacks_in_a_transaction_wait_for_commit() {
    let mut desk = Desk::new();
    let peer = desk.login("1.1");
    desk.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    desk.send(peer, "/queue/a", "one");
    desk.send(peer, "/queue/a", "two");
    let heard = desk.hear(peer);
    let ids = headers(&heard, "message-id");
    let settle = |verb: &str, id: &str| {
        format!("{verb}\nmessage-id:{id}\nsubscription:1\ntransaction:t\nreceipt:{verb}\n\n\0")
    };
    desk.tell(peer, "BEGIN\ntransaction:t\n\n\0");
    assert_eq!(desk.ask(peer, &(settle("ACK", ids[0]) + &settle("NACK", ids[1]))), "");
    assert_eq!(desk.router.queue_figures()[0].unsettled, 2);
    let got = desk.ask(peer, "COMMIT\ntransaction:t\n\n\0");
    assert_eq!(headers(&got, "receipt-id"), ["ACK", "NACK"]);
    assert_eq!((bodies(&got), headers(&got, "redelivered")), (vec!["two"], vec!["true"]));
    assert_eq!(desk.router.queue_figures()[0].unsettled, 1);
}

#[test]
fn a_commit_whose_acks_came_too_late_does_nothing_at_all() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "ack:client\n");
    desk.send(peer, "/queue/a", "x");
    let heard = desk.hear(peer);
    desk.tell(
        peer,
        &format!(
            "BEGIN\ntransaction:t\n\n\0ACK\nid:{}\ntransaction:t\n\n\0\
             SEND\ndestination:/queue/b\ntransaction:t\n\ny\0UNSUBSCRIBE\nid:1\n\n\0",
            headers(&heard, "ack")[0]
        ),
    );
    let got = desk.ask(peer, "COMMIT\ntransaction:t\nreceipt:1\n\n\0");
    assert!(got.starts_with("ERROR\nmessage:transaction 't' acks messages of a subscription"), "{got}");
    assert_eq!((desk.router.depth(b"/queue/a"), desk.router.depth(b"/queue/b")), (1, 0));
}

#[test]
fn a_lost_link_and_a_disconnect_abort() {
    for disconnect in [true, false] {
        let mut desk = Desk::new();
        let peer = desk.login("1.2");
        desk.tell(peer, "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\n\nx\0");
        if disconnect {
            assert_eq!(desk.ask(peer, "DISCONNECT\nreceipt:1\n\n\0"), "RECEIPT\nreceipt-id:1\n\n^");
        }
        desk.leave(peer);
        assert_eq!(desk.router.depth(b"/queue/a"), 0);
    }
}

#[test]
fn transactions_of_two_connections_may_have_one_name() {
    let mut desk = Desk::new();
    let (one, two) = (desk.login("1.2"), desk.login("1.2"));
    desk.tell(one, "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\n\nx\0");
    desk.tell(two, "BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0");
    assert_eq!(desk.router.depth(b"/queue/a"), 0);
    desk.tell(one, "COMMIT\ntransaction:t\n\n\0");
    assert_eq!(desk.router.depth(b"/queue/a"), 1);
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
        let mut desk = Desk::new();
        let peer = desk.login("1.2");
        let got = desk.ask(peer, frame);
        assert!(got.starts_with("ERROR\n"), "{frame}: {got}");
        assert_eq!(headers(&got, "receipt-id"), ["1"]);
        assert_eq!(desk.router.depth(b"/queue/a"), 0);
    }
}
