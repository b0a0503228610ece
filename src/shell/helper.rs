//! rustyline's helper: completion, hints, colours, and whether a line goes on.

use std::borrow::Cow;
use std::cell::Cell;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::{self, Kind, candidates, place};
use super::display::Display;
use super::highlight;
use super::known::Known;
use crate::render::{Paint, Role};
use crate::words::{Completeness, Language, completeness};

/// rustyline's helper.
pub(super) struct Assistant {
    /// What is known.
    pub(super) known: Known,
    /// The prompt's look.
    pub(super) look: Option<Role>,
    display: Display,
    paint: Paint,
    files: FilenameCompleter,
    /// Whether the next repaint is a key's, as far as rustyline's own rules tell.
    by_key: Cell<bool>,
    /// rustyline's own memory of what `highlight_char` said last.
    highlighted: Cell<bool>,
}

impl Assistant {
    /// A helper.
    pub(super) fn new(known: Known, display: Display, paint: Paint) -> Self {
        let files = FilenameCompleter::new();
        let (by_key, highlighted) = (Cell::new(false), Cell::new(false));
        Self { known, look: None, display, paint, files, by_key, highlighted }
    }

    /// A new line begins: rustyline remembers nothing of the one before.
    pub(super) fn line_begins(&self) {
        self.by_key.set(false);
        self.highlighted.set(false);
        self.display.line_begins();
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        self.display.disturbed();
        let complete::Place { start, kind } = place(&line[..pos], &self.known);
        if kind == Kind::File {
            return self.files.complete_path(line, pos);
        }
        let all = candidates(&kind, &line[start..pos], &self.known);
        let pair = |text: String| Pair { display: text.trim_end().to_owned(), replacement: text };
        Ok((start, all.into_iter().map(pair).collect()))
    }
}

/// A grey text behind the cursor.
pub(super) struct GreyHint {
    text: String,
    /// Whether it can be taken over; else it only says what is to come.
    takes: bool,
}

impl Hint for GreyHint {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.takes.then_some(&self.text)
    }
}

impl Hinter for Assistant {
    type Hint = GreyHint;

    fn hint(&self, line: &str, pos: usize, ctx: &Context<'_>) -> Option<GreyHint> {
        // Without colours nothing would tell it from what was typed.
        if !self.paint.is_on() || line.is_empty() || pos < line.len() || line.contains('\n') {
            return None;
        }
        let history = ctx.history();
        let newest = history.len().checked_sub(1);
        let found =
            newest.and_then(|at| history.starts_with(line, at, SearchDirection::Reverse).ok().flatten());
        if let Some(found) = found
            && let Some(rest) = found.entry.get(line.len()..).filter(|rest| !rest.is_empty())
        {
            let first = rest.lines().next().unwrap_or_default();
            return Some(GreyHint { text: first.to_owned(), takes: !rest.contains('\n') });
        }
        let usage = usage(line, &self.known)?;
        Some(GreyHint { text: usage, takes: false })
    }
}

/// The positional words that are still to come.
fn usage(line: &str, known: &Known) -> Option<String> {
    if !line.ends_with(' ') {
        return None;
    }
    let Kind::Positional(command, index) = place(line, known).kind else { return None };
    let command = known.commands.find_subcommand(command)?;
    let name = |own: &clap::Arg| {
        let names = own.get_value_names()?;
        Some(names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    let coming: Vec<String> = command.get_positionals().skip(index).filter_map(name).collect();
    (!coming.is_empty()).then(|| coming.join(" "))
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.paint.is_on() {
            Cow::Owned(highlight::paint(line, &self.known, self.paint))
        } else {
            Cow::Borrowed(line)
        }
    }

    /// Every repaint comes by here, and one behind a print comes without `highlight_char` before it.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, default: bool) -> Cow<'b, str> {
        self.display.repainted(self.by_key.replace(false));
        match self.look {
            Some(role) if default => Cow::Owned(self.paint.paint(role, prompt).to_string()),
            _ => Cow::Borrowed(prompt),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.paint.paint(Role::Dim, hint).to_string())
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        let changes = kind != CmdKind::MoveCursor;
        let paints = changes || self.highlighted.replace(false);
        self.highlighted.set(changes);
        self.by_key.set(paints);
        changes
    }
}

impl Validator for Assistant {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let aliases = |name: &str| self.known.aliases.get(name).cloned();
        let language = Language { aliases: Some(&aliases), ..Language::new(&self.known.grammar) };
        Ok(match completeness(ctx.input().as_bytes(), &language) {
            Completeness::Complete => ValidationResult::Valid(None),
            Completeness::NeedMore(_) => ValidationResult::Incomplete,
        })
    }
}
