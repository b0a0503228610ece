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
//! transcript.rs   what `log` keeps
//! aside.rs        commands that bring a connection of their own
//! screen.rs       where output goes   system.rs     the system's shell
//! ```

pub mod ack;
pub mod alias;
mod aside;
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
pub mod disconnect;
pub mod doctor;
pub mod edit;
pub mod examples;
pub mod exit;
pub mod figures;
pub mod help;
pub mod history;
pub mod inbox;
pub mod inflow;
pub mod language;
pub mod last;
pub mod log;
pub mod losses;
#[cfg(debug_assertions)]
pub mod panic;
pub mod pause;
pub mod pipeline;
pub mod production;
pub mod queue;
pub mod quit;
mod redirect;
pub mod reply;
mod reply_to;
pub mod request;
pub mod screen;
pub mod send;
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
pub mod transcript;
pub mod unsub;
pub mod use_connection;
pub mod wait;

use anyhow::Result;
use clap::Subcommand;

use self::context::{Context, Flow};
use self::language::Given;

/// Commands of the shell, of scripts and of the command line.
#[derive(Subcommand, Debug, Clone)]
#[allow(missing_docs)] // each command's own words are its help
pub enum Anywhere {
    Send(Box<send::Send>),
    #[command(visible_alias = "subscribe")]
    Sub(Box<sub::Sub>),
    #[command(visible_alias = "browse")]
    Peek(Box<queue::peek::Peek>),
    Drain(Box<queue::drain::Drain>),
    Purge(queue::drain::Purge),
    Dump(Box<queue::dump::Dump>),
    Restore(queue::restore::Restore),
    /// Moves the messages of a queue to another one
    Move(queue::transfer::Transfer),
    /// Copies the messages of a queue to another one
    Copy(queue::transfer::Transfer),
    Mirror(Box<queue::mirror::Mirror>),
    #[command(visible_alias = "sendrec")]
    Request(Box<request::Request>),
    #[command(visible_alias = "sendreply")]
    Reply(Box<reply::Reply>),
    Depth(queue::figures::Depth),
    Queues(queue::figures::Queues),
}

impl Anywhere {
    /// Runs it at the prompt or in a script.
    pub async fn run(&self, context: &mut Context, given: &Given) -> Result<Flow> {
        match self {
            Self::Send(own) => own.run(context, given).await,
            Self::Sub(own) if !own.is_aside() => own.run(context).await,
            Self::Restore(own) => own.run_typed(context).await,
            _ => aside::run(self, context, given).await,
        }
    }
}

/// Commands of the shell and of scripts.
#[derive(Subcommand, Debug, Clone)]
#[allow(missing_docs)] // each command's own words are its help
pub enum AtThePrompt {
    Connect(Box<connect::Connect>),
    Disconnect(disconnect::Disconnect),
    #[command(visible_alias = "stats")]
    Status(status::Status),
    Doctor(doctor::Doctor),
    #[command(visible_alias = "unsubscribe")]
    Unsub(unsub::Unsub),
    Subs(subs::Subs),
    Ack(ack::Ack),
    Nack(ack::Nack),
    Begin(transaction::Begin),
    Commit(transaction::Commit),
    #[command(visible_alias = "rollback")]
    Abort(transaction::Abort),
    Wait(wait::Wait),
    Last(last::Last),
    Show(show::Show),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Clear(clear::Clear),
    Trace(tracing::Trace),
    Use(use_connection::Use),
    Set(settings::Set),
    Unset(settings::Unset),
    Alias(alias::Alias),
    Unalias(alias::Unalias),
    #[command(visible_alias = "run")]
    Source(source::Source),
    Time(timing::Time),
    Watch(timing::Watch),
    Edit(edit::Edit),
    History(history::History),
    Log(log::Log),
    Sendfile(small::Sendfile),
    Version(small::Version),
    Help(help::Help),
    #[command(visible_alias = "exit")]
    Quit(quit::Quit),
    #[cfg(debug_assertions)]
    #[command(hide = true)]
    Panic(panic::Panic),
}

impl AtThePrompt {
    /// Runs it.
    pub async fn run(&self, context: &mut Context, given: &Given) -> Result<Flow> {
        match self {
            Self::Connect(own) => own.run(context).await,
            Self::Disconnect(own) => own.run(context).await,
            Self::Status(own) => own.run(context).await,
            Self::Doctor(own) => own.at_the_prompt(context).await,
            Self::Unsub(own) => own.run(context).await,
            Self::Subs(own) => own.run(context).await,
            Self::Ack(own) => own.run(context).await,
            Self::Nack(own) => own.run(context).await,
            Self::Begin(own) => own.run(context).await,
            Self::Commit(own) => own.run(context).await,
            Self::Abort(own) => own.run(context).await,
            Self::Wait(own) => own.run(context).await,
            Self::Last(own) => own.run(context).await,
            Self::Show(own) => own.run(context).await,
            Self::Pause(own) => own.run(context),
            Self::Resume(own) => own.run(context),
            Self::Clear(own) => own.run(context),
            Self::Trace(own) => own.run(context),
            Self::Use(own) => own.run(context).await,
            Self::Set(own) => own.run(context),
            Self::Unset(own) => own.run(context),
            Self::Alias(own) => own.run(context, given),
            Self::Unalias(own) => own.run(context),
            Self::Source(own) => own.run(context).await,
            Self::Time(own) => own.run(context, given).await,
            Self::Watch(own) => own.run(context, given).await,
            Self::Edit(own) => own.run(context, given).await,
            Self::History(own) => own.run(context),
            Self::Log(own) => own.run(context).await,
            Self::Sendfile(own) => own.run(context).await,
            Self::Version(own) => own.run(context).await,
            Self::Help(own) => own.run(context).await,
            Self::Quit(own) => own.run(context),
            #[cfg(debug_assertions)]
            Self::Panic(own) => own.run(),
        }
    }
}

/// Commands of the command line alone.
#[derive(Subcommand, Debug, Clone)]
#[allow(missing_docs)] // each command's own words are its help
pub enum OnTheCommandLine {
    Broker(Box<broker::Broker>),
    Doctor(doctor::Doctor),
    Bench(Box<bench::Bench>),
    Ctx(ctx::Ctx),
    Completions(completions::Completions),
    Man(completions::Man),
    #[command(hide = true)]
    Complete(completions::Complete),
}
