//! `send`: one message, or many from standard input; `sendfile`.
//!
//! ```text
//! run.rs       runs a send on the command line, at the prompt and in scripts
//! outcome.rs   reports what was confirmed          interrupt.rs  how a signal ends it
//! options.rs   the options, and the headers that they make
//! source.rs    where the body comes from           template.rs   --template
//! body.rs      one body that is too large for memory
//! input.rs     cuts the input into messages        feed.rs       passes them to the client
//! ```

mod body;
mod feed;
pub(crate) mod input;
mod interrupt;
mod options;
mod outcome;
mod run;
mod source;
pub(crate) mod template;

pub(crate) use body::FileBody;
pub(crate) use interrupt::say_stopping;
pub(crate) use options::{Cut, ReceiptChoice, Send, parse_rate};
pub(crate) use run::run;

use std::path::PathBuf;

use super::prelude::*;
use super::tree::InputBody;

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
        run(self, context, &input, None).await
    }
}

/// Sends a file as one message; 'send DEST @FILE' does too
#[derive(Args, Debug, Clone)]
pub(crate) struct Sendfile {
    /// Where to
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

impl Command for Sendfile {
    const FACTS: Facts = Facts::new("sendfile", Group::Send).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let send = Send { destination: Some(self.destination.clone()), ..Send::default() };
        let input = Input { body: Some(InputBody::File(self.file.clone())), ..Input::default() };
        send.run(context, input).await
    }
}
