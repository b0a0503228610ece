//! Small commands that users of other STOMP shells look for: `sendfile`, `version`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::language::{Given, GivenBody};
use super::send::Send;

/// Sends a file as one message; 'send DEST @FILE' does too
#[derive(Args, Debug, Clone)]
pub struct Sendfile {
    /// Where to
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Says which version this is, and which one of STOMP is in force
#[derive(Args, Debug, Clone)]
pub struct Version {}

impl Sendfile {
    /// Sends it.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        let send = Send { destination: Some(self.destination.clone()), ..Send::default() };
        let given = Given { body: Some(GivenBody::File(self.file.clone())), line: None };
        send.run(context, &given).await
    }
}

impl Version {
    /// Says it.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        let mut text = format!("stomp {}", env!("CARGO_PKG_VERSION"));
        if let Ok(client) = context.client()
            && let Ok(status) = client.status().await
            && let Some(connected) = status.connected
        {
            text.push_str(&format!(", STOMP {} in force", connected.version));
        }
        text.push('\n');
        context.out(text.as_bytes())?;
        Ok(Flow::Continue)
    }
}
