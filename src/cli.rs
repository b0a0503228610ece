//! The clap tree of the command line: options, subcommands.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::client::{ClientOptions, Target, Tracer};
use crate::command::ask::Asking;
use crate::command::bench::Bench;
use crate::command::connection::ConnectionArgs;
use crate::command::exit::{self, Problem};
use crate::command::language::TypedLine;
use crate::command::queue::transfer::Kind;
use crate::command::signals::Signals;
use crate::command::sub::once::Taking;
use crate::command::trace::StderrTracer;
use crate::command::{Anywhere, OnTheCommandLine, production, send, sub};
use crate::render::{ColorChoice, Colors, Diagnostic, stderr, stdout};
use crate::shell::{self, ScriptArgs, Seat};
use crate::transport::looks_like_url;

/// The interactive shell and command line for every STOMP message broker
#[derive(Parser, Debug)]
#[command(
    name = "stomp",
    version,
    subcommand_precedence_over_arg = true,
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
    pub general: General,
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub script: ScriptArgs,
    /// The broker: stomp://[user[:password]@]host[:port][/vhost], or stomps, ws, wss
    #[arg(value_name = "URL", help_heading = "Connection")]
    pub url: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A subcommand.
#[derive(Subcommand, Debug)]
pub enum Command {
    #[command(flatten)]
    Anywhere(Anywhere),
    #[command(flatten)]
    OnTheCommandLine(OnTheCommandLine),
}

/// Options about this program's own output.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output of the program itself")]
pub struct General {
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

/// Parses, runs, and returns the exit code.
pub fn main(arguments: &[OsString]) -> u8 {
    let literal = arguments.iter().any(|word| word == "--");
    let instead = asks_for_help(arguments);
    let arguments = instead.as_deref().unwrap_or(arguments);
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, arguments),
    };
    let colors = Colors::install(cli.general.color);
    match start(cli, literal, colors) {
        Ok(code) => code,
        Err(error) => {
            let code = exit::code(&error);
            // Whoever closed the output or stopped it knows.
            if !matches!(code, exit::CLOSED | exit::INTERRUPTED) {
                stderr::diagnostic(&exit::diagnostic(&error), colors.stderr);
            }
            code
        }
    }
}

/// What `stomp help` and `stomp help send` stand for.
fn asks_for_help(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let [program, help, command @ ..] = arguments else { return None };
    let command = command.first().filter(|name| Cli::command().find_subcommand(name).is_some());
    let asked = if command.is_some() { "--help" } else { "-h" };
    (help == "help")
        .then(|| [program.clone()].into_iter().chain(command.cloned()).chain([asked.into()]).collect())
}

/// Prints what clap has to say: help and version to standard output, errors to standard error.
fn refused(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let colors = Colors::install(ColorChoice::Auto);
    if let Some(word) = error.use_stderr().then(|| first_word(arguments)).flatten()
        && !looks_like_url(&word)
    {
        stderr::diagnostic(&exit::diagnostic(&unknown_command(&word)), colors.stderr);
        return exit::USAGE;
    }
    let paint = if error.use_stderr() { colors.stderr } else { colors.stdout };
    let text = error.render();
    let text = if paint.is_on() { text.ansi().to_string() } else { text.to_string() };
    if error.use_stderr() {
        stderr::line(text.trim_end());
        return exit::USAGE;
    }
    match stdout::write(text.as_bytes()) {
        Ok(()) => exit::OK,
        Err(error) if error.is_closed() => exit::CLOSED,
        Err(error) => {
            stderr::diagnostic(&exit::diagnostic(&error.into()), colors.stderr);
            exit::LOCAL
        }
    }
}

fn start(cli: Cli, literal: bool, colors: Colors) -> Result<u8> {
    // The shell has threads of its own; everything else is one task that waits, for which one
    // thread is enough and quicker to start.
    let mut builder = match &cli.command {
        Some(Command::OnTheCommandLine(OnTheCommandLine::Bench(_))) => {
            tokio::runtime::Builder::new_multi_thread()
        }
        Some(_) => tokio::runtime::Builder::new_current_thread(),
        None => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Problem::local("cannot start", error))?;
    let result = runtime.block_on(run(cli, literal, colors));
    // A name look-up that hangs must not keep the process alive.
    runtime.shutdown_background();
    result
}

