//! `time` and `watch`: measure or repeat another command.

use std::time::{Duration, Instant};

use super::connection::parse_seconds;
use super::prelude::*;

/// Runs a command and says how long it took
#[derive(Args, Debug, Clone)]
pub(crate) struct Time {
    /// The command
    #[arg(id = "line", value_name = "COMMAND")]
    pub line: Option<String>,
}

/// Runs a command every so many seconds, until Ctrl-C
#[derive(Args, Debug, Clone)]
pub(crate) struct Watch {
    /// The pause between two runs, at least 0.1
    #[arg(value_name = "SECONDS", value_parser = parse_seconds)]
    pub pause: Duration,
    /// End after so many runs
    #[arg(short = 'n', long, value_name = "N")]
    pub count: Option<u64>,
    /// The command
    #[arg(id = "line", value_name = "COMMAND")]
    pub line: Option<String>,
}

/// As of watch(1): without a pause, the command would keep the broker and the terminal busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// The line of the other command; an error if it is missing.
fn line(input: &Input, example: &str) -> Result<Vec<u8>> {
    let line = input.line.clone().filter(|line| !line.trim_ascii().is_empty());
    Ok(line.ok_or_else(|| Problem::usage_hint("a command is missing", format!("for example: {example}")))?)
}

impl Command for Time {
    const FACTS: Facts = Facts::new("time", Group::Shell)
        .row("time CMD, log FILE", "how long it takes; a transcript")
        .shell_only()
        .without_connection()
        .examples(&[Example::run("", "# until the receipt came\ntime send /queue/a hello\n")]);

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        let line = line(&input, "time send /queue/a hello")?;
        let begun = Instant::now();
        let flow = Box::pin(context.run_nested(line)).await?;
        context.settle_sends().await?;
        let took = begun.elapsed();
        context.screen.say(&format!("took {:.1} ms", took.as_secs_f64() * 1_000.0));
        Ok(flow)
    }
}

impl Command for Watch {
    const FACTS: Facts = Facts::new("watch", Group::Shell)
        .row("5 CMD, watch 2 CMD", "five times; every two seconds")
        .shell_only()
        .without_connection()
        .examples(&[Example::run("", "# again and again, until Ctrl-C\nwatch -n 2 0.1 subs\n")]);

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        let line = line(&input, "watch 2 depth /queue/a")?;
        let mut runs = 0;
        loop {
            if Box::pin(context.run_nested(line.clone())).await? == ControlFlow::Quit {
                return Ok(ControlFlow::Quit);
            }
            runs += 1;
            if self.count.is_some_and(|count| runs >= count) {
                return Ok(ControlFlow::Continue);
            }
            tokio::time::sleep(self.pause.max(SHORTEST_PAUSE)).await;
        }
    }
}
