//! What the clients of the last twenty years need, as it was seen on their wire.

use super::*;

#[test]
fn the_line_feed_behind_a_connect_is_answered_in_kind() {
    for (behind, end) in [("", "^"), ("\n", "^\n"), ("\r\n", "^\n")] {
        let mut harness = Harness::new();
        let peer = harness.connect();
        let got = harness.ask(peer, &format!("CONNECT\naccept-version:1.2\nhost:/\n\n\0{behind}"));
        assert!(got.ends_with(&format!("\n\n{end}")), "{behind:?}: {got:?}");
        let got = harness.ask(peer, "BEGIN\ntransaction:t\nreceipt:1\n\n\0");
        assert_eq!(got, format!("RECEIPT\nreceipt-id:1\n\n{end}"));
    }
}

#[test]
fn any_host_and_a_body_on_connect_are_taken() {
    for host in ["", "host:\n", "host:/\n", "host:127.0.0.1\n", "host:no.such\n"] {
        let mut harness = Harness::new();
        let peer = harness.connect();
        let got =
            harness.ask(peer, &format!("CONNECT\naccept-version:1.1\n{host}content-length:4\n\nnull\0"));
        assert!(got.starts_with("CONNECTED\n"), "{got}");
    }
}

#[test]
fn client_individual_in_1_0_is_taken_unless_strict() {
    for strict in [false, true] {
        let mut harness = Harness::with(BrokerConfig { strict, ..BrokerConfig::default() });
        let peer = harness.login("1.0");
        let got =
            harness.ask(peer, "SUBSCRIBE\ndestination:/queue/a\nack:client-individual\nreceipt:1\n\n\0");
        assert_eq!(got.starts_with("RECEIPT"), !strict, "{got}");
    }
}

#[test]
fn an_ack_is_understood_in_every_form_that_clients_use() {
    let forms = [
        ("1.0", "message-id:MID\n"),
        ("1.0", "message-id: MID\nsubscription:s\nreceipt-of-another:1\n"),
        ("1.1", "message-id:MID\n"),
        ("1.1", "message-id:MID\nsubscription:s\n"),
        ("1.1", "id:MID\nsubscription:s\n"),
        ("1.2", "id:AID\n"),
        ("1.2", "message-id:MID\nsubscription:s\n"),
        ("1.2", "message-id:MID\n"),
        ("1.2", "id:AID\nmessage-id:MID\nsubscription:s\ncontent-type:text/plain\n"),
        ("1.2", "id:MID\n"),
    ];
    for (version, form) in forms {
        let mut harness = Harness::new();
        let peer = harness.login(version);
        harness.tell(peer, "SUBSCRIBE\nid:s\ndestination:/queue/a\nack:client-individual\n\n\0");
        let heard = harness.ask(peer, "SEND\ndestination:/queue/a\n\nx\0");
        let acks = headers(&heard, "ack");
        assert_eq!(acks.len(), usize::from(version == "1.2"), "{heard}");
        let form = form
            .replace("MID", headers(&heard, "message-id")[0])
            .replace("AID", acks.first().copied().unwrap_or_default());
        let got = harness.ask(peer, &format!("ACK\n{form}receipt:1\n\n\0"));
        assert!(got.starts_with("RECEIPT\n"), "{version} {form}: {got}");
        assert_eq!(harness.router.queue_figures()[0].unsettled, 0);
    }
}

#[test]
fn ids_and_receipts_go_back_as_they_came() {
    for version in ["1.0", "1.1", "1.2"] {
        let mut harness = Harness::new();
        let peer = harness.login(version);
        let got = harness.ask(peer, "SUBSCRIBE\nid:a\\c\\\\b\ndestination:/topic/a\nreceipt:x\\c:y\n\n\0");
        assert_eq!(headers(&got, "receipt-id"), ["x\\c:y"]);
        let got = harness.ask(peer, "SEND\ndestination:/topic/a\n\nx\0");
        assert_eq!(headers(&got, "subscription"), ["a\\c\\\\b"]);
        let got = harness.ask(peer, "BOGUS\nreceipt:x\\c:y\n\n\0");
        assert!(got.starts_with("ERROR\n"), "{got}");
        assert_eq!(headers(&got, "receipt-id"), ["x\\c:y"]);
    }
}

#[test]
fn a_content_length_that_counts_characters_is_forgiven_unless_strict() {
    for strict in [false, true] {
        let mut harness = Harness::with(BrokerConfig { strict, ..BrokerConfig::default() });
        let peer = harness.login("1.2");
        harness.subscribe(peer, "/topic/a", "1", "");
        let got = harness.ask(peer, "SEND\ndestination:/topic/a\ncontent-length:5\n\nHällo\0");
        if strict {
            assert!(got.starts_with("ERROR\nmessage:malformed frame\\c content-length is 5"), "{got}");
        } else {
            assert_eq!((bodies(&got), headers(&got, "content-length")), (vec!["Hällo"], vec!["6"]));
            assert!(harness.router.log.iter().any(|line| line.contains("counts bytes, not characters")));
        }
    }
}

