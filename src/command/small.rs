//! Small commands that users of other STOMP shells look for: `sendfile`, `version`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, ControlFlow};
use super::facts::{Facts, Group};
use super::send::Send;
use super::tree::{Input, InputBody};

/// Sends a file as one message; 'send DEST @FILE' does too
#[derive(Args, Debug, Clone)]
pub(crate) struct Sendfile {
    /// Where to
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Says which version this is, and which one of STOMP is in force
#[derive(Args, Debug, Clone)]
pub(crate) struct Version {}

impl Command for Sendfile {
    const FACTS: Facts = Facts::new("sendfile", Group::Send).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let send = Send { destination: Some(self.destination.clone()), ..Send::default() };
        let input = Input { body: Some(InputBody::File(self.file.clone())), ..Input::default() };
        send.run(context, input).await
    }
}

impl Command for Version {
    const FACTS: Facts = Facts::new("version", Group::Shell).shell_only().without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut text = format!("stomp {}", env!("CARGO_PKG_VERSION"));
        if let Ok(client) = context.client()
            && let Ok(status) = client.status().await
            && let Some(connected) = status.connected
        {
            text.push_str(&format!(", STOMP {} in force", connected.version));
        }
        text.push('\n');
        context.out(text.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
