//! `source`: the commands of a file.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use super::context::{Context, Flow, Scope};
use super::exit::Problem;
use super::pipeline::Place;
use crate::words::ScriptReader;

/// Files that may stand in each other.
const DEPTH: u32 = 16;

/// Runs the commands of a file, until one fails
#[derive(Args, Debug, Clone)]
pub struct Source {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A command of a file failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Sourced {
    /// Where it stands.
    pub place: Place,
    /// Why.
    pub error: anyhow::Error,
}

impl Source {
    /// Runs them.
    pub async fn run(&self, context: &mut Context) -> Result<Flow> {
        let shown = self.file.display().to_string();
        if context.depth >= DEPTH {
            return Err(Problem::usage(format!("{shown}: files stand in each other too deep")).into());
        }
        let text = std::fs::read(&self.file)
            .map_err(|error| Problem::local(format!("cannot read {shown}"), error))?;
        let scope = Scope::enter(context);
        scope.context.depth += 1;
        run(scope.context, text, &shown.into()).await
    }
}

async fn run(context: &mut Context, text: Vec<u8>, file: &Arc<str>) -> Result<Flow> {
    let mut reader = ScriptReader::of(text);
    while let Some((line, request)) = context.next(&mut reader) {
        context.place = Place { file: Arc::clone(file), line };
        let flow = match request {
            Ok(request) => Box::pin(context.run(request)).await,
            Err(error) => Err(error),
        };
        match flow {
            Ok(Flow::Continue) => {}
            Ok(Flow::Quit) => return Ok(Flow::Quit),
            // The innermost file says where.
            Err(error) if error.is::<Sourced>() => return Err(error),
            Err(error) => return Err(Sourced { place: context.place.clone(), error }.into()),
        }
    }
    context.settle_sends().await?;
    Ok(Flow::Continue)
}
