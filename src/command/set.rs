//! `set` and `unset`: settings of the shell, and variables for `$name`.

use super::prelude::*;
use super::settings::Settings;
use crate::render::Role;
use crate::render::escape::{Lines, escape_text};
use crate::transport::Secret;
use crate::words::mask_secrets;

/// Shows settings and variables, or sets one
///
/// Settings: headers on|off, bodies readable|hex|hidden, rows N (of a body; 0: as many as the screen has), pager on|off,
/// editing emacs|vi, expand on|off ($name in bodies too), receipts auto|always|never|connection (whether to ask the server for
/// receipts; connection: as it was connected). Any other name is a variable: 'set q /queue/a', then 'send $q x'.
#[derive(Args, Debug, Clone)]
pub(crate) struct Set {
    /// The setting or variable
    #[arg(id = "setting", value_name = "NAME")]
    pub name: Option<String>,
    /// Its value
    #[arg(value_name = "VALUE")]
    pub value: Vec<String>,
}

/// Forgets a variable, or puts a setting back to what it was at first
#[derive(Args, Debug, Clone)]
pub(crate) struct Unset {
    /// The setting or variable
    #[arg(id = "setting", value_name = "NAME")]
    pub name: String,
}

impl Command for Set {
    const FACTS: Facts = Facts::new("set", Group::Shell).row("set, alias, unset, unalias", "settings, $names; commands of your own").shell_only().without_connection().examples(&[Example::run("",
        "# messages with their headers, from now on\nset headers on\n# a name for a destination\nset orders /queue/orders\nsend $orders hello\n# all settings\nset\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let Some(name) = &self.name else {
            let text = list(context);
            context.out(text.as_bytes())?;
            return Ok(ControlFlow::Continue);
        };
        if self.value.is_empty() {
            let value = context.settings.get(name).or_else(|| context.variables.get(name).cloned());
            let Some(value) = value else {
                let hint = format!("'set {name} VALUE' makes one");
                return Err(
                    Problem::usage_hint(format!("there is no setting or variable '{name}'"), hint).into()
                );
            };
            context.out(format!("{}\n", escape_text(&masked(name, &value), Lines::Many)).as_bytes())?;
            return Ok(ControlFlow::Continue);
        }
        let value = self.value.join(" ");
        if context.settings.set(name, &value)? {
            context.settings_changed();
            return Ok(ControlFlow::Continue);
        }
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(Problem::usage(format!("'{name}' is no name: letters, digits and _ make one")).into());
        }
        context.variables.insert(name.clone(), value);
        Ok(ControlFlow::Continue)
    }
}

impl Command for Unset {
    const FACTS: Facts = Facts::new("unset", Group::Shell).shell_only().without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if let Some(value) = Settings::default().get(&self.name) {
            context.settings.set(&self.name, &value)?;
            context.settings_changed();
        } else if context.variables.remove(&self.name).is_none() {
            return Err(Problem::usage(format!("there is no setting or variable '{}'", self.name)).into());
        }
        Ok(ControlFlow::Continue)
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
        line(&format!("${name}"), &masked(name, value));
    }
    out
}

/// The value of a variable, masked if it is a secret.
fn masked(name: &str, value: &str) -> String {
    let set = format!("set {name} ");
    let line = format!("{set}{value}");
    mask_secrets(&line).strip_prefix(&set).unwrap_or(Secret::MASK).to_owned()
}

impl Context {
    /// Applies the settings to the messages that arrive from now on.
    fn settings_changed(&self) {
        let settings = self.settings.clone();
        for connection in self.connections() {
            connection.client.set_receipts(settings.receipts.unwrap_or(connection.receipts));
        }
        self.inbox.each_terminal(move |terminal, headers| settings.apply(terminal, headers));
    }
}
