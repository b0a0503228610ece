//! Grey hints behind the cursor: how the line went on before, or what the command takes.

use rustyline::hint::Hint;
use rustyline::history::{History, SearchDirection};
use unicode_width::UnicodeWidthChar as _;

use super::complete::candidates;
use super::menu::cut;
use super::word::{PromptWord, last_line, word_at_end};
use crate::command::completing::{Completer, CurrentWord, Known, WordKind, possible};
use crate::words::{Item, Language, Open, Rest, read};

/// The smallest number of columns in which a hint is shown.
const NARROW: usize = 4;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct GreyHint {
    /// The grey text after the cursor.
    show: String,
    /// What accepting the hint inserts; `None` if the hint only describes what can be typed.
    takes: Option<String>,
}

impl Hint for GreyHint {
    fn display(&self) -> &str {
        &self.show
    }

    fn completion(&self) -> Option<&str> {
        self.takes.as_deref()
    }
}

/// The hint for a line with the cursor at its end, cut to the columns that are left in the row.
pub(super) fn hint(line: &str, known: &Known, history: &dyn History, columns: usize) -> Option<GreyHint> {
    let room = room(line, known.prompt, columns);
    if line.is_empty() || room < NARROW {
        return None;
    }
    let found = if line.contains('\n') { None } else { went_on(line, history) };
    let (text, takes) = match found {
        Some(rest) => (rest.clone(), Some(rest)),
        None => by_grammar(line, known)?,
    };
    let mut lines = text.lines();
    let mut show = lines.next().unwrap_or_default().replace(char::is_control, " ");
    if lines.next().is_some() {
        show.push_str(" …");
    }
    Some(GreyHint { show: cut(&show, room), takes })
}

/// The hint on an empty row of an unfinished line, where a prompt would be: what ends the heredoc or quote.
pub(super) fn continuation(line: &str, known: &Known, columns: usize) -> Option<GreyHint> {
    if !line.ends_with('\n') {
        return None;
    }
    let show = match last_line(line, known).1? {
        Open::Heredoc { word, .. } => format!("… up to a line '{word}'"),
        Open::Quote { quote, .. } => format!("… up to the closing {quote}"),
    };
    Some(GreyHint { show: cut(&show, columns.saturating_sub(1)), takes: None })
}

/// The number of columns that are left in the row of the cursor.
fn room(line: &str, prompt: usize, columns: usize) -> usize {
    let (before, row) = line.rsplit_once('\n').map_or((prompt, line), |(_, row)| (0, row));
    let typed: usize = row.chars().map(|character| character.width().unwrap_or(0)).sum();
    columns.saturating_sub((before + typed) % columns.max(1) + 1)
}

/// The rest of the newest history entry that begins with `line`.
fn went_on(line: &str, history: &dyn History) -> Option<String> {
    let mut at = history.len().checked_sub(1)?;
    loop {
        let found = history.starts_with(line, at, SearchDirection::Reverse).ok()??;
        // A secret is masked in the history, so that the entry would be wrong.
        if found.entry.len() > line.len() && !found.entry.contains("***") {
            return found.entry.get(line.len()..).map(str::to_owned);
        }
        at = found.idx.checked_sub(1)?;
    }
}

/// The rest of the only possible word, which can be inserted, or a description of the next words.
fn by_grammar(line: &str, known: &Known) -> Option<(String, Option<String>)> {
    let typed = word_at_end(line, known);
    let word = &typed.word;
    if word.typed.is_empty() {
        let begins = line.ends_with([' ', '=']);
        if word.kind == WordKind::CommandName {
            return holds_another(line, known).then(|| ("COMMAND".to_owned(), None));
        }
        return usage(word, known).filter(|_| begins).map(|usage| (usage, None));
    }
    if !matches!(word.kind, WordKind::CommandName | WordKind::OptionName) {
        return None;
    }
    let rest = only(&typed, known)?;
    Some((rest.clone(), Some(rest)))
}

