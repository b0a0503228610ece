//! The library behind the `stomp` program.
//!
//! ```text
//! src/main.rs      parse, run, exit code
//! src/cli.rs       the clap tree: options, subcommands
//! src/protocol/    STOMP itself: no tokio, no clap, no colours, no clock, no sockets
//! src/session/     what a connection knows; time is an argument; dialect.rs: the brokers' differences as data
//! src/transport/   tcp, tls, websocket behind one boxed byte stream; URLs
//! src/client/      the one task that owns a session and a transport; the cloneable handle
//! src/command/     one file a command, used by shell, script and one-shot alike
//! src/shell/       rustyline: reading, completion, hints, colours of the line; script mode
//! src/words/       the line grammar: words, options, bodies, scripts; pure functions of bytes
//! src/render/      messages into text, JSON, raw, hex, formats; the only writer of standard output
//! src/bench/       load on a broker: producers, consumers, figures
//! src/broker/      the embedded broker: router, queues, topics, acks; a task a peer
//! ```
//!
//! Imports point downward only: command and shell use render and client; client uses session and
//! transport; those use protocol. The broker uses transport and protocol. The protocol module is the
//! one thing that client and broker share, and neither knows the other.

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
