//! `sub`: subscribes and prints what comes.
//!
//! ```text
//! options.rs  the options, and what a broker must know for them
//! follow.rs   a subscription that stays while other commands run
//! receive.rs  one that the command waits for: until enough came, until a time, until a signal
//! plan.rs     how its messages are acked, and what SUBSCRIBE asks for
//! held.rs     the last acks of -c, which are held until the end
//! pump.rs     hands what arrives to the printer, until something ends it
//! printer.rs  the thread that writes messages and acks what was written
//! large.rs    messages above 1 MiB, which come in pieces
//! sink.rs     where messages go, and how that ends
//! exec.rs     --exec: a command for each message
//! dump.rs     --dump: a file for each message
//! ```

mod dump;
pub(crate) mod exec;
mod follow;
mod held;
mod large;
mod options;
mod plan;
mod printer;
mod pump;
mod receive;
mod sink;

pub(crate) use options::{Choice, OnFail, OutputArgs, Sub};
pub(crate) use plan::{Purpose, Taking};
pub(crate) use pump::until;
pub(crate) use receive::{ReceiveSummary, receive};

use anyhow::Result;

use super::context::{Command, Context, ControlFlow, OnInterrupt, RunOptions};
use super::facts::{Danger, Example, Facts, Group, TWO_IN_QUEUE};
use super::own_connection::control_flow;
use super::tree::Input;
use crate::session::AckMode;

impl Command for Sub {
    const FACTS: Facts = Facts::new("sub", Group::Follow)
        .row("sub DEST, unsub, subs", "show what comes; end that; list and count")
        .aliases(&["subscribe"])
        .without_connection()
        .stops_itself()
        .examples(&[Example::run(
            TWO_IN_QUEUE,
            r#"# shows what comes while you go on typing; takes messages off a queue
sub /topic/news
# nothing is off the queue before you 'ack' it
sub --ack client-individual --headers /queue/orders
# counts quietly; 'subs' shows the count
sub --count-only /topic/ticks
# shows only what matches
sub --filter type=order --grep '"id": 7' /topic/orders
# takes one message and ends
send /queue/other x
sub -c 1 /queue/other
"#,
        )]);

    fn danger(&self, run_options: RunOptions) -> Option<Danger> {
        match self.ack {
            _ if self.browses() => None,
            None | Some(AckMode::Auto) if self.stays(run_options) => {
                Some(Danger::Consumes("sub in auto mode"))
            }
            Some(AckMode::Auto) => Some(Danger::Consumes("sub --ack auto")),
            _ => None,
        }
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if self.stays(context.run_options) {
            // It only begins here, and has nothing to end when a signal comes.
            context.on_interrupt.set(OnInterrupt::Drop);
            return self.follow(context).await;
        }
        let (mut own, mut summary) = (context.own_connection().await?, ReceiveSummary::default());
        let purpose = if self.browses() { Purpose::Browse } else { Purpose::Consume };
        control_flow(receive(self, purpose, &mut own, &mut summary).await?)
    }
}

impl Sub {
    /// Whether a header asks the broker for a browser, which says itself when it has shown the queue.
    fn browses(&self) -> bool {
        self.header.iter().any(|(name, value)| name == "browser" && value == "true")
    }

    /// Whether the subscription stays when the command has ended: nothing in the options ends it, and it only shows
    /// what comes.
    fn stays(&self, run_options: RunOptions) -> bool {
        let ends =
            self.chosen.count.is_some() || self.timeout.is_some() || self.idle.is_some() || self.browses();
        !run_options.one_shot && !ends && self.output.exec.is_none() && self.output.dump.is_none()
    }
}
