//! The traps of the checklist that have a broker's side, in octets.

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
        let mut desk = Desk::new();
        let peer = desk.login(version);
        desk.subscribe(peer, "/queue/a", "1", &format!("ack:{mode}\n"));
        desk.send(peer, "/queue/a", "x");
        let got = desk.hear(peer);
        assert_eq!((headers(&got, "ack").len(), bodies(&got).len()), (expected, 1), "{version} {mode}");
    }
}

#[test]
fn neither_the_sender_s_transaction_nor_its_receipt_is_relayed() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "");
    let got = desk.ask(
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
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    let got = desk.ask(peer, "SEND\r\ndestination:/queue/a\r\nreceipt:1\r\n\r\nx\0\r\n");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\n\n^");
    assert_eq!(desk.router.depth(b"/queue/a"), 1);
    let peer = desk.login("1.1");
    let got = desk.ask(peer, "SEND\ndestination:/queue/a\nreceipt:1\r\n\nx\0\n\n");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\r\n\n^");
}

/// Trap 5.
#[test]
fn escapes_are_read_once_and_written_anew_for_each_receiver() {
    let mut desk = Desk::new();
    let (sender, new, old) = (desk.login("1.2"), desk.login("1.1"), desk.login("1.0"));
    desk.subscribe(new, "/topic/a", "1", "");
    desk.subscribe(old, "/topic/a", "1", "");
    desk.tell(sender, "SEND\ndestination:/topic/a\nfoo:a\\\\nb\\cc\n\nx\0");
    assert_eq!(headers(&desk.hear(new), "foo"), [r"a\\nb\cc"]);
    assert_eq!(headers(&desk.hear(old), "foo"), [r"a\nb:c"], "1.0 has no escapes");
}

/// Traps 2 and 17: what 1.0 cannot carry must not become another header.
#[test]
fn a_line_feed_in_a_value_makes_no_header_for_a_1_0_receiver() {
    let mut desk = Desk::new();
    let (sender, old) = (desk.login("1.2"), desk.login("1.0"));
    desk.subscribe(old, "/topic/a", "1", "");
    desk.tell(sender, "SEND\ndestination:/topic/a\nfoo:a\\nsubscription\\c2\n\nx\0");
    let got = desk.hear(old);
    assert_eq!(headers(&got, "subscription"), ["1"], "{got}");
    assert!(!got.contains("\nsubscription:2"), "{got}");
}

/// Trap 9.
#[test]
fn nuls_and_line_ends_between_frames_are_no_frames() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    let got = desk.ask(peer, "\n\r\n\0\0SEND\ndestination:/queue/a\nreceipt:1\n\n\0\n\0\n\n");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\n\n^");
}

/// Trap 8.
#[test]
fn a_content_length_that_is_no_number_or_beyond_64_bits_is_an_error() {
    for length in ["-1", "x", "", "18446744073709551616", "1 2"] {
        let mut desk = Desk::new();
        let peer = desk.login("1.2");
        let got = desk.ask(peer, &format!("SEND\ndestination:/queue/a\ncontent-length:{length}\n\nx\0"));
        assert!(got.contains("is not a number of octets") && desk.is_closing(peer), "{got}");
    }
}

/// Seen on the wire of old clients: all of a MESSAGE's headers sent back with the ACK.
#[test]
fn an_ack_with_headers_of_the_message_and_a_receipt_among_them_is_taken() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "ack:client\n");
    desk.send(peer, "/queue/a", "x");
    let got = desk.hear(peer);
    let (id, ack) = (headers(&got, "message-id")[0], headers(&got, "ack")[0]);
    let got = desk.ask(
        peer,
        &format!(
            "ACK\nid:{ack}\nmessage-id:{id}\nack:{ack}\nsubscription:1\ndestination:/queue/a\nfoo:bar\nreceipt:5\n\n\0"
        ),
    );
    assert_eq!(got, "RECEIPT\nreceipt-id:5\n\n^");
    desk.leave(peer);
    assert_eq!(desk.router.depth(b"/queue/a"), 0);
}
