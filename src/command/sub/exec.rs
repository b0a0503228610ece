//! `--exec`: a command for each message. The body is its standard input, headers are variables of
//! its environment; nothing from the network stands in a command line.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use crate::command::connection_options::VARIABLES;
use crate::render::{DataOut, Message};

pub(super) struct Exec {
    line: String,
    /// Where the output of the command goes.
    out: DataOut,
}

impl Exec {
    pub(super) fn new(line: &str, out: &DataOut) -> Self {
        Self { line: line.to_owned(), out: out.clone() }
    }

    /// Waits for the command. An error says how it failed.
    pub(super) fn run(&self, message: &impl Message) -> Result<(), String> {
        self.feed(message, &mut message.body())
    }

    /// [`Self::run`] with a body that is read from a file.
    pub(super) fn large(&self, head: &impl Message, mut body: impl Read) -> Result<(), String> {
        self.feed(head, &mut body)
    }

    fn feed(&self, message: &impl Message, body: &mut impl Read) -> Result<(), String> {
        let failed = |error| format!("cannot run '{}': {error}", self.line);
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.line).stdin(Stdio::piped());
        command.stdout(self.out.for_child().map_err(failed)?);
        environment(&mut command, message);
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            // A command that does not read its input closes it; that is its own affair.
            let _ = std::io::copy(body, &mut input);
        }
        let status = child.wait().map_err(|error| format!("cannot wait for '{}': {error}", self.line))?;
        if status.success() { Ok(()) } else { Err(format!("'{}' ended with {status}", self.line)) }
    }
}

/// Gives a command the headers as variables, and none of those that configure this program.
pub(crate) fn environment(command: &mut Command, message: &impl Message) {
    // A header named 'host' must not become STOMP_HOST, nor must our login be handed on.
    for name in VARIABLES {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STOMP_HEADER_") {
            command.env_remove(name);
        }
    }
    let mut seen = Vec::new();
    for (name, value) in message.headers() {
        let variable = variable(&name);
        if !seen.contains(&variable) && !value.contains(&0) {
            command.env(&variable, OsStr::from_bytes(&value));
            seen.push(variable);
        }
    }
}

/// The name of the environment variable for a header, such as `STOMP_HEADER_CONTENT_TYPE`.
fn variable(name: &[u8]) -> String {
    let letter =
        |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_uppercase() as char } else { '_' };
    format!("STOMP_HEADER_{}", name.iter().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Frame, Verb};

    #[test]
    fn the_body_is_the_input_and_headers_are_variables() {
        let message = Frame::new(Verb::Message).with("content-type", "a b").with("host", "x").body("body");
        let check = "test \"$(cat)\" = body && test \"$STOMP_HEADER_CONTENT_TYPE\" = 'a b' && test -z \"$STOMP_HOST\"";
        assert_eq!(Exec::new(check, &DataOut::default()).run(&message), Ok(()));
        assert!(
            Exec::new("exit 3", &DataOut::default())
                .run(&message)
                .is_err_and(|how| how.contains("exit status: 3"))
        );
    }
}
