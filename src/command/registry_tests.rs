//! What every command has to have.

use std::collections::HashSet;

use super::COMMANDS;
use super::completing::Completer;
use super::context::Registered;
use super::tree::Tree;

/// The commands of the shell, for tests.
pub(crate) fn shell_tree() -> Tree {
    let typed = COMMANDS.iter().filter(|command| command.facts.in_shell);
    Tree::of(typed.map(Registered::definition))
}

#[test]
fn every_command_has_what_help_and_the_rules_need() {
    let mut names = HashSet::new();
    for registered in COMMANDS {
        let facts = &registered.facts;
        let name = facts.name;
        for name in facts.aliases.iter().chain([&name]) {
            assert!(names.insert(*name), "two commands are called '{name}'");
        }
        let definition = registered.definition();
        let about = definition.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && !about.ends_with('.'), "{name}: what it does is not said: '{about}'");
        for argument in definition.get_arguments() {
            let told = argument.get_help().is_some() || argument.is_hide_set();
            assert!(told, "{name}: '{}' has no help", argument.get_id());
        }
        for example in facts.examples {
            let typed = if example.for_system_shell { format!("stomp {name}") } else { name.to_owned() };
            let shown = example.text.lines().any(|line| line.contains(&typed));
            assert!(shown, "{name}: an example does not show it:\n{}", example.text);
        }
    }
}

/// The ids of arguments whose values nobody can guess: numbers, times, texts and new names.
const FREE_FORM: &[&str] = &[
    "beginning",
    "body",
    "breaks",
    "client_id",
    "connect_timeout",
    "consumers",
    "correlation_id",
    "control_header",
    "count",
    "delimiter",
    "durable",
    "duration",
    "exec",
    "execute",
    "expires",
    "filter",
    "format",
    "grep",
    "heartbeat",
    "host",
    "id",
    "idle",
    "limit",
    "line",
    "listen",
    "management",
    "max_body",
    "name",
    "origin",
    "password",
    "pause",
    "port",
    "prefetch",
    "producers",
    "queue_size",
    "rate",
    "receipt_timeout",
    "reconnect_delay",
    "repeat",
    "replies",
    "selector",
    "size",
    "timeout",
    "user",
    "value",
    "vhost",
    "wait",
    "words",
    "ws_chunk",
    "ws_header",
    "ws_protocol",
];

#[test]
fn every_value_has_a_completer_or_possible_values_or_is_free_form() {
    let mut missing = Vec::new();
    let mut waiting = vec![crate::cli::program()];
    waiting.extend(COMMANDS.iter().map(Registered::definition));
    while let Some(mut command) = waiting.pop() {
        command.build();
        for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
            let id = argument.get_id().as_str();
            let completes = Completer::of(argument).is_some() || !argument.get_possible_values().is_empty();
            if !completes && !FREE_FORM.contains(&id) {
                missing.push(format!("{} {id}", command.get_name()));
            }
        }
        waiting.extend(command.get_subcommands().cloned());
    }
    assert!(missing.is_empty(), "neither completed nor listed as free-form:\n{}", missing.join("\n"));
}
