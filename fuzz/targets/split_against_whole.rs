//! However bytes are cut, the frames are the same, and so is what is wrong with which byte.
#![no_main]

#[path = "../../tests/wire/checks.rs"]
#[allow(dead_code)] // each target needs one of them
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::split_against_whole(data));
