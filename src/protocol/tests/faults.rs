//! The traps that other implementations fell into, on the wire: what is refused, with the byte, and
//! what is borne. The numbers are those of the section "Traps" of
//! `tests/wire/checklist.md`.

use super::*;

/// Trap 2: RabbitMQ escapes in 1.0 too.
#[test]
fn a_broker_that_escapes_in_1_0_is_read_leniently_when_it_is_known() {
    let bytes: &[u8] = b"MESSAGE\nfoo:x\\cy\nbar:\\t\n\n\0";
    assert_eq!(one(Version::V1_0, bytes).header("foo"), Some(&b"x\\cy"[..]));
    let mut lenient = decoder(Version::V1_0);
    lenient.set_escapes(Escapes::Lenient);
    let frame = feed(&mut lenient, &[bytes]).frames.remove(0);
    assert_eq!((frame.header("foo"), frame.header("bar")), (Some(&b"x:y"[..]), Some(&b"\\t"[..])));
}

/// Trap 2: ActiveMQ writes a line feed raw in 1.0.
#[test]
fn a_line_without_a_colon_is_kept_in_1_0_and_refused_later() {
    let bytes = b"MESSAGE\nfoo:one\ntwo\n\n\0";
    let frame = one(Version::V1_0, bytes);
    assert_eq!(frame.headers, [("foo", "one"), ("two", "")].into());
    assert_eq!(fault(Version::V1_1, bytes), (Fault::NoColon, 16));
    assert_eq!(fault(Version::V1_2, bytes), (Fault::NoColon, 16));
}

/// Trap 3.
#[test]
fn a_value_may_hold_raw_colons_and_is_split_at_the_first() {
    let connected = one(Version::V1_2, b"CONNECTED\nsession:ID:vm-1:2\n\n\0");
    assert_eq!(connected.header("session"), Some(&b"ID:vm-1:2"[..]));
    for version in Version::ALL {
        let message = one(version, b"MESSAGE\nmessage-id:ID:vm-1:2\n\n\0");
        assert_eq!(message.header("message-id"), Some(&b"ID:vm-1:2"[..]));
    }
}

/// Trap 4.
#[test]
fn a_receipt_id_that_ends_with_a_cr_keeps_it_in_1_1_and_not_in_1_2() {
    let bytes = b"RECEIPT\nreceipt-id:1\r\n\n\0";
    assert_eq!(one(Version::V1_1, bytes).header("receipt-id"), Some(&b"1\r"[..]));
    assert_eq!(one(Version::V1_2, bytes).header("receipt-id"), Some(&b"1"[..]));
}

/// Trap 5.
#[test]
fn escapes_are_decoded_from_left_to_right_and_once() {
    for (raw, meant) in
        [(&br"\\n"[..], &br"\n"[..]), (br"\\\n", b"\\\n"), (br"\\c\c", br"\c:"), (br"\\\\r", br"\\r")]
    {
        for version in [Version::V1_1, Version::V1_2] {
            let bytes = [b"MESSAGE\nfoo:", raw, b"\n\n\0"].concat();
            assert_eq!(one(version, &bytes).header("foo"), Some(meant), "{version}");
        }
    }
}

/// Trap 6.
#[test]
fn undefined_escapes_are_fatal_and_shown() {
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:b\\t\n\n\0"), (Fault::Escape { letter: b't' }, 11));
    assert_eq!(fault(Version::V1_1, b"MESSAGE\na:b\\r\n\n\0"), (Fault::Escape { letter: b'r' }, 11));
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na\\t:b\n\n\0"), (Fault::Escape { letter: b't' }, 9));
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:b\\\n\n\0"), (Fault::Escape { letter: b'\n' }, 11));
    let got = whole(Version::V1_2, b"MESSAGE\na:b\\t\n\n\0");
    let error = got.error.unwrap();
    assert_eq!(
        error.to_string(),
        "'\\t' is no escape of this version (byte 11 of the frame, 11 of the stream)"
    );
    assert_eq!(one(Version::V1_0, b"MESSAGE\na:b\\t\n\n\0").header("a"), Some(&b"b\\t"[..]));
}

/// Trap 7.
#[test]
fn a_lone_cr_in_a_1_2_header_is_an_error() {
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:b\rc\n\n\0"), (Fault::CarriageReturn, 11));
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:b\r\r\n\n\0"), (Fault::CarriageReturn, 11));
    assert_eq!(fault(Version::V1_2, b"MESS\rAGE\n\n\0"), (Fault::CarriageReturn, 4));
    assert_eq!(one(Version::V1_1, b"MESSAGE\na:b\rc\n\n\0").header("a"), Some(&b"b\rc"[..]));
}

/// Trap 7.
#[test]
fn a_header_line_without_a_colon_and_an_empty_name_are_errors_that_name_the_byte() {
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:1\nbroken\n\n\0"), (Fault::NoColon, 12));
    for version in Version::ALL {
        assert_eq!(fault(version, b"MESSAGE\n:x\n\n\0"), (Fault::EmptyName, 8));
    }
}

