//! Lines on standard error: progress, warnings, counts. Data goes to standard output alone.

use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

use super::style::Paint;
use super::{Diagnostic, progress};

/// The number of `-v` options, one setting for the process.
static VERBOSITY: AtomicU8 = AtomicU8::new(0);

pub(crate) fn set_verbosity(level: u8) {
    VERBOSITY.store(level, Ordering::Relaxed);
}

pub(crate) fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > 0
}

/// Writes one line. Errors are ignored: there is nowhere else to report them.
pub(crate) fn line(text: &str) {
    write(&format!("{text}\n"));
}

pub(crate) fn diagnostic(diagnostic: &Diagnostic, paint: Paint) {
    write(&diagnostic.render(paint));
}

fn write(text: &str) {
    progress::hidden_while(|| {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    });
}