/// Whether the last line is a command that takes another one's line, such as `time `.
fn holds_another(line: &str, known: &Known) -> bool {
    let last = &line[last_line(line, known).0..];
    let reading = read(last.as_bytes(), &Language::new(&known.grammar));
    matches!(&reading.item, Item::Command(line) if !line.words.is_empty())
}

/// The rest of the only candidate; `None` if there are several.
fn only(typed: &PromptWord<'_>, known: &Known) -> Option<String> {
    let all = candidates(typed, known, &mut std::iter::empty());
    let [one] = all.as_slice() else { return None };
    one.word.strip_prefix(&typed.word.typed).filter(|rest| !rest.is_empty()).map(str::to_owned)
}

/// The names of the arguments that can follow, or the values of an option.
fn usage(word: &CurrentWord<'_>, known: &Known) -> Option<String> {
    match &word.kind {
        WordKind::Value(option) => {
            let values: Vec<String> = possible(option).into_iter().map(|value| value.word).collect();
            if !values.is_empty() {
                return Some(values.join("|"));
            }
            let name = value_name(option);
            Some(if name.contains(' ') { format!("'{name}'") } else { name })
        }
        WordKind::Setting(name) => {
            let values = crate::command::settings::Settings::values(name);
            Some(if values.is_empty() { "VALUE".to_owned() } else { values.join("|") })
        }
        WordKind::Positional(_, index) => {
            let rest = known.grammar.shape(word.command.get_name())?.what_follows();
            let all: Vec<&clap::Arg> = word.command.get_positionals().collect();
            // The last one may repeat.
            let many =
                |argument: &clap::Arg| argument.get_num_args().is_some_and(|range| range.max_values() > 1);
            let from = if all.last().is_some_and(|last| many(last) && !ends(last)) {
                (*index).min(all.len() - 1)
            } else {
                *index
            };
            let coming = all.iter().enumerate().skip(from).map(|(at, argument)| {
                let needed = argument.is_required_set()
                    || matches!(rest, Rest::Body { after } | Rest::Command { after } | Rest::Beginning { after } if at < after)
                        && Completer::of(argument) != Some(Completer::Alias);
                let more = if many(argument) && !ends(argument) { "…" } else { "" };
                let name = value_name(argument);
                if needed && at >= *index { format!("{name}{more}") } else { format!("[{name}]{more}") }
            });
            let coming: Vec<String> = coming.collect();
            (!coming.is_empty()).then(|| coming.join(" "))
        }
        _ => None,
    }
}

/// Whether an argument takes the rest of its line, not only one word.
fn ends(argument: &clap::Arg) -> bool {
    matches!(argument.get_id().as_str(), "body" | "line" | "beginning")
}

