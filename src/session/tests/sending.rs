//! SEND, transactions, and the end of a connection.

use super::*;
use crate::protocol::Headers;

fn sent(version: Version, frame: Frame, text: bool) -> String {
    let mut talk = Talk::new(version);
    talk.session.send(frame, text, false).unwrap();
    talk.said()
}

/// Trap 13.
#[test]
fn content_length_goes_with_a_send_unless_it_is_to_be_text_for_jms() {
    for version in Version::ALL {
        let frame = || Frame::new(Verb::Send).with("destination", "/queue/a").body("hello");
        assert_eq!(sent(version, frame(), false), "SEND\ndestination:/queue/a\ncontent-length:5\n\nhello^");
        assert_eq!(sent(version, frame(), true), "SEND\ndestination:/queue/a\n\nhello^");
    }
}

#[test]
fn a_body_with_a_nul_has_its_content_length_in_any_case() {
    let frame = Frame::new(Verb::Send).with("destination", "/queue/a").body("a\0b");
    assert_eq!(sent(Version::V1_1, frame, true), "SEND\ndestination:/queue/a\ncontent-length:3\n\na^b^");
}

#[test]
fn a_content_length_of_the_user_s_is_written_anew() {
    for text in [true, false] {
        let said = sent(Version::V1_2, a_send("content-length", "77").body("hello"), text);
        assert!(!said.contains("77"), "{said}");
    }
}

#[test]
fn a_content_length_or_receipt_of_the_user_s_stands_before_ours_in_no_bulk_and_in_no_stream() {
    let headers = Headers::from([("destination", "/queue/a"), ("receipt", "mine"), ("content-length", "1")]);
    let frame = Frame { verb: Verb::Send, headers: headers.clone(), body: "abc".into() };
    let expected = "SEND\ndestination:/queue/a\nreceipt:1\ncontent-length:3\n\nabc^";
    let mut talk = Talk::new(Version::V1_2);
    talk.session.send_head(&frame, Some(3), true).unwrap();
    talk.session.send_piece(b"abc");
    talk.session.send_end();
    assert_eq!(talk.said(), expected);
    let mut talk = Talk::new(Version::V1_2);
    let head = SendHead { headers, text: false };
    talk.session.begin_bulk(Bulk::new(head, Confirm::All, 10, false)).unwrap();
    talk.session.push_bulk(Chunk::Bodies("abcabc".into(), vec![0..3, 3..6]), false);
    talk.session.pump(1 << 10);
    talk.session.push_bulk(Chunk::Frames(vec![(frame, false)]), true);
    talk.session.pump(1 << 10);
    let ours = (1..=3).map(|number| expected.replace("receipt:1", &format!("receipt:{number}")));
    assert_eq!(talk.said(), ours.collect::<String>());
}

#[test]
fn a_send_is_escaped_as_its_version_has_it() {
    let frame = || a_send("foo", "a:b\\c\nd\re");
    assert!(sent(Version::V1_1, frame(), false).contains("foo:a\\cb\\\\c\\nd\re\n"));
    assert!(sent(Version::V1_2, frame(), false).contains("foo:a\\cb\\\\c\\nd\\re\n"));
    assert!(sent(Version::V1_0, a_send("foo", "a:b\\c"), false).contains("foo:a:b\\c\n"));
}

/// Trap 17.
#[test]
fn a_header_that_would_inject_others_never_reaches_the_wire() {
    let mut talk = Talk::new(Version::V1_0);
    let error = talk.session.send(a_send("foo", "a\nreceipt:1"), false, true).unwrap_err();
    assert_eq!(error.to_string(), "header 'foo' holds a line feed, which STOMP 1.0 cannot carry");
    assert!(talk.session.send(a_send("foo", "a\rb"), true, true).is_err());
    assert!(talk.session.send_head(&a_send("foo", "a\0b"), Some(5), true).is_err());
    assert!(talk.session.begin("a\nb").is_err());
    let options = Subscribe { destination: "/queue/a\nack:client".into(), ..Subscribe::default() };
    assert!(talk.session.subscribe(options).is_err());
    assert_eq!((talk.said(), talk.session.open_receipts()), (String::new(), 0));
    assert!(talk.session.transactions().is_empty() && talk.session.subscriptions().is_empty());
}

