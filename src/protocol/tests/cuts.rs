//! However the bytes are cut, the frames are the same, each byte is looked at once, and nothing is
//! copied (traps 9 and 10 of `tests/wire/checklist.md`).

use super::*;

/// Frames of every kind, one behind the other, with noise between them.
const CORPUS: &[u8] = b"\n\r\nMESSAGE\nsubscription:0\nmessage-id:ID\\c1\ncontent-length:3\n\na\0b\0\n\
    RECEIPT\r\nreceipt-id:r\r\n\r\n\0\0\nERROR\nmessage:x\n\nno length\0\
    MESSAGE\ndestination:/queue/a\ncontent-length:60\n\n0123456789012345678901234567890123456789012345678901234567\0\n\0\
    MESSAGE\nfoo:\nfoo:two\n\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\0\n\n\n\
    MESSAGE\n\n\0MESSAGE\nlong-header-name-that-fills-more-than-one-chunk-of-the-scanner:and\\\\its\\nvalue\\rtoo\n\n\0";

#[test]
fn every_frame_split_at_every_byte_is_the_same() {
    let expected = whole(Version::V1_2, CORPUS);
    assert_eq!((expected.error.clone(), expected.frames.len()), (None, 7));
    for cut in 0..=CORPUS.len() {
        let (left, right) = CORPUS.split_at(cut);
        assert_eq!(feed(&mut decoder(Version::V1_2), &[left, right]), expected, "cut at {cut}");
    }
    let single: Vec<&[u8]> = CORPUS.chunks(1).collect();
    assert_eq!(feed(&mut decoder(Version::V1_2), &single), expected);
}

#[test]
fn nuls_and_line_ends_between_frames_are_no_frames() {
    for noise in [&b"\n"[..], b"\r\n", b"\0", b"\n\n\r\n\0\0\n"] {
        for version in Version::ALL {
            let bytes = [noise, b"RECEIPT\nreceipt-id:1\n\n\0", noise, b"RECEIPT\nreceipt-id:2\n\n\0", noise];
            let got = whole(version, &bytes.concat());
            assert_eq!((got.frames.len(), got.error), (2, None), "{}", noise.escape_ascii());
        }
        assert_eq!(whole(Version::V1_2, noise), Got::default());
    }
}

#[test]
fn a_frame_refers_to_the_read_buffer() {
    let mut input = BytesMut::from(&b"MESSAGE\na:b\n\nbody\0"[..]);
    let range = input.as_ptr() as usize..input.as_ptr() as usize + input.len();
    let mut batch = Batch::default();
    decoder(None).decode(&mut input, &mut batch).unwrap();
    let frame = batch.get(0).unwrap();
    assert!(range.contains(&(frame.body().as_ptr() as usize)));
    let header = frame.headers().next().unwrap();
    assert!(range.contains(&(header.raw_value().as_ptr() as usize)));
}

#[test]
fn large_bodies_come_in_pieces_and_small_ones_whole() {
    let mut decoder = decoder(Version::V1_2);
    let mut input = BytesMut::from(&b"MESSAGE\ncontent-length:50\n\n0123456789"[..]);
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).unwrap();
    let parts: Vec<Part> = batch.iter().map(FrameRef::part).collect();
    assert_eq!(parts, [Part::Head, Part::Chunk]);
    input.extend_from_slice(&[b'x'; 40]);
    input.extend_from_slice(b"\0MESSAGE\n\n");
    decoder.decode(&mut input, &mut batch).unwrap();
    let parts: Vec<Part> = batch.iter().map(FrameRef::part).collect();
    assert_eq!(parts, [Part::Chunk, Part::End]);
    assert_eq!(batch.get(0).map(|f| f.body().len()), Some(40));
    assert!(!decoder.is_between_frames());
}

