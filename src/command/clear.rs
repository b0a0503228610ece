//! `clear`: an empty screen.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};

/// Clears the screen; the messages that came are kept
#[derive(Args, Debug, Clone)]
pub struct Clear {
    /// Forget the messages that came, too
    #[arg(long)]
    pub messages: bool,
}

impl Clear {
    /// Clears.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        if self.messages {
            context.inbox.clear();
        }
        if context.manner.interactive {
            context.out(b"\x1b[H\x1b[2J")?;
        }
        Ok(Flow::Continue)
    }
}
