//! The wire: conversations with real brokers, replayed; properties of any bytes; and what a user is
//! shown of bytes that are not STOMP.
#![allow(clippy::unwrap_used)] // a failure here is the test's
#![allow(unreachable_pub)] // one crate, shared by its files

mod broken;
mod checklist;
mod checks;
mod conversation;
mod cuts;
mod properties;
mod replay;
mod talk;
mod trace;
