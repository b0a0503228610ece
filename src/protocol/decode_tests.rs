//! What the decoder must do with octets however they are cut, and what it must refuse.

use bytes::BytesMut;
use proptest::prelude::*;

use super::*;

/// The octets of a frame's parts put together, for comparing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Got {
    frames: Vec<Frame>,
    error: Option<(Fault, u64)>,
}

fn collect(batch: &Batch, got: &mut Got) {
    for frame in batch.iter() {
        match frame.part() {
            Part::Whole | Part::Head => got.frames.push(frame.to_frame()),
            Part::Chunk => {
                let last = got.frames.last_mut().expect("a head came first");
                let mut body = last.body.to_vec();
                body.extend_from_slice(frame.body());
                last.body = body.into();
            }
            Part::End => {}
        }
    }
}

fn feed(decoder: &mut Decoder, pieces: &[&[u8]]) -> Got {
    let (mut input, mut batch, mut got) = (BytesMut::new(), Batch::default(), Got::default());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let result = decoder.decode(&mut input, &mut batch);
            collect(&batch, &mut got);
            if let Err(error) = result {
                got.error = Some((error.fault, error.stream_octet));
                return got;
            }
            if !decoder.stopped() {
                break;
            }
        }
    }
    got
}

fn decoder(version: Option<Version>) -> Decoder {
    let limits = Limits { stream_above: 40, body: 1 << 20, ..Limits::CLIENT };
    let mut decoder = Decoder::new(limits);
    if let Some(version) = version {
        decoder.set_version(version);
    }
    decoder
}

fn whole(version: Version, octets: &[u8]) -> Got {
    feed(&mut decoder(Some(version)), &[octets])
}

fn fault(version: Version, octets: &[u8]) -> (Fault, u64) {
    let got = whole(version, octets);
    got.error.unwrap_or_else(|| panic!("no error, but {:?}", got.frames))
}

/// Frames of every kind, one behind the other, with noise between them.
const CORPUS: &[u8] = b"\n\r\nMESSAGE\nsubscription:0\nmessage-id:ID\\c1\ncontent-length:3\n\na\0b\0\n\
    RECEIPT\r\nreceipt-id:r\r\n\r\n\0\0\nERROR\nmessage:x\n\nno length\0\
    MESSAGE\ndestination:/queue/a\ncontent-length:60\n\n0123456789012345678901234567890123456789012345678901234567\0\n\0\
    MESSAGE\nfoo:\nfoo:two\n\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\0\n\n\n\
    MESSAGE\n\n\0MESSAGE\nlong-header-name-that-fills-more-than-one-chunk-of-the-scanner:and\\\\its\\nvalue\\rtoo\n\n\0";

#[test]
fn every_frame_split_at_every_octet_is_the_same() {
    let expected = whole(Version::V1_2, CORPUS);
    assert_eq!((expected.error.clone(), expected.frames.len()), (None, 7));
    for cut in 0..=CORPUS.len() {
        let (left, right) = CORPUS.split_at(cut);
        assert_eq!(feed(&mut decoder(Some(Version::V1_2)), &[left, right]), expected, "cut at {cut}");
    }
    let single: Vec<&[u8]> = CORPUS.chunks(1).collect();
    assert_eq!(feed(&mut decoder(Some(Version::V1_2)), &single), expected);
}

#[test]
fn a_frame_refers_to_the_read_buffer() {
    let mut input = BytesMut::from(&b"MESSAGE\na:b\n\nbody\0"[..]);
    let range = input.as_ptr() as usize..input.as_ptr() as usize + input.len();
    let mut batch = Batch::default();
    decoder(None).decode(&mut input, &mut batch).expect("valid");
    let frame = batch.get(0).expect("one frame");
    assert!(range.contains(&(frame.body().as_ptr() as usize)));
    let header = frame.headers().next().expect("one header");
    assert!(range.contains(&(header.raw_value().as_ptr() as usize)));
}

#[test]
fn the_first_of_repeated_headers_counts_and_all_are_there() {
    let mut input = BytesMut::from(&b"MESSAGE\nfoo:1\nfoo:2\n\n\0"[..]);
    let mut batch = Batch::default();
    decoder(Some(Version::V1_2)).decode(&mut input, &mut batch).expect("valid");
    let frame = batch.get(0).expect("one frame");
    assert_eq!(frame.header("foo").as_deref(), Some(&b"1"[..]));
    assert_eq!(frame.headers().len(), 2);
}

#[test]
fn large_bodies_come_in_pieces_and_small_ones_whole() {
    let mut decoder = decoder(Some(Version::V1_2));
    let mut input = BytesMut::from(&b"MESSAGE\ncontent-length:50\n\n0123456789"[..]);
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).expect("valid");
    let parts: Vec<Part> = batch.iter().map(FrameRef::part).collect();
    assert_eq!(parts, [Part::Head, Part::Chunk]);
    input.extend_from_slice(&[b'x'; 40]);
    input.extend_from_slice(b"\0MESSAGE\n\n");
    decoder.decode(&mut input, &mut batch).expect("valid");
    let parts: Vec<Part> = batch.iter().map(FrameRef::part).collect();
    assert_eq!(parts, [Part::Chunk, Part::End]);
    assert_eq!(batch.get(0).map(|f| f.body().len()), Some(40));
    assert!(!decoder.is_between_frames());
}

