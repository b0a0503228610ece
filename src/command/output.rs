//! The output of commands: data, remarks and warnings.

use std::sync::Arc;

use anyhow::Result;

use super::context::Context;
use crate::render::escape::{Lines, escape_text};
use crate::render::{DataOut, Diagnostic, Paint};

/// How an error calls the file that holds the output of a command that is piped into a program.
pub(super) const CAPTURE: &str = "the temporary file before the '|'";

impl Context {
    /// Writes a command's output, to the program that it is piped into or to the screen.
    pub(crate) fn out(&mut self, text: &[u8]) -> Result<()> {
        if let Some(capture) = &self.capture {
            DataOut::file(Arc::clone(capture), CAPTURE).write(text)?;
        } else {
            self.inbox.record_output(text);
            self.screen.data(text)?;
        }
        Ok(())
    }

    /// Whether a command's output is piped into a program.
    pub(crate) fn is_captured(&self) -> bool {
        self.capture.is_some()
    }

    pub(crate) fn paint(&self) -> Paint {
        if self.capture.is_some() { Paint::PLAIN } else { self.colors.stdout }
    }

    /// Shows a remark at the prompt; elsewhere only with `-v`.
    pub(crate) fn note(&self, text: &str) {
        let shown =
            if self.run_options.interactive { !self.run_options.quiet } else { self.run_options.verbose > 0 };
        if shown {
            let text = escape_text(text, Lines::Many);
            self.screen.say(&text);
        }
    }

    /// Shows a remark once for each connection and `key`.
    pub(crate) fn note_once(&mut self, key: &'static str, text: &str) {
        if self.is_first_time(key) {
            self.note(text);
        }
    }

    /// Shows a warning once for each connection and `key`.
    pub(crate) fn warn_once(&mut self, key: &'static str, text: &str) {
        if self.is_first_time(key) {
            self.warn(text);
        }
    }

    /// Whether this is the first call with this key and the current connection.
    fn is_first_time(&mut self, key: &'static str) -> bool {
        let connection = self.connection().map_or(0, |connection| connection.id);
        let new = !self.shown_once.contains(&(connection, key));
        if new {
            self.shown_once.push((connection, key));
        }
        new
    }

    pub(crate) fn warn(&self, text: &str) {
        if !self.run_options.quiet {
            self.screen.complain(&Diagnostic::warning(text));
        }
    }
}
