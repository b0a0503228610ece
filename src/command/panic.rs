//! `panic`: what a fault of this program does to the terminal, for its tests; no release has it.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::context::Flow;

/// Panics while the next line is typed
#[derive(Args, Debug, Clone)]
pub struct Panic {}

impl Panic {
    /// Panics a little later, on another thread.
    #[allow(clippy::panic, clippy::missing_panics_doc)] // that is the point
    pub fn run(&self) -> Result<Flow> {
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            panic!("as was asked for");
        });
        Ok(Flow::Continue)
    }
}
