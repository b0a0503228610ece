//! `pause` and `resume`: the display held, and let go.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};

/// Holds the display: messages still come in and are counted, but not shown
#[derive(Args, Debug, Clone)]
pub struct Pause {}

/// Lets the display go on
#[derive(Args, Debug, Clone)]
pub struct Resume {}

impl Pause {
    /// Holds it.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        context.screen.pause(true);
        context.note("the display is held; 'resume' lets it go on");
        Ok(Flow::Continue)
    }
}

impl Resume {
    /// Lets it go on.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        context.screen.pause(false);
        Ok(Flow::Continue)
    }
}
