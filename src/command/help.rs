//! `help`: lists the commands on one screen, or explains one.

use std::fmt::Write as _;

use super::context::Registered;
use super::prelude::*;
use crate::render::{Paint, Role};

/// Lists the commands, or explains one
#[derive(Args, Debug, Clone)]
pub(crate) struct Help {
    /// The command
    #[arg(value_name = "CMD")]
    pub command: Option<String>,
}

impl Command for Help {
    const FACTS: Facts = Facts::new("help", Group::Shell)
        .row("help CMD", "one of them in full, with examples")
        .shell_only()
        .without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let text = match &self.command {
            None => {
                let mut text = list(context.commands, context.paint());
                if context.run_options.interactive && context.connections().is_empty() {
                    text.push_str(
                        "Not connected: 'connect stomp://host:61613', or 'connect --embedded', begins.\n",
                    );
                }
                text
            }
            Some(name) => explain(context, name)?,
        };
        context.page(text.as_bytes()).await?;
        Ok(ControlFlow::Continue)
    }
}

/// Rows for lines that do not begin with a command.
const OTHER_LINES: &[(&str, &str)] = &[("!CMD, CMD | PROGRAM", "run a program; give it a command's output")];

/// Of each group the commands that have a row, then the names of the others.
fn list(commands: &[Registered], paint: Paint) -> String {
    let all = commands.iter().map(|command| &command.facts);
    let shown: Vec<&Facts> = all.filter(|facts| facts.in_shell && !facts.hidden).collect();
    let typed = shown.iter().filter_map(|facts| facts.row).chain(OTHER_LINES.iter().copied());
    let widest = typed.map(|(typed, _)| typed.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (group, mut title) in Group::ALL {
        let mut line = |typed: &str, does: &str| {
            let head = format!("{:<9}", std::mem::take(&mut title));
            let typed = format!("{typed:<widest$}");
            let (head, typed) = (paint.paint(Role::Hint, &head), paint.paint(Role::Command, &typed));
            // Writing to a String does not fail.
            let _ = writeln!(out, "{}", format!("{head}{typed}  {does}").trim_end());
        };
        let members = || shown.iter().filter(|facts| facts.group == group);
        let rows: Vec<_> = members().filter_map(|facts| facts.row).collect();
        for (typed, does) in &rows {
            line(typed, does);
        }
        if group == Group::Shell {
            for (typed, does) in OTHER_LINES {
                line(typed, does);
            }
        }
        let named = |name: &str| {
            rows.iter().any(|(typed, _)| typed.split(|c: char| !c.is_alphanumeric()).any(|word| word == name))
        };
        let others: Vec<&str> = members().map(|facts| facts.name).filter(|name| !named(name)).collect();
        if !others.is_empty() {
            line(&others.join(", "), "");
        }
    }
    out
}

fn explain(context: &Context, name: &str) -> Result<String> {
    let Some(command) = context.tree().find(name) else {
        let hint = match context.tree().grammar.nearest(name) {
            Some(nearest) => format!("did you mean '{nearest}'?"),
            None => "'help' lists the commands".to_owned(),
        };
        return Err(Problem::usage_hint(format!("unknown command '{name}'"), hint).into());
    };
    let registered = context.commands.iter().find(|command| command.is_called(name));
    Ok(full_help(command, registered.map_or(&[], |command| command.facts.examples), context.paint()))
}

fn full_help(command: &clap::Command, examples: &[Example], paint: Paint) -> String {
    // The short help has one line per option; the long description of the command itself is shown in full.
    let mut command = command.clone();
    if let Some(about) = command.get_long_about().cloned() {
        command = command.about(about);
    }
    // clap puts the program's name and a blank before a subcommand, which the shell does not have.
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    command = command.override_usage(usage);
    let text = command.render_help();
    let mut text = if paint.is_on() { text.ansi().to_string() } else { text.to_string() };
    let aliases: Vec<&str> = command.get_visible_aliases().collect();
    if !aliases.is_empty() {
        let _ = writeln!(text, "\nAlso: {}", aliases.join(", "));
    }
    let mut examples = examples.iter().filter(|example| !example.for_system_shell).peekable();
    if examples.peek().is_some() {
        let _ = writeln!(text, "\n{}", paint.paint(Role::Hint, "Examples:"));
    }
    for line in examples.flat_map(|example| example.text.lines()) {
        let role = if line.starts_with('#') { Role::Dim } else { Role::Command };
        let _ = writeln!(text, "  {}", paint.paint(role, line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{COMMANDS, registry_tests::shell_tree};

    #[test]
    fn the_list_names_every_command_and_fits_a_screen() {
        let list = list(COMMANDS, Paint::PLAIN);
        assert!(list.lines().count() <= 22, "{list}");
        for line in list.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let named: Vec<&str> = list.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        for command in shell_tree().command().get_subcommands().filter(|command| !command.is_hide_set()) {
            assert!(named.contains(&command.get_name()), "'help' does not name {}", command.get_name());
        }
    }

    #[test]
    fn every_command_is_explained_in_eighty_columns() {
        let tree = shell_tree();
        for registered in COMMANDS.iter().filter(|command| command.facts.in_shell) {
            let Some(command) = tree.find(registered.facts.name) else { continue };
            let text = full_help(command, registered.facts.examples, Paint::PLAIN);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            let usage = format!("Usage: {}", command.get_name());
            assert!(text.lines().any(|line| line.starts_with(&usage)), "{text}");
            assert!(command.get_name() == "connect" || !text.contains("--vhost"), "{text}");
        }
    }
}
