//! The checks of the fuzz targets, a short while each, on octets that look like what they are about.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::checks;

/// Octets put together from pieces that matter to the check, and some that do not.
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
    fn any_octets_are_decoded_or_refused(octets in made_of(FRAMES)) {
        checks::decode(&octets);
    }

    #[test]
    fn split_equals_whole_for_any_octets_and_limits(octets in made_of(FRAMES)) {
        checks::split_against_whole(&octets);
    }

    #[test]
    fn encoding_then_decoding_is_identity(octets in prop_oneof![vec(any::<u8>(), 0..400), made_of(FRAMES)]) {
        checks::round_trip(&octets);
    }

    #[test]
    fn any_line_is_read_or_refused(octets in made_of(LINES)) {
        checks::command_line(&octets);
    }

    #[test]
    fn nothing_plays_with_the_terminal(octets in made_of(TEXTS)) {
        checks::terminal_escape(&octets);
    }
}

/// The seeds of the fuzz targets hold, and those that are to decode do.
#[test]
fn the_seeds_of_the_fuzz_targets_hold() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (target, check) in [
        ("decode", checks::decode as fn(&[u8])),
        ("split_against_whole", checks::split_against_whole),
        ("roundtrip", checks::round_trip),
        ("command_line", checks::command_line),
        ("terminal_escape", checks::terminal_escape),
    ] {
        let mut count = 0;
        for entry in std::fs::read_dir(seeds.join(target)).unwrap() {
            check(&std::fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count > 0, "{target}");
    }
}