fn value_name(argument: &clap::Arg) -> String {
    match argument.get_value_names() {
        Some(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        None => argument.get_id().as_str().to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use rustyline::history::MemHistory;
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::command::completing::known;

    fn history(entries: &[&str]) -> MemHistory {
        let mut history = MemHistory::new();
        for entry in entries {
            history.add(entry).unwrap();
        }
        history
    }

    fn shown(line: &str, entries: &[&str]) -> Option<(String, Option<String>)> {
        hint(line, &known(), &history(entries), 80).map(|hint| (hint.show, hint.takes))
    }

    fn usage_of(line: &str) -> String {
        let (show, takes) = shown(line, &[]).unwrap_or_default();
        assert_eq!(takes, None, "{line}");
        show
    }

    #[test]
    fn a_command_says_what_it_takes() {
        assert_eq!(usage_of("send "), "DEST [BODY]");
        assert_eq!(usage_of("send --persistent /queue/a "), "[BODY]");
        assert_eq!(usage_of("sub "), "DEST…");
        assert_eq!(usage_of("sub /queue/a "), "[DEST]…");
        assert_eq!(usage_of("ack "), "[ID|.|all]…");
        assert_eq!(usage_of("ack 7 "), "[ID|.|all]…");
        assert_eq!(usage_of("unsub "), "ID|DEST");
        assert_eq!(usage_of("move /queue/a "), "TO");
        assert_eq!(usage_of("s "), "DEST [BODY]");
        assert_eq!(usage_of("5 @prod send "), "DEST [BODY]");
        assert_eq!(usage_of("send /queue/a x\nack "), "[ID|.|all]…");
        assert_eq!(usage_of("time "), "COMMAND");
        assert_eq!(usage_of("watch 2 "), "COMMAND");
        assert_eq!(usage_of("5 "), "");
        assert_eq!(usage_of("subs "), "");
    }

    #[test]
    fn an_option_says_what_its_value_is() {
        assert_eq!(usage_of("sub --ack "), "auto|client|client-individual");
        assert_eq!(usage_of("send -H "), "'NAME: VALUE'");
        assert_eq!(usage_of("send --receipt="), "all|last|none");
        assert_eq!(usage_of("set editing "), "emacs|vi");
        assert_eq!(usage_of("sub --selector "), "CONDITION");
    }

    #[test]
    fn the_only_command_or_option_can_be_taken() {
        let taken = |line| shown(line, &[]).unwrap().1.unwrap();
        assert_eq!(taken("unsubs"), "cribe");
        assert_eq!(taken("send --pers"), "istent");
        assert_eq!(shown("sub", &[]), None);
        assert_eq!(shown("nothing", &[]), None);
    }

    #[test]
    fn the_newest_entry_that_begins_alike_comes_first() {
        let entries = ["send /queue/a one", "send /queue/a two", "status"];
        assert_eq!(shown("send /q", &entries).unwrap().1.unwrap(), "ueue/a two");
        assert_eq!(shown("send /queue/a two", &entries), None);
        assert_eq!(shown("send /queue/a o", &entries).unwrap().0, "ne");
    }

    #[test]
    fn what_is_hidden_in_the_history_is_no_hint() {
        let entries = ["connect stomp://a@h", "connect stomp://u:***@h"];
        assert_eq!(shown("connect stomp://", &entries).unwrap().0, "a@h");
        assert_eq!(shown("connect stomp://u", &entries), None);
    }

    #[test]
    fn an_entry_of_many_lines_shows_its_first_and_is_taken_whole() {
        let (show, takes) = shown("send", &["send /queue/a <<E\nx\nE"]).unwrap();
        assert_eq!((show.as_str(), takes.unwrap().as_str()), (" /queue/a <<E …", " /queue/a <<E\nx\nE"));
    }

    #[test]
    fn a_hint_stays_within_its_row() {
        let long = format!("send /queue/a {}", "x".repeat(200));
        let mut known = known();
        known.prompt = 10;
        let history = history(&[&long]);
        let found = hint("send", &known, &history, 80).unwrap();
        assert_eq!(found.show.width(), 80 - 10 - 4 - 1);
        assert_eq!(found.takes.unwrap().len(), long.len() - 4);
        // Three columns are left in the second row.
        assert_eq!(hint(&long[..146], &known, &history, 80), None);
        assert!(hint(&long[..147], &known, &history, 160).is_none());
    }

    #[test]
    fn an_empty_row_says_what_ends_the_body() {
        let show = |line: &str| continuation(line, &known(), 80).map(|hint| hint.show);
        assert_eq!(show("send /queue/a <<END\n").unwrap(), "… up to a line 'END'");
        assert_eq!(show("status\ns /queue/a \"x\n").unwrap(), "… up to the closing \"");
        assert_eq!(show("send /queue/a <<END\nx"), None);
        assert_eq!(show("send /queue/a <<END\nEND\n"), None);
        assert_eq!(show("status\n"), None);
    }
}