#[test]
fn a_nul_before_the_empty_line_is_an_error() {
    assert_eq!(fault(Version::V1_2, b"RECEIPT\nreceipt-id:1\n\0"), (Fault::NulInHead, 21));
    assert_eq!(fault(Version::V1_2, b"RECEIPT\0"), (Fault::NulInHead, 7));
    assert_eq!(fault(Version::V1_2, b"RECEIPT\nreceipt-id:1\0\n\n\0"), (Fault::NulInHead, 20));
}

/// Trap 8.
#[test]
fn content_length_must_be_a_number_of_bytes() {
    for bad in ["", "-1", "x", "1x", "18446744073709551616", "+1", "1 2", "0x1", "1.0"] {
        let bytes = format!("MESSAGE\ncontent-length:{bad}\n\nabc\0");
        let text = bad.as_bytes().to_vec();
        assert_eq!(fault(Version::V1_2, bytes.as_bytes()), (Fault::ContentLength { text }, 23), "{bad}");
    }
    assert_eq!(&one(Version::V1_2, b"MESSAGE\ncontent-length: 3 \n\nabc\0").body[..], b"abc");
    assert_eq!(&one(Version::V1_2, b"MESSAGE\ncontent-length:0003\n\nabc\0").body[..], b"abc");
}

/// Trap 8.
#[test]
fn the_largest_content_length_there_is_harms_nothing() {
    let bytes = b"MESSAGE\ncontent-length:18446744073709551615\n\nabc\0";
    assert_eq!(fault(Version::V1_2, bytes).0, Fault::Limit { limit: Limit::Body, most: 1 << 20 });
    let mut unbounded = Decoder::new(Limits { body: u64::MAX, ..Limits::CLIENT });
    let got = feed(&mut unbounded, &[bytes]);
    assert_eq!((got.error, got.part.map(|part| part.body.len())), (None, Some(4)));
}

/// Trap 8.
#[test]
fn a_content_length_that_is_too_small_names_the_byte() {
    let bytes = b"MESSAGE\ncontent-length:2\n\nabc\0";
    assert_eq!(fault(Version::V1_2, bytes), (Fault::NotNul { length: 2, byte: b'c' }, 28));
    let mut lenient = decoder(Version::V1_2).short_length(ShortLength::TakeToNul);
    assert_eq!(&feed(&mut lenient, &[bytes]).frames[0].body[..], b"abc");
}

#[test]
fn an_error_whose_content_length_is_wrong_ends_with_its_nul() {
    // Counting the NUL, or the EOL behind it; characters, not bytes; no number.
    for (length, end) in [("4", "\0\n"), ("5", "\0\nRECEIPT\n\n\0"), ("2", "\0"), ("x", "\0")] {
        let bytes = format!("ERROR\ncontent-length:{length}\n\nabc{end}");
        let frames = whole(Version::V1_2, bytes.as_bytes()).frames;
        assert_eq!((frames[0].verb, &frames[0].body[..]), (Verb::Error, &b"abc"[..]), "{bytes:?}");
        assert_eq!(frames.len(), 1 + usize::from(bytes.contains("RECEIPT")), "{bytes:?}");
    }
}

#[test]
fn an_error_that_is_incomplete_can_be_ended_where_its_bytes_end() {
    for (length, body) in [("5", "abc\n\0"), ("5", "abc\0\n"), ("9", "abc"), ("9", "")] {
        let mut decoder = decoder(Version::V1_2);
        let (mut batch, bytes) =
            (Batch::default(), format!("RECEIPT\n\n\0ERROR\nmessage:no\ncontent-length:{length}\n\n{body}"));
        let mut input = BytesMut::from(bytes.as_str());
        decoder.decode(&mut input, &mut batch).unwrap();
        assert!(batch.len() == 1 && decoder.is_inside_error());
        assert!(decoder.end_error(&mut input, &mut batch));
        let frame = batch.get(0).unwrap().to_frame();
        assert_eq!(frame.header("message"), Some(&b"no"[..]));
        assert_eq!(frame.body.trim_ascii_end(), body.trim_end_matches(['\0', '\n']).as_bytes());
        assert!(batch.len() == 1 && input.is_empty() && !decoder.end_error(&mut input, &mut batch));
        input.extend_from_slice(b"\0\nRECEIPT\nreceipt-id:1\n\n\0");
        decoder.decode(&mut input, &mut batch).unwrap();
        assert_eq!(batch.get(0).unwrap().raw_header("receipt-id"), Some(&b"1"[..]));
    }
}

/// ActiveMQ writes the text of an exception as it is.
#[test]
fn an_error_is_read_whatever_its_headers_look_like() {
    for version in Version::ALL {
        let frame = one(version, b"ERROR\nmessage:a:\\t\n\tat b(C.java:1)\nc\n:d\rx\nreceipt-id:7\n\nbody\0");
        assert_eq!(frame.header("message"), Some(&b"a:\\t"[..]));
        assert_eq!((frame.header("receipt-id"), &frame.body[..]), (Some(&b"7"[..]), &b"body"[..]));
    }
}

