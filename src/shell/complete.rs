//! What Tab offers: by the place of the word in its line.

use super::known::Known;
use crate::words::{Item, Language, Line, Rest, Role, read};

/// A word that is being typed, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it begins.
    pub(super) start: usize,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A command's name.
    Command,
    /// An option of this command.
    Option(String),
    /// The value of this command's option.
    Value(String, String),
    /// A positional word of this command, counted from 0.
    Positional(String, usize),
    /// `@name` before a command.
    Connection,
    /// A file, from behind the `@`.
    File,
    /// `$name`.
    Variable,
    /// Something that nobody can guess.
    Nothing,
}

/// Where the word at the end of this text stands.
pub(super) fn place(text: &str, known: &Known) -> Place {
    // Of a paste or a heredoc, only what begins the logical line counts.
    let octets = text.as_bytes();
    let reading = read(octets, &Language::new(&known.grammar));
    let end = octets.len();
    let nothing = Place { start: end, kind: Kind::Nothing };
    let Item::Command(line) = &reading.item else {
        return match &reading.item {
            Item::Blank if !text.trim_start().starts_with('#') => Place { start: end, kind: Kind::Command },
            _ => nothing,
        };
    };
    if line.pipe.is_some() {
        return nothing;
    }
    let last_token = text.rfind([' ', '\t']).map_or(0, |at| at + 1);
    let token = &text[last_token..];
    if token.starts_with('@') && line.words.is_empty() {
        return Place { start: last_token + 1, kind: Kind::Connection };
    }
    if let Some(dollar) = token.rfind('$')
        && line.body.is_none()
        && token[dollar + 1..].chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        return Place { start: last_token + dollar + 1, kind: Kind::Variable };
    }
    if let Some(rest) = &line.rest {
        let inner = place(&String::from_utf8_lossy(rest), known);
        let moved = end - rest.len() + inner.start;
        return Place { start: moved, kind: inner.kind };
    }
    if let Some(body) = &line.body {
        let typed = &text[body.span.start.min(end)..];
        return match typed.trim_start().strip_prefix('@') {
            Some(file) if !line.words.iter().any(|word| word.role == Role::EndOfOptions) => {
                Place { start: end - file.len(), kind: Kind::File }
            }
            _ => nothing,
        };
    }
    word(line, text, known).unwrap_or(nothing)
}

/// The place of the last word, or of one that is about to begin.
fn word(line: &Line<'_>, text: &str, known: &Known) -> Option<Place> {
    let end = text.len();
    let command = line.command().into_owned();
    let last = line.words.last();
    let typing = last.filter(|word| word.span.end == end);
    let start = typing.map_or(end, |word| word.span.start);
    let positionals = |role: Role| line.words.iter().filter(|word| word.role == role).count();
    let place = |kind| Some(Place { start, kind });
    let Some(word) = typing else {
        if line.words.is_empty() {
            return place(Kind::Command);
        }
        let last = last?;
        let shape = known.grammar.shape(&command)?;
        if last.role == Role::Option {
            let name = String::from_utf8_lossy(&last.octets).into_owned();
            if !name.contains('=') && shape.values(&name).is_some_and(|values| values > 0) {
                return place(Kind::Value(command, name));
            }
        }
        let index = positionals(Role::Positional);
        if let Rest::Command { after } = shape.what_follows()
            && after == index
        {
            return place(Kind::Command);
        }
        return place(Kind::Positional(command, index));
    };
    match word.role {
        Role::Command => place(Kind::Command),
        Role::Option => {
            let typed = &text[start..];
            match typed.split_once('=') {
                Some((name, value)) => {
                    Some(Place { start: end - value.len(), kind: Kind::Value(command, name.to_owned()) })
                }
                None => place(Kind::Option(command)),
            }
        }
        Role::Value => {
            let options = line.words.iter().rev().skip_while(|word| word.role == Role::Value);
            let option = options.take(1).find(|word| word.role == Role::Option)?;
            place(Kind::Value(command, String::from_utf8_lossy(&option.octets).into_owned()))
        }
        Role::Positional => place(Kind::Positional(command, positionals(Role::Positional) - 1)),
        // It may become the name of an option yet.
        Role::EndOfOptions => place(Kind::Option(command)),
    }
}

