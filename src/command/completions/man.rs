//! `man`: a manual page for the program and one for each command, from the one clap tree and the tables that the
//! program itself works by.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::command::context::{Context, ControlFlow, Registered};
use crate::command::exit::{self, Problem};
use crate::command::facts::{Example, Facts, Group};
use crate::command::tree::Input;
use crate::render::stderr;

/// When the pages were last changed by hand.
const DATE: &str = "2026-11-25";

/// Prints a manual page, or writes all of them
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Man {
    /// The command that the page is about; without it, the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// Write the page of the program and those of all commands into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

/// What the program does by itself.
const WITHOUT_A_COMMAND: &str = "Without a COMMAND it is a shell on the broker: one prompt, in which messages appear above the \
    line that is being typed. Where standard input is not a terminal, or with --execute or --file, it runs a script of \
    the same commands.";

/// What is read from the environment.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("STOMP_URL", "The broker's URL, or a comma list of them."),
    (
        "STOMP_HOST, STOMP_PORT",
        "The broker's host, where there is no URL, and its port, which replaces that of STOMP_URL or of a context.",
    ),
    ("STOMP_USER, STOMP_LOGIN", "The user's name."),
    ("STOMP_PASSWORD, STOMP_PASSCODE", "The password."),
    ("STOMP_VHOST", "The virtual host."),
    ("STOMP_CONTEXT", "The context, as --context."),
    ("VISUAL, EDITOR", "The editor of 'edit' and 'ctx edit'."),
    ("PAGER", "What long output of the shell goes through."),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "Colours off, or on."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME", "Where the files below are; ~/.config and ~/.local/state."),
];

/// Files, by what names their folder.
const FILES: &[(&str, &str)] = &[
    ("$XDG_CONFIG_HOME/stomp/config.toml", "Contexts: brokers by name. 'stomp ctx' writes it."),
    ("$XDG_CONFIG_HOME/stomp/shellrc", "Commands that the shell runs when it starts; --no-rc leaves it out."),
    (
        "$XDG_STATE_HOME/stomp/history",
        "What was typed in the shell, secrets left out; only its owner can read it.",
    ),
];

/// Examples of the program as a whole.
const EXAMPLES: &str = "# the shell, on a broker of its own\nstomp --embedded\n# the shell on another machine's broker; the \
    password is asked for\nstomp stomps://broker.example -U mary -W\n# one message out, one in\nstomp send \
    /queue/orders '{\"id\": 7}'\nstomp sub /queue/orders -c 1\n# each line of a file, confirmed\nstomp send --lines \
    /queue/orders < orders.txt\n# what is wrong with a connection\nstomp doctor stomps://broker.example\n";

