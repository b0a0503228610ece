//! `quit`: leaves.

use super::prelude::*;

/// Leaves; every receipt is waited for first
#[derive(Args, Debug, Clone)]
pub(crate) struct Quit {}

impl Command for Quit {
    const FACTS: Facts =
        Facts::new("quit", Group::Shell).aliases(&["exit"]).shell_only().without_connection();

    async fn run(&self, _: &mut Context, _: Input) -> Result<ControlFlow> {
        Ok(ControlFlow::Quit)
    }
}
