//! The options of the command line that a shell or a script is started with.

use super::script::ScriptArgs;
use crate::command::connection::ConnectionArgs;
use crate::render::Colors;

/// What the command line says of a shell or a script.
pub(crate) struct Seat {
    /// The clap definition of the whole command line.
    pub program: fn() -> clap::Command,
    /// Where the broker is.
    pub connection: ConnectionArgs,
    /// Where commands come from.
    pub script: ScriptArgs,
    /// Whether only errors are told.
    pub quiet: bool,
    /// Whether more is told.
    pub verbose: u8,
    /// Whether what takes messages off a production's queues does so without asking.
    pub sure: bool,
    /// The colours of both streams.
    pub colors: Colors,
}
