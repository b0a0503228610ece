//! The `stomp` program: parse, run, exit code.

fn main() {}
