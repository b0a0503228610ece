//! `time` and `watch`: a command measured, a command again and again.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use super::connection::parse_seconds;
use super::context::{Context, Flow};
use super::exit::Problem;
use super::language::Given;

/// Runs a command and says how long it took
#[derive(Args, Debug, Clone)]
pub struct Time {
    /// The command
    #[arg(id = "line", value_name = "COMMAND")]
    pub line: Option<String>,
}

/// Runs a command every so many seconds, until Ctrl-C
#[derive(Args, Debug, Clone)]
pub struct Watch {
    /// The pause between two runs
    #[arg(value_name = "SECONDS", value_parser = parse_seconds)]
    pub pause: Duration,
    /// End after so many runs
    #[arg(short = 'n', long, value_name = "N")]
    pub count: Option<u64>,
    /// The command
    #[arg(id = "line", value_name = "COMMAND")]
    pub line: Option<String>,
}

/// The command's line; it has to be there.
fn line(given: &Given, example: &str) -> Result<Vec<u8>> {
    let line = given.line.clone().filter(|line| !line.trim_ascii().is_empty());
    Ok(line.ok_or_else(|| Problem::usage_hint("a command is missing", format!("for example: {example}")))?)
}

impl Time {
    /// Runs it.
    pub async fn run(&self, context: &mut Context, given: &Given) -> Result<Flow> {
        let line = line(given, "time send /queue/a hello")?;
        let begun = Instant::now();
        let flow = Box::pin(context.run_nested(line)).await?;
        context.settle_sends().await?;
        let took = begun.elapsed();
        context.screen.say(&format!("took {:.1} ms", took.as_secs_f64() * 1_000.0));
        Ok(flow)
    }
}

impl Watch {
    /// Runs it until it fails, ends the shell or is cancelled.
    pub async fn run(&self, context: &mut Context, given: &Given) -> Result<Flow> {
        let line = line(given, "watch 2 depth /queue/a")?;
        let mut runs = 0;
        loop {
            if Box::pin(context.run_nested(line.clone())).await? == Flow::Quit {
                return Ok(Flow::Quit);
            }
            runs += 1;
            if self.count.is_some_and(|count| runs >= count) {
                return Ok(Flow::Continue);
            }
            tokio::time::sleep(self.pause).await;
        }
    }
}
