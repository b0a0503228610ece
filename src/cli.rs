//! The clap tree of the command line: options, subcommands.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser};

use crate::command::COMMANDS;
use crate::command::connection::ConnectionArgs;
use crate::command::context::{Context, Registered, Run, RunOptions};
use crate::command::diagnosis;
use crate::command::exit::{self, Problem};
use crate::command::inbox::Inbox;
use crate::command::screen::Streams;
use crate::command::tree::Input;
use crate::render::secrets::mask_urls;
use crate::render::{ColorChoice, Colors, stderr, stdout};
use crate::shell::{self, ScriptArgs, ShellOptions};
use crate::transport::looks_like_url;

/// The interactive shell and command line for every STOMP message broker
#[derive(Parser, Debug)]
#[command(
    name = "stomp",
    version,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "To begin with:\n  \
        stomp --embedded            the shell, with a broker of its own\n  \
        stomp stomp://host:61613    the shell; 'help' there lists its commands\n  \
        stomp send /queue/a hi      one command; 'stomp send --help' tells more\n  \
        stomp -f FILE               a script; what comes through a pipe is one too"
)]
pub struct Cli {
    #[command(flatten)]
    pub general: GeneralOptions,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub script: ScriptArgs,
    /// The broker: stomp://[user[:password]@]host[:port][/vhost], or stomps, ws, wss
    #[arg(value_name = "URL", help_heading = "Connection")]
    pub url: Option<String>,
}

struct OneShot(&'static Registered, Box<dyn Run>);

fn one_shots() -> impl Iterator<Item = &'static Registered> {
    COMMANDS.iter().filter(|command| command.facts.on_command_line)
}

/// The examples of all commands that can run by themselves, for tests: the command's name, and the lines of a script on
/// the embedded broker.
pub fn examples() -> Vec<(&'static str, String)> {
    let all = COMMANDS
        .iter()
        .flat_map(|command| command.facts.examples.iter().map(|example| (command.facts.name, example)));
    let runs = all.filter(|(_, example)| example.runs);
    runs.map(|(name, example)| (name, format!("{}{}", example.before, example.text))).collect()
}

/// The clap definition of the whole command line.
pub fn program() -> clap::Command {
    Cli::command().subcommands(one_shots().map(Registered::definition))
}

/// Parses the command line. Defining all commands takes longer than sending a message, so only those are defined whose
/// names are among the words. If that fails, all are defined, and clap reports its error or help for all of them.
fn parse(arguments: &[OsString]) -> Result<(Cli, Option<OneShot>), clap::Error> {
    let named = |command: &&Registered| {
        arguments.iter().any(|word| word.to_str().is_some_and(|word| command.is_called(word)))
    };
    let lean = Cli::command().subcommands(one_shots().filter(named).map(Registered::definition));
    let matches =
        lean.try_get_matches_from(arguments).or_else(|_| program().try_get_matches_from(arguments))?;
    let command = match matches.subcommand() {
        None => None,
        Some((name, options)) => one_shots()
            .find(|command| command.facts.name == name)
            .map(|registered| Ok::<_, clap::Error>(OneShot(registered, registered.parse(options)?)))
            .transpose()?,
    };
    Ok((Cli::from_arg_matches(&matches)?, command))
}

/// Options about this program's own output.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output of the program itself")]
pub struct GeneralOptions {
    /// Say nothing that is not an error
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say to whom it connects; twice: every frame too (--trace)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Do not ask before messages are taken off a production
    #[arg(long, global = true)]
    pub yes: bool,
    /// Colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    pub color: ColorChoice,
}

/// Runs the program and returns its exit status.
pub fn main(arguments: &[OsString]) -> u8 {
    let literal = arguments.iter().any(|word| word == "--");
    let instead = asks_for_help(arguments);
    let arguments = instead.as_deref().unwrap_or(arguments);
    let (cli, command) = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return refused(&error, arguments),
    };
    let colors = Colors::install(cli.general.color);
    match start(cli, command, literal, colors) {
        Ok(code) => code,
        Err(error) => {
            let code = diagnosis::code(&error);
            if !exit::is_signal(code) {
                stderr::diagnostic(&diagnosis::diagnostic(&error), colors.stderr);
            }
            code
        }
    }
}

/// Turns `stomp help send` into `stomp send --help`, and `stomp help` into `stomp -h`.
fn asks_for_help(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let [program, help, command @ ..] = arguments else { return None };
    if help != "help" {
        return None;
    }
    let known = |name: &&OsString| {
        name.to_str().is_some_and(|name| one_shots().any(|command| command.is_called(name)))
    };
    let command = command.first().filter(known);
    let asked = if command.is_some() { "--help" } else { "-h" };
    Some([program.clone()].into_iter().chain(command.cloned()).chain([asked.into()]).collect())
}

