//! `trace`: every frame as it goes by.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::context::{Context, Flow};

/// Shows every frame, both ways, with times; secrets are masked
#[derive(Args, Debug, Clone)]
pub struct Trace {
    /// on or off
    #[arg(value_enum, default_value = "on")]
    pub switch: OnOff,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// On
    On,
    /// Off
    Off,
}

impl Trace {
    /// Switches it.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        context.trace.set(self.switch == OnOff::On);
        Ok(Flow::Continue)
    }
}
