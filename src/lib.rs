//! The library behind the `stomp` program.
//!
//! ```text
//! src/main.rs      runs `cli::main` and returns its exit status
//! src/cli.rs       the options of the command line; one-shot commands
//! src/protocol/    STOMP itself: frames, versions, limits, decoder, encoder. No I/O, no clock
//! src/session/     what one connection knows; time is an argument. dialect/: brokers' differences as data
//! src/transport/   TCP, TLS and WebSocket behind one byte stream; URLs
//! src/client/      the task that owns a session and a stream; the cloneable handle
//! src/broker/      the embedded broker
//! src/render/      messages as text, JSON, hex, formats; the only writer of standard output
//! src/words/       the grammar of a command line at the prompt; pure functions of bytes
//! src/bench/       load on a broker, and its report
//! src/command/     one file per command, used by the command line, scripts and the prompt alike
//! src/shell/       line editing, completion, hints, prompt; scripts
//! ```
//!
//! Imports point downward only; `tests/architecture` checks it. Client and broker share the protocol
//! and the transport, and neither knows the other. ARCHITECTURE.md has the whole picture.

#![forbid(unsafe_code)]

mod bench;
pub mod broker;
pub mod cli;
pub mod client;
mod command;
pub mod protocol;
pub mod render;
pub mod session;
mod shell;
pub mod transport;
pub mod words;
