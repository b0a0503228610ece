//! Where a command's output and news of the connection go: standard output and standard error, or a
//! prompt's screen.

use crate::render::{Diagnostic, Paint, StdoutError, stderr, stdout};

/// A place for output.
pub(crate) trait Screen: Send + Sync {
    fn data(&self, bytes: &[u8]) -> Result<(), StdoutError>;

    /// What a command has to say beside its output, in whole lines.
    fn say(&self, text: &str);

    /// What happened aside, such as a lost connection, in whole lines. It may come at any time.
    fn notice(&self, text: String);

    /// Messages came, for a screen that shows them by itself.
    fn arrived(&self) {}

    /// Whether messages that came are held back.
    fn pause(&self, _paused: bool) {}

    /// Whether a child process owns the terminal, so that nothing else may write there.
    fn hold(&self, _held: bool) {}

    /// A child process has written to the terminal: what comes next begins a row.
    fn fresh_line(&self) {}

    /// The colours of what is said.
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
