//! What Tab offers for the word that is typed.

use std::borrow::Cow;

use super::word::PromptWord;
use crate::command::completing::{self, Candidate, Completer, Known, WordKind, destinations_in, possible};
use crate::session::AckMode;
use crate::words::{escape_quoted, quote_word};

/// The number of newest history entries that are searched for destinations.
const ENTRIES: usize = 1_000;

/// The text that replaces `typed` if `candidate` is chosen, with its quote and the space after it.
pub(super) fn text(candidate: &Candidate, typed: &PromptWord<'_>) -> String {
    let Candidate { word, whole, .. } = candidate;
    if typed.word.kind == WordKind::OptionName {
        return format!("{word} ");
    }
    let plain = |word: &str| !word.contains(|c: char| c == '\'' || c.is_control());
    match (typed.quote, whole) {
        (Some('\''), true) if plain(word) => format!("'{word}' "),
        (Some('\''), false) if plain(word) => format!("'{word}"),
        (Some('"'), true) => format!("\"{}\" ", escape_quoted(word)),
        (Some('"'), false) => format!("\"{}", escape_quoted(word)),
        (_, true) => format!("{} ", quote_word(word)),
        (_, false) => {
            // Its quote stays open, because more of the word follows.
            let quoted = quote_word(word).into_owned();
            match quoted.chars().next() {
                Some(quote @ ('\'' | '"')) => quoted.strip_suffix(quote).unwrap_or(&quoted).to_owned(),
                _ => quoted,
            }
        }
    }
}

/// The candidates for `typed` in the order in which they are offered. `entries` is the history, newest first.
pub(super) fn candidates(
    typed: &PromptWord<'_>,
    known: &Known,
    entries: &mut dyn Iterator<Item = Cow<'_, str>>,
) -> Vec<Candidate> {
    let word = &typed.word;
    // The blank behind a colon needs quotes, so where none are typed it is left out.
    let colon = if word.typed.is_empty() || typed.quote.is_some() { ": " } else { ":" };
    let newest = entries.take(ENTRIES);
    let mut past = newest.flat_map(|entry| destinations_in(&entry, &known.grammar, &known.commands));
    let mut all = completing::candidates(word, known, typed.connection.as_deref(), colon, &mut past);
    if word.kind == WordKind::OptionName {
        all.retain(|option| word.typed == "-" || option.word.starts_with("--"));
    }
    if matches!(word.kind, WordKind::CommandName | WordKind::OptionName)
        || word.completer() == Some(Completer::CommandName)
    {
        all.sort_by(|a, b| a.word.cmp(&b.word));
    }
    all
}

/// Whether the option has a fixed set of values that does not contain `value`.
pub(super) fn is_wrong(option: &clap::Arg, value: &str) -> bool {
    match Completer::of(option) {
        Some(Completer::AckMode) => value.parse::<AckMode>().is_err(),
        Some(Completer::Version) => !possible(option).iter().any(|version| version.word == value),
        _ => {
            let all = option.get_possible_values();
            !all.is_empty() && !all.iter().any(|possible| possible.matches(value, false))
        }
    }
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
