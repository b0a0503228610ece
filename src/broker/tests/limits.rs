//! Bounds against clients that ask for too much.

use super::*;

fn refused(desk: &mut Desk, peer: Seat, text: &str) -> String {
    let got = desk.ask(peer, text);
    assert!(desk.is_closing(peer) && got.contains("ERROR\nmessage:"), "{got}");
    got
}

#[test]
fn the_limits_on_a_frame_are_named() {
    let long = "x".repeat(11 << 10);
    let many = "h:1\n".repeat(101);
    for (frame, limit) in [
        (format!("SEND\nx:{long}\n\n\0"), "more than 10240 octets in a header line"),
        (format!("SEND\n{many}\n\0"), "more than 100 headers in a frame"),
        ("SEND\ncontent-length:16777217\n\n".to_owned(), "more than 16777216 octets in a body"),
        ("S".repeat(40), "more than 32 octets in the first line of a frame"),
    ] {
        let mut desk = Desk::new();
        let peer = desk.login("1.1");
        assert!(refused(&mut desk, peer, &frame).contains(limit), "{limit}");
    }
}

#[test]
fn before_connect_a_frame_has_64_kib() {
    let mut desk = Desk::new();
    let peer = desk.sit();
    let got = refused(&mut desk, peer, &format!("CONNECT\ncontent-length:70000\n\n{}\0", "x".repeat(70_000)));
    assert!(got.contains("more than 65536 octets in a body"), "{got}");
}

#[test]
fn one_connection_too_many_is_told_so() {
    let mut desk = Desk::with(BrokerConfig { connections: 1, ..BrokerConfig::default() });
    let first = desk.login("1.2");
    let second = desk.sit();
    let got = desk.hear(second);
    assert!(got.starts_with("ERROR\nmessage:more than 1 connections\n"), "{got}");
    desk.leave(second);
    desk.leave(first);
    desk.login("1.2");
}

#[test]
fn subscriptions_and_transactions_have_their_bounds() {
    let mut desk = Desk::with(BrokerConfig { subscriptions: 2, transactions: 2, ..BrokerConfig::default() });
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "");
    desk.subscribe(peer, "/queue/a", "2", "");
    let got = refused(&mut desk, peer, "SUBSCRIBE\nid:3\ndestination:/queue/a\n\n\0");
    assert!(got.contains("more than 2 subscriptions"), "{got}");
    let peer = desk.login("1.2");
    let got = refused(
        &mut desk,
        peer,
        "BEGIN\ntransaction:1\n\n\0BEGIN\ntransaction:2\n\n\0BEGIN\ntransaction:3\n\n\0",
    );
    assert!(got.contains("more than 2 open transactions"), "{got}");
}

#[test]
fn a_transaction_holds_no_more_than_a_queue() {
    let mut desk = Desk::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let peer = desk.login("1.2");
    let send = format!("SEND\ndestination:/queue/a\ntransaction:t\n\n{}\0", "x".repeat(600));
    let got = refused(&mut desk, peer, &format!("BEGIN\ntransaction:t\n\n\0{send}{send}"));
    assert!(got.contains("more than 1000 octets in a transaction"), "{got}");
    assert_eq!(desk.router.depth(b"/queue/a"), 0);
}

#[test]
fn a_peer_that_does_not_read_its_receipts_is_not_read_from() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    let receipt = "r".repeat(9_000);
    for _ in 0..300 {
        desk.tell(peer, &format!("SEND\ndestination:/queue/a\nreceipt:{receipt}\n\nx\0"));
    }
    let taken = desk.router.depth(b"/queue/a");
    assert!(taken < 150, "{taken}");
    desk.hear(peer);
    desk.send(peer, "/queue/a", "x");
    assert_eq!(desk.router.depth(b"/queue/a"), taken + 1);
}

#[test]
fn queues_that_nobody_uses_do_not_pile_up() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.send(peer, "/queue/kept", "x");
    for n in 0..9_000 {
        desk.tell(peer, &format!("SUBSCRIBE\nid:{n}\ndestination:/queue/{n}\n\n\0UNSUBSCRIBE\nid:{n}\n\n\0"));
    }
    assert!(desk.router.queues.len() <= 4_096, "{}", desk.router.queues.len());
    assert_eq!(desk.router.depth(b"/queue/kept"), 1);
}
