//! Lines on standard error: progress, warnings, counts. Data goes to standard output alone.

use std::io::Write as _;

use super::Diagnostic;
use super::style::Paint;

/// Writes one line. Where standard error is closed, there is nobody to tell.
pub fn line(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(format!("{text}\n").as_bytes());
}

/// Writes a diagnostic.
pub fn diagnostic(diagnostic: &Diagnostic, paint: Paint) {
    let text = diagnostic.render(paint);
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
}
