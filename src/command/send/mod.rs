//! `send`: one message, or many from standard input.
//!
//! ```text
//! options.rs   the options, the headers they make     parting.rs  how a send ends
//! once.rs      the one-shot: connects, and sends one message or many
//! source.rs    where a single body comes from
//! one.rs       one message, however large        many.rs  many, counts, exit code
//! template.rs  --template
//! typed.rs     at the prompt and in scripts
//! input.rs     the thread that reads standard input or a file and cuts it into messages
//! ```

mod bulk;
pub(crate) mod input;
mod many;
pub(crate) mod once;
mod one;
mod options;
mod parting;
mod source;
pub(crate) mod template;
pub(crate) mod typed;

pub(crate) use one::Body;
pub(crate) use options::{Cut, ReceiptChoice, Send};
pub(crate) use parting::{PATIENCE, say_stopping};

use anyhow::Result;

use super::context::{Command, Context, ControlFlow};
use super::facts::{Example, Facts, Group};
use super::tree::Input;

impl Command for Send {
    const FACTS: Facts = Facts::new("send", Group::Send)
        .row("send DEST BODY", "a message; the body is the rest of the line")
        .without_connection()
        .stops_itself()
        .overtakes_sends()
        .examples(&[Example::run(
            "",
            r#"# the body is the rest of the line; JSON needs no quotes
send /queue/orders {"id": 7, "lines": [1, 2]}
# options stand before the body
send --persistent -H 'type: order' /queue/orders hello
# a file as one message, or each of its lines
send /queue/orders @order.json
send --lines /queue/orders @order.json
# five messages, each with a number and a time of its own
5 send --template /queue/orders number $counter at $now
# a body of several lines
send /queue/orders <<END
several
lines
END
"#,
        )]);

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        if context.run_options.one_shot {
            once::run(self, input.literal, context.own().await?).await
        } else {
            self.in_shell(context, &input).await
        }
    }
}
