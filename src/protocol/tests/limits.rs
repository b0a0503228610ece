//! Bounds against a broken or hostile peer: each is named, with the byte, however the bytes came.

use super::*;

const LIMITS: Limits =
    Limits { verb: 8, header_line: 20, headers: 2, head: 60, body: 10, stream_above: 1 << 20 };

/// Which limit these bytes are beyond, and with which byte; the same however they are cut.
fn over(limits: Limits, bytes: &[u8]) -> (Limit, u64, u64) {
    let of = |pieces: &[&[u8]]| {
        let mut decoder = Decoder::new(limits);
        decoder.set_version(Version::V1_2);
        match feed(&mut decoder, pieces).fault() {
            Some((Fault::Limit { limit, most }, byte)) => (limit, most, byte),
            other => panic!("{other:?}"),
        }
    };
    let expected = of(&[bytes]);
    assert_eq!(of(&bytes.chunks(1).collect::<Vec<_>>()), expected);
    for cut in 1..bytes.len() {
        let (left, right) = bytes.split_at(cut);
        assert_eq!(of(&[left, right]), expected, "cut at {cut}");
    }
    expected
}

#[test]
fn each_limit_is_named_with_its_byte() {
    assert_eq!(over(LIMITS, b"MESSAGEXX\n\n\0"), (Limit::Verb, 8, 8));
    assert_eq!(over(LIMITS, b"MESSAGEXXXXXXXX"), (Limit::Verb, 8, 8));
    assert_eq!(over(LIMITS, b"MESSAGE\nname:7890123456789012\n"), (Limit::HeaderLine, 20, 28));
    assert_eq!(over(LIMITS, b"MESSAGE\nname:78901234567890123"), (Limit::HeaderLine, 20, 28));
    assert_eq!(over(LIMITS, b"MESSAGE\na:1\nb:2\nc:3\n"), (Limit::Headers, 2, 16));
    assert_eq!(over(LIMITS, b"MESSAGE\ncontent-length:11\n\n"), (Limit::Body, 10, 23));
    assert_eq!(over(LIMITS, b"MESSAGE\n\n12345678901"), (Limit::Body, 10, 19));
    assert_eq!(over(LIMITS, b"MESSAGE\n\n12345678901\0"), (Limit::Body, 10, 19));
    let narrow = Limits { head: 20, ..LIMITS };
    assert_eq!(over(narrow, b"MESSAGE\nname:1234567\n\n\0"), (Limit::Head, 20, 20));
    assert_eq!(over(narrow, b"MESSAGE\nname:123456\n\n\0"), (Limit::Head, 20, 20));
    let text = DecodeError {
        fault: Fault::Limit { limit: Limit::HeaderLine, most: 20 },
        verb: Verb::Message,
        byte: 28,
        stream_byte: 28,
        excerpt: Vec::new(),
        excerpt_index: 0,
        excerpt_is_cut: false,
    };
    assert_eq!(
        text.to_string(),
        "more than 20 bytes in a header line (byte 28 of the frame, 28 of the stream)"
    );
}

#[test]
fn what_is_just_within_the_limits_is_taken() {
    for bytes in [
        &b"MESSAGES\n\n\0"[..],
        b"MESSAGES\r\n\r\n\0",
        b"MESSAGE\nname:789012345678901\n\n\0",
        b"MESSAGE\r\nname:789012345678901\r\n\r\n\0",
        b"MESSAGE\na:1\nb:2\n\n1234567890\0",
        b"MESSAGE\nx:1\ncontent-length:10\n\n1234567890\0",
        b"MESSAGE\nname:789012345678901\nname:789012345678901\nz:123456\n\n\0",
    ] {
        let limits = Limits { headers: 3, ..LIMITS };
        for size in [1, 3, 1000] {
            let mut decoder = Decoder::new(limits);
            decoder.set_version(Version::V1_2);
            let got = feed(&mut decoder, &bytes.chunks(size).collect::<Vec<_>>());
            assert_eq!((got.frames.len(), got.error), (1, None), "{}", bytes.escape_ascii());
        }
    }
}

#[test]
fn of_two_faults_the_one_that_shows_first_counts_however_the_bytes_are_cut() {
    let of = |pieces: &[&[u8]]| {
        let mut decoder = Decoder::new(LIMITS);
        decoder.set_version(Version::V1_2);
        feed(&mut decoder, pieces).fault().unwrap()
    };
    for bytes in [
        &b"MESSAGE\nname:7890\\t789012345678\n\n\0"[..],
        b"MESSAGE\nname:789012345678901234\0\n\n\0",
        b"MESSAGE\nname:78901234\x0001234567\n\n\0",
        b"MESSAGE\nnocolonnocolonnocolonno\n\n\0",
        b"MESSAGE\nname:7890123456789\r\r\r\n\n\0",
        b"MESSAGE\nname:789012345678901\nname:789012345678901\nz:1234567890\0\n\n\0",
    ] {
        let expected = of(&[bytes]);
        for size in 1..bytes.len() {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            assert_eq!(of(&pieces), expected, "{} in pieces of {size}", bytes.escape_ascii());
        }
    }
}

#[test]
fn a_large_body_in_pieces_has_its_limit_too() {
    let limits = Limits { body: 100, stream_above: 10, ..Limits::CLIENT };
    let bytes = [&b"MESSAGE\n\n"[..], &[b'x'; 200]].concat();
    for size in [1, 7, 64, 300] {
        let mut decoder = Decoder::new(limits);
        decoder.set_version(Version::V1_2);
        let got = feed(&mut decoder, &bytes.chunks(size).collect::<Vec<_>>());
        assert_eq!(got.fault(), Some((Fault::Limit { limit: Limit::Body, most: 100 }, 109)), "{size}");
    }
}

#[test]
fn the_client_s_limits_are_those_of_the_checklist() {
    let Limits { verb, header_line, headers, body, .. } = Limits::CLIENT;
    assert_eq!((verb, header_line, headers, body), (32, 64 << 10, 1_000, 256 << 20));
    let Limits { head, body, .. } = Limits::CLIENT_BEFORE_CONNECTED;
    assert_eq!((head, body), (64 << 10, 64 << 10));
}