/// What may stand there, in the order in which it is offered; a text that ends with a blank is whole.
pub(super) fn candidates(kind: &Kind, typed: &str, known: &Known) -> Vec<String> {
    let mut all = match kind {
        Kind::Command => {
            let commands = known.commands.get_subcommands().filter(|own| !own.is_hide_set());
            let names =
                commands.flat_map(|own| std::iter::once(own.get_name()).chain(own.get_visible_aliases()));
            names.chain(known.aliases.keys().map(String::as_str)).map(|name| format!("{name} ")).collect()
        }
        Kind::Option(command) => options(command, typed, known),
        Kind::Value(command, option) => values(command, option, typed, known),
        Kind::Positional(command, index) => positional(command, *index, known),
        Kind::Connection => known.connections.iter().map(|name| format!("{name} ")).collect(),
        Kind::Variable => known.variables.clone(),
        Kind::File | Kind::Nothing => Vec::new(),
    };
    all.retain(|candidate| candidate.starts_with(typed));
    let mut seen = std::collections::HashSet::new();
    all.retain(|candidate| seen.insert(candidate.clone()));
    if matches!(kind, Kind::Command) {
        all.sort();
    }
    all
}

fn options(command: &str, typed: &str, known: &Known) -> Vec<String> {
    let Some(command) = known.commands.find_subcommand(command) else { return Vec::new() };
    let mut options = Vec::new();
    for argument in command.get_arguments().filter(|own| !own.is_hide_set() && !own.is_positional()) {
        options.extend(argument.get_long().map(|long| format!("--{long} ")));
        if typed == "-" {
            options.extend(argument.get_short().map(|short| format!("-{short} ")));
        }
    }
    options.sort();
    options
}

fn values(command: &str, option: &str, typed: &str, known: &Known) -> Vec<String> {
    let own = |all: &[&str]| all.iter().map(|name| format!("{name} ")).collect::<Vec<_>>();
    match option {
        "-H" | "--header" => {
            let headers = if command.starts_with("sub") {
                known.dialect.subscribe_headers
            } else {
                known.dialect.send_headers
            };
            let usual: &[&str] = if command.starts_with("sub") {
                &["selector"]
            } else {
                &["content-type", "persistent", "priority", "expires", "reply-to", "correlation-id", "type"]
            };
            let quote = if typed.starts_with('"') { '"' } else { '\'' };
            let bare = !typed.is_empty() && !typed.starts_with(['"', '\'']);
            let all = headers.iter().chain(usual);
            // The blank behind the colon needs quotes.
            all.map(|name| if bare { format!("{name}:") } else { format!("{quote}{name}: ") }).collect()
        }
        "--ack" => own(&["auto", "client", "client-individual"]),
        "--reply-to" => destinations(known),
        "--tx" => known.transactions.iter().map(|name| format!("{name} ")).collect(),
        "--context" => known.contexts.iter().map(|name| format!("{name} ")).collect(),
        "--protocol" => own(&["1.0", "1.1", "1.2"]),
        "--content-type" => {
            own(&["application/json", "application/xml", "text/plain", "application/octet-stream"])
        }
        _ => {
            let Some(command) = known.commands.find_subcommand(command) else { return Vec::new() };
            let name = option.trim_start_matches('-');
            let short = name.chars().next().filter(|_| name.chars().count() == 1);
            let argument = command
                .get_arguments()
                .find(|own| own.get_long() == Some(name) || (short.is_some() && own.get_short() == short));
            argument.map(possible).unwrap_or_default()
        }
    }
}

fn possible(argument: &clap::Arg) -> Vec<String> {
    argument.get_possible_values().iter().map(|value| format!("{} ", value.get_name())).collect()
}

/// Destinations that were used, and how those of this broker begin.
fn destinations(known: &Known) -> Vec<String> {
    let used = known.destinations.iter().rev().chain(known.subscriptions.iter().map(|(_, own)| own));
    let used = used.map(|destination| format!("{destination} "));
    used.chain(known.dialect.destinations.iter().map(|&prefix| prefix.to_owned())).collect()
}