async fn run(cli: Cli, literal: bool, colors: Colors) -> Result<u8> {
    let Cli { general, mut connection, script, url, command } = cli;
    stderr::set_verbosity(general.verbose);
    connection.trace |= general.verbose > 1;
    if let Some(url) = url {
        if !looks_like_url(&url) {
            return Err(unknown_command(&url));
        }
        if connection.server.is_some() {
            return Err(Problem::usage("the broker's URL is given twice").into());
        }
        connection.server = Some(url);
    }
    match command {
        Some(Command::OnTheCommandLine(command)) => match command {
            OnTheCommandLine::Broker(broker) => {
                broker.run(connection.user, connection.password_file, general.quiet).await
            }
            OnTheCommandLine::Bench(own) => bench(&own, connection, &general, colors).await,
            OnTheCommandLine::Completions(completions) => completions.run().map(|()| exit::OK),
            OnTheCommandLine::Complete(complete) => complete.run(Cli::command()).await.map(|()| exit::OK),
            OnTheCommandLine::Ctx(ctx) => ctx.run(&connection, general.quiet),
            OnTheCommandLine::Doctor(doctor) => {
                if doctor.url.is_some() {
                    connection.server = doctor.url.clone();
                }
                let (connection, _) = connection.with_context()?;
                let (_embedded, target) = connection.target().await?;
                if !general.quiet {
                    warn(&connection, &target, colors);
                }
                let tracer = tracer(&connection, colors);
                let options = asked(&connection, target, tracer)?;
                let mut signals = watch()?;
                tokio::select! {
                    code = doctor.run(options, colors.stdout) => code,
                    code = signals.first() => Ok(code),
                }
            }
            OnTheCommandLine::Man(man) => man.run(Cli::command()).map(|()| exit::OK),
        },
        Some(Command::Anywhere(command)) => {
            let (connection, context) = connection.with_context()?;
            if let Some((name, true)) = &context
                && !general.yes
            {
                production::ask(&command, name)?;
            }
            let (_embedded, target) = connection.target().await?;
            if !general.quiet {
                warn(&connection, &target, colors);
            }
            let options = asked(&connection, target, tracer(&connection, colors))?;
            let mut signals = watch()?;
            let quiet = general.quiet;
            match command {
                Anywhere::Send(send) => {
                    send::once::run(&send, options, colors, literal, quiet, &mut signals).await
                }
                Anywhere::Sub(sub) => {
                    sub::once::run(&sub, Taking::Acked, options, colors, quiet, &mut signals).await
                }
                Anywhere::Peek(peek) => peek.run(options, colors, quiet, &mut signals).await,
                Anywhere::Drain(drain) => drain.run(options, colors, quiet, &mut signals).await,
                Anywhere::Purge(purge) => purge.run(options, colors, quiet, &mut signals).await,
                Anywhere::Dump(dump) => dump.run(options, colors, quiet, &mut signals).await,
                Anywhere::Restore(restore) => restore.run(options, quiet, &mut signals).await,
                Anywhere::Mirror(mirror) => {
                    let (elsewhere, warnings) =
                        connection.elsewhere(&mirror.to, tracer(&connection, colors))?;
                    for warning in warnings.into_iter().filter(|_| !quiet) {
                        stderr::diagnostic(&Diagnostic::warning(warning), colors.stderr);
                    }
                    mirror.run(options, elsewhere, quiet, &mut signals).await
                }
                Anywhere::Move(transfer) => transfer.run(options, Kind::Move, quiet, &mut signals).await,
                Anywhere::Copy(transfer) => transfer.run(options, Kind::Copy, quiet, &mut signals).await,
                Anywhere::Request(request) => request.run(options, colors, &mut signals).await,
                Anywhere::Reply(reply) => reply.run(options, quiet, &mut signals).await,
                Anywhere::Depth(depth) => {
                    depth.run(options, connection.management.as_ref(), &mut signals).await
                }
                Anywhere::Queues(queues) => {
                    queues
                        .run(options, connection.management.as_ref(), quiet, &mut signals, &mut Vec::new())
                        .await
                }
            }
        }
        None => {
            let General { quiet, verbose, yes: sure, .. } = general;
            let seat = Seat { connection, script, quiet, verbose, sure, colors };
            shell::run(seat).await
        }
    }
}

fn warn(connection: &ConnectionArgs, target: &Target, colors: Colors) {
    for warning in connection.warnings(target) {
        stderr::diagnostic(&Diagnostic::warning(warning), colors.stderr);
    }
}

/// The options of a one-shot, which may have to ask for the password.
fn asked(
    connection: &ConnectionArgs,
    target: Target,
    tracer: Option<Arc<dyn Tracer>>,
) -> Result<ClientOptions> {
    let _asking = connection.ask_password.then(Asking::begin);
    connection.client_options(target, tracer)
}

fn watch() -> Result<Signals> {
    Ok(Signals::watch().map_err(|error| Problem::local("cannot watch for signals", error))?)
}

/// Puts a load on a broker, and asks first where that is a production's.
async fn bench(bench: &Bench, connection: ConnectionArgs, general: &General, colors: Colors) -> Result<u8> {
    let (connection, context) = connection.with_context()?;
    if let Some((name, true)) = &context
        && !general.yes
    {
        production::ask_load(name)?;
    }
    let (_embedded, target) = connection.target().await?;
    if !general.quiet {
        warn(&connection, &target, colors);
    }
    let tracer = tracer(&connection, colors);
    let options = asked(&connection, target, tracer)?;
    bench.run(options, general.quiet, &mut watch()?).await
}

fn tracer(connection: &ConnectionArgs, colors: Colors) -> Option<Arc<dyn Tracer>> {
    connection.trace.then(|| Arc::new(StderrTracer::new(colors.stderr)) as Arc<dyn Tracer>)
}

/// The first word that is no option and no command, whatever is wrong behind it.
fn first_word(arguments: &[OsString]) -> Option<String> {
    let lenient = Cli::command().ignore_errors(true);
    lenient.try_get_matches_from(arguments).ok()?.try_get_one::<String>("url").ok()?.cloned()
}

/// An unknown first word, and the command that comes nearest.
fn unknown_command(word: &str) -> anyhow::Error {
    let typed = TypedLine::command();
    if typed.find_subcommand(word).is_some_and(|own| !own.is_hide_set()) {
        let hint =
            format!("in the shell, or as a script: stomp -e '{word} …'; 'stomp --help' lists those here");
        return Problem::usage_hint(format!("'{word}' is a command of the shell and of scripts"), hint)
            .into();
    }
    let command = Cli::command();
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
