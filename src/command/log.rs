//! `log`: starts and ends a transcript.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::prelude::*;

/// Keeps a transcript in a file: lines as typed, messages and output as comments, so that 'source' replays it
#[derive(Args, Debug, Clone)]
pub(crate) struct Log {
    /// The file, which is appended to; 'off' ends the transcript
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

impl Command for Log {
    const FACTS: Facts = Facts::new("log", Group::Shell).shell_only().without_connection().examples(&[Example::run("",
        "# what is typed and what comes, as a script that can be replayed\nlog today.stomp\nsend /queue/a hello\nlog off\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if self.file.as_os_str() == "off" {
            context.inbox.set_transcript(None).await;
            return Ok(ControlFlow::Continue);
        }
        let shown = self.file.display();
        // Other users must not read the messages.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.file);
        let file = file.map_err(|error| Problem::local(format!("cannot write {shown}"), error))?;
        context.inbox.set_transcript(Some(file)).await;
        context.note(&format!("what is typed and what comes is kept in {shown}; 'log off' ends that"));
        Ok(ControlFlow::Continue)
    }
}
