//! `clear`: forgets the messages that came, and clears the screen.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};

/// Clears the screen and forgets the messages that are kept
#[derive(Args, Debug, Clone)]
pub struct Clear {}

impl Clear {
    /// Clears.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        context.inbox.clear();
        if context.manner.interactive {
            context.out(b"\x1b[H\x1b[2J")?;
        }
        Ok(Flow::Continue)
    }
}