/// Trap 8: bytes, not characters.
#[test]
fn content_length_counts_bytes_and_not_the_nul() {
    let frame = Frame::new(Verb::Send).body("zwölf €");
    assert_eq!(encoded(Version::V1_2, &frame), "SEND\ncontent-length:10\n\nzwölf €\0".as_bytes());
    assert_eq!(&one(Version::V1_2, "MESSAGE\ncontent-length:3\n\n€\0".as_bytes()).body[..], "€".as_bytes());
}

/// Trap 8: where the NUL is missing in a body that comes in pieces.
#[test]
fn a_large_body_without_its_nul_names_the_byte_of_the_frame() {
    let bytes =
        [&b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\ncontent-length:50\n\n"[..], &[b'x'; 50], b"y\0"].concat();
    let expected = (Fault::NotNul { length: 50, byte: b'y' }, 23 + 27 + 50);
    for size in [1, 7, 60, 1000] {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let got = feed(&mut decoder(Version::V1_2), &pieces);
        assert_eq!(got.fault(), Some(expected.clone()), "in pieces of {size}");
        let error = got.error.unwrap();
        assert_eq!((error.byte, got.frames.len()), (77, 1));
        assert_eq!(error.excerpt[error.excerpt_index], b'y');
    }
}

/// Trap 14.
#[test]
fn a_byte_order_mark_invalid_utf_8_and_nuls_survive_a_round_trip() {
    for body in [&b"\xef\xbb\xbfx"[..], b"\xff\xfe\0\x80", b"\0", b"\r\n", b"\n\0\n", b""] {
        for version in Version::ALL {
            let frame = Frame::new(Verb::Send).body(body.to_vec());
            assert_eq!(&one(version, &encoded(version, &frame)).body[..], body);
        }
    }
}

/// Trap 17.
#[test]
fn what_would_end_a_line_where_nothing_can_be_escaped_never_reaches_the_wire() {
    let refused = |version, verb, name: &str, value: &str| {
        let mut out = b"before".to_vec();
        let done = Encoder::new(version).frame(&mut out, &Frame::new(verb).with(name, value));
        assert_eq!(out == b"before", done.is_err(), "all or nothing");
        done.is_err()
    };
    for bad in ["a\nreceipt:1", "a\rb", "a\0b"] {
        assert!(refused(Version::V1_0, Verb::Send, "foo", bad));
        assert!(refused(Version::V1_0, Verb::Send, bad, "foo"));
        for version in Version::ALL {
            assert!(refused(version, Verb::Connect, "login", bad));
            assert!(refused(version, Verb::Connect, bad, "x"));
        }
    }
    for version in Version::ALL {
        assert!(refused(version, Verb::Send, "foo", "a\0b"), "no version can escape a NUL");
        assert!(refused(version, Verb::Send, "", "x"));
    }
    for good in ["a\nb", "a:b", "a\\b"] {
        assert!(!refused(Version::V1_1, Verb::Send, good, good));
        assert!(!refused(Version::V1_2, Verb::Send, good, good));
    }
    assert!(!refused(Version::V1_2, Verb::Send, "a\rb", "a\rb"));
}

#[test]
fn an_error_shows_the_frame_and_the_byte() {
    let got = whole(Version::V1_2, b"\n\nMESSAGE\nbroken\n\n\0");
    let error = got.error.unwrap();
    assert_eq!((error.byte, error.stream_byte, error.excerpt_is_cut), (8, 10, false));
    assert_eq!(error.excerpt, b"MESSAGE\nbroken\n\n\0");
}

#[test]
fn an_error_does_not_show_a_passcode() {
    for bytes in [
        "CONNECT\npasscode:canary\nbroken\n\n\0".to_owned(),
        "CONNECT\n Passcode:canary\nbroken\n\n\0".to_owned(),
        "SEND\nAuthorization: canary\nbroken\n\n\0".to_owned(),
        "CONNECT\npasscode:canary\0\n\n\0".to_owned(),
        format!("CONNECT\npasscode:{}\nbroken\n\n\0", "canary".repeat(200)),
    ] {
        let got = feed(&mut decoder(None), &[bytes.as_bytes()]);
        let error = got.error.unwrap();
        assert!(!error.excerpt.escape_ascii().to_string().contains("anar"), "{error:?}");
        let before = &error.excerpt[..error.excerpt_index];
        assert!(before.ends_with(b":***\n") || error.fault == Fault::NulInHead, "{error:?}");
    }
}

#[test]
fn of_a_long_frame_an_error_shows_what_is_around_the_byte() {
    let line = format!("a:{}\n", "x".repeat(500));
    let bytes = format!("MESSAGE\n{}broken\nmore:1\n\n\0", line.repeat(10));
    let error = whole(Version::V1_2, bytes.as_bytes()).error.unwrap();
    assert_eq!(error.byte, 8 + 5030);
    assert!(error.excerpt[error.excerpt_index..].starts_with(b"broken\nmore:1"));
    assert!(error.excerpt.len() <= 1024);
}
