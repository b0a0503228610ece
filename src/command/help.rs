//! `help`: the commands, and each in full.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::examples;
use super::exit::Problem;
use crate::render::Role;

/// Lists the commands, or explains one
#[derive(Args, Debug, Clone)]
pub struct Help {
    /// The command
    #[arg(value_name = "CMD")]
    pub command: Option<String>,
}

/// Which commands stand together.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Messages",
        &[
            "send", "sub", "unsub", "subs", "ack", "nack", "begin", "commit", "abort", "wait", "request",
            "reply",
        ],
    ),
    ("Queues", &["peek", "drain", "purge", "move", "copy", "depth", "queues"]),
    ("What came", &["last", "show", "pause", "resume", "clear"]),
    ("Connection", &["connect", "disconnect", "use", "status", "doctor", "trace"]),
    ("Comfort", &[]),
];

impl Help {
    /// Lists or explains.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        let text = match &self.command {
            None => list(context),
            Some(name) => explain(context, name)?,
        };
        context.page(text.as_bytes()).await?;
        Ok(Flow::Continue)
    }
}

fn list(context: &Context) -> String {
    let commands: Vec<_> =
        context.tree.command().get_subcommands().filter(|own| !own.is_hide_set()).collect();
    let widest = commands.iter().map(|own| own.get_name().len()).max().unwrap_or(0);
    let paint = context.paint();
    let mut out = String::new();
    let grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    for (title, names) in GROUPS {
        let own = |name: &str| if names.is_empty() { !grouped(name) } else { names.contains(&name) };
        // Writing to a String does not fail.
        let _ = writeln!(out, "{}", paint.paint(Role::Hint, title));
        for command in commands.iter().filter(|command| own(command.get_name())) {
            let name = format!("{:<widest$}", command.get_name());
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let aliases: Vec<&str> = command.get_visible_aliases().collect();
            let aliases =
                if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
            let _ = writeln!(
                out,
                "  {}  {about}{}",
                paint.paint(Role::Command, &name),
                paint.paint(Role::Dim, &aliases)
            );
        }
    }
    out.push_str(
        "'help CMD' explains one. A body is the rest of the line; @FILE is a file, <<END reads lines up to END.\n\
         '!CMD' runs a command of the system, 'CMD | less' pipes output into one, '5 CMD' runs five times.\n",
    );
    out
}

fn explain(context: &Context, name: &str) -> Result<String> {
    let Some(command) = context.tree.find(name) else {
        let hint = match context.tree.grammar.nearest(name) {
            Some(nearest) => format!("did you mean '{nearest}'?"),
            None => "'help' lists the commands".to_owned(),
        };
        return Err(Problem::usage_hint(format!("unknown command '{name}'"), hint).into());
    };
    // A line an option; what is said at greater length about the command itself stays.
    let mut command = command.clone();
    if let Some(about) = command.get_long_about().cloned() {
        command = command.about(about);
    }
    let text = command.render_help();
    let paint = context.paint();
    let text = if paint.is_on() { text.ansi().to_string() } else { text.to_string() };
    // A command of the shell has no program's name before it.
    let mut text = text.replace("Usage:  ", "Usage: ");
    let mut examples = examples::of(command.get_name()).peekable();
    if examples.peek().is_some() {
        let _ = writeln!(text, "\n{}", paint.paint(Role::Hint, "Examples:"));
    }
    for line in examples.flat_map(|example| example.text.lines()) {
        let role = if line.starts_with('#') { Role::Dim } else { Role::Command };
        let _ = writeln!(text, "  {}", paint.paint(role, line));
    }
    Ok(text)
}
