//! rustyline's helper: completion, hints, colours, and whether a line goes on.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::IsTerminal as _;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::{candidates, text as candidate_text};
use super::display::Display;
use super::files::{Found, begin_like};
use super::hint::{self, GreyHint};
use super::menu::menu;
use super::reflow::Reflow;
use super::word::{PromptWord, word_at_end};
use super::{highlight, terminal};
use crate::command::completing::{self, Candidate, Known, WordKind};
use crate::render::{Paint, Role};
use crate::words::{Completeness, Language, completeness};

/// Completes, hints, colours and validates the line that is typed, for rustyline.
pub(super) struct Assistant {
    pub(super) known: Known,
    /// The colour of the prompt, or `None` for the terminal's.
    pub(super) look: Option<Role>,
    /// Whether the line answers a question instead of being a command.
    pub(super) answers: bool,
    display: Display,
    paint: Paint,
    /// Whether the prompt painted last was that of the shell, and not that of a history search.
    usual: Cell<bool>,
    reflow: Reflow,
    /// Whether standard output is a terminal, which can show hints.
    hints: bool,
    /// Whether rustyline is about to repaint because of a key, and not after a print.
    by_key: Cell<bool>,
    /// The last result of `highlight_char`, which rustyline remembers too.
    highlighted: Cell<bool>,
}

impl Assistant {
    pub(super) fn new(known: Known, display: Display, paint: Paint) -> Self {
        let (usual, reflow) = (Cell::new(true), Reflow::of_terminal());
        let hints = std::io::stdout().is_terminal();
        let (by_key, highlighted) = (Cell::new(false), Cell::new(false));
        Self { known, look: None, answers: false, display, paint, usual, reflow, hints, by_key, highlighted }
    }

    /// Must be called before each new line: rustyline forgets the state of the one before.
    pub(super) fn line_begins(&self) {
        self.by_key.set(false);
        self.highlighted.set(false);
        self.reflow.forget();
        self.display.line_begins();
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, ctx: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        self.display.disturbed();
        if self.answers {
            return Ok((pos, Vec::new()));
        }
        let typed = word_at_end(&line[..pos], &self.known);
        let mut offers = if typed.word.completer() == Some(completing::Completer::File) {
            files(&typed)
        } else {
            let history = ctx.history();
            let entry =
                |at| history.get(at, SearchDirection::Reverse).ok().flatten().map(|found| found.entry);
            let mut entries = (0..history.len()).rev().filter_map(entry);
            let all = candidates(&typed, &self.known, &mut entries);
            all.into_iter()
                .map(|candidate| (candidate.word.clone(), candidate_text(&candidate, &typed)))
                .collect()
        };
        if line[pos..].starts_with(' ') {
            // One blank is enough, and a second one would belong to a body.
            for (_, text) in &mut offers {
                text.truncate(text.trim_end_matches(' ').len());
            }
        }
        Ok((typed.start, menu(offers, terminal::size())))
    }
}

/// The matching files, each as the list shows it and as it must be typed.
fn files(typed: &PromptWord<'_>) -> Vec<(String, String)> {
    // In a body, the name is the rest of the line; quotes around it are part of the line.
    let whole_line = typed.word.kind == WordKind::File;
    let path = &typed.word.typed;
    let path = path.strip_prefix(['\'', '"']).filter(|_| whole_line).unwrap_or(path);
    let found = begin_like(path).into_iter();
    let text = |file: &Found| match (whole_line, typed.quote) {
        (true, Some(quote)) if file.is_folder() => format!("{quote}{}", file.path),
        (true, Some(quote)) => format!("{quote}{}{quote}", file.path),
        (true, None) => file.path.clone(),
        (false, _) => {
            let path = file.path.clone();
            let candidate = if file.is_folder() { Candidate::begun(path) } else { Candidate::whole(path) };
            candidate_text(&candidate, typed)
        }
    };
    found.map(|file| (file.name.clone(), text(&file))).collect()
}

impl Hinter for Assistant {
    type Hint = GreyHint;

    fn hint(&self, line: &str, pos: usize, ctx: &Context<'_>) -> Option<GreyHint> {
        self.reflow.before(line, pos, self.known.prompt);
        if pos < line.len() || !self.hints || self.answers {
            return None;
        }
        let (columns, _) = terminal::size();
        let continued = hint::continuation(line, &self.known, columns);
        // Without colours nothing would tell any other from what was typed.
        continued.or_else(|| {
            self.paint.is_on().then(|| hint::hint(line, &self.known, ctx.history(), columns)).flatten()
        })
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        if self.usual.get() && !self.answers {
            self.reflow.painted(line, pos);
        } else {
            self.reflow.forget();
        }
        if self.paint.is_on() && !self.answers {
            Cow::Owned(highlight::paint(line, &self.known, self.paint))
        } else {
            highlight::harmless(line)
        }
    }

    /// rustyline calls this for every repaint; after a print, without calling `highlight_char` before.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, default: bool) -> Cow<'b, str> {
        self.display.repainted(self.by_key.replace(false));
        self.usual.set(default);
        match self.look {
            Some(role) if default => Cow::Owned(self.paint.paint(role, prompt).to_string()),
            _ => Cow::Borrowed(prompt),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.paint.paint(Role::Dim, hint).to_string())
    }

    fn highlight_char(&self, _: &str, pos: usize, kind: CmdKind) -> bool {
        if kind == CmdKind::MoveCursor {
            self.reflow.moved(pos);
        }
        let changes = kind != CmdKind::MoveCursor;
        let paints = changes || self.highlighted.replace(false);
        self.highlighted.set(changes);
        self.by_key.set(paints);
        changes
    }
}

impl Validator for Assistant {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        if self.answers {
            return Ok(ValidationResult::Valid(None));
        }
        let aliases = |name: &str| self.known.aliases.get(name).cloned();
        let language = Language { aliases: Some(&aliases), ..Language::new(&self.known.grammar) };
        Ok(match completeness(ctx.input().as_bytes(), &language) {
            Completeness::Complete => {
                self.display.line_accepted();
                ValidationResult::Valid(None)
            }
            Completeness::NeedMore(_) => ValidationResult::Incomplete,
        })
    }
}
