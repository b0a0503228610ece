//! Commands that bring a connection of their own, at the prompt and in scripts: those that work on
//! whole queues, and those that wait for answers.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use anyhow::Result;

use super::context::{Busy, Context, Flow};
use super::exit::{self, Problem};
use super::language::{Given, GivenBody};
use super::queue::transfer::Kind;
use super::redirect::Redirected;
use super::sub::once::Taking;
use super::system::Held;
use super::{Anywhere, production, sub};
use crate::client::ClientOptions;
use crate::transport::http::HttpUrl;

/// What a command needs besides the broker's connection.
struct Beside {
    /// How to reach another broker.
    elsewhere: Option<ClientOptions>,
    /// Where the broker's management is.
    management: Option<HttpUrl>,
    /// Queues that the broker told of.
    listed: Vec<String>,
}

/// The body as the command line would have given it.
fn body(given: &Given) -> Result<Vec<OsString>> {
    Ok(match &given.body {
        None => Vec::new(),
        Some(GivenBody::Octets(octets)) => vec![OsString::from_vec(octets.to_vec())],
        Some(GivenBody::File(path)) => {
            let failed = |error| Problem::local(format!("cannot read {}", path.display()), error);
            vec![OsString::from_vec(std::fs::read(path).map_err(failed)?)]
        }
    })
}

/// Runs one of them.
pub(super) async fn run(command: &Anywhere, context: &mut Context, given: &Given) -> Result<Flow> {
    if let Anywhere::Reply(own) = command
        && let Some(which) = own.answers()
    {
        return own.answer_one(context, given, which).await;
    }
    if let Some(name) = production::taker(command)
        && !context.may_take(name).await?
    {
        return Ok(Flow::Continue);
    }
    let options = context.options_again().await?;
    let elsewhere = match command {
        Anywhere::Mirror(own) => Some(context.options_elsewhere(&own.to)?),
        _ => None,
    };
    let management = context.connection()?.args.management.clone();
    let mut beside = Beside { elsewhere, management, listed: Vec::new() };
    let (colors, quiet) = (context.colors, context.manner.quiet);
    let mut signals = context.signals.clone();
    context.busy.set(Busy::Watches);
    let held = Held::new(context);
    // Nothing else may write into what is piped.
    let _alone = context.inbox.own_stdout().await;
    let failed = |error| Problem::local("cannot keep what is to be piped", error);
    let redirected = context.is_captured().then(Redirected::begin).transpose().map_err(failed)?;
    let code = one(command, given, options, &mut beside, colors, quiet, &mut signals).await;
    if let Some(redirected) = redirected {
        let written = redirected.end().map_err(failed)?;
        context.out(&written)?;
    }
    drop(held);
    context.busy.set(Busy::No);
    if !beside.listed.is_empty() {
        context.listed = beside.listed;
    }
    match code? {
        exit::OK => Ok(Flow::Continue),
        code => Err(Problem::Script { code }.into()),
    }
}

async fn one(
    command: &Anywhere,
    given: &Given,
    options: ClientOptions,
    beside: &mut Beside,
    colors: crate::render::Colors,
    quiet: bool,
    signals: &mut super::signals::Signals,
) -> Result<u8> {
    match command {
        Anywhere::Send(_) | Anywhere::Restore(_) => {
            Err(Problem::usage("it has no connection of its own").into())
        }
        Anywhere::Sub(own) => sub::once::run(own, Taking::Acked, options, colors, quiet, signals).await,
        Anywhere::Peek(own) => own.run(options, colors, quiet, signals).await,
        Anywhere::Drain(own) => own.run(options, colors, quiet, signals).await,
        Anywhere::Purge(own) => own.run(options, colors, quiet, signals).await,
        Anywhere::Dump(own) => own.run(options, colors, quiet, signals).await,
        Anywhere::Mirror(own) => {
            let elsewhere =
                beside.elsewhere.take().ok_or_else(|| Problem::usage("the other broker is not named"))?;
            own.run(options, elsewhere, quiet, signals).await
        }
        Anywhere::Move(own) => own.run(options, Kind::Move, quiet, signals).await,
        Anywhere::Copy(own) => own.run(options, Kind::Copy, quiet, signals).await,
        Anywhere::Request(own) => {
            let mut own = own.clone();
            own.body = body(given)?;
            own.run(options, colors, signals).await
        }
        Anywhere::Reply(own) => {
            let mut own = own.clone();
            own.body = body(given)?;
            own.run(options, quiet, signals).await
        }
        Anywhere::Depth(own) => own.run(options, beside.management.as_ref(), signals).await,
        Anywhere::Queues(own) => {
            own.run(options, beside.management.as_ref(), quiet, signals, &mut beside.listed).await
        }
    }
}
