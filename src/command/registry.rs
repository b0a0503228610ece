//! Every command, one line each. What there is to know of it stands in its own file.

use super::context::Registered;
#[cfg(test)]
use super::tree::Tree;
use super::*;

/// The commands, in the order in which help and manual pages list them.
pub static COMMANDS: &[Registered] = &[
    Registered::of::<send::Send>(),
    Registered::of::<sub::Sub>(),
    Registered::of::<queue::peek::Peek>(),
    Registered::of::<queue::drain::Drain>(),
    Registered::of::<queue::drain::Purge>(),
    Registered::of::<queue::dump::Dump>(),
    Registered::of::<queue::restore::Restore>(),
    Registered::of::<queue::transfer::Move>(),
    Registered::of::<queue::transfer::Copy>(),
    Registered::of::<queue::mirror::Mirror>(),
    Registered::of::<request::Request>(),
    Registered::of::<reply::Reply>(),
    Registered::of::<queue::figures::Depth>(),
    Registered::of::<queue::figures::Queues>(),
    Registered::of::<connect::Connect>(),
    Registered::of::<disconnect::Disconnect>(),
    Registered::of::<status::Status>(),
    Registered::of::<broker::Broker>(),
    Registered::of::<doctor::Doctor>(),
    Registered::of::<bench::Bench>(),
    Registered::of::<ctx::Ctx>(),
    Registered::of::<unsub::Unsub>(),
    Registered::of::<subs::Subs>(),
    Registered::of::<ack::Ack>(),
    Registered::of::<ack::Nack>(),
    Registered::of::<transaction::Begin>(),
    Registered::of::<transaction::Commit>(),
    Registered::of::<transaction::Abort>(),
    Registered::of::<wait::Wait>(),
    Registered::of::<last::Last>(),
    Registered::of::<show::Show>(),
    Registered::of::<pause::Pause>(),
    Registered::of::<pause::Resume>(),
    Registered::of::<clear::Clear>(),
    Registered::of::<tracing::Trace>(),
    Registered::of::<use_connection::Use>(),
    Registered::of::<settings::Set>(),
    Registered::of::<settings::Unset>(),
    Registered::of::<alias::Alias>(),
    Registered::of::<alias::Unalias>(),
    Registered::of::<source::Source>(),
    Registered::of::<timing::Time>(),
    Registered::of::<timing::Watch>(),
    Registered::of::<edit::Edit>(),
    Registered::of::<history::History>(),
    Registered::of::<log::Log>(),
    Registered::of::<small::Sendfile>(),
    Registered::of::<small::Version>(),
    Registered::of::<help::Help>(),
    Registered::of::<quit::Quit>(),
    Registered::of::<completions::Completions>(),
    Registered::of::<completions::Man>(),
    Registered::of::<completions::Complete>(),
    #[cfg(debug_assertions)]
    Registered::of::<panic::Panic>(),
];

/// The commands of the shell, for tests.
#[cfg(test)]
pub(crate) fn shell_tree() -> Tree {
    let typed = COMMANDS.iter().filter(|own| own.facts.typed.in_shell());
    Tree::of(typed.map(Registered::definition))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::COMMANDS;

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
            assert!(
                !about.is_empty() && !about.ends_with('.'),
                "{name}: what it does is not said: '{about}'"
            );
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
}
