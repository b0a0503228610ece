//! `last`: the messages that came last, again.

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, ControlFlow};
use super::facts::{Example, Facts, Group, TWO_UNACKED};
use super::show::terminal;
use super::tree::Input;
use crate::render::{Arrival, Output, Renderer};

/// Shows the messages that came last once more
#[derive(Args, Debug, Clone)]
pub(crate) struct Last {
    /// How many
    #[arg(value_name = "N", default_value_t = 1)]
    pub count: u64,
    /// With their headers
    #[arg(long)]
    pub headers: bool,
    /// One JSON envelope a line
    #[arg(long, conflicts_with = "headers")]
    pub jsonl: bool,
}

impl Command for Last {
    const FACTS: Facts = Facts::new("last", Group::Follow).row("last, show N", "what came, once more; one message in full").shell_only().examples(&[Example::run(TWO_UNACKED,
        "# the last two messages again\nlast 2\n# as envelopes, which 'send --jsonl' reads\nlast 2 --jsonl\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut terminal = terminal(context, self.headers);
        if !context.is_captured() {
            // As they came; what they are piped into gets all.
            context.settings.apply(&mut terminal, self.headers);
        }
        let output = if self.jsonl { Output::Envelopes } else { Output::Terminal(Box::new(terminal)) };
        let mut renderer = Renderer::new(output, true);
        let several = context.connections().len() > 1;
        let count = self.count;
        let shown = context.inbox.with_scrollback(move |scrollback| {
            let mut out = Vec::new();
            let from = (scrollback.last() + 1).saturating_sub(count).max(1);
            for kept in scrollback.from(from) {
                let connection = several.then_some(&*kept.origin.name);
                let arrival = Arrival { number: kept.number, connection, at: kept.at };
                renderer.render(&kept, &arrival, &mut out);
            }
            (out, scrollback.first(), scrollback.last())
        });
        let (out, first, last) = shown.await;
        context.page(&out).await?;
        if last == 0 {
            context.note("no message has come yet");
        } else if first > last {
            context.note("none is kept");
        } else if last + 1 - first < self.count.min(last) {
            context.note(&format!("the older ones are gone: {} are kept", last + 1 - first));
        }
        Ok(ControlFlow::Continue)
    }
}