#[test]
fn decoding_stops_behind_connected_so_that_the_version_can_be_set() {
    let mut decoder = decoder(None);
    let mut input = BytesMut::from(&b"CONNECTED\nversion:1.1\nsession:ID:x\\n\n\n\0MESSAGE\nx:a\r\n\n\0"[..]);
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).expect("valid");
    assert!(decoder.stopped());
    let session = batch.get(0).and_then(|f| f.header("session").map(std::borrow::Cow::into_owned));
    assert_eq!(session.as_deref(), Some(&b"ID:x\\n"[..]), "split at the first colon, not unescaped");
    decoder.set_version(Version::V1_1);
    decoder.decode(&mut input, &mut batch).expect("valid");
    let value = batch.get(0).and_then(|f| f.header("x").map(std::borrow::Cow::into_owned));
    assert_eq!(value.as_deref(), Some(&b"a\r"[..]), "in 1.1 a CR is data");
}

#[test]
fn a_line_without_a_colon_is_kept_in_1_0_and_refused_later() {
    let octets = b"MESSAGE\nfoo:one\ntwo\n\n\0";
    let got = whole(Version::V1_0, octets);
    assert_eq!(got.frames[0].headers[1], (b"two".to_vec(), Vec::new()));
    assert_eq!(fault(Version::V1_1, octets), (Fault::NoColon, 16));
    assert_eq!(fault(Version::V1_2, octets), (Fault::NoColon, 16));
}

#[test]
fn blanks_around_values_count_but_in_1_0() {
    let octets = b"MESSAGE\nfoo: bar \n\n\0";
    assert_eq!(whole(Version::V1_0, octets).frames[0].header("foo"), Some(&b"bar"[..]));
    assert_eq!(whole(Version::V1_2, octets).frames[0].header("foo"), Some(&b" bar "[..]));
}

#[test]
fn a_lone_carriage_return_is_an_error_in_1_2_only() {
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:b\rc\n\n\0"), (Fault::CarriageReturn, 11));
    assert_eq!(whole(Version::V1_1, b"MESSAGE\na:b\rc\n\n\0").frames[0].header("a"), Some(&b"b\rc"[..]));
}

#[test]
fn undefined_escapes_are_fatal() {
    assert_eq!(fault(Version::V1_2, b"MESSAGE\na:b\\t\n\n\0"), (Fault::Escape { letter: b't' }, 11));
    assert_eq!(fault(Version::V1_1, b"MESSAGE\na:b\\r\n\n\0"), (Fault::Escape { letter: b'r' }, 11));
    let got = whole(Version::V1_0, b"MESSAGE\na:b\\t\n\n\0");
    assert_eq!(got.frames[0].header("a"), Some(&b"b\\t"[..]));
}

#[test]
fn an_empty_header_name_is_an_error() {
    assert_eq!(fault(Version::V1_2, b"MESSAGE\n:x\n\n\0"), (Fault::EmptyName, 8));
}

#[test]
fn a_nul_before_the_empty_line_is_an_error() {
    assert_eq!(fault(Version::V1_2, b"RECEIPT\nreceipt-id:1\n\0"), (Fault::NulInHead, 21));
    assert_eq!(fault(Version::V1_2, b"RECEIPT\0"), (Fault::NulInHead, 7));
}

#[test]
fn content_length_must_be_a_number_of_octets() {
    for bad in ["", "-1", "x", "1x", "18446744073709551616", "+1", "1 2"] {
        let octets = format!("MESSAGE\ncontent-length:{bad}\n\nabc\0");
        let text = bad.as_bytes().to_vec();
        assert_eq!(fault(Version::V1_2, octets.as_bytes()), (Fault::ContentLength { text }, 23), "{bad}");
    }
    assert_eq!(&whole(Version::V1_2, b"MESSAGE\ncontent-length: 3 \n\nabc\0").frames[0].body[..], b"abc");
}

#[test]
fn a_content_length_that_is_too_small_names_the_octet() {
    let octets = b"MESSAGE\ncontent-length:2\n\nabc\0";
    assert_eq!(fault(Version::V1_2, octets), (Fault::NotNul { length: 2, octet: b'c' }, 28));
    let mut lenient = decoder(Some(Version::V1_2)).short_length(ShortLength::TakeToNul);
    let got = feed(&mut lenient, &[octets]);
    assert_eq!(&got.frames[0].body[..], b"abc");
}

#[test]
fn a_content_length_that_is_too_large_waits_and_allocates_nothing() {
    let mut decoder = decoder(Some(Version::V1_2));
    let mut input = BytesMut::from(&b"MESSAGE\ncontent-length:30\n\nabc\0"[..]);
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).expect("valid so far");
    assert!(batch.is_empty());
    assert_eq!(decoder.wants(input.len()), 27);
}

