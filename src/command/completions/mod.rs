//! `completions` and `man`: what shells and packagers want.
//!
//! A shell's script knows nothing but how to ask this program: `stomp complete SHELL -- WORDS`, whose last word
//! is the one that is being typed. So the candidates are always those of the program that is called, and
//! destinations and contexts are among them.
//!
//! ```text
//! asking.rs  destinations that the broker lists    quoting.rs  as the shell wants it typed
//! man.rs     manual pages
//! ```

mod asking;
mod man;
mod quoting;
mod system_shell;

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use super::completing::{Completer, Known, WordKind, candidates, current_word, destinations_in};
use super::context::{Command, Context, ControlFlow};
use super::facts::{Example, Facts, Group};
use super::history::HistoryFile;
use super::tree::Input;

pub(crate) use man::Man;
pub(crate) use system_shell::SystemShell;

/// The number of newest history entries that are searched for destinations.
const LINES: usize = 2_000;

/// The largest number of candidates.
const MOST: usize = 500;

/// Prints the completions of a shell
///
/// Commands, options, their values, contexts, and destinations: those of the shell's history, and those that the
/// broker lists, if it does so at once.
#[derive(Args, Debug, Clone)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub shell: SystemShell,
}

impl Command for Completions {
    const FACTS: Facts = Facts::new("completions", Group::Shell)
        .command_line_only()
        .without_connection()
        .examples(&[Example::system_shell(
            "stomp completions bash > ~/.local/share/bash-completion/completions/stomp\n\
             stomp completions zsh > ~/.zfunc/_stomp\n\
             stomp completions fish > ~/.config/fish/completions/stomp.fish\n",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        context.out(self.shell.script().as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}

/// Prints what may stand in a word of a command line; for the scripts of shells
#[derive(Args, Debug, Clone)]
pub(crate) struct Complete {
    /// Which shell asks
    #[arg(value_enum)]
    pub shell: SystemShell,
    /// A new word is about to begin: the last one stands as it is
    #[arg(long)]
    pub next: bool,
    /// The characters at which bash begins another word
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    pub breaks: String,
    /// The command line up to the cursor
    #[arg(last = true)]
    pub words: Vec<OsString>,
}

impl Command for Complete {
    const FACTS: Facts =
        Facts::new("complete", Group::Shell).command_line_only().without_connection().hidden();

    /// Prints them. Whatever goes wrong, there are fewer of them or none, and nothing is said: someone is
    /// typing.
    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut cli = (context.program)();
        let mut words: Vec<String> =
            self.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        if self.next || words.len() < 2 {
            words.push(String::new());
        }
        let typed = quoting::Typed::new(self.shell, &mut words, &self.breaks);
        cli.build();
        // The first word is the program's.
        let before = words.get(1..).unwrap_or_default().iter().map(|word| (word.into(), true));
        let mut known = Known::new(Arc::clone(&context.tree().grammar), Arc::new(cli));
        let commands = Arc::clone(&known.commands);
        let mut word = current_word(&commands, before, (typed.word().into(), true));
        if word.kind == WordKind::Nothing {
            word.kind = WordKind::OptionName;
        }
        let completer = word.completer();
        let mut history = Vec::new();
        if completer == Some(Completer::Destination) {
            known.listed = asking::listed(&commands, &words).await;
            history = HistoryFile::of_user().and_then(|mut file| file.changed()).unwrap_or_default();
        }
        let lead = &typed.word()[..word.lead];
        let mut out = String::new();
        if completer == Some(Completer::File) {
            out.push_str(&format!(":files\t{lead}\n"));
        }
        let tree = context.tree();
        let newest = history.iter().rev().take(LINES);
        let mut past = newest.flat_map(|line| destinations_in(line, &tree.grammar, tree.command()));
        // A blank behind the colon would need quotes.
        for candidate in candidates(&word, &known, None, ":", &mut past).iter().take(MOST) {
            typed.push(&format!("{lead}{}", candidate.word), &candidate.about, &mut out);
        }
        context.out(out.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
