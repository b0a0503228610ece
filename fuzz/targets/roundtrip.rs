//! What is encoded is decoded to the same, in every version.
#![no_main]

#[path = "../../tests/wire/checks.rs"]
#[allow(dead_code)] // each target needs one of them
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::round_trip(data));
