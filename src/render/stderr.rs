//! Lines on standard error: progress, warnings, counts. Data goes to standard output alone.

use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

use super::style::Paint;
use super::{Diagnostic, progress};

/// How often `-v` was given; one setting for the process, as for colours.
static VERBOSITY: AtomicU8 = AtomicU8::new(0);

/// Says how much to say: 0 is the usual.
pub(crate) fn set_verbosity(level: u8) {
    VERBOSITY.store(level, Ordering::Relaxed);
}

/// Whether more than the usual is to be said.
pub(crate) fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > 0
}

/// Writes one line. Where standard error is closed, there is nobody to tell.
pub(crate) fn line(text: &str) {
    write(&format!("{text}\n"));
}

/// Writes a diagnostic.
pub(crate) fn diagnostic(diagnostic: &Diagnostic, paint: Paint) {
    write(&diagnostic.render(paint));
}

fn write(text: &str) {
    progress::around(|| {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    });
}
