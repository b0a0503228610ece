//! `use`: which of several connections commands are for.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use crate::render::escape::{Lines, escape_text};

/// Makes another connection the current one; without a name, lists them
#[derive(Args, Debug, Clone)]
pub struct Use {
    /// Its name, as 'connect --as NAME' gave it
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

impl Use {
    /// Chooses it, or lists all.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        if let Some(name) = &self.name {
            context.choose(name)?;
            return Ok(Flow::Continue);
        }
        let current = context.connection().map(|own| own.id).ok();
        let mut out = String::new();
        for own in context.connections() {
            let mark = if Some(own.id) == current { '*' } else { ' ' };
            let name = if own.name.is_empty() { "-" } else { &own.name };
            out.push_str(&format!("{mark} {name}  {}\n", escape_text(&own.label, Lines::One)));
        }
        context.out(out.as_bytes())?;
        Ok(Flow::Continue)
    }
}
