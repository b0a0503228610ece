//! Nothing that could play with a terminal comes through.
#![no_main]

#[path = "../../tests/wire/checks.rs"]
#[allow(dead_code)] // each target needs one of them
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::terminal_escape(data));
