//! `wait`: waits for messages or receipts.

use std::time::Duration;

use tokio::time::Instant;

use super::connection::parse_seconds;
use super::inbox::LinkState;
use super::prelude::*;
use crate::client::ClientError;
use crate::render::messages;

/// Waits until N messages came; without N, until every receipt did
///
/// Messages count from the last 'wait' on: what came between 'sub' and 'wait' is not missed.
#[derive(Args, Debug, Clone)]
pub(crate) struct Wait {
    /// How many messages
    #[arg(value_name = "N")]
    pub count: Option<u64>,
    /// Fail after so many seconds in all
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub timeout: Option<Duration>,
    /// End after so many seconds without a message; fail where N were not met
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
}

impl Command for Wait {
    const FACTS: Facts = Facts::new("wait", Group::Follow).shell_only().examples(&[Example::run(
        "sub /queue/orders\nsend /queue/orders x\n",
        "# until one message came, but not for ever\nwait 1 --timeout 20\n# until every receipt came\nwait\n",
    )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if self.count.is_none() && self.idle.is_none() && self.timeout.is_none() {
            // Like every command but `send`, this one starts after all receipts have arrived.
            return Ok(ControlFlow::Continue);
        }
        let begun = context.waited;
        let wanted = self.count.map(|count| begun + count);
        let mut status = context.inbox.watch();
        let deadline = self.timeout.map(|after| Instant::now() + after);
        let mut link = context.connection()?.link.clone();
        let came = loop {
            let now = status.borrow_and_update().count;
            if wanted.is_some_and(|wanted| now >= wanted) || context.inbox.is_broken() {
                break now;
            }
            let idle = self.idle.map(|after| Instant::now() + after);
            tokio::select! {
                biased;
                // The inbox lives as long as the context, or the runtime.
                changed = status.changed() => changed.map_err(|_| ClientError::NotConnected)?,
                down = link.wait_for(|link| link.state == LinkState::Down) => {
                    let error = down.ok().and_then(|link| link.error.clone());
                    return Err(error.unwrap_or(ClientError::NotConnected).into());
                }
                () = until(deadline) => return Err(self.late(now - begun)),
                () = until(idle) => {
                    if self.count.is_some() {
                        return Err(self.late(now - begun));
                    }
                    break now;
                }
            }
        };
        // At the prompt, `wait 1` waits for one more message, however many arrived before.
        context.waited = if context.run_options.interactive { came } else { wanted.unwrap_or(came) };
        if context.run_options.interactive {
            context.note(&format!("{} came", messages(came - begun)));
        }
        Ok(ControlFlow::Continue)
    }
}

impl Wait {
    fn late(&self, came: u64) -> anyhow::Error {
        let of = self.count.map_or(String::new(), |count| format!(" of {count}"));
        Problem::TimedOut(format!("time ran out after {came}{of} messages")).into()
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
