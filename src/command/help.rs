//! `help`: the commands on one screen, and each in full.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow};
use super::examples;
use super::exit::Problem;
use crate::render::{Paint, Role};

/// Lists the commands, or explains one
#[derive(Args, Debug, Clone)]
pub struct Help {
    /// The command
    #[arg(value_name = "CMD")]
    pub command: Option<String>,
}

/// What people want to do: what they type for it, and what that does. All of it fits on a screen of 24
/// rows and 80 columns, and names every command.
const ROWS: &[(&str, &str, &str)] = &[
    ("Send", "send DEST BODY", "a message; the body is the rest of the line"),
    ("", "request, reply", "ask and wait for the answer; answer"),
    ("", "begin, commit, abort", "a transaction: several sends, or none"),
    ("Follow", "sub DEST, unsub, subs", "show what comes; end that; list and count"),
    ("", "ack, nack, wait", "settle what came; wait until something did"),
    ("", "last, show N", "what came, once more; one message in full"),
    ("", "pause, resume, clear", "hold the display; go on; an empty screen"),
    ("Queues", "queues, depth DEST", "what there is; how many messages wait"),
    ("", "peek DEST", "what is in a queue, without taking it"),
    ("", "drain, purge DEST", "take and print all; throw all away"),
    ("", "move, copy A B", "from one queue to another"),
    ("", "dump, restore, mirror", "into a file; from one; to another broker"),
    ("Connect", "connect URL, disconnect", "'connect --embedded' brings a broker"),
    ("", "use NAME, @NAME CMD", "one of several: 'connect --as NAME URL'"),
    ("", "status, doctor, trace on", "how it is; what is wrong; every frame"),
    ("Shell", "set, alias, unset, unalias", "settings, $names; commands of your own"),
    ("", "5 CMD, watch 2 CMD", "five times; every two seconds"),
    ("", "time CMD, log FILE", "how long it takes; a transcript"),
    ("", "!CMD, CMD | PROGRAM", "run a program; give it a command's output"),
    ("", "source, sendfile, edit", "run or send a file; write in $EDITOR"),
    ("", "history, version, quit", "what was typed; what this is; leave"),
    ("", "help CMD", "one of them in full, with examples"),
];

impl Help {
    /// Lists or explains.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        let text = match &self.command {
            None => {
                let mut text = list(context.paint());
                if context.manner.interactive && context.connections().is_empty() {
                    text.push_str(
                        "Not connected: 'connect stomp://host:61613', or 'connect --embedded', begins.\n",
                    );
                }
                text
            }
            Some(name) => explain(context, name)?,
        };
        context.page(text.as_bytes()).await?;
        Ok(Flow::Continue)
    }
}

fn list(paint: Paint) -> String {
    let widest = ROWS.iter().map(|(_, typed, _)| typed.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (title, typed, does) in ROWS {
        let (title, typed) = (format!("{title:<9}"), format!("{typed:<widest$}"));
        // Writing to a String does not fail.
        let _ = writeln!(
            out,
            "{}{}  {does}",
            paint.paint(Role::Hint, &title),
            paint.paint(Role::Command, &typed)
        );
    }
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
    Ok(explained(command, context.paint()))
}

/// All that there is to say of a command.
fn explained(command: &clap::Command, paint: Paint) -> String {
    // A line an option; what is said at greater length about the command itself stays.
    let mut command = command.clone();
    if let Some(about) = command.get_long_about().cloned() {
        command = command.about(about);
    }
    // A command of the shell has no program's name before it, nor the blank behind that.
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    command = command.override_usage(usage);
    let text = command.render_help();
    let mut text = if paint.is_on() { text.ansi().to_string() } else { text.to_string() };
    let aliases: Vec<&str> = command.get_visible_aliases().collect();
    if !aliases.is_empty() {
        let _ = writeln!(text, "\nAlso: {}", aliases.join(", "));
    }
    let mut examples = examples::of(command.get_name()).peekable();
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
    use crate::command::language::Tree;

    #[test]
    fn the_list_names_every_command_and_fits_a_screen() {
        let list = list(Paint::PLAIN);
        assert!(list.lines().count() <= 22, "{list}");
        for line in list.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let typed = ROWS.iter().flat_map(|(_, typed, _)| typed.split(|c: char| !c.is_ascii_alphanumeric()));
        let typed: Vec<&str> = typed.collect();
        for command in Tree::default().command().get_subcommands().filter(|own| !own.is_hide_set()) {
            assert!(typed.contains(&command.get_name()), "'help' does not name {}", command.get_name());
        }
    }

    #[test]
    fn every_command_is_explained_in_eighty_columns() {
        for command in Tree::default().command().get_subcommands() {
            let text = explained(command, Paint::PLAIN);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            let usage = format!("Usage: {}", command.get_name());
            assert!(text.lines().any(|line| line.starts_with(&usage)), "{text}");
            assert!(command.get_name() == "connect" || !text.contains("--vhost"), "{text}");
        }
    }
}
