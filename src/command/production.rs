//! Commands that consume messages of a context with `production = true`, or put a load on its broker, ask first. Where
//! nobody can answer, in a script or a pipe, they are refused unless `--yes` is given.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Result;

use super::context::Context;
use super::exit::Problem;
use super::facts::Danger;
use crate::render::stderr;

const HINT: &str = "--yes does it without asking";

fn describe(danger: Danger, context: &str) -> String {
    match danger {
        Danger::Consumes(name) => {
            format!("'{name}' takes messages off the queues of '{context}', which is in production")
        }
        Danger::Loads(name) => format!("'{name}' puts a load on '{context}', which is in production"),
    }
}

/// Asks on standard error. Fails if the answer is no, or without a terminal.
fn ask_on_terminal(what: String) -> Result<()> {
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
    /// Whether a command may run on the broker of the current connection. Asks if that is a production broker, and fails
    /// if nobody can answer.
    pub(super) async fn may_run(&self, danger: Danger) -> Result<bool> {
        let Some(label) = self.production()? else { return Ok(true) };
        if self.run_options.sure {
            return Ok(true);
        }
        if self.run_options.one_shot {
            return ask_on_terminal(describe(danger, &label)).map(|()| true);
        }
        let Some(ask) = &self.asker else {
            let hint = "a script cannot ask: start it with --yes, which does it without asking";
            return Err(Problem::usage_hint(describe(danger, &label), hint).into());
        };
        let does = match danger {
            Danger::Consumes(name) => format!("{name} takes messages off"),
            Danger::Loads(name) => format!("{name} puts a load on it"),
        };
        // If the prompt has ended, the answer is no.
        let yes = ask(&format!("{label}: {does}. Go on?")).await.unwrap_or(false);
        if !yes {
            self.note("nothing was done");
        }
        Ok(yes)
    }

    /// The label of the current connection if its broker is a production broker, else `None`.
    fn production(&self) -> Result<Option<String>> {
        if let Ok(connection) = self.connection() {
            return Ok(connection.production.then(|| connection.label.clone()));
        }
        if !self.connects_on_demand {
            return Ok(None);
        }
        let (_, stored) = self.base.clone().with_context()?;
        Ok(stored.and_then(|(name, production)| production.then_some(name)))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::context::{Command as _, RunOptions};
    use crate::command::queue::drain::Purge;
    use crate::command::sub::Sub;
    use crate::session::AckMode;

    #[test]
    fn what_acks_after_writing_does_not_ask() {
        let one_shot = RunOptions { one_shot: true, ..RunOptions::default() };
        let sub = |ack, run_options| Sub { ack, ..Sub::default() }.danger(run_options);
        assert!(sub(None, one_shot).is_none());
        assert!(sub(Some(AckMode::Client), one_shot).is_none());
        assert!(sub(Some(AckMode::Auto), one_shot).is_some());
        assert!(Purge::default().danger(one_shot).is_some());
        // In the shell, a subscription that goes on is in auto mode unless another is asked for.
        assert!(sub(None, RunOptions::default()).is_some());
        assert!(sub(Some(AckMode::ClientIndividual), RunOptions::default()).is_none());
    }
}