#[test]
fn a_content_length_that_is_too_large_waits_and_allocates_nothing() {
    let mut decoder = decoder(Version::V1_2);
    let mut input = BytesMut::from(&b"MESSAGE\ncontent-length:30\n\nabc\0"[..]);
    let mut batch = Batch::default();
    decoder.decode(&mut input, &mut batch).unwrap();
    assert!(batch.is_empty());
    assert_eq!(decoder.missing_bytes(input.len()), 27);
    let before = input.capacity();
    let mut large = Decoder::new(Limits::CLIENT);
    input = BytesMut::from(&b"MESSAGE\ncontent-length:268435456\n\nabc"[..]);
    large.decode(&mut input, &mut batch).unwrap();
    assert_eq!(large.missing_bytes(input.len()), 0, "a large body is taken as it comes");
    assert!(input.capacity() <= before);
}

#[test]
fn frames_before_an_error_are_handed_on() {
    let got = whole(Version::V1_2, b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\nbroken\n\n\0");
    assert_eq!((got.frames.len(), got.fault()), (1, Some((Fault::NoColon, 31))));
}

#[test]
fn an_unterminated_frame_costs_the_same_in_pieces_as_at_once() {
    // Counted, not timed: what the decoder looks at, each time it looks.
    for (head, byte) in [("MESSAGE\nlong:", b'x'), ("MESSAGE\n", b'\\'), ("MESSAGE\n\n", b'y')] {
        let limits = Limits { header_line: 1 << 25, head: 1 << 25, stream_above: 1 << 25, ..Limits::CLIENT };
        let bytes = [head.as_bytes(), &vec![byte; 16 << 20]].concat();
        let scanned_bytes = |pieces: &[&[u8]]| {
            let mut decoder = Decoder::new(limits);
            decoder.set_version(Version::V1_0);
            let got = feed(&mut decoder, pieces);
            assert_eq!(got, Got::default());
            decoder.scanned_bytes()
        };
        let (once, pieces) =
            (scanned_bytes(&[&bytes]), scanned_bytes(&bytes.chunks(1 << 10).collect::<Vec<_>>()));
        assert!(once >= bytes.len() as u64, "{once}");
        assert!(pieces <= 2 * once, "{head:?}: {pieces} against {once}");
    }
}

/// The frames of messages that end in NUL, read in two pieces that are cut at `cut`.
fn in_messages(messages: &[&str], cut: usize) -> (Got, Option<WrongLength>) {
    let (mut decoder, mut got) = (decoder(Version::V1_2), Got::default());
    let (mut input, mut batch) = (BytesMut::new(), Batch::default());
    let bytes = messages.concat().into_bytes();
    let ends = messages.iter().scan(0, |end, message| {
        *end += message.len();
        Some(*end)
    });
    let ends: Vec<usize> = ends.collect();
    for (from, to) in [(0, cut), (cut, bytes.len())] {
        input.extend_from_slice(&bytes[from..to]);
        let new = ends.iter().filter(|end| (from + 1..=to).contains(*end)).map(|end| *end as u64);
        decoder.note_message_ends(new, to > 0 && !ends.contains(&to));
        decoder.decode(&mut input, &mut batch).unwrap();
        got.take_in(&batch);
    }
    (got, decoder.take_wrong_length())
}

#[test]
fn the_end_of_a_message_ends_its_frame_wherever_the_bytes_are_cut() {
    let long = "x".repeat(100);
    let message = |length: usize, body: &str| format!("MESSAGE\ncontent-length:{length}\n\n{body}\0");
    // Bodies above 40 bytes come in pieces.
    for (length, body) in
        [(3, "abc"), (2, "abc"), (9, "abc"), (99, "abc"), (3, &long), (45, &long), (100, &long), (300, &long)]
    {
        let (first, last) = (message(1, "1") + &message(length, body), message(1, "2"));
        for cut in 0..=first.len() + last.len() {
            let (got, wrong) = in_messages(&[&first, &last], cut);
            let bodies: Vec<&[u8]> = got.frames.iter().map(|frame| &frame.body[..]).collect();
            assert_eq!(
                bodies,
                [&b"1"[..], body.as_bytes(), b"2"],
                "{length} for {}, cut at {cut}",
                body.len()
            );
            let (said, came) = (length as u64, body.len() as u64);
            assert_eq!(wrong, (said != came).then_some(WrongLength { said, came }), "cut at {cut}");
        }
    }
}
