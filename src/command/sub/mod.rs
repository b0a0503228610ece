//! `sub`: subscribes and prints what comes.
//!
//! ```text
//! options.rs  what they subscribe to, in which format they print
//! typed.rs    at the prompt and in scripts
//! once.rs     the one-shot: until enough came, in time, until a signal
//! printer.rs  the thread that writes messages and acks what was written
//! large.rs    messages above 1 MiB, which come in pieces
//! sink.rs     where messages go, and how that ends
//! exec.rs     --exec: a command for each message
//! dump.rs     --dump: a file for each message
//! ```

mod dump;
pub(crate) mod exec;
mod large;
pub(crate) mod once;
mod options;
mod printer;
mod sink;
mod typed;

pub(crate) use options::{OnFail, OutputArgs, Sub};

use anyhow::Result;

use super::context::{Busy, Command, Context, ControlFlow, RunOptions};
use super::facts::{Danger, Example, Facts, Group, TWO_IN_QUEUE};
use super::own_connection::control_flow;
use super::tree::Input;
use crate::session::AckMode;
use once::Taking;

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
        let stays = !run_options.one_shot && !self.is_aside();
        match self.ack {
            None | Some(AckMode::Auto) if stays => Some(Danger::Consumes("sub in auto mode")),
            Some(AckMode::Auto) => Some(Danger::Consumes("sub --ack auto")),
            _ => None,
        }
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if context.run_options.one_shot || self.is_aside() {
            control_flow(once::run(self, Taking::Acked, &mut context.own().await?).await?)
        } else {
            // It only begins here, and has nothing to end when a signal comes.
            context.busy.set(Busy::No);
            self.in_shell(context).await
        }
    }
}