/// Prints what clap has to say: help and version to standard output, errors to standard error.
fn refused(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let colors = Colors::install(ColorChoice::Auto);
    if let Some(word) = error.use_stderr().then(|| first_word(arguments)).flatten()
        && !looks_like_url(&word)
    {
        stderr::diagnostic(&diagnosis::diagnostic(&unknown_command(&word)), colors.stderr);
        return exit::USAGE;
    }
    let paint = if error.use_stderr() { colors.stderr } else { colors.stdout };
    let plain = error.render().to_string();
    // It quotes arguments. What has a secret is shown without colours, whose codes would hide it from the mask.
    let masked = if error.use_stderr() { mask_urls(&plain) } else { plain.as_str().into() };
    let text = if paint.is_on() && masked == plain {
        error.render().ansi().to_string()
    } else {
        masked.into_owned()
    };
    if error.use_stderr() {
        stderr::line(text.trim_end());
        return exit::USAGE;
    }
    match stdout::write(text.as_bytes()) {
        Ok(()) => exit::OK,
        Err(error) if error.is_closed() => exit::CLOSED,
        Err(error) => {
            stderr::diagnostic(&diagnosis::diagnostic(&error.into()), colors.stderr);
            exit::LOCAL
        }
    }
}

fn start(cli: Cli, command: Option<OneShot>, literal: bool, colors: Colors) -> Result<u8> {
    // The shell and bench use several threads. Everything else is one task that waits, for which one thread is
    // enough and quicker to start.
    let alone = command.as_ref().is_some_and(|OneShot(command, _)| !command.facts.multi_threaded);
    let mut builder = if alone {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Problem::local("cannot start", error))?;
    let result = runtime.block_on(run(cli, command, literal, colors));
    // A name look-up that hangs must not keep the process alive.
    runtime.shutdown_background();
    result
}

async fn run(cli: Cli, command: Option<OneShot>, literal: bool, colors: Colors) -> Result<u8> {
    let Cli { general, mut connection, script, url } = cli;
    stderr::set_verbosity(general.verbose);
    connection.trace |= general.verbose > 1;
    if let Some(url) = url {
        if !looks_like_url(&url) {
            return Err(unknown_command(&url));
        }
        connection.set_url(url)?;
    }
    let GeneralOptions { quiet, verbose, yes: sure, .. } = general;
    let Some(OneShot(registered, command)) = command else {
        let options = ShellOptions { program, connection, script, quiet, verbose, sure, colors };
        return Box::pin(shell::run(options)).await;
    };
    script.refuse_beside(registered.facts.name)?;
    let screen = Arc::new(Streams { paint: colors.stderr });
    let inbox = Inbox::new(screen.clone(), true, None, diagnosis::explain);
    let run_options = RunOptions { one_shot: true, quiet, verbose, sure, ..RunOptions::default() };
    let mut context = Context::new(COMMANDS, program, connection, inbox, screen, colors, run_options);
    context.connects_on_demand = true;
    let input = Input { literal, ..Input::default() };
    match context.one_shot(&registered.facts, &*command, input).await {
        Ok(code) => Ok(code),
        Err(error) => match error.downcast_ref() {
            // It was printed already.
            Some(Problem::Exit { code }) => Ok(*code),
            _ => Err(error),
        },
    }
}

/// The first word that is neither an option nor a command, even if a later word is invalid.
fn first_word(arguments: &[OsString]) -> Option<String> {
    let lenient = program().ignore_errors(true);
    lenient.try_get_matches_from(arguments).ok()?.try_get_one::<String>("url").ok()?.cloned()
}

/// The error for an unknown first word, with a hint at the most similar command.
fn unknown_command(word: &str) -> anyhow::Error {
    if COMMANDS
        .iter()
        .any(|command| command.is_called(word) && command.facts.in_shell && !command.facts.hidden)
    {
        let hint =
            format!("in the shell, or as a script: stomp -e '{word} …'; 'stomp --help' lists those here");
        return Problem::usage_hint(format!("'{word}' is a command of the shell and of scripts"), hint)
            .into();
    }
    let command = program();
    let names = command
        .get_subcommands()
        .flat_map(|sub| std::iter::once(sub.get_name()).chain(sub.get_all_aliases()));
    let nearest = names
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, _)| *distance <= 2)
        .min();
    let hint = match nearest {
        Some((_, name)) => format!("did you mean '{name}'? 'stomp --help' lists the commands"),
        None => "'stomp --help' lists the commands; a URL has a ':' or a '/' in it".to_owned(),
    };
    Problem::usage_hint(format!("unknown command '{word}'"), hint).into()
}
