//! The destinations in what was typed.

use super::completer::{Completer, positional};
use crate::words::{Grammar, Item, Language, WordRole, read};

/// The destinations of a line, by the names that its command gives its arguments. A word with a variable is
/// none.
pub(crate) fn destinations_in(line: &str, grammar: &Grammar, commands: &clap::Command) -> Vec<String> {
    let mut all = Vec::new();
    let reading = read(line.as_bytes(), &Language::new(grammar));
    let Item::Command(line) = reading.item else { return all };
    let Some(command) = commands.find_subcommand(line.command().as_ref()) else { return all };
    let words = line.words.iter().filter(|word| word.role == WordRole::Positional);
    for (index, word) in words.enumerate() {
        let completer = positional(command, index).and_then(Completer::of);
        if let Ok(word) = std::str::from_utf8(&word.bytes)
            && completer == Some(Completer::Destination)
            && !has_variable(word)
        {
            all.push(word.to_owned());
        }
    }
    all
}

/// Whether a variable's value stands for a part of the word.
fn has_variable(word: &str) -> bool {
    let named = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '{');
    word.match_indices('$').any(|(at, _)| named(&word[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_found_where_a_command_takes_them() {
        let tree = crate::command::registry_tests::shell_tree();
        let mut all = Vec::new();
        for line in [
            "send --persistent -H 'a: /no' /queue/a /no/body",
            "sub '/queue/b c' /topic/d",
            "move /queue/e /queue/f",
            "send $name x",
            "sub '/queue/$(g)'",
            "status",
            "!ls /tmp",
            "5 send /queue/g x",
        ] {
            all.extend(destinations_in(line, &tree.grammar, tree.command()));
        }
        let expected =
            ["/queue/a", "/queue/b c", "/topic/d", "/queue/e", "/queue/f", "/queue/$(g)", "/queue/g"];
        assert_eq!(all, expected);
    }
}
