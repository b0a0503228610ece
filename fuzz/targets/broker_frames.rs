//! Four peers say whatever they like to the embedded broker's router, and its books are kept.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stomp_shell::broker::fuzzing::converse(data));
