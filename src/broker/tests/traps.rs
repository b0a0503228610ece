//! The traps that have a broker's side, in bytes. Their numbers are those of the section "Traps" of
//! `tests/wire/checklist.md`.

use super::*;

/// Trap 11.
#[test]
fn a_message_has_an_ack_header_in_the_client_modes_of_1_2_alone() {
    for (version, mode, expected) in [
        ("1.2", "client", 1),
        ("1.2", "client-individual", 1),
        ("1.2", "auto", 0),
        ("1.1", "client", 0),
        ("1.0", "client", 0),
    ] {
        let mut harness = Harness::new();
        let peer = harness.login(version);
        harness.subscribe(peer, "/queue/a", "1", &format!("ack:{mode}\n"));
        harness.send(peer, "/queue/a", "x");
        let got = harness.hear(peer);
        assert_eq!((headers(&got, "ack").len(), bodies(&got).len()), (expected, 1), "{version} {mode}");
    }
}

#[test]
fn neither_the_sender_s_transaction_nor_its_receipt_is_relayed() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "");
    let got = harness.ask(
        peer,
        "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/queue/a\ntransaction:t\nreceipt:7\nfoo:bar\n\nx\0\
         COMMIT\ntransaction:t\n\n\0",
    );
    let message = frames(&got).find(|frame| frame.starts_with("MESSAGE\n")).unwrap();
    assert!(message.contains("\nfoo:bar\n"), "{got}");
    assert!(!message.contains("transaction") && !message.contains("receipt"), "{got}");
}

/// Traps 4 and 7, and the first row of what differs by version.
#[test]
fn crlf_ends_a_line_in_1_2_and_a_cr_is_data_in_1_1() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    let got = harness.ask(peer, "SEND\r\ndestination:/queue/a\r\nreceipt:1\r\n\r\nx\0\r\n");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(harness.router.depth(b"/queue/a"), 1);
    let peer = harness.login("1.1");
    let got = harness.ask(peer, "SEND\ndestination:/queue/a\nreceipt:1\r\n\nx\0\n\n");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\r\n\n^");
}

/// Trap 5.
#[test]
fn escapes_are_read_once_and_written_anew_for_each_receiver() {
    let mut harness = Harness::new();
    let (sender, new, old) = (harness.login("1.2"), harness.login("1.1"), harness.login("1.0"));
    harness.subscribe(new, "/topic/a", "1", "");
    harness.subscribe(old, "/topic/a", "1", "");
    harness.tell(sender, "SEND\ndestination:/topic/a\nfoo:a\\\\nb\\cc\n\nx\0");
    assert_eq!(headers(&harness.hear(new), "foo"), [r"a\\nb\cc"]);
    assert_eq!(headers(&harness.hear(old), "foo"), [r"a\nb:c"], "1.0 has no escapes");
}

/// In 1.0 blanks around a name do not count: what is a header of the sender's own in 1.1 and 1.2 must not
/// become one of the broker's.
#[test]
fn a_name_with_blanks_around_it_is_none_of_the_broker_s_to_a_1_0_peer() {
    let mut harness = Harness::new();
    let (sender, old) = (harness.login("1.2"), harness.login("1.0"));
    harness.tell(old, "SUBSCRIBE\nid:s\ndestination:/topic/a\n\n\0");
    harness.hear(old);
    harness.tell(
        sender,
        "SEND\n content-length: 9\n destination:/topic/b\ndestination:/topic/a\n foo :x\nblank:  \n\nx\0",
    );
    let heard = harness.hear(old);
    assert!(!heard.contains("content-length") && !heard.contains("/topic/b"), "{heard}");
    assert!(heard.contains("\ndestination:/topic/a\n foo :x\n\nx^"), "{heard}");
}

/// Traps 2 and 17: what 1.0 cannot carry must not become another header.
#[test]
fn a_line_feed_in_a_value_makes_no_header_for_a_1_0_receiver() {
    let mut harness = Harness::new();
    let (sender, old) = (harness.login("1.2"), harness.login("1.0"));
    harness.subscribe(old, "/topic/a", "1", "");
    harness.tell(sender, "SEND\ndestination:/topic/a\nfoo:a\\nsubscription\\c2\n\nx\0");
    let got = harness.hear(old);
    assert_eq!(headers(&got, "subscription"), ["1"], "{got}");
    assert!(!got.contains("\nsubscription:2"), "{got}");
}

/// Trap 9.
#[test]
fn nuls_and_line_ends_between_frames_are_no_frames() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    let got = harness.ask(peer, "\n\r\n\0\0SEND\ndestination:/queue/a\nreceipt:1\n\n\0\n\0\n\n");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\n\n^");
}

/// Trap 8.
#[test]
fn a_content_length_that_is_no_number_or_beyond_64_bits_is_an_error() {
    for length in ["-1", "x", "", "18446744073709551616", "1 2"] {
        let mut harness = Harness::new();
        let peer = harness.login("1.2");
        let got = harness.ask(peer, &format!("SEND\ndestination:/queue/a\ncontent-length:{length}\n\nx\0"));
        assert!(got.contains("is not a number of bytes") && harness.is_closing(peer), "{got}");
    }
}

