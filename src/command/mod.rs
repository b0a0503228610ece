//! Commands: one file each, with its options, its help and what it does.
//!
//! A command is a file with its options, its facts and its `run`; the list at the end of this file registers it. Help,
//! completion, manual pages and the rules about production brokers come from there.
//!
//! ```text
//! prelude.rs      what the file of every command imports
//! facts.rs        what is known of a command without running it
//! context.rs      what every command runs on, and the trait that it implements
//! lines.rs        parses and runs the lines of the prompt and of scripts
//! tree.rs         the clap definitions of the shell's commands, and the line grammar that follows from them
//! connection.rs   the options that say where a broker is     connection_options.rs  what they come to
//! header_source.rs  headers from arguments, variables and files
//! websocket_options.rs  what a WebSocket's handshake says  websocket_hints.rs  what to try where it is refused or closed
//! stored_context.rs  those that a context keeps              config.rs      the file of contexts
//! connections.rs  the connections of a shell                 connecting.rs  opens and closes them
//! own_connection.rs  what a command gets that opens its own connection
//! existing_queue.rs  how it reads a queue without creating it, and writes to one that exists
//! management.rs   what RabbitMQ's management says of queues
//! connection_events.rs  reports losses and reconnects of such a connection
//! exit.rs         exit statuses and errors of commands       diagnosis.rs   errors as messages, hints, exit statuses
//! script_error.rs errors with the line that failed           production.rs  asks before a command does harm
//! inbox/          messages that arrived                      pipeline.rs    sends of a script in flight
//! sending.rs      sends on a connection                      delivery.rs    which of them were confirmed
//! screen.rs       where output goes                          output.rs      how commands write it
//! standard_input.rs  which body it is
//! tracer.rs       frames as text                             transcript.rs  the file that `log` writes
//! system.rs       runs the system's shell and pagers
//! completing/     completion, for the prompt and for the shells of the system
//! ```

pub(crate) mod ack;
pub(crate) mod alias;
pub(crate) mod bench;
pub(crate) mod broken_frame;
pub(crate) mod broker;
pub(crate) mod completing;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod connect;
mod connecting;
pub(crate) mod connection;
pub(crate) mod connection_events;
pub(crate) mod connection_options;
pub(crate) mod connections;
pub(crate) mod context;
pub(crate) mod ctx;
pub(crate) mod delivery;
pub(crate) mod diagnosis;
pub(crate) mod display;
pub(crate) mod doctor;
pub(crate) mod edit;
mod existing_queue;
pub(crate) mod exit;
pub(crate) mod facts;
mod header_source;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod inbox;
pub(crate) mod lines;
pub(crate) mod log;
mod management;
mod output;
mod own_connection;
#[cfg(debug_assertions)]
pub(crate) mod panic;
pub(crate) mod password;
pub(crate) mod ping;
pub(crate) mod pipeline;
mod prelude;
mod production;
pub(crate) mod queue;
pub(crate) mod quit;
#[cfg(test)]
pub(crate) mod registry_tests;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod screen;
pub(crate) mod script_error;
pub(crate) mod send;
mod sending;
pub(crate) mod set;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod signals;
pub(crate) mod source;
mod standard_input;
pub(crate) mod status;
mod stored_context;
pub(crate) mod sub;
pub(crate) mod subs;
mod system;
pub(crate) mod timing;
pub(crate) mod trace;
pub(crate) mod tracer;
pub(crate) mod transaction;
pub(crate) mod transcript;
pub(crate) mod tree;
pub(crate) mod unsub;
pub(crate) mod use_connection;
pub(crate) mod wait;
mod websocket_hints;
mod websocket_options;

use self::context::Registered;

/// The commands, in the order in which help and manual pages list them.
pub(crate) static COMMANDS: &[Registered] = &[
    Registered::of::<send::Send>(),
    Registered::of::<sub::Sub>(),
    Registered::of::<queue::peek::Peek>(),
    Registered::of::<queue::drain::Drain>(),
    Registered::of::<queue::drain::Purge>(),
    Registered::of::<queue::dump::Dump>(),
    Registered::of::<queue::restore::Restore>(),
    Registered::of::<queue::transfer::Move>(),
    Registered::of::<queue::transfer::Copy>(),
    Registered::of::<queue::mirror::Mirror>(),
    Registered::of::<request::Request>(),
    Registered::of::<reply::Reply>(),
    Registered::of::<queue::figures::Depth>(),
    Registered::of::<queue::figures::Queues>(),
    Registered::of::<connect::Connect>(),
    Registered::of::<connect::Disconnect>(),
    Registered::of::<status::StatusCommand>(),
    Registered::of::<ping::Ping>(),
    Registered::of::<broker::BrokerCommand>(),
    Registered::of::<doctor::Doctor>(),
    Registered::of::<bench::Bench>(),
    Registered::of::<ctx::Ctx>(),
    Registered::of::<unsub::Unsub>(),
    Registered::of::<subs::Subs>(),
    Registered::of::<ack::Ack>(),
    Registered::of::<ack::Nack>(),
    Registered::of::<transaction::Begin>(),
    Registered::of::<transaction::Commit>(),
    Registered::of::<transaction::Abort>(),
    Registered::of::<wait::Wait>(),
    Registered::of::<show::Last>(),
    Registered::of::<show::Show>(),
    Registered::of::<display::Pause>(),
    Registered::of::<display::Resume>(),
    Registered::of::<display::Clear>(),
    Registered::of::<trace::Trace>(),
    Registered::of::<use_connection::Use>(),
    Registered::of::<set::Set>(),
    Registered::of::<set::Unset>(),
    Registered::of::<alias::Alias>(),
    Registered::of::<alias::Unalias>(),
    Registered::of::<source::Source>(),
    Registered::of::<timing::Time>(),
    Registered::of::<timing::Watch>(),
    Registered::of::<edit::Edit>(),
    Registered::of::<history::History>(),
    Registered::of::<log::Log>(),
    Registered::of::<send::Sendfile>(),
    Registered::of::<status::VersionCommand>(),
    Registered::of::<help::Help>(),
    Registered::of::<quit::Quit>(),
    Registered::of::<completions::Completions>(),
    Registered::of::<completions::Man>(),
    Registered::of::<completions::Complete>(),
    #[cfg(debug_assertions)]
    Registered::of::<panic::Panic>(),
];
