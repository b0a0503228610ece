//! `quit`: leaves.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};

/// Leaves; every receipt is waited for first
#[derive(Args, Debug, Clone)]
pub struct Quit {}

impl Quit {
    /// Leaves.
    pub fn run(&self, _context: &mut Context) -> Result<Flow> {
        Ok(Flow::Quit)
    }
}