/// Trap 6.
#[test]
fn an_undefined_escape_is_fatal_from_1_1_on_and_no_escape_in_1_0() {
    for (version, escape, fatal) in [
        ("1.0", "\\t", false),
        ("1.0", "\\r", false),
        ("1.1", "\\t", true),
        ("1.1", "\\r", true),
        ("1.2", "\\t", true),
        ("1.2", "\\r", false),
        ("1.2", "\\", true),
    ] {
        let mut harness = Harness::new();
        let peer = harness.login(version);
        let got = harness.ask(peer, &format!("SEND\ndestination:/queue/a\nfoo:a{escape}\nreceipt:1\n\nx\0"));
        assert_eq!(got.contains("is no escape of this version (byte 31 of the frame"), fatal, "{got}");
        assert_eq!(harness.is_closing(peer), fatal, "{version} {escape}: {got}");
        assert_eq!(harness.router.depth(b"/queue/a"), usize::from(!fatal));
    }
}

/// Trap 8: shorter than the body, longer than it, with the NUL missing; bytes, not characters.
#[test]
fn a_content_length_counts_bytes_and_the_nul_stands_behind_them() {
    for version in ["1.0", "1.1", "1.2"] {
        let mut harness = Harness::with(BrokerConfig { strict: true, ..BrokerConfig::default() });
        let peer = harness.login(version);
        harness.subscribe(peer, "/queue/a", "1", "");
        let send = |length: usize, body: &str| {
            format!("SEND\ndestination:/queue/a\ncontent-length:{length}\n\n{body}")
        };
        assert_eq!(bodies(&harness.ask(peer, &send(6, "zwölf\0"))), ["zwölf"]);
        assert_eq!(harness.ask(peer, &send(4, "ab")), "", "longer: the rest has not come");
        assert_eq!(harness.ask(peer, "\0c"), "", "the NUL is in the body");
        assert_eq!(harness.ask(peer, "\0").matches("ab^c^").count(), 1);
        let got = harness.ask(peer, &send(2, "abc\0"));
        assert!(
            got.contains("content-length is 2, but the byte behind that many is 'c' and not NUL"),
            "{got}"
        );
        assert!(got.contains("(byte 46 of the frame, ") && harness.is_closing(peer), "{got}");
    }
}

/// Trap 10.
#[test]
fn a_conversation_is_the_same_however_its_bytes_are_cut() {
    let said = "CONNECT\r\naccept-version:1.2\r\nhost:/\r\n\r\n\0SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0\n\
        SEND\ndestination:/queue/a\nfoo:\\c\\\\n\ncontent-length:3\nreceipt:1\n\na\0b\0\
        SEND\ndestination:/queue/a\n\nwithout a length\0\r\n\0BEGIN\ntransaction:t\nreceipt:2\n\n\0BROKEN\n:\n\n\0";
    let heard = |pieces: &[&str]| {
        let mut harness = Harness::new();
        let peer = harness.connect();
        let heard: String = pieces.iter().map(|piece| harness.ask(peer, piece)).collect();
        // Ids are unlike any other's, and an ERROR shows as much of the frame as has come.
        let differs = ["session:", "message-id:", "The frame begins", "content-length:1"];
        let same = |line: &&str| !differs.iter().any(|prefix| line.starts_with(prefix));
        heard.lines().filter(same).collect::<Vec<_>>().join("\n")
    };
    let expected = heard(&[said]);
    assert_eq!(frames(&expected).count(), 7, "{expected}");
    for cut in 1..said.len() {
        let (left, right) = said.split_at(cut);
        assert_eq!(heard(&[left, right]), expected, "cut at {cut}");
    }
    let single: Vec<&str> = (0..said.len()).map(|at| &said[at..=at]).collect();
    assert_eq!(heard(&single), expected);
}

/// Trap 14.
#[test]
fn a_byte_order_mark_invalid_utf_8_and_nuls_are_relayed_as_they_came() {
    for body in [&b"\xef\xbb\xbfx"[..], b"\xff\xfe\0\x80", b"\0", b"\r\n\0\n", b""] {
        for version in ["1.0", "1.1", "1.2"] {
            let mut harness = Harness::new();
            let peer = harness.login(version);
            harness.subscribe(peer, "/queue/a", "1", "");
            let head = format!("SEND\ndestination:/queue/a\ncontent-length:{}\n\n", body.len());
            harness.tell_bytes(peer, &[head.as_bytes(), body, b"\0"].concat());
            let heard = harness.hear_bytes(peer);
            let head = format!("\ncontent-length:{}\n\n", body.len());
            let at = memchr::memmem::find(&heard, head.as_bytes()).unwrap() + head.len();
            assert_eq!(&heard[at..at + body.len()], body, "{version}");
            assert_eq!(heard[at + body.len()], 0);
        }
    }
}

/// Trap 16: RabbitMQ refuses it; a broker that must not be asked to may pass it over.
#[test]
fn a_message_id_of_the_sender_is_not_taken_for_the_broker_s() {
    for version in ["1.0", "1.1", "1.2"] {
        let mut harness = Harness::new();
        let peer = harness.login(version);
        harness.subscribe(peer, "/queue/a", "1", "");
        let got =
            harness.ask(peer, "SEND\ndestination:/queue/a\nmessage-id:mine\nsubscription:2\nack:3\n\nx\0");
        assert_eq!((headers(&got, "subscription"), headers(&got, "ack")), (vec!["1"], vec![]), "{got}");
        assert!(!got.contains("mine") && headers(&got, "message-id").len() == 1, "{got}");
    }
}
