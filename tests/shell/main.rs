//! The program as a whole: scripts through its standard input, the shell on a pseudo-terminal.
#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]
#![allow(unreachable_pub, missing_docs)] // a program, whose modules use each other

mod completion;
mod editing;
mod grammar;
mod prompt;
mod queues;
mod reading;
mod screen;
mod script;
mod source;
mod terminal;
mod transcripts;
mod typing;

#[path = "../faults/peer.rs"]
#[allow(dead_code)]
mod peer;
#[path = "../support/mod.rs"]
mod support;
#[path = "../faults/tape.rs"]
#[allow(dead_code)]
mod tape;

use support::stomp;
