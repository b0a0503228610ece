//! Standard input, which one body can have: a command line's, or one of a script that comes from elsewhere.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _};

use anyhow::Result;

use super::context::Context;
use super::exit::Problem;
use super::tree::{Input, InputBody, StandardInput};
use crate::render::stderr;

impl Context {
    /// Whether a body may come from standard input, which is neither the prompt's terminal nor the script.
    pub(super) fn can_read_stdin(&self) -> bool {
        !self.run_options.interactive && self.standard_input != StandardInput::Script
    }

    /// Takes standard input for a body; the error says who reads it instead.
    pub(super) fn take_stdin(&mut self) -> Result<()> {
        let reader = match self.standard_input {
            _ if self.run_options.interactive => "the prompt reads standard input itself",
            StandardInput::Script => "the script comes from standard input itself",
            StandardInput::Read => "an earlier command has read all of standard input",
            StandardInput::Free => {
                self.standard_input = StandardInput::Read;
                if std::io::stdin().is_terminal() && !self.run_options.quiet {
                    stderr::line("reading the body from the terminal; Ctrl-D ends it");
                }
                return Ok(());
            }
        };
        let hint = "give the body in the line, as @FILE or as <<END; '' is an empty one, and '-- -' a dash";
        Err(Problem::usage_hint(reader, hint).into())
    }

    /// The body of a line or of the command line as bytes; `None` if none was given.
    pub(super) async fn body_in_memory(
        &mut self,
        input: &Input,
        words: &[OsString],
    ) -> Result<Option<Vec<u8>>> {
        let Some(body) = input.body(words)? else { return Ok(None) };
        if body == InputBody::StandardInput {
            self.take_stdin()?;
        }
        let read = move || match body {
            InputBody::Bytes(bytes) => Ok(bytes.to_vec()),
            InputBody::File(path) => std::fs::read(&path)
                .map_err(|error| Problem::local(format!("cannot read {}", path.display()), error)),
            InputBody::StandardInput => {
                let mut bytes = Vec::new();
                let read = std::io::stdin().lock().read_to_end(&mut bytes);
                read.map_err(|error| Problem::local("cannot read the body from standard input", error))?;
                Ok(bytes)
            }
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(bytes) => Ok(Some(bytes?)),
            Err(error) => Err(Problem::local("cannot read the body", std::io::Error::other(error)).into()),
        }
    }
}
