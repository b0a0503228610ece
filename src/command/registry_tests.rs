//! What every command has to have.

use std::collections::HashSet;

use super::COMMANDS;
use super::context::Registered;
use super::tree::Tree;

/// The commands of the shell, for tests.
pub(crate) fn shell_tree() -> Tree {
    let typed = COMMANDS.iter().filter(|own| own.facts.typed.in_shell());
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
