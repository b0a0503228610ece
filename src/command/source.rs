//! `source`: runs the commands of a file.

use std::path::PathBuf;
use std::sync::Arc;

use super::lines::Scope;
use super::prelude::*;
use super::script_error::{SourceFailed, SourceLocation};
use crate::words::ScriptReader;

/// How deep files may run each other.
const DEPTH: u32 = 16;

/// Runs the commands of a file, until one fails
#[derive(Args, Debug, Clone)]
pub(crate) struct Source {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

impl Command for Source {
    const FACTS: Facts = Facts::new("source", Group::Shell)
        .aliases(&["run"])
        .shell_only()
        .without_connection()
        .examples(&[Example::run("", "# the commands of a file\nsource setup.stomp\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
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

async fn run(context: &mut Context, text: Vec<u8>, file: &Arc<str>) -> Result<ControlFlow> {
    let mut reader = ScriptReader::of(text);
    let mut warned = false;
    while let Some((line, request)) = context.next(&mut reader) {
        context.location = SourceLocation { file: Arc::clone(file), line };
        context.warn_of_carriage_return(&request, &mut warned);
        let flow = match request {
            Ok(request) => Box::pin(context.run(request)).await,
            Err(error) => Err(error),
        };
        match flow {
            Ok(ControlFlow::Continue) => {}
            Ok(ControlFlow::Quit) => return Ok(ControlFlow::Quit),
            // The innermost file knows the line.
            Err(error) if error.is::<SourceFailed>() => return Err(error),
            Err(error) => return Err(SourceFailed { location: context.location.clone(), error }.into()),
        }
    }
    context.settle_sends().await?;
    Ok(ControlFlow::Continue)
}
