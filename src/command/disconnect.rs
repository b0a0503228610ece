//! `disconnect`: ends the connection.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};

/// Ends the connection; the broker's receipt proves that all before it was processed
#[derive(Args, Debug, Clone)]
pub struct Disconnect {}

impl Disconnect {
    /// Ends the current connection.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        context.disconnect().await?;
        context.note("disconnected");
        Ok(Flow::Continue)
    }
}
