//! Whatever is typed is read or refused with a place; in pieces as whole.
#![no_main]

#[path = "../../tests/wire/checks.rs"]
#[allow(dead_code)] // each target needs one of them
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::command_line(data));