impl super::Command for Man {
    const FACTS: Facts =
        Facts::new("man", Group::Shell).command_line_only().without_connection().examples(&[
            Example::system_shell("stomp man send | man -l -\nstomp man --dir ~/.local/share/man/man1\n"),
        ]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut cli = (context.program)();
        cli.build();
        let commands = context.commands;
        if let Some(folder) = &self.dir {
            write_all(&cli, commands, folder)?;
            return Ok(ControlFlow::Continue);
        }
        let page = match &self.command {
            None => page(&cli, commands, &cli),
            Some(name) => {
                let command =
                    cli.find_subcommand(name).filter(|command| !command.is_hide_set()).ok_or_else(|| {
                        let names: Vec<&str> = pages(&cli).map(Command::get_name).collect();
                        Problem::usage_hint(
                            format!("there is no page about '{name}'"),
                            format!("there are: {}", names.join(", ")),
                        )
                    })?;
                page(&cli, commands, command)
            }
        };
        context.out(page.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}

/// The commands that have a manual page: all but the hidden ones.
fn pages(cli: &Command) -> impl Iterator<Item = &Command> {
    cli.get_subcommands().filter(|command| !command.is_hide_set())
}

/// The name that `man` knows a page by.
fn title(cli: &Command, command: &Command) -> String {
    if command.get_name() == cli.get_name() {
        cli.get_name().to_owned()
    } else {
        format!("{}-{}", cli.get_name(), command.get_name())
    }
}

fn write_all(cli: &Command, registered: &[Registered], folder: &Path) -> Result<()> {
    let failed = |path: &Path, error| Problem::local(format!("cannot write {}", path.display()), error);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut count = 0;
    for command in std::iter::once(cli).chain(pages(cli)) {
        let path = folder.join(format!("{}.1", title(cli, command)));
        std::fs::write(&path, page(cli, registered, command)).map_err(|error| failed(&path, error))?;
        count += 1;
    }
    stderr::line(&format!("{count} pages in {}", folder.display()));
    Ok(())
}

fn page(cli: &Command, registered: &[Registered], command: &Command) -> String {
    let whole = command.get_name() == cli.get_name();
    let title = title(cli, command);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    let source = format!("stomp {}", env!("CARGO_PKG_VERSION"));
    roff.control("TH", [title.to_uppercase().as_str(), "1", DATE, &source, "User Commands"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{title} - {}", lower_first(&about)))]);
    let shown = narrowed(command, whole);
    roff.control("SH", ["SYNOPSIS"]);
    synopsis(&mut roff, &shown);
    roff.control("SH", ["DESCRIPTION"]);
    paragraphs(&mut roff, &command.get_long_about().map(ToString::to_string).unwrap_or(format!("{about}.")));
    if whole {
        roff.control("PP", []);
        paragraphs(&mut roff, WITHOUT_A_COMMAND);
    } else if let Some(after) = command.get_after_help() {
        literal(&mut roff, &after.to_string(), true);
    }
    let names: Vec<&str> = command.get_visible_aliases().collect();
    if !names.is_empty() {
        roff.control("PP", []);
        roff.text([roman(format!("Another name for it: {}.", names.join(", ")))]);
    }
    // Writing to memory does not fail.
    let mut text = roff.to_roff().into_bytes();
    let generator = clap_mangen::Man::new(shown.clone());
    let _ = generator.render_options_section(&mut text);
    // The generator asks for a break on both sides of an empty line, which is one already.
    let mut text = String::from_utf8_lossy(&text).replace(".br\n\n.br\n", ".sp\n");
    let mut roff = Roff::new();
    if whole {
        commands(&mut roff, "COMMANDS", "Each has a page of its own: stomp-COMMAND(1).", pages(cli));
        let typed = registered.iter().filter(|own| !own.facts.on_command_line);
        let typed = Command::new("prompt").subcommands(typed.map(Registered::definition));
        let note = "The commands above too, without 'stomp' before them. 'help COMMAND' explains each.";
        let own = typed.get_subcommands().filter(|own| !own.is_hide_set());
        commands(&mut roff, "COMMANDS OF THE SHELL AND OF SCRIPTS", note, own);
    } else {
        if command.has_subcommands() {
            commands(&mut roff, "ACTIONS", "", command.get_subcommands().filter(|own| !own.is_hide_set()));
        }
        roff.control("SH", ["OTHER OPTIONS"]);
        roff.text([
            roman("The options of "),
            bold("stomp"),
            roman("(1) about the connection and about the program's own output may stand here too."),
        ]);
    }
    let facts = registered.iter().find(|own| own.facts.name == command.get_name() && !whole);
    shown_examples(&mut roff, facts.map_or(&[Example::system_shell(EXAMPLES)], |own| own.facts.examples));
    pairs(&mut roff, "ENVIRONMENT", ENVIRONMENT.iter().copied());
    pairs(&mut roff, "FILES", FILES.iter().copied());
    let codes: Vec<(String, &str)> =
        exit::CODES.iter().map(|(code, what)| (code.to_string(), *what)).collect();
    pairs(&mut roff, "EXIT STATUS", codes.iter().map(|(code, what)| (code.as_str(), *what)));
    see_also(&mut roff, cli, &title);
    text.push_str(&roff.to_roff());
    text
}

/// The command as its page shows it: its own options, its arguments first, and its usage in one line.
fn narrowed(command: &Command, whole: bool) -> Command {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let own = if whole {
        command.clone()
    } else {
        command.clone().mut_args(|own| {
            let hidden = own.is_global_set();
            if hidden { own.hide(true) } else { own }
        })
    };
    own.override_usage(usage)
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

fn synopsis(roff: &mut Roff, command: &Command) {
    let usage = command.get_overridden_usage().map(ToString::to_string).unwrap_or_default();
    for (number, line) in usage.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        if number > 0 {
            roff.control("br", []);
        }
        let words = line.split(' ').map(|word| {
            let literal = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if literal { bold(word) } else { italic(word) }
        });
        let mut all: Vec<Inline> = Vec::new();
        for word in words {
            if !all.is_empty() {
                all.push(roman(" "));
            }
            all.push(word);
        }
        roff.text(all);
    }
}

fn paragraphs(roff: &mut Roff, text: &str) {
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        for line in paragraph.lines() {
            roff.text([roman(line.trim())]);
        }
    }
}

fn pairs<'a>(roff: &mut Roff, title: &str, all: impl Iterator<Item = (&'a str, &'a str)>) {
    roff.control("SH", [title]);
    for (name, what) in all {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(what)]);
    }
}

