//! Commands: one file each, with its options, its help and what it does.
//!
//! ```text
//! connection.rs   the options that say where the broker is; the order of flags, environment and context
//! exit.rs         errors into hints and exit codes     broken_frame.rs  a frame that is not STOMP, shown
//! signals.rs      Ctrl-C and SIGTERM                losses.rs  what happens to a connection meanwhile
//! send/           send          sub/            sub
//! queue/          peek, drain, purge, move, copy, depth, queues   request.rs  request   reply.rs  reply
//! trace.rs        frames as lines, secrets masked
//! config.rs       the config file
//! broker.rs       broker        ctx.rs          ctx         doctor.rs  doctor
//! completions.rs  completions, man
//! ```

pub mod broken_frame;
pub mod broker;
pub mod completions;
pub mod config;
pub mod connection;
pub mod ctx;
pub mod doctor;
pub mod exit;
pub mod losses;
pub mod queue;
pub mod reply;
pub mod request;
pub mod send;
pub mod signals;
pub mod sub;
pub mod trace;

use clap::Subcommand;

/// Commands of the shell, of scripts and of the command line.
#[derive(Subcommand, Debug, Clone)]
pub enum Anywhere {
    /// Sends a message, or many from standard input
    Send(Box<send::Send>),
    /// Subscribes and prints what comes
    #[command(visible_alias = "subscribe")]
    Sub(Box<sub::Sub>),
    /// Shows what is in a queue without taking it
    #[command(visible_alias = "browse")]
    Peek(Box<queue::peek::Peek>),
    /// Takes and prints all that is in a queue
    Drain(Box<queue::drain::Drain>),
    /// Takes all that is in a queue and throws it away
    Purge(queue::drain::Purge),
    /// Moves the messages of a queue to another one
    Move(queue::transfer::Transfer),
    /// Copies the messages of a queue to another one
    Copy(queue::transfer::Transfer),
    /// Sends a message and waits for the answer
    #[command(visible_alias = "sendrec")]
    Request(Box<request::Request>),
    /// Answers requests
    #[command(visible_alias = "sendreply")]
    Reply(Box<reply::Reply>),
    /// Says how many messages wait in a queue, where the broker tells
    Depth(queue::figures::Depth),
    /// Lists the queues, where the broker tells
    Queues(queue::figures::Queues),
}

/// Commands of the command line alone.
#[derive(Subcommand, Debug, Clone)]
pub enum OnTheCommandLine {
    /// Runs the embedded broker by itself
    Broker(Box<broker::Broker>),
    /// Looks at each step of the way to a broker
    Doctor(doctor::Doctor),
    /// Names brokers, so that --context NAME finds them
    Ctx(ctx::Ctx),
    /// Prints the completions of a shell
    Completions(completions::Completions),
    /// Prints the man page
    Man,
}
