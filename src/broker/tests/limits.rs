//! Bounds against clients that ask for too much.

use super::*;

fn refused(harness: &mut Harness, peer: ClientIndex, text: &str) -> String {
    let got = harness.ask(peer, text);
    assert!(harness.is_closing(peer) && got.contains("ERROR\nmessage:"), "{got}");
    got
}

#[test]
fn the_limits_on_a_frame_are_named_with_their_byte_and_what_raises_them() {
    let long = "x".repeat(11 << 10);
    let (many, lines) = ("h:1\n".repeat(101), format!("x:{}\n", "x".repeat(10_000)).repeat(40));
    let fixed = "This limit is fixed.";
    for version in ["1.0", "1.1", "1.2"] {
        for (frame, limit, byte, advice) in [
            (format!("SEND\nx:{long}\n\n\0"), "10240 bytes in a header line", 10_245, fixed),
            (format!("SEND\n{many}\n\0"), "100 headers in a frame", 405, fixed),
            (
                "SEND\ncontent-length:16777217\n\n".to_owned(),
                "16777216 bytes in a body",
                20,
                "The broker's option --max-body raises this limit.",
            ),
            ("S".repeat(40), "32 bytes in the first line of a frame", 32, fixed),
        ] {
            let mut harness = Harness::new();
            let peer = harness.login(version);
            let got = refused(&mut harness, peer, &frame);
            assert!(got.contains(&format!("more than {limit} (byte {byte} of the frame, ")), "{got}");
            assert!(got.contains(advice), "{got}");
        }
        let head = Limits { head: 300_000, ..Limits::BROKER };
        let mut harness = Harness::with(BrokerConfig { limits: head, ..BrokerConfig::default() });
        let peer = harness.login(version);
        let got = refused(&mut harness, peer, &format!("SEND\n{lines}"));
        assert!(got.contains("more than 300000 bytes in a frame's head (byte 300000 of the frame"), "{got}");
    }
}

#[test]
fn before_connect_a_frame_has_64_kib() {
    for (frame, limit) in [
        (format!("CONNECT\ncontent-length:70000\n\n{}\0", "x".repeat(70_000)), "65536 bytes in a body"),
        (format!("CONNECT\n\n{}", "x".repeat(70_000)), "65536 bytes in a body"),
        (format!("CONNECT\n{}", "x:7890123456789\n".repeat(90)), ""),
        (
            format!("CONNECT\n{}", format!("x:{}\n", "y".repeat(9_000)).repeat(8)),
            "65536 bytes in a frame's head",
        ),
        (format!("CONNECT\nx:{}", "y".repeat(11_000)), "10240 bytes in a header line"),
        (format!("CONNECT\n{}", "x:y\n".repeat(101)), "100 headers in a frame"),
        ("C".repeat(40), "32 bytes in the first line of a frame"),
    ] {
        let mut harness = Harness::new();
        let peer = harness.connect();
        if limit.is_empty() {
            assert_eq!(harness.ask(peer, &frame), "", "within the limits");
            continue;
        }
        let got = refused(&mut harness, peer, &frame);
        assert!(got.contains(&format!("more than {limit} (byte ")), "{limit}: {got}");
        assert!(
            !got.contains("yyy") && !got.contains("xxx"),
            "what may hold a secret is not sent back: {got}"
        );
    }
}

#[test]
fn the_broker_s_limits_are_those_of_the_checklist() {
    let config = BrokerConfig::default();
    assert_eq!(config.login_time, std::time::Duration::from_secs(10));
    assert_eq!((config.connections, config.subscriptions, config.transactions), (1_024, 1_000, 16));
    assert_eq!(config.queue_bytes, 1 << 30);
    let Limits { headers, header_line, body, .. } = config.limits;
    assert_eq!((headers, header_line, body), (100, 10 << 10, 16 << 20));
    let Limits { headers, header_line, head, body, .. } = Limits::BROKER_BEFORE_CONNECT;
    assert_eq!((headers, header_line, head, body), (100, 10 << 10, 64 << 10, 64 << 10));
}

#[test]
fn one_connection_too_many_is_told_so() {
    let mut harness = Harness::with(BrokerConfig { connections: 1, ..BrokerConfig::default() });
    let first = harness.login("1.2");
    let second = harness.connect();
    let got = harness.hear(second);
    assert!(got.starts_with("ERROR\nmessage:more than 1 connections\n"), "{got}");
    assert!(got.contains("Close others first") && harness.is_closing(second), "{got}");
    harness.leave(second);
    harness.leave(first);
    harness.login("1.2");
}

#[test]
fn subscriptions_and_transactions_have_their_bounds() {
    let mut harness =
        Harness::with(BrokerConfig { subscriptions: 2, transactions: 2, ..BrokerConfig::default() });
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "");
    harness.subscribe(peer, "/queue/a", "2", "");
    let got = refused(&mut harness, peer, "SUBSCRIBE\nid:3\ndestination:/queue/a\n\n\0");
    assert!(got.contains("more than 2 subscriptions") && got.contains("UNSUBSCRIBE from some"), "{got}");
    let peer = harness.login("1.2");
    let got = refused(
        &mut harness,
        peer,
        "BEGIN\ntransaction:1\n\n\0BEGIN\ntransaction:2\n\n\0BEGIN\ntransaction:3\n\n\0",
    );
    assert!(got.contains("more than 2 open transactions") && got.contains("COMMIT or ABORT"), "{got}");
}

#[test]
fn a_transaction_holds_no_more_than_a_queue() {
    let mut harness = Harness::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let peer = harness.login("1.2");
    let send = format!("SEND\ndestination:/queue/a\ntransaction:t\n\n{}\0", "x".repeat(600));
    let got = refused(&mut harness, peer, &format!("BEGIN\ntransaction:t\n\n\0{send}{send}"));
    assert!(got.contains("more than 1000 bytes in a transaction") && got.contains("--queue-size"), "{got}");
    assert_eq!(harness.router.depth(b"/queue/a"), 0);
}

#[test]
fn a_peer_that_does_not_read_its_receipts_is_not_read_from() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    let receipt = "r".repeat(9_000);
    for _ in 0..300 {
        harness.tell(peer, &format!("SEND\ndestination:/queue/a\nreceipt:{receipt}\n\nx\0"));
    }
    let taken = harness.router.depth(b"/queue/a");
    assert!(taken < 150, "{taken}");
    harness.hear(peer);
    harness.send(peer, "/queue/a", "x");
    assert_eq!(harness.router.depth(b"/queue/a"), taken + 1);
}

#[test]
fn queues_that_nobody_uses_do_not_pile_up() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.send(peer, "/queue/kept", "x");
    for n in 0..9_000 {
        harness
            .tell(peer, &format!("SUBSCRIBE\nid:{n}\ndestination:/queue/{n}\n\n\0UNSUBSCRIBE\nid:{n}\n\n\0"));
    }
    assert!(harness.router.queues.len() <= 4_096, "{}", harness.router.queues.len());
    assert_eq!(harness.router.depth(b"/queue/kept"), 1);
}
