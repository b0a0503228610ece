//! The checks of the fuzz targets, a short while each, on bytes that look like what they are about.

use proptest::collection::vec;
use proptest::prelude::*;
use stomp_shell::protocol::Fault;
use stomp_shell::words::Item;

use crate::checks;

/// Bytes put together from pieces that matter to the check, and some that do not.
fn made_of(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => vec(any::<u8>(), 1..4),
    ];
    (vec(any::<u8>(), 2..3), vec(piece, 0..24)).prop_map(|(mut choice, pieces)| {
        choice.extend(pieces.concat());
        choice
    })
}

const FRAMES: &[&str] = &[
    "MESSAGE\n",
    "MESSAGE\r\n",
    "CONNECTED\n",
    "CONNECT\n",
    "ERROR\n",
    "RECEIPT\n",
    "SEND\n",
    "x",
    "a:b\n",
    "foo:\\n\\c\\\\\n",
    "foo:\\r\n",
    "foo:\\t\n",
    "content-length:5\n",
    "content-length:40\n",
    "content-length:0\n",
    "content-length: 3 \n",
    "content-length:-1\n",
    "version:1.0\n",
    "version:1.1\n",
    "version:1.2\n",
    " foo : bar \n",
    ":\n",
    "nothing\n",
    "\n",
    "\r\n",
    "\0",
    "\0\n",
    "\n\0",
    "\n\nhello\0",
    "hello",
    "\r",
    "passcode:x\n",
    "0123456789012345678901234567890123456789",
];

const LINES: &[&str] = &[
    "send ",
    "sub ",
    "time ",
    "s ",
    "a ",
    "/queue/a ",
    "-H ",
    "--text ",
    "--ack=auto ",
    "--bogus ",
    "-- ",
    "\"",
    "'",
    "\\",
    "\n",
    "\r\n",
    "<<END",
    "END\n",
    "@file",
    "$x",
    "${x}",
    "${",
    "$none",
    "$$",
    "|",
    "!ls",
    "#",
    "5 ",
    "@prod ",
    " ",
    "\t",
    "=",
    "é",
    "\\x41",
];

const TEXTS: &[&str] = &[
    "\x1b[2J",
    "\x07",
    "\u{9b}31m",
    "\u{202e}",
    "\u{feff}",
    "\u{200b}",
    "a",
    "é",
    "日本",
    "\n",
    "\r",
    "\t",
    "\\x1b",
    "\u{e0041}",
    "👩‍👩‍👧",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in made_of(FRAMES)) {
        checks::decode(&bytes);
    }

    #[test]
    fn split_equals_whole_for_any_bytes_and_limits(bytes in made_of(FRAMES)) {
        checks::split_against_whole(&bytes);
    }

    #[test]
    fn encoding_then_decoding_is_identity(bytes in prop_oneof![vec(any::<u8>(), 0..400), made_of(FRAMES)]) {
        checks::round_trip(&bytes);
    }

    #[test]
    fn any_line_is_read_or_refused(bytes in made_of(LINES)) {
        checks::command_line(&bytes);
    }

    #[test]
    fn nothing_plays_with_the_terminal(bytes in made_of(TEXTS)) {
        checks::terminal_escape(&bytes);
    }
}

/// The seeds of a fuzz target, by name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let seeds: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    assert!(!seeds.is_empty(), "{target}");
    seeds
}

#[test]
fn the_seeds_of_the_fuzz_targets_hold() {
    for (target, check) in [
        ("decode", checks::decode as fn(&[u8])),
        ("split_against_whole", checks::split_against_whole),
        ("roundtrip", checks::round_trip),
        ("command_line", checks::command_line),
        ("terminal_escape", checks::terminal_escape),
    ] {
        for (_, bytes) in seeds(target) {
            check(&bytes);
        }
    }
}

#[test]
fn the_seeds_of_the_fuzz_targets_are_frames_and_lines_without_fault() {
    for (target, skip) in [("decode", 0), ("split_against_whole", 1)] {
        for (name, bytes) in seeds(target) {
            let got = checks::decoded(&bytes[skip..]).unwrap();
            // Those that are called small are there to reach the limits.
            let reaches = matches!(got.fault, Some((Fault::Limit { .. }, ..)));
            assert!(!got.frames.is_empty() || reaches, "{target} {name}");
            assert!(
                got.fault.is_none() || (reaches && name.starts_with("small-")),
                "{name}: {:?}",
                got.fault
            );
        }
    }
    for (name, bytes) in seeds("roundtrip") {
        assert!(checks::encoded(&bytes).is_some_and(|frames| frames > 0), "{name}");
    }
    for (name, bytes) in seeds("command_line") {
        assert!(matches!(checks::first_item(&bytes), Some(Item::Command(_))), "{name}");
    }
}
