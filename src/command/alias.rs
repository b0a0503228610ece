//! `alias` and `unalias`: names for the beginnings of lines.

use super::prelude::*;
use crate::render::escape::{Lines, escape};
use crate::words::mask_secrets;

/// Makes NAME stand for the beginning of a line; without words, lists the aliases
#[derive(Args, Debug, Clone)]
pub(crate) struct Alias {
    /// Its name
    #[arg(id = "alias", value_name = "NAME")]
    pub name: Option<String>,
    /// What it stands for
    #[arg(id = "beginning", value_name = "LINE")]
    pub line: Option<String>,
}

/// Forgets an alias
#[derive(Args, Debug, Clone)]
pub(crate) struct Unalias {
    /// Its name
    #[arg(id = "alias", value_name = "NAME")]
    pub name: String,
}

impl Command for Alias {
    const FACTS: Facts = Facts::new("alias", Group::Shell).shell_only().without_connection().examples(&[Example::run("",
        "# a name for the beginning of a line\nalias order send --persistent /queue/orders\norder {\"id\": 7}\nalias\n")]);

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        let Some(name) = &self.name else {
            let mut out = String::new();
            for (name, line) in &context.aliases {
                out.push_str(&listed(name, line));
            }
            context.out(out.as_bytes())?;
            return Ok(ControlFlow::Continue);
        };
        let Some(line) = input.line.as_ref().filter(|line| !line.trim_ascii().is_empty()) else {
            let Some(line) = context.aliases.get(name) else { return Err(unknown(name)) };
            context.out(listed(name, line).as_bytes())?;
            return Ok(ControlFlow::Continue);
        };
        if name.contains(['/', ':', '@', '!', '#', '$']) || name.parse::<u64>().is_ok() {
            return Err(
                Problem::usage(format!("'{name}' cannot be an alias: it has a meaning of its own")).into()
            );
        }
        context.aliases.insert(name.clone(), String::from_utf8_lossy(line).trim().to_owned());
        Ok(ControlFlow::Continue)
    }
}

impl Command for Unalias {
    const FACTS: Facts = Facts::new("unalias", Group::Shell).shell_only().without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        match context.aliases.remove(&self.name) {
            Some(_) => Ok(ControlFlow::Continue),
            None => Err(unknown(&self.name)),
        }
    }
}

/// An alias as a line, with its secrets masked.
fn listed(name: &str, line: &str) -> String {
    format!("alias {name} {}\n", escape(mask_secrets(line).as_bytes(), Lines::One))
}

fn unknown(name: &str) -> anyhow::Error {
    Problem::usage_hint(format!("there is no alias '{name}'"), "'alias' lists them").into()
}
