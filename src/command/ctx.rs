//! `ctx`: brokers by name, in the config file.

use clap::Subcommand;

use super::config::{Config, StoredContext, path};
use super::connection::check_name;
use super::edit::editor;
use super::exit;
use super::prelude::*;
use super::system::shell;
use crate::render::escape::{Lines, escape_text};
use crate::render::stderr;
use crate::transport::parse_list;
use crate::words::mask_secrets;

/// Names brokers, so that --context NAME finds them
#[derive(Args, Debug, Clone)]
pub(crate) struct Ctx {
    /// What to do; without it, the contexts are listed
    #[command(subcommand)]
    pub action: Option<CtxAction>,
}

#[derive(Subcommand, Debug, Clone)]
pub(crate) enum CtxAction {
    /// Adds a context, or changes it; login, vhost and certificates are those of the command line's options
    Add {
        /// Its name
        name: String,
        /// The broker's URL, or a comma list of them
        url: String,
        /// Commands that take messages off queues ask first, and the prompt is red
        #[arg(long)]
        production: bool,
    },
    /// Lists the contexts
    Ls,
    /// Takes a context where none is named; without a name, none
    Use {
        /// Its name
        #[arg(id = "context_name", value_name = "NAME")]
        name: Option<String>,
    },
    /// Opens the config file in $EDITOR
    Edit,
    /// Removes a context
    Rm {
        /// Its name
        #[arg(id = "context_name", value_name = "NAME")]
        name: String,
    },
}

impl Command for Ctx {
    const FACTS: Facts = Facts::new("ctx", Group::Connect)
        .command_line_only()
        .without_connection()
        .examples(&[Example::system_shell(
            "# a broker by name, then its name alone\nstomp ctx add test stomps://mary@broker.example --cafile ca.pem\n\
             stomp --context test queues\n# the one that counts where none is named\nstomp ctx use test\n",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let (connection, quiet) = (context.base.clone(), context.run_options.quiet);
        let say = |text: &str| {
            if !quiet {
                stderr::line(text);
            }
        };
        match self.action.as_ref().unwrap_or(&CtxAction::Ls) {
            CtxAction::Add { name, url, production } => {
                check_name("context", name, &[])?;
                let endpoints = parse_list(url)?;
                let in_url = endpoints.iter().any(|endpoint| endpoint.password.is_some());
                if in_url || connection.password.is_some() || connection.ask_password {
                    return Err(Problem::usage_hint(
                        "a password has no place in the config file",
                        "keep it in a file of its own (chmod 600) and name that with --password-file",
                    )
                    .into());
                }
                if connection.insecure {
                    let hint = "give it with the command that needs it; --cafile FILE does without";
                    return Err(Problem::usage_hint("--insecure is said anew for each run", hint).into());
                }
                let stored = StoredContext {
                    url: url.clone(),
                    user: connection.user.clone(),
                    password_file: connection.password_file.as_ref().map(std::path::absolute).transpose()?,
                    vhost: connection.vhost.clone(),
                    client_id: connection.client_id.clone(),
                    cafile: connection.cafile.as_ref().map(std::path::absolute).transpose()?,
                    cert: connection.cert.as_ref().map(std::path::absolute).transpose()?,
                    key: connection.key.as_ref().map(std::path::absolute).transpose()?,
                    management: connection.management.clone(),
                    receipts: connection.receipts,
                    production: *production,
                };
                let done = if Config::put(name, &stored)? { "changed" } else { "added" };
                say(&format!("{done} context '{name}'; 'stomp --context {name}' goes there"));
            }
            CtxAction::Ls => {
                let config = Config::read()?;
                let widest = config.context.keys().map(String::len).max().unwrap_or(0);
                let mut out = String::new();
                for (name, stored) in &config.context {
                    let mark = if config.current.as_deref() == Some(name) { '*' } else { ' ' };
                    let production = if stored.production { "  production" } else { "" };
                    // The file may have been written by hand and hold control characters.
                    let url = escape_text(&mask_secrets(&stored.url), Lines::One).into_owned();
                    out.push_str(&format!("{mark} {name:<widest$}  {url}{production}\n"));
                }
                context.out(out.as_bytes())?;
                if config.context.is_empty() {
                    say("no contexts yet; 'stomp ctx add NAME URL' adds one");
                }
            }
            CtxAction::Use { name } => {
                Config::set_current(name.as_deref())?;
                match name {
                    Some(name) => say(&format!("'stomp' goes to context '{name}' from now on")),
                    None => say("'stomp' goes to no context from now on"),
                }
            }
            CtxAction::Edit => edit()?,
            CtxAction::Rm { name } => {
                Config::remove(name)?;
                say(&format!("removed context '{name}'"));
            }
        }
        Ok(ControlFlow::Continue)
    }
}

/// Opens the config file in the user's editor, and fails if it cannot be used afterwards.
fn edit() -> Result<()> {
    let path = path()?;
    Config::create()?;
    let editor = editor();
    // $EDITOR may contain options, which the shell splits; the path is an argument of its own.
    let status = shell(format!("{editor} \"$1\"").as_bytes()).arg("stomp").arg(&path).status();
    let status = status.map_err(|error| Problem::local(format!("cannot run {editor}"), error))?;
    if !status.success() {
        return Err(Problem::Exit { code: exit::FAILED }.into());
    }
    Config::read().map(|_| ())
}