#[test]
fn nobody_waits_for_the_receipt_of_a_send_in_a_transaction_before_its_commit() {
    // RabbitMQ holds it until COMMIT, ActiveMQ gives it at once.
    for version in Version::ALL {
        let mut talk = Talk::new(version);
        talk.session.begin("t").unwrap();
        assert_eq!(talk.said(), "BEGIN\ntransaction:t\nreceipt:1\n\n^");
        assert_eq!(talk.session.send(a_send("transaction", "t"), false, true), Ok(None));
        assert!(talk.said().contains("receipt:2\n"));
        talk.session.end_transaction("t", true).unwrap();
        assert_eq!(talk.said(), "COMMIT\ntransaction:t\nreceipt:3\n\n^");
    }
}

#[test]
fn an_ack_in_a_transaction_names_it_and_asks_for_no_receipt_where_frames_are_handled_in_order() {
    for (version, expected) in [
        (Version::V1_0, "ACK\nmessage-id:7\nsubscription:1\ntransaction:t\n\n^"),
        (Version::V1_2, "ACK\nid:a\ntransaction:t\n\n^"),
    ] {
        let connected = format!("CONNECTED\nversion:{version}\nserver:peer/1\n\n\0");
        let mut talk = Talk::with(&connected, HeartBeat::default());
        talk.subscribe("/queue/a", AckMode::Client);
        talk.hear("MESSAGE\nsubscription:1\nmessage-id:7\nack:a\n\n^");
        talk.session.begin("t").unwrap();
        talk.said();
        talk.session.settle(&AckTarget::Newest, false, Some("t")).unwrap();
        assert_eq!(talk.said(), expected);
    }
}

#[test]
fn transactions_have_names_of_their_own_and_may_be_open_side_by_side() {
    let mut talk = Talk::new(Version::V1_2);
    talk.session.begin("a").unwrap();
    talk.session.begin("b").unwrap();
    talk.said();
    assert_eq!(talk.session.begin("a"), Err(SessionError::DuplicateTransaction { name: "a".into() }));
    assert_eq!(
        talk.session.end_transaction("c", true),
        Err(SessionError::NoTransaction { name: "c".into() })
    );
    assert_eq!(talk.said(), "");
    talk.session.end_transaction("a", false).unwrap();
    assert_eq!(talk.said(), "ABORT\ntransaction:a\nreceipt:3\n\n^");
    assert_eq!(talk.session.transactions(), ["b"]);
}

#[test]
fn a_lost_link_aborts_what_was_open_and_says_so() {
    let mut talk = Talk::new(Version::V1_2);
    talk.session.begin("a").unwrap();
    talk.session.begin("b").unwrap();
    assert_eq!(talk.session.lost("reset"), ["a", "b"]);
    assert!(talk.session.transactions().is_empty());
}

#[test]
fn nothing_is_sent_after_disconnect() {
    let connected = "CONNECTED\nversion:1.2\nheart-beat:4000,4000\n\n\0";
    let mut talk = Talk::with(connected, HeartBeat { sends: 4_000, wants: 4_000 });
    let id = talk.subscribe("/queue/a", AckMode::Client);
    talk.hear("MESSAGE\nsubscription:1\nmessage-id:7\nack:a\n\n^");
    let batch = std::mem::take(&mut talk.batch);
    let head = SendHead { headers: [("destination", "/queue/a")].into(), text: false };
    talk.session.begin_bulk(Bulk::new(head, Confirm::All, 10, false)).unwrap();
    talk.session.disconnect("bye").unwrap();
    assert_eq!(talk.said(), "DISCONNECT\nreceipt:2\n\n^");
    assert!(talk.session.send(a_send("a", "b"), false, true).is_err());
    assert!(talk.session.send_head(&a_send("a", "b"), Some(1), true).is_err());
    assert!(talk.session.begin("t").is_err());
    assert!(talk.session.subscribe(Subscribe::default()).is_err());
    assert!(talk.session.settle(&AckTarget::Newest, false, None).is_err());
    assert!(talk.session.ack_frames(&batch, &[0], true, false).is_err());
    assert!(talk.session.settle_token(&id, b"a", false).is_err());
    assert!(talk.session.disconnect("bye").is_err());
    talk.session.push_bulk(Chunk::Frames(vec![(a_send("a", "b"), false)]), true);
    talk.session.pump(1 << 10);
    talk.later(3.0);
    assert_eq!(talk.said(), "", "no heart-beat either");
    talk.hear("RECEIPT\nreceipt-id:2\n\n^");
    assert_eq!(talk.session.open_receipts(), 0);
}
