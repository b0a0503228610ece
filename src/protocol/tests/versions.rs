//! The rows of the specifications that differ by version, as bytes: ends of lines, escapes, blanks,
//! bodies, and what is never escaped.

use super::*;

/// Without header escapes a value is what it is.
const RAW: &[u8] = br"a\n\c\\b";

#[test]
fn lines_end_with_lf_in_every_version_and_with_crlf_in_1_2() {
    for version in Version::ALL {
        assert_eq!(one(version, b"MESSAGE\nfoo:bar\n\nx\0").header("foo"), Some(&b"bar"[..]));
    }
    let crlf = one(Version::V1_2, b"MESSAGE\r\nfoo:bar\r\n\r\nx\r\n\0");
    assert_eq!(
        (crlf.verb, crlf.header("foo"), &crlf.body[..]),
        (Verb::Message, Some(&b"bar"[..]), &b"x\r\n"[..])
    );
}

#[test]
fn a_carriage_return_is_data_in_1_1() {
    assert_eq!(one(Version::V1_1, b"RECEIPT\nreceipt-id:1\r\n\n\0").header("receipt-id"), Some(&b"1\r"[..]));
    let frame = Frame::new(Verb::Send).with("foo", "1\r");
    assert_eq!(encoded(Version::V1_1, &frame), b"SEND\nfoo:1\r\ncontent-length:0\n\n\0");
}

#[test]
fn what_the_encoder_writes_ends_with_the_nul_and_has_no_carriage_return() {
    let frame = Frame::new(Verb::Send).with("destination", "/queue/a").body("x");
    for version in Version::ALL {
        let bytes = encoded(version, &frame);
        assert_eq!(bytes.last(), Some(&0), "nothing behind the NUL: some peers drop what follows an LF");
        assert!(!bytes.contains(&b'\r'));
    }
}

#[test]
fn escapes_stand_for_themselves_in_1_0_and_are_decoded_from_1_1_on() {
    let bytes = [b"MESSAGE\nfoo:", RAW, b"\n\n\0"].concat();
    assert_eq!(one(Version::V1_0, &bytes).header("foo"), Some(RAW));
    for version in [Version::V1_1, Version::V1_2] {
        assert_eq!(one(version, &bytes).header("foo"), Some(&b"a\n:\\b"[..]));
    }
    assert_eq!(one(Version::V1_2, b"MESSAGE\nfoo:a\\rb\n\n\0").header("foo"), Some(&b"a\rb"[..]));
}

#[test]
fn names_are_escaped_as_values_are() {
    for version in [Version::V1_1, Version::V1_2] {
        let frame = Frame::new(Verb::Error).with("a:b\nc\\", "d:e");
        let bytes = encoded(version, &frame);
        assert_eq!(bytes, b"ERROR\na\\cb\\nc\\\\:d\\ce\n\n\0");
        assert_eq!(one(version, &bytes), frame);
    }
}

#[test]
fn connect_and_connected_are_escaped_in_no_version() {
    for version in Version::ALL {
        let frame = Frame::new(Verb::Connect).with("passcode", RAW);
        assert_eq!(encoded(version, &frame), [b"CONNECT\npasscode:", RAW, b"\n\n\0"].concat());
        for verb in ["CONNECT", "STOMP", "CONNECTED"] {
            let bytes = [verb.as_bytes(), b"\nfoo:", RAW, b"\n\n\0"].concat();
            assert_eq!(one(version, &bytes).header("foo"), Some(RAW), "{version} {verb}");
        }
    }
    // Nor is a backslash at the end, which no escape could be.
    assert_eq!(one(Version::V1_2, b"CONNECT\npasscode:a\\\n\n\0").header("passcode"), Some(&b"a\\"[..]));
}

#[test]
fn before_the_version_is_settled_both_ends_of_lines_and_all_escapes_are_taken() {
    let got = feed(&mut decoder(None), &[b"ERROR\r\nmessage:a\\cb\\t\r\n\r\nx\0"]);
    assert_eq!(got.frames[0].header("message"), Some(&b"a:b\\t"[..]));
}

#[test]
fn blanks_around_values_count_but_in_1_0() {
    let bytes = b"MESSAGE\n foo : bar \n\n\0";
    assert_eq!(one(Version::V1_0, bytes).headers, [("foo", "bar")].into());
    for version in [Version::V1_1, Version::V1_2] {
        assert_eq!(one(version, bytes).headers, [(" foo ", " bar ")].into());
    }
}

#[test]
fn an_empty_value_is_legal_from_1_1_on_and_borne_in_1_0() {
    for version in Version::ALL {
        let frame = Frame::new(Verb::Message).with("foo", "");
        assert_eq!(encoded(version, &frame), b"MESSAGE\nfoo:\n\n\0");
        assert_eq!(one(version, b"MESSAGE\nfoo:\n\n\0"), frame);
    }
}

#[test]
fn the_first_of_repeated_headers_counts_and_all_are_there() {
    for version in Version::ALL {
        let mut input = BytesMut::from(&b"MESSAGE\nfoo:1\nfoo:2\n\n\0"[..]);
        let mut batch = Batch::default();
        decoder(version).decode(&mut input, &mut batch).unwrap();
        let frame = batch.get(0).unwrap();
        assert_eq!(frame.header("foo").as_deref(), Some(&b"1"[..]));
        assert_eq!(frame.headers().len(), 2);
    }
}

#[test]
fn the_first_of_repeated_content_lengths_counts() {
    let bytes = b"MESSAGE\ncontent-length:3\ncontent-length:1\n\na\0b\0";
    assert_eq!(&one(Version::V1_2, bytes).body[..], b"a\0b");
}

#[test]
fn any_frame_may_have_a_content_length_and_a_body_as_bytes() {
    // 1.0 allows a body everywhere; from 1.1 on brokers are seen to send `content-length:0`.
    for version in Version::ALL {
        for verb in [Verb::Receipt, Verb::Connected, Verb::Error, Verb::Message] {
            let bytes = format!("{verb}\nreceipt-id:1\ncontent-length:2\n\n\0\n\0");
            assert_eq!(&one(version, bytes.as_bytes()).body[..], b"\0\n", "{version} {verb}");
        }
    }
}

#[test]
fn a_body_without_content_length_ends_with_the_first_nul() {
    for version in Version::ALL {
        let got = whole(version, b"MESSAGE\n\na\0\nMESSAGE\n\nb\0");
        let bodies: Vec<_> = got.frames.iter().map(|frame| &frame.body[..]).collect();
        assert_eq!(bodies, [b"a", b"b"]);
    }
}

#[test]
fn decoding_stops_behind_connected_so_that_the_version_can_be_set() {
    let mut decoder = decoder(None);
    let mut input = BytesMut::from(&b"CONNECTED\nversion:1.1\nsession:ID:x\\n\n\n\0MESSAGE\nx:a\r\n\n\0"[..]);
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).unwrap();
    assert!(decoder.stopped());
    let session = batch.get(0).and_then(|f| f.header("session").map(std::borrow::Cow::into_owned));
    assert_eq!(session.as_deref(), Some(&b"ID:x\\n"[..]), "split at the first colon, not unescaped");
    decoder.set_version(Version::V1_1);
    decoder.decode(&mut input, &mut batch).unwrap();
    let value = batch.get(0).and_then(|f| f.header("x").map(std::borrow::Cow::into_owned));
    assert_eq!(value.as_deref(), Some(&b"a\r"[..]), "in 1.1 a CR is data");
}
