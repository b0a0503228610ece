//! `set` and `unset`: settings of the shell, and variables for `$name`.

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::exit::Problem;
use crate::render::Role;
use crate::render::escape::{Lines, escape_text};
use crate::render::terminal::{Bodies, Limit, Terminal};
use crate::transport::Secret;
use crate::words::mask_secrets;

/// Shows settings and variables, or sets one
///
/// Settings: headers on|off, bodies readable|hex|hidden, rows N (of a body; 0: as many as the screen has), pager on|off,
/// editing emacs|vi, expand on|off ($name in bodies too). Any other name is a variable: 'set q /queue/a', then 'send $q x'.
#[derive(Args, Debug, Clone)]
pub struct Set {
    /// The setting or variable
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Its value
    #[arg(value_name = "VALUE")]
    pub value: Vec<String>,
}

/// Forgets a variable, or puts a setting back to what it was at first
#[derive(Args, Debug, Clone)]
pub struct Unset {
    /// The setting or variable
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// Settings of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether messages are shown with their headers.
    pub headers: bool,
    /// How their bodies are shown.
    pub bodies: Bodies,
    /// How many rows of a body are shown; 0: all.
    pub rows: usize,
    /// Whether what is longer than the screen goes through a pager.
    pub pager: bool,
    /// Whether keys are vi's.
    pub vi: bool,
    /// Whether `$name` counts in bodies too.
    pub expand: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let rows = Limit::default().rows;
        Self { headers: false, bodies: Bodies::Readable, rows, pager: true, vi: false, expand: false }
    }
}

impl Settings {
    /// The names of all settings.
    pub const NAMES: [&'static str; 6] = ["bodies", "editing", "expand", "headers", "pager", "rows"];

    /// The values that a setting can have, where they are few.
    pub fn values(name: &str) -> &'static [&'static str] {
        match name {
            "headers" | "pager" | "expand" => &["on", "off"],
            "bodies" => &["readable", "hex", "hidden"],
            "editing" | "editing-mode" => &["emacs", "vi"],
            _ => &[],
        }
    }

    /// The value of a setting, as text.
    fn get(&self, name: &str) -> Option<String> {
        let on = |on: bool| if on { "on" } else { "off" }.to_owned();
        Some(match name {
            "headers" => on(self.headers),
            "bodies" => match self.bodies {
                Bodies::Hidden => "hidden",
                Bodies::Readable => "readable",
                Bodies::Hex => "hex",
            }
            .to_owned(),
            "rows" => self.rows.to_string(),
            "pager" => on(self.pager),
            "editing" | "editing-mode" => if self.vi { "vi" } else { "emacs" }.to_owned(),
            "expand" => on(self.expand),
            _ => return None,
        })
    }

    /// Sets a setting; `false`: there is none of that name.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<bool> {
        let wrong = |may: &str| Problem::usage(format!("'{name}' is {may}, not '{value}'"));
        let on = || match value {
            "on" | "yes" | "true" | "1" => Ok(true),
            "off" | "no" | "false" | "0" => Ok(false),
            _ => Err(wrong("on or off")),
        };
        match name {
            "headers" => self.headers = on()?,
            "pager" => self.pager = on()?,
            "expand" => self.expand = on()?,
            "rows" => self.rows = value.parse().map_err(|_| wrong("a number of rows"))?,
            "bodies" => {
                self.bodies = match value {
                    "readable" => Bodies::Readable,
                    "hex" => Bodies::Hex,
                    "hidden" => Bodies::Hidden,
                    _ => return Err(wrong("readable, hex or hidden").into()),
                }
            }
            // readline's own name for it is understood too.
            "editing" | "editing-mode" => {
                self.vi = match value {
                    "vi" => true,
                    "emacs" => false,
                    _ => return Err(wrong("emacs or vi").into()),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How messages look that come by themselves; headers that a subscription asks for stay.
    pub fn apply(&self, terminal: &mut Terminal, headers: bool) {
        terminal.headers = headers || self.headers;
        terminal.bodies = self.bodies;
        terminal.limit = (self.rows > 0).then(|| Limit { rows: self.rows, ..Limit::default() });
    }
}

impl Set {
    /// Shows or sets.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        let Some(name) = &self.name else {
            let text = list(context);
            context.out(text.as_bytes())?;
            return Ok(Flow::Continue);
        };
        if self.value.is_empty() {
            let value = context.settings.get(name).or_else(|| context.variables.get(name).cloned());
            let Some(value) = value else {
                let hint = format!("'set {name} VALUE' makes one");
                return Err(
                    Problem::usage_hint(format!("there is no setting or variable '{name}'"), hint).into()
                );
            };
            context.out(format!("{}\n", escape_text(&shown(name, &value), Lines::Many)).as_bytes())?;
            return Ok(Flow::Continue);
        }
        let value = self.value.join(" ");
        if context.settings.set(name, &value)? {
            context.settings_changed();
            return Ok(Flow::Continue);
        }
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(Problem::usage(format!("'{name}' is no name: letters, digits and _ make one")).into());
        }
        context.variables.insert(name.clone(), value);
        Ok(Flow::Continue)
    }
}

impl Unset {
    /// Forgets it.
    pub fn run(&self, context: &mut Context) -> Result<Flow> {
        if let Some(value) = Settings::default().get(&self.name) {
            context.settings.set(&self.name, &value)?;
            context.settings_changed();
        } else if context.variables.remove(&self.name).is_none() {
            return Err(Problem::usage(format!("there is no setting or variable '{}'", self.name)).into());
        }
        Ok(Flow::Continue)
    }
}

fn list(context: &Context) -> String {
    let paint = context.paint();
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let name = format!("{name:<9}");
        let value = escape_text(value, Lines::One);
        out.push_str(&format!("{} {value}\n", paint.paint(Role::Key, &name)));
    };
    for name in Settings::NAMES {
        line(name, &context.settings.get(name).unwrap_or_default());
    }
    for (name, value) in &context.variables {
        line(&format!("${name}"), &shown(name, value));
    }
    out
}

/// The value of a variable as it may stand on a screen: whoever looks over a shoulder learns no secrets.
fn shown(name: &str, value: &str) -> String {
    let set = format!("set {name} ");
    let masked = mask_secrets(&format!("{set}{value}")).into_owned();
    masked.strip_prefix(&set).unwrap_or(Secret::MASK).to_owned()
}

impl Context {
    /// Takes the settings over where they are used.
    fn settings_changed(&self) {
        let settings = self.settings.clone();
        self.inbox.each_terminal(move |terminal, headers| settings.apply(terminal, headers));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn every_setting_can_be_read_and_set_to_what_was_read() {
        let mut settings = Settings::default();
        for name in Settings::NAMES {
            let value = settings.get(name).unwrap();
            assert!(settings.set(name, &value).unwrap(), "{name}");
        }
        assert_eq!(settings, Settings::default());
        assert!(settings.set("headers", "maybe").unwrap_err().to_string().contains("on or off"));
        assert!(!settings.set("nothing", "x").unwrap());
    }
}
