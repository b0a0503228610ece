//! `completions` and `man`: what shells and packagers want.
//!
//! A shell's script knows nothing but how to ask this program: `stomp complete SHELL -- WORDS`, whose last word
//! is the one that is being typed. So the candidates are always those of the program that is called, and
//! destinations and contexts are among them.
//!
//! ```text
//! place.rs    which word of the command line this is    offers.rs   what may stand there
//! asking.rs   destinations, from history and the broker  quoting.rs  as the shell wants it typed
//! man.rs      manual pages
//! ```

mod asking;
mod man;
mod offers;
mod place;
mod quoting;
mod system_shell;

use std::ffi::OsString;

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, ControlFlow};
use super::facts::{Example, Facts, Group};
use super::tree::Input;

pub(crate) use man::Man;
use offers::Offers;
pub(crate) use system_shell::SystemShell;

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
        let before = words.get(1..).unwrap_or_default();
        let place = place::of(&cli, before, typed.word());
        let offers = match offers::of(&cli, &place) {
            Offers::Destinations => asking::destinations(&cli, context.tree(), &words, place.typed).await,
            other => other,
        };
        let mut out = String::new();
        match offers {
            Offers::Files => out.push_str(&format!(":files\t{}\n", place.lead)),
            Offers::These(all) => {
                for offer in all.iter().filter(|offer| offer.word.starts_with(place.typed)) {
                    typed.push(&format!("{}{}", place.lead, offer.word), &offer.about, &mut out);
                }
            }
            Offers::Destinations => {}
        }
        context.out(out.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
