//! What takes messages off the queues of a context with `production = true` asks first. Where nobody
//! can be asked, in a script or a pipe, it is refused, unless `--yes` said so before.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Result;

use super::Anywhere;
use super::context::Context;
use super::exit::Problem;
use crate::render::stderr;
use crate::session::AckMode;

/// What goes on without a question.
const HINT: &str = "--yes does it without asking";

/// The name of a command that takes messages for good, whatever becomes of its output.
pub fn taker(command: &Anywhere) -> Option<&'static str> {
    match command {
        Anywhere::Sub(sub) if sub.ack == Some(AckMode::Auto) => Some("sub --ack auto"),
        Anywhere::Purge(_) => Some("purge"),
        Anywhere::Drain(_) => Some("drain"),
        Anywhere::Move(_) => Some("move"),
        Anywhere::Mirror(_) => Some("mirror"),
        Anywhere::Dump(dump) if dump.take => Some("dump --take"),
        _ => None,
    }
}

fn what(name: &str, context: &str) -> String {
    format!("'{name}' takes messages off the queues of '{context}', which is in production")
}

/// Asks whether a one-shot may run on this context; without a terminal to ask on, it may not.
pub fn ask(command: &Anywhere, context: &str) -> Result<()> {
    let Some(name) = taker(command) else { return Ok(()) };
    ask_whether(what(name, context))
}

/// Asks whether a load may be put on this context.
pub fn ask_load(context: &str) -> Result<()> {
    ask_whether(format!("'bench' puts a load on '{context}', which is in production"))
}

fn ask_whether(what: String) -> Result<()> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Problem::usage_hint(what, HINT).into());
    }
    stderr::line(&format!("{what}. Go on? [y/N]"));
    let mut answer = String::new();
    let failed = |error| Problem::local("cannot read the answer", error);
    std::io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Problem::usage_hint("nothing was done", HINT).into())
}

impl Context {
    /// Whether a command may take messages off the queues of the current connection: on a production's
    /// it asks whoever sits at the prompt, and fails where nobody does.
    pub async fn may_take(&self, name: &str) -> Result<bool> {
        let connection = self.connection()?;
        if !connection.production || self.manner.sure {
            return Ok(true);
        }
        let Some(ask) = &self.asker else {
            let hint = "a script cannot ask: start it with --yes, which does it without asking";
            return Err(Problem::usage_hint(what(name, &connection.label), hint).into());
        };
        let yes = ask(&format!("{}: {name} takes messages off. Go on?", connection.label)).await;
        // Where the prompt is gone, the answer is no.
        let yes = yes.unwrap_or(false);
        if !yes {
            self.note("nothing was done");
        }
        Ok(yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::queue::drain::Purge;
    use crate::command::sub::Sub;

    #[test]
    fn what_acks_after_writing_does_not_ask() {
        let sub = |ack| Anywhere::Sub(Box::new(Sub { ack, ..Sub::default() }));
        assert!(taker(&sub(None)).is_none());
        assert!(taker(&sub(Some(AckMode::Client))).is_none());
        assert!(taker(&sub(Some(AckMode::Auto))).is_some());
        assert!(taker(&Anywhere::Purge(Purge::default())).is_some());
    }
}
