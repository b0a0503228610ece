//! `disconnect`: ends the connection.

use anyhow::Result;
use clap::Args;

use super::connections::Connection;
use super::context::{Command, Context, ControlFlow};
use super::facts::{Facts, Group};
use super::tree::Input;

/// Ends the connection; the broker's receipt proves that all before it was processed
#[derive(Args, Debug, Clone)]
pub(crate) struct Disconnect {
    /// Which of several, by its name; 'all' ends all
    #[arg(id = "connection", value_name = "NAME")]
    pub name: Option<String>,
}

impl Command for Disconnect {
    const FACTS: Facts = Facts::new("disconnect", Group::Connect).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        context.connection()?;
        if self.name.as_deref() == Some("all") {
            context.disconnect_all().await?;
            context.note("disconnected");
            return Ok(ControlFlow::Continue);
        }
        let left = context.disconnect(self.name.as_deref()).await?;
        match context.connection().map(Connection::title) {
            Ok(title) => context.note(&format!("disconnected from {left}; commands go to {title} now")),
            Err(_) => context.note("disconnected"),
        }
        Ok(ControlFlow::Continue)
    }
}
