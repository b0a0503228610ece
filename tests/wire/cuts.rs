//! What both sides of the recorded conversations said, cut at every byte, one by one, and merged: the frames
//! are the same.

use bytes::BytesMut;
use stomp_shell::protocol::{Batch, Decoder, Escapes, Frame, FrameRef, Limits, Part, Verb, Version};
use stomp_shell::session::Dialect;

use crate::trace::{self, Side};

/// What a stream of bytes decodes to, fed in these pieces, the version taken from CONNECTED.
fn decoded(pieces: &[&[u8]]) -> Vec<Frame> {
    let mut decoder = Decoder::new(Limits { stream_above: 64, ..Limits::CLIENT });
    let (mut input, mut batch, mut frames) = (BytesMut::new(), Batch::default(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            decoder.decode(&mut input, &mut batch).unwrap();
            for frame in batch.iter() {
                match frame.part() {
                    Part::Whole | Part::Head => frames.push(frame.to_frame()),
                    Part::Chunk => {
                        let last: &mut Frame = frames.last_mut().unwrap();
                        last.body = [&last.body, frame.body()].concat().into();
                    }
                    Part::End => {}
                }
                if frame.verb() == Verb::Connected {
                    let version = frame.header("version").and_then(|version| Version::parse(&version));
                    let version = version.unwrap_or(Version::V1_0);
                    decoder.set_version(version);
                    let dialect =
                        Dialect::of(frame.text("server").as_deref(), frame.text("session").as_deref());
                    if version == Version::V1_0 && dialect.escapes_in_1_0 {
                        decoder.set_escapes(Escapes::Lenient);
                    }
                }
            }
            if !decoder.stopped() {
                break;
            }
        }
    }
    assert!(decoder.is_between_frames(), "ends inside of a frame");
    frames
}

/// Where frames end.
fn frame_ends(stream: &[u8]) -> Vec<usize> {
    let mut decoder = Decoder::new(Limits::CLIENT);
    // It bears all that brokers write in any version.
    decoder.set_version(Version::V1_0);
    let (mut input, mut batch) = (BytesMut::new(), Batch::default());
    let mut ends = Vec::new();
    for (at, byte) in stream.iter().enumerate() {
        input.extend_from_slice(&[*byte]);
        decoder.decode(&mut input, &mut batch).unwrap();
        if !batch.is_empty() {
            ends.push(at + 1);
        }
    }
    ends
}

/// Whole frames in pieces of some length: cutting a long stream at every byte of it, each time with
/// all that came before, would take long and show no more.
fn sections(stream: &[u8]) -> Vec<&[u8]> {
    const LENGTH: usize = 1_500;
    let mut sections = Vec::new();
    let mut from = 0;
    for end in frame_ends(stream) {
        if end - from > LENGTH {
            sections.push(&stream[from..end]);
            from = end;
        }
    }
    sections.push(&stream[from..]);
    sections
}

#[test]
fn what_brokers_said_is_the_same_whole_split_at_every_byte_and_one_by_one() {
    for (name, trace) in trace::all() {
        let stream = trace.stream(Side::Broker);
        let expected = decoded(&[&stream]);
        assert!(!expected.is_empty(), "{name}");
        let (connected, rest) = stream.split_at(frame_ends(&stream)[0]);
        for some in sections(rest) {
            let expected = decoded(&[connected, some]);
            for cut in 0..=some.len() {
                let (left, right) = some.split_at(cut);
                // Frames print without their bodies; which one differs says enough.
                assert!(
                    decoded(&[connected, left, right]) == expected,
                    "{name} cut at {cut} of {}",
                    some.escape_ascii()
                );
            }
        }
        let turns: Vec<&[u8]> =
            trace.turns.iter().filter(|(side, _)| *side == Side::Broker).map(|(_, said)| &said[..]).collect();
        assert!(decoded(&turns) == expected, "{name} as it came");
        for size in [1, 2, 3, 7, 64, 1000] {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            assert!(decoded(&pieces) == expected, "{name} in pieces of {size}");
        }
    }
}

/// What a stream of a client's bytes comes to for a broker, fed in these pieces.
fn taken(version: Version, pieces: &[&[u8]]) -> Vec<Frame> {
    let mut decoder = Decoder::new(Limits::BROKER);
    decoder.set_version(version);
    let (mut input, mut batch, mut frames) = (BytesMut::new(), Batch::default(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            decoder.decode(&mut input, &mut batch).unwrap();
            frames.extend(batch.iter().map(FrameRef::to_frame));
            if !decoder.stopped() {
                break;
            }
        }
    }
    assert!(decoder.is_between_frames(), "ends inside of a frame");
    frames
}

#[test]
fn what_clients_said_is_the_same_whole_split_at_every_byte_and_one_by_one() {
    for (name, trace) in trace::all() {
        let (stream, version) = (trace.stream(Side::Client), version_of(&name));
        let expected = taken(version, &[&stream]);
        assert!(!expected.is_empty(), "{name}");
        for some in sections(&stream) {
            let expected = taken(version, &[some]);
            for cut in 0..=some.len() {
                let (left, right) = some.split_at(cut);
                assert!(
                    taken(version, &[left, right]) == expected,
                    "{name} cut at {cut} of {}",
                    some.escape_ascii()
                );
            }
        }
        for size in [1, 2, 3, 7, 64, 1000] {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            assert!(taken(version, &pieces) == expected, "{name} in pieces of {size}");
        }
    }
}

/// The version that a trace is in, by its name; without one in it, the newest.
pub fn version_of(name: &str) -> Version {
    let version = ["1.0", "1.1"].into_iter().find(|version| name.ends_with(version));
    version.map_or(Version::V1_2, |version| Version::parse(version.as_bytes()).unwrap())
}

/// Each trace in a version has each of a client's verbs that the version knows, and each of a broker's.
#[test]
fn the_recorded_conversations_leave_no_verb_out() {
    let (mut traces, brokers) = (0, [Verb::Connected, Verb::Message, Verb::Receipt, Verb::Error]);
    for (name, trace) in trace::all() {
        if !["1.0", "1.1", "1.2"].iter().any(|version| name.ends_with(version)) {
            continue;
        }
        traces += 1;
        let version = version_of(&name);
        let clients = taken(version, &[&trace.stream(Side::Client)]);
        let said = decoded(&[&trace.stream(Side::Broker)]);
        let all = [
            Verb::Connect,
            Verb::Send,
            Verb::Subscribe,
            Verb::Unsubscribe,
            Verb::Ack,
            Verb::Nack,
            Verb::Begin,
            Verb::Commit,
            Verb::Abort,
            Verb::Disconnect,
        ];
        for verb in all.into_iter().filter(|verb| *verb != Verb::Nack || version.has_nack()) {
            assert!(clients.iter().any(|frame| frame.verb == verb), "{name} has no {verb}");
        }
        for verb in brokers {
            assert!(said.iter().any(|frame| frame.verb == verb), "{name} has no {verb}");
        }
        let transacted = |verb| clients.iter().any(|f| f.verb == verb && f.header("transaction").is_some());
        assert!(transacted(Verb::Send) && transacted(Verb::Ack), "{name}");
        let modes: std::collections::BTreeSet<_> = clients
            .iter()
            .filter(|frame| frame.verb == Verb::Subscribe)
            .filter_map(|frame| frame.header("ack"))
            .collect();
        assert!(modes.len() >= 2, "{name}");
    }
    assert_eq!(traces, 6, "RabbitMQ and ActiveMQ in each version");
}
