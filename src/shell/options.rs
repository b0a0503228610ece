//! The options of the command line that a shell or a script is started with.

use super::script::ScriptArgs;
use crate::command::connection::ConnectionArgs;
use crate::render::Colors;

pub(crate) struct ShellOptions {
    /// The clap definition of the whole command line.
    pub program: fn() -> clap::Command,
    pub connection: ConnectionArgs,
    pub script: ScriptArgs,
    /// Print errors only.
    pub quiet: bool,
    /// The number of `-v` options.
    pub verbose: u8,
    /// Consume messages on a production broker without asking (`--yes`).
    pub sure: bool,
    pub colors: Colors,
}
