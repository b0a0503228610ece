//! The program as a whole: scripts through its standard input, the shell on a pseudo-terminal.
#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]
#![allow(unreachable_pub, missing_docs)] // a program, whose modules use each other

mod completion;
mod editing;
mod prompt;
mod queues;
mod screen;
mod script;
mod transcripts;
mod typing;

#[path = "../support/mod.rs"]
mod support;
