//! `clear`: an empty screen.

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, ControlFlow};
use super::facts::{Facts, Group};
use super::tree::Input;

/// Clears the screen; the messages that came are kept
#[derive(Args, Debug, Clone)]
pub(crate) struct Clear {
    /// Forget the messages that came, too
    #[arg(long)]
    pub messages: bool,
}

impl Command for Clear {
    const FACTS: Facts = Facts::new("clear", Group::Follow).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if self.messages {
            context.inbox.clear();
        }
        if context.run_options.interactive {
            context.out(b"\x1b[H\x1b[2J")?;
        }
        Ok(ControlFlow::Continue)
    }
}
