//! Lines on standard error: progress, warnings, counts. Data goes to standard output alone.

use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

use super::style::Paint;
use super::{Diagnostic, progress};

/// How often `-v` was given; one setting for the process, as for colours.
static VERBOSITY: AtomicU8 = AtomicU8::new(0);

/// Sets how many times `-v` was given.
pub(crate) fn set_verbosity(level: u8) {
    VERBOSITY.store(level, Ordering::Relaxed);
}

/// Whether `-v` was given at least once.
pub(crate) fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > 0
}

/// Writes one line. Errors are ignored: there is no other place to report them.
pub(crate) fn line(text: &str) {
    write(&format!("{text}\n"));
}

pub(crate) fn diagnostic(diagnostic: &Diagnostic, paint: Paint) {
    write(&diagnostic.render(paint));
}

fn write(text: &str) {
    progress::around(|| {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    });
}
