//! Commands: one file each, with its options, its help and what it does.
//!
//! ```text
//! connection.rs   the options that say where the broker is; the order of flags, environment and context
//! ask.rs          a password, asked for
//! exit.rs         errors into hints and exit codes     broken_frame.rs  a frame that is not STOMP, shown
//! signals.rs      Ctrl-C and SIGTERM                losses.rs  what happens to a connection meanwhile
//! figures.rs      confirmed, unknown, not sent
//! inflow.rs       events that come while a receipt is waited for
//! send/           send          sub/            sub
//! queue/          peek, drain, purge, dump, restore, move, copy, mirror, depth, queues
//! request.rs  request   reply.rs  reply
//! trace.rs        frames as lines, secrets masked
//! config.rs       the config file                   production.rs  what asks before it takes messages
//! bench.rs        bench
//! broker.rs       broker        ctx.rs          ctx         doctor/    doctor
//! completions/    completions, man
//!
//! context.rs      what commands of the prompt and of scripts work on; connections.rs: its connections
//! language.rs     their one clap tree, and lines understood by it
//! inbox/          what came           pipeline.rs   sends of a script in flight
//! aside.rs        commands that bring a connection of their own
//! screen.rs       where output goes   system.rs     the system's shell
//! ```

pub mod ack;
pub mod alias;
pub mod ask;
pub mod bench;
pub mod broken_frame;
pub mod broker;
pub mod clear;
pub mod completions;
pub mod config;
pub mod connect;
pub mod connection;
pub mod connections;
pub mod context;
pub mod ctx;
pub mod diagnosis;
pub mod disconnect;
pub mod doctor;
pub mod edit;
pub mod exit;
pub mod facts;
pub mod failed;
pub mod figures;
pub mod help;
pub mod history;
pub mod inbox;
pub mod inflow;
pub mod last;
pub mod lines;
pub mod log;
pub mod losses;
mod own;
#[cfg(debug_assertions)]
pub mod panic;
pub mod pause;
pub mod pipeline;
mod production;
pub mod queue;
pub mod quit;
pub mod registry;
pub mod reply;
pub mod request;
pub mod screen;
pub mod send;
mod sending;
pub mod settings;
pub mod show;
pub mod signals;
pub mod small;
pub mod source;
pub mod status;
pub mod sub;
pub mod subs;
mod system;
pub mod timing;
pub mod trace;
pub mod tracing;
pub mod transaction;
pub mod tree;
pub mod unsub;
pub mod use_connection;
pub mod wait;
