//! Where the output of commands and reports about connections go: to standard output and standard error, or to the
//! prompt's screen.

use crate::render::{Diagnostic, Paint, StdoutError, stderr, stdout};

pub(crate) trait Screen: Send + Sync {
    fn data(&self, bytes: &[u8]) -> Result<(), StdoutError>;

    /// Shows what a command reports beside its output, in whole lines.
    fn say(&self, text: &str);

    /// Shows an event such as a lost connection, in whole lines, at any time.
    fn notice(&self, text: String);

    /// Messages arrived; the prompt's screen shows them by itself.
    fn arrived(&self) {}

    /// Holds back messages that arrive, or shows them again.
    fn pause(&self, _paused: bool) {}

    /// Writes nothing while a child process owns the terminal.
    fn hold(&self, _held: bool) {}

    /// Begins a new row if a child process left the cursor in the middle of one.
    fn fresh_line(&self) {}

    /// The colours for texts that are passed to `say` and `notice`.
    fn paint(&self) -> Paint;

    fn complain(&self, diagnostic: &Diagnostic) {
        self.say(diagnostic.render(self.paint()).trim_end_matches('\n'));
    }
}

/// Standard output for data, standard error for the rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streams {
    /// The colours of standard error.
    pub paint: Paint,
}

impl Screen for Streams {
    fn data(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        stdout::write(bytes)
    }

    fn say(&self, text: &str) {
        stderr::line(text);
    }

    fn notice(&self, text: String) {
        stderr::line(&text);
    }

    fn paint(&self) -> Paint {
        self.paint
    }
}
