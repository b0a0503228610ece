//! `depth`: how many messages wait in a queue, where the broker tells.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::client::{Client, ClientOptions, Event};
use crate::command::exit::{self, Problem};
use crate::protocol::{Frame, Verb};
use crate::render::stdout;
use crate::session::Subscribe;

/// Says how many messages wait in a queue, where the broker tells
///
/// ActiveMQ's statistics plugin and the embedded broker do; STOMP itself has no word for it.
#[derive(Args, Debug, Clone, Default)]
pub struct Depth {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
}

impl Depth {
    /// Asks, on a connection of its own.
    pub async fn run(&self, options: ClientOptions) -> Result<u8> {
        let patience = options.connect_timeout;
        let (client, mut events) = Client::connect(options).await?;
        let status = client.status().await?;
        let Some(statistics) = status.dialect.statistics else {
            let name = if status.dialect.name == "unknown" { "this broker" } else { status.dialect.name };
            let hint = "its own management interface does; 'peek' or 'sub' count what comes";
            return Err(Problem::usage_hint(
                format!("{name} does not tell over STOMP how many messages wait"),
                hint,
            )
            .into());
        };
        let queue = self.destination.strip_prefix("/queue/").unwrap_or(&self.destination);
        let reply = "/temp-queue/depth";
        client.subscribe(Subscribe { destination: reply.to_owned(), ..Subscribe::default() }).await?;
        let ask = Frame::new(Verb::Send)
            .with("destination", statistics.replace("{}", queue))
            .with("reply-to", reply);
        client.send(ask, true, false).await?;
        let answer = async {
            while let Some(event) = events.recv().await {
                if let Event::Messages { batch, .. } = event {
                    for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
                        if let Some(size) = size(frame.body()) {
                            return Ok(size);
                        }
                    }
                }
            }
            Err(anyhow::Error::from(crate::client::ClientError::NotConnected))
        };
        let patience = patience.min(Duration::from_secs(5));
        let size = tokio::time::timeout(patience, answer).await.map_err(|_| {
            Problem::TimedOut(
                "the broker did not answer; is its statistics plugin on, and the queue there?".to_owned(),
            )
        })??;
        client.disconnect().await?;
        stdout::write(format!("{size}\n").as_bytes())?;
        Ok(exit::OK)
    }
}

/// The figure called `size` in an answer in JSON or XML, whichever way the broker writes maps.
fn size(body: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(body);
    let at = text.find("\"size\"").map(|at| at + 6).or_else(|| text.find(">size<").map(|at| at + 6))?;
    let digits: String =
        text[at..].chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
