//! `set` and `unset`: variables, which `$name` in a line stands for.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::exit::Problem;
use crate::render::escape::{Lines, escape_text};

/// Sets a variable, which $NAME in later lines stands for; without words, lists them
///
/// In bodies variables are filled in only with 'send --template'.
#[derive(Args, Debug, Clone)]
pub struct Set {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Its value
    #[arg(value_name = "VALUE")]
    pub value: Vec<String>,
}

/// Forgets a variable
#[derive(Args, Debug, Clone)]
pub struct Unset {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
}

impl Set {
    /// Sets it, or lists all.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        let Some(name) = &self.name else {
            let mut out = String::new();
            for (name, value) in &context.variables {
                out.push_str(&format!("{name} = {}\n", escape_text(value, Lines::One)));
            }
            context.out(out.as_bytes())?;
            return Ok(Flow::Continue);
        };
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !name.starts_with(begins) || !name.chars().all(letters) {
            let hint = "a name has letters, digits and _, and begins with no digit";
            return Err(Problem::usage_hint(format!("'{name}' is no name for a variable"), hint).into());
        }
        context.variables.insert(name.clone(), self.value.join(" "));
        Ok(Flow::Continue)
    }
}

impl Unset {
    /// Forgets it.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        match context.variables.remove(&self.name) {
            Some(_) => Ok(Flow::Continue),
            None => Err(Problem::usage(format!("there is no variable '{}'", self.name)).into()),
        }
    }
}