#[test]
fn heart_beats_are_kept_with_who_asked_for_them_alone() {
    let of = |connect: &str| {
        let mut harness = Harness::new();
        let peer = harness.connect();
        let got = harness.ask(peer, &format!("CONNECT\nhost:/\n{connect}\n\0"));
        assert_eq!(headers(&got, "heart-beat").len(), 1, "always told: {got}");
        let heart = harness.router.status(harness.peers[peer.0].key).heart;
        [heart.outgoing, heart.incoming].map(|way| way.map_or(0, |interval| interval.as_millis()))
    };
    for version in ["1.1", "1.2"] {
        let of = |more: &str| of(&format!("accept-version:{version}\n{more}"));
        assert_eq!(of(""), [0, 0], "a missing header is 0,0");
        assert_eq!(of("heart-beat:0,0\n"), [0, 0]);
        assert_eq!(of("heart-beat:700,0\n"), [0, 700]);
        assert_eq!(of("heart-beat:0,100\n"), [500, 0], "the larger figure, unless one is 0");
    }
    assert_eq!(of("accept-version:1.0\nheart-beat:100,100\n"), [0, 0], "1.0 has none, whatever it says");
}

#[test]
fn what_clients_put_on_frames_that_need_none_of_it_is_passed_over() {
    // Seen: content-length 0, a content-type, and `null` as the body of every frame.
    for (more, body) in [("content-length:0\n", ""), ("content-type:text/plain\n", "null"), ("", "null")] {
        for version in ["1.0", "1.1", "1.2"] {
            let mut harness = Harness::new();
            let peer = harness.connect();
            let mut ask = |frame: &str| harness.ask(peer, &format!("{frame}{more}\n{body}\0"));
            let connected = ask(&format!("CONNECT\naccept-version:{version}\nhost:/\n"));
            assert!(connected.starts_with("CONNECTED\n"), "{connected}");
            let mut receipts = 0;
            for frame in [
                "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n",
                "BEGIN\ntransaction:t\n",
                "ABORT\ntransaction:t\n",
                "BEGIN\ntransaction:t\n",
                "COMMIT\ntransaction:t\n",
            ] {
                receipts += 1;
                let got = ask(&format!("{frame}receipt:{receipts}\n"));
                assert!(got.starts_with(&format!("RECEIPT\nreceipt-id:{receipts}\n\n")), "{frame}: {got}");
            }
            let heard = ask("SEND\ndestination:/queue/a\n");
            let by = if version == "1.2" { ("id", "ack") } else { ("message-id", "message-id") };
            let ack = format!("ACK\n{}:{}\nsubscription:1\nreceipt:a\n", by.0, headers(&heard, by.1)[0]);
            for frame in [&ack[..], "UNSUBSCRIBE\nid:1\nreceipt:u\n", "DISCONNECT\nreceipt:d\n"] {
                let got = ask(frame);
                assert!(got.starts_with("RECEIPT\n"), "{version} {frame}: {got}");
            }
        }
    }
}

#[test]
fn a_body_on_a_frame_that_may_have_none_is_passed_over_unless_strict() {
    for strict in [false, true] {
        let mut harness = Harness::with(BrokerConfig { strict, ..BrokerConfig::default() });
        let peer = harness.login("1.2");
        let got = harness.ask(peer, "SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:1\n\nnull\0");
        assert_eq!(got.starts_with("RECEIPT"), !strict, "{got}");
    }
}

#[test]
fn an_advisory_topic_is_just_a_topic() {
    let mut harness = Harness::new();
    let peer = harness.login("1.1");
    let topic = "/topic/ActiveMQ.Advisory.TempQueue,ActiveMQ.Advisory.TempTopic";
    harness.subscribe(peer, topic, "1", "activemq.dispatchAsync:true\n");
}

/// All of a MESSAGE's headers sent back with the ACK.
#[test]
fn an_ack_with_headers_of_the_message_and_a_receipt_among_them_is_taken() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "ack:client\n");
    harness.send(peer, "/queue/a", "x");
    let got = harness.hear(peer);
    let (id, ack) = (headers(&got, "message-id")[0], headers(&got, "ack")[0]);
    let got = harness.ask(
        peer,
        &format!(
            "ACK\nid:{ack}\nmessage-id:{id}\nack:{ack}\nsubscription:1\ndestination:/queue/a\nfoo:bar\nreceipt:5\n\n\0"
        ),
    );
    assert_eq!(got, "RECEIPT\nreceipt-id:5\n\n^");
    harness.leave(peer);
    assert_eq!(harness.router.depth(b"/queue/a"), 0);
}