#[test]
fn each_limit_is_named() {
    let limits = Limits { verb: 8, header_line: 20, headers: 2, head: 60, body: 10, stream_above: 1 << 20 };
    let over = |octets: &[u8]| {
        let mut decoder = Decoder::new(limits);
        decoder.set_version(Version::V1_2);
        match feed(&mut decoder, &[octets]).error {
            Some((Fault::Limit { limit, most }, _)) => (limit, most),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(over(b"MESSAGEXX\n\n\0"), (Limit::Verb, 8));
    assert_eq!(over(b"MESSAGEXXXXXXXX"), (Limit::Verb, 8));
    assert_eq!(over(b"MESSAGE\nname:7890123456789012\n"), (Limit::HeaderLine, 20));
    assert_eq!(over(b"MESSAGE\nname:78901234567890123"), (Limit::HeaderLine, 20));
    assert_eq!(over(b"MESSAGE\na:1\nb:2\nc:3\n"), (Limit::Headers, 2));
    assert_eq!(over(b"MESSAGE\ncontent-length:11\n\n"), (Limit::Body, 10));
    assert_eq!(over(b"MESSAGE\n\n12345678901"), (Limit::Body, 10));
    let narrow = Limits { head: 20, ..limits };
    let mut decoder = Decoder::new(narrow);
    let got = feed(&mut decoder, &[b"MESSAGE\nname:1234567\n\n\0"]);
    assert!(matches!(got.error, Some((Fault::Limit { limit: Limit::Head, most: 20 }, _))), "{got:?}");
}

#[test]
fn frames_before_an_error_are_handed_on() {
    let got = whole(Version::V1_2, b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\nbroken\n\n\0");
    assert_eq!((got.frames.len(), got.error), (1, Some((Fault::NoColon, 31))));
}

#[test]
fn an_error_shows_the_frame_and_the_octet() {
    let mut input = BytesMut::from(&b"\n\nMESSAGE\nbroken\n\n\0"[..]);
    let error = decoder(Some(Version::V1_2)).decode(&mut input, &mut Batch::default()).expect_err("broken");
    assert_eq!((error.octet, error.stream_octet), (8, 10));
    assert_eq!(error.excerpt, b"MESSAGE\nbroken\n\n\0");
}

prop_compose! {
    fn a_header(version: Version)(name in "[a-z0-9:\\\\\n\r -]{1,12}", value in "[^\0]{0,40}") -> (Vec<u8>, Vec<u8>) {
        let legal = |text: &str, name: bool| {
            let mut text = text.to_owned();
            if version == Version::V1_0 {
                text.retain(|c| c != '\n' && c != '\r' && (!name || c != ':'));
                text = text.trim_ascii().to_owned();
            }
            // In 1.1 a CR at a line's end is data; 1.2 escapes it.
            text
        };
        let mut name = legal(&name, true);
        if name.is_empty() || name == "content-length" {
            name = "n".into();
        }
        (name.into_bytes(), legal(&value, false).into_bytes())
    }
}

fn a_frame(version: Version) -> impl Strategy<Value = Frame> {
    let verbs = prop::sample::select(vec![Verb::Message, Verb::Send, Verb::Error, Verb::Receipt, Verb::Ack]);
    let headers = prop::collection::vec(a_header(version), 0..8);
    let body = prop::collection::vec(any::<u8>(), 0..120);
    (verbs, headers, body).prop_map(|(verb, headers, body)| {
        let body = if verb.may_have_body() { body } else { Vec::new() };
        Frame { verb, headers, body: body.into() }
    })
}

fn any_version() -> impl Strategy<Value = Version> {
    prop::sample::select(Version::ALL.to_vec())
}

proptest! {
    #[test]
    fn encoding_then_decoding_is_identity(
        (version, frames) in any_version().prop_flat_map(|v| (Just(v), prop::collection::vec(a_frame(v), 1..5))),
        cuts in prop::collection::vec(1_usize..50, 0..30),
    ) {
        let mut octets = Vec::new();
        for frame in &frames {
            Encoder::new(version).frame(&mut octets, frame).expect("legal");
        }
        let mut pieces = Vec::new();
        let mut rest = &octets[..];
        for cut in cuts {
            let (piece, more) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = more;
        }
        pieces.push(rest);
        let mut got = feed(&mut decoder(Some(version)), &pieces);
        prop_assert_eq!(&got.error, &None);
        for frame in &mut got.frames {
            frame.headers.retain(|(name, _)| name != b"content-length");
        }
        prop_assert_eq!(got.frames, frames);
    }

    #[test]
    fn split_equals_whole_for_any_octets(
        version in prop::option::of(any_version()),
        octets in prop::collection::vec(prop::sample::select(&b"MESAG\n\r\0:\\ncontent-length123 x"[..]), 0..200),
        cut in 0_usize..200,
    ) {
        let mut octets = octets;
        octets.splice(0..0, *b"MESSAGE\n");
        let (left, right) = octets.split_at(cut.min(octets.len()));
        let one = feed(&mut decoder(version), &[&octets]);
        let two = feed(&mut decoder(version), &[left, right]);
        prop_assert_eq!(one, two);
    }
}
