//! What happens when things go wrong. `rows.rs` has the table of faults, row by row, and the tests of each.
//!
//! ```text
//! rows.rs          which test is for what
//! proxy.rs         stands between client and broker: resets, stalls, drops, slows, splits, merges; records
//! tape.rs          reads what the proxy recorded: the oracle
//! peer.rs          a broker that follows a script
//! embedded.rs      the embedded broker
//! acking.rs        acks that are refused, and what follows the end
//! answering.rs     requests and answers
//! commands.rs      --exec, --grep
//! bench.rs         a broker under load that is slow, or goes
//! busy.rs          messages that do not cease
//! closing.rs       close frames of WebSockets, orderly and not
//! connecting.rs    nothing answers, nothing is said, login and TLS refused, the wrong port
//! contexts.rs      brokers by name in the config file
//! doctor.rs        each step that the doctor looks at, failing
//! bytes.rs        a reset at every byte, both ways
//! rabbitmq.rs      what RabbitMQ does otherwise than other brokers
//! refusing.rs      what would do something else than it says
//! sending.rs       a broker that is killed, that blocks, that refuses; ERROR in any state
//! receipts.rs      receipts for DISCONNECT alone, late, or none
//! receiving.rs     half a message, slow output, disk full, output closed
//! errors.rs        ERRORs that end a connection, that are cut, or that come in numbers
//! headers.rs       headers from variables and files
//! inputs.rs        input that cannot be read or sent
//! mirroring.rs     a copy from one broker to another, both connections reset again and again
//! moving.rs        transactions that are refused, lost or confirmed in part
//! listing.rs       long lists of queues, and answers that cannot be read
//! links.rs         half-open and slow links
//! signals.rs       Ctrl-C, SIGTERM
//! stopping.rs      the same in each state that a command may be in
//! terminal.rs      the same in the shell and on a terminal
//! reconnecting.rs  what is done again after a loss, in which order, after which pause; failover
//! thousand.rs      forced reconnects by the hundred while messages are confirmed
//! text_messages.rs a WebSocket server that changes binary bodies
//! taking.rs        what sub takes off a queue, and what it leaves untouched
//! truth.rs         what is called confirmed, and what may be there twice
//! websocket.rs     what a handshake says, and what is said where it is refused
//! windows.rs       receipts in flight: order, absence, ERROR in the middle
//! large.rs         bodies that do not fit into memory
//! outputs.rs       half a message, full and closed outputs, in scripts and of every command
//! overriding.rs    which option, variable, URL or context counts
//! clock.rs         a clock that jumps
//! secrets.rs       what nobody is to see, and whom nobody trusts
//! ```
//!
//! STOMP_TEST_SEED sets the seed of every proxy, STOMP_TEST_RECONNECTS the number of forced reconnects.

#![allow(clippy::unwrap_used)] // a failure here is the test's
#![allow(clippy::print_stdout)] // figures, for who wants to see them
#![allow(clippy::format_collect)] // inputs and expectations are read more often than they are made

#[path = "../support/stomp.rs"]
#[allow(dead_code, unreachable_pub)] // shared: each test program uses a part of it
mod stomp;

#[path = "../shell/screen.rs"]
#[allow(dead_code, unreachable_pub)] // as above
mod screen;

mod acking;
mod answering;
mod bench;
mod busy;
mod bytewise;
mod clock;
mod closing;
mod commands;
mod connecting;
mod contexts;
mod doctor;
mod doubts;
mod embedded;
mod errors;
mod headers;
mod inputs;
mod large;
mod links;
mod listing;
mod mirroring;
mod moving;
mod outputs;
mod overriding;
mod peer;
mod proxy;
mod rabbitmq;
mod receipts;
mod receiving;
mod reconnecting;
mod refusing;
mod rows;
mod secrets;
mod sending;
mod signals;
mod stopping;
mod taking;
mod tape;
mod terminal;
mod text_messages;
mod thousand;
mod truth;
mod websocket;
mod windows;