fn commands<'a>(roff: &mut Roff, title: &str, note: &str, all: impl Iterator<Item = &'a Command>) {
    roff.control("SH", [title]);
    if !note.is_empty() {
        roff.text([roman(note)]);
    }
    for own in all {
        roff.control("TP", []);
        let mut head = vec![bold(own.get_name())];
        for alias in own.get_visible_aliases() {
            head.extend([roman(", "), bold(alias)]);
        }
        let values = own.get_positionals().filter_map(clap::Arg::get_value_names).flatten();
        for value in values {
            head.extend([roman(" "), italic(value.as_str())]);
        }
        roff.text(head);
        roff.text([roman(own.get_about().map(ToString::to_string).unwrap_or_default())]);
    }
}

fn shown_examples(roff: &mut Roff, examples: &[Example]) {
    let texts = |for_system_shell| {
        let wanted = examples.iter().filter(move |own| own.for_system_shell == for_system_shell);
        wanted.map(|own| own.text).collect::<Vec<&str>>()
    };
    let (given, typed) = (texts(true), texts(false));
    if given.is_empty() && typed.is_empty() {
        return;
    }
    roff.control("SH", ["EXAMPLES"]);
    for (number, text) in given.iter().enumerate() {
        literal(roff, text, number > 0);
    }
    if !typed.is_empty() {
        if !given.is_empty() {
            roff.control("PP", []);
        }
        roff.text([roman(
            "In the shell, and in scripts; on a command line 'stomp' stands before them, and what the system's shell \
             would take for itself is quoted:",
        )]);
    }
    for text in typed {
        literal(roff, text, true);
    }
}

/// Lines as they stand; a section's heading brings its own distance.
fn literal(roff: &mut Roff, text: &str, distance: bool) {
    if distance {
        roff.control("PP", []);
    }
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

fn see_also(roff: &mut Roff, cli: &Command, title: &str) {
    roff.control("SH", ["SEE ALSO"]);
    let all = std::iter::once(cli).chain(pages(cli)).map(|own| self::title(cli, own));
    let mut line = Vec::new();
    for other in all.filter(|other| other != title) {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.extend([bold(other), roman("(1)")]);
    }
    roff.text(line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::program;
    use crate::command::COMMANDS;
    use crate::command::connection_options::VARIABLES;

    #[test]
    fn each_variable_and_each_exit_code_is_on_the_page() {
        let mut cli = program();
        cli.build();
        let page = page(&cli, COMMANDS, &cli).replace("\\-", "-");
        for name in VARIABLES {
            assert!(page.contains(name), "{name}");
        }
        for (code, what) in exit::CODES {
            assert!(page.contains(&format!("\\fB{code}\\fR\n{what}")), "{code}\n{page}");
        }
    }

    #[test]
    fn a_commands_page_has_its_own_options_and_its_examples() {
        let mut cli = program();
        cli.build();
        let send = page(&cli, COMMANDS, cli.find_subcommand("send").unwrap_or(&cli));
        assert!(send.contains("persistent") && !send.contains("reconnect\\-delay"), "{send}");
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "ENVIRONMENT",
            "FILES",
            "\"EXIT STATUS\"",
            "\"SEE ALSO\"",
        ] {
            assert!(send.contains(&format!("\n.SH {section}\n")), "{section}\n{send}");
        }
    }
}
