//! `show` and `last`: messages that arrived before.

use super::prelude::*;
use crate::render::{Arrival, Message as _, Output, Paint, Renderer, Terminal, measure};

/// Shows a message in full, with its headers
#[derive(Args, Debug, Clone)]
pub(crate) struct Show {
    /// Its number; '.' is the newest
    #[arg(id = "message", value_name = "N", default_value = ".")]
    pub number: String,
    /// Only the body, to the byte
    #[arg(long)]
    pub raw: bool,
    /// As a hex dump
    #[arg(long, conflicts_with_all = ["raw", "jsonl"])]
    pub hex: bool,
    /// As a JSON envelope, which 'send --jsonl' reads
    #[arg(long, conflicts_with = "raw")]
    pub jsonl: bool,
}

/// The look of messages that a command shows.
pub(super) fn terminal(context: &Context, headers: bool) -> Terminal {
    let mut terminal = Terminal { paint: context.paint(), headers, in_shell: true, ..Terminal::default() };
    if let Some((columns, _)) = measure::screen().filter(|_| !context.is_captured()) {
        terminal.width = columns;
    }
    terminal
}

/// Parses a message's number; '.' is the newest message.
pub(super) fn number(context: &Context, text: &str) -> Result<u64> {
    if text == "." {
        return Ok(context.inbox.count());
    }
    let digits = text.strip_prefix('#').unwrap_or(text);
    Ok(digits.parse().map_err(|_| Problem::usage(format!("'{text}' is no message's number")))?)
}

/// The error about a message that the scrollback does not hold.
pub(super) async fn unavailable(context: &Context, number: u64) -> anyhow::Error {
    let (first, last) = context.inbox.kept().await;
    let text = match (last, number) {
        (0, _) => "no message has come yet".to_owned(),
        (_, 0) => "messages are numbered from 1".to_owned(),
        (last, number) if number > last => format!("message {number} has not come yet; the newest is {last}"),
        _ if first > last => format!("message {number} is gone; none is kept"),
        _ => format!("message {number} is gone; {first} to {last} are kept"),
    };
    Problem::usage(text).into()
}

impl Command for Show {
    const FACTS: Facts = Facts::new("show", Group::Follow).shell_only().examples(&[Example::run(TWO_UNACKED,
        "# one message in full, with its headers\nshow 1\n# its body into another program\nshow 1 | wc -c\n# sent once more, with a header changed\nshow 1 --jsonl | sed 's/\"id\"/\"ID\"/' > again.jsonl\nsend --jsonl -H 'attempt: 2' /queue/orders @again.jsonl\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let number = number(context, &self.number)?;
        let plain = context.paint() == Paint::PLAIN && context.is_captured();
        let output = if self.raw || (plain && !self.hex && !self.jsonl) {
            Output::Raw
        } else if self.jsonl {
            Output::Envelopes
        } else {
            let mut terminal = terminal(context, true);
            if self.hex {
                terminal.bodies = crate::render::terminal::BodyStyle::Hex;
            }
            Output::Terminal(Box::new(terminal))
        };
        let to_terminal = context.run_options.interactive && !context.is_captured();
        let mut renderer = Renderer::new(output, to_terminal);
        let several = context.connections().len() > 1;
        let shown = context.inbox.with_scrollback(move |scrollback| {
            let kept = scrollback.get(number)?;
            let mut out = Vec::new();
            let connection = several.then_some(&*kept.origin.name);
            renderer.render(&kept, &Arrival { number, connection, at: kept.at }, &mut out);
            Some((out, kept.is_cut().then(|| (kept.body().len(), kept.size()))))
        });
        let Some((mut out, cut)) = shown.await else { return Err(unavailable(context, number).await) };
        if to_terminal && out.last().is_some_and(|last| *last != b'\n') {
            out.push(b'\n');
        }
        context.page(&out).await?;
        if let Some((kept, size)) = cut {
            context.warn(&format!("of {size} bytes only the first {kept} were kept"));
        }
        Ok(ControlFlow::Continue)
    }
}

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
            // The settings limit bodies on the screen; a program gets all of them.
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
