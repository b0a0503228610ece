//! Whatever comes is decoded or refused, and what is in a batch can be looked at.
#![no_main]

#[path = "../../tests/wire/checks.rs"]
#[allow(dead_code)] // each target needs one of them
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::decode(data));
