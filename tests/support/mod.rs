//! What several test programs need: the `stomp` program as a child process.
#![allow(dead_code, unreachable_pub)] // each test program uses a part of it
#![allow(clippy::unwrap_used)] // a failure here is the test's

pub mod broker;
pub mod spring;
pub mod stomp;