fn positional(command: &str, index: usize, known: &Known) -> Vec<String> {
    let words = |all: &mut dyn Iterator<Item = String>| all.map(|word| word + " ").collect::<Vec<_>>();
    match (command, index) {
        ("send" | "request" | "sendrec" | "reply" | "sendreply" | "sendfile", 0)
        | ("sub" | "subscribe" | "peek" | "browse" | "drain" | "purge" | "depth", _)
        | ("move" | "copy", 0 | 1) => destinations(known),
        ("unsub" | "unsubscribe", 0) => {
            let ids =
                known.subscriptions.iter().flat_map(|(id, destination)| [id.clone(), destination.clone()]);
            words(&mut ids.chain(["all".to_owned()]))
        }
        ("ack" | "nack", _) => {
            let numbers = known.unacked.iter().rev().map(u64::to_string);
            words(&mut numbers.chain([".".to_owned(), "all".to_owned()]))
        }
        ("show", 0) => {
            let mut newest = (1..=known.newest).rev().take(20).map(|number| number.to_string());
            words(&mut newest)
        }
        ("begin" | "commit" | "abort" | "rollback", 0) => words(&mut known.transactions.iter().cloned()),
        ("use", 0) => words(&mut known.connections.iter().cloned()),
        ("help", 0) => candidates(&Kind::Command, "", known),
        ("alias" | "unalias", 0) => words(&mut known.aliases.keys().cloned()),
        ("set" | "unset", 0) => words(&mut known.settings.iter().chain(&known.variables).cloned()),
        ("set", 1) => {
            ["on ", "off ", "readable ", "hex ", "hidden ", "emacs ", "vi "].map(str::to_owned).to_vec()
        }
        ("connect", 0) => ["stomp://", "stomps://", "ws://", "wss://"].map(str::to_owned).to_vec(),
        _ => {
            let Some(command) = known.commands.find_subcommand(command) else { return Vec::new() };
            command.get_positionals().nth(index).map(possible).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::command::language::Tree;

    fn known() -> Known {
        let tree = Tree::default();
        let mut known = Known::new(Arc::clone(&tree.grammar), Arc::new(tree.command().clone()));
        known.destinations = vec!["/queue/old".into(), "/queue/new".into()];
        known.subscriptions = vec![("7".into(), "/topic/x".into())];
        known.unacked = vec![3, 12];
        known
    }

    fn offered(text: &str) -> Vec<String> {
        let known = known();
        let place = place(text, &known);
        candidates(&place.kind, &text[place.start..], &known)
    }

    #[test]
    fn commands_come_first_and_behind_prefixes() {
        assert_eq!(offered("sen"), ["send ", "sendfile ", "sendrec ", "sendreply "]);
        assert_eq!(offered("5 unsubs"), ["unsubscribe "]);
        assert!(offered("").contains(&"status ".to_owned()));
        assert!(offered("# no").is_empty());
        assert!(offered("!ls").is_empty());
    }

    #[test]
    fn options_and_their_values_are_offered() {
        assert_eq!(offered("send --pers"), ["--persistent "]);
        assert_eq!(offered("sub --ack client-"), ["client-individual "]);
        assert_eq!(offered("send --receipt=la"), ["last "]);
        assert_eq!(offered("send --receipt no"), ["none "]);
        assert!(offered("send -H ").contains(&"'persistent: ".to_owned()));
        assert_eq!(offered("send -H 'corr"), ["'correlation-id: "]);
        assert!(offered("sub --").contains(&"--selector ".to_owned()));
    }

    #[test]
    fn destinations_the_newest_first_then_how_they_begin() {
        assert_eq!(offered("send /q"), ["/queue/new ", "/queue/old ", "/queue/"]);
        assert_eq!(offered("sub --ack client /queue/n"), ["/queue/new "]);
        assert_eq!(offered("send --reply-to /topic/"), ["/topic/x ", "/topic/"]);
        assert_eq!(offered("unsub "), ["7 ", "/topic/x ", "all "]);
        assert_eq!(offered("ack "), ["12 ", "3 ", ". ", "all "]);
    }

    #[test]
    fn files_begin_behind_an_at_sign() {
        let known = known();
        let at = |text: &str| place(text, &known);
        assert_eq!(at("send /queue/a @src/m"), Place { start: 15, kind: Kind::File });
        assert_eq!(at("send /queue/a hello @x").kind, Kind::Nothing);
        assert_eq!(at("@pr"), Place { start: 1, kind: Kind::Connection });
        assert_eq!(at("send $de"), Place { start: 6, kind: Kind::Variable });
    }
}
