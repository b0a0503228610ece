//! Saves the terminal's modes at the start and restores them however the program ends.
//!
//! rustyline restores them only when its editor is dropped, which a signal, a panic elsewhere or the
//! end of the process does not do.

use std::sync::OnceLock;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Turns bracketed paste and colours off and shows the cursor.
const CALM: &[u8] = b"\x1b[?2004l\x1b[?25h\x1b[0m";

static BEFORE: OnceLock<Termios> = OnceLock::new();

/// The exit status of a Rust program that panics.
const PANICKED: i32 = 101;

/// Saves the present modes, and restores them after a panic. A panic in any thread ends the program, since the shell does
/// not work without that thread.
pub(super) fn keep() {
    let Ok(modes) = tcgetattr(rustix::stdio::stdin()) else { return };
    if BEFORE.set(modes).is_err() {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        before(panic);
        std::process::exit(PANICKED);
    }));
}

pub(super) fn restore() {
    let Some(modes) = BEFORE.get() else { return };
    let now = tcgetattr(rustix::stdio::stdin());
    // Writes no escapes if nothing was changed: the terminal may not understand them.
    let changed = now.is_ok_and(|now| now.local_modes != modes.local_modes);
    // Does not drain the output first, which may block for ever.
    let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, modes);
    if changed && rustix::termios::isatty(rustix::stdio::stdout()) {
        let _ = rustix::io::write(rustix::stdio::stdout(), CALM);
        let _ = rustix::io::write(rustix::stdio::stdout(), b"\r\n");
    }
}

/// Stops this process, as Ctrl-Z does, with the original modes, and sets the present modes again when it continues.
///
/// rustyline signals the process group. Another thread may receive that signal, so that rustyline sets its modes again
/// before the process stops. A signal to this thread stops it at once.
pub(super) fn suspend() {
    let Ok(modes) = tcgetattr(rustix::stdio::stdin()) else { return };
    restore();
    // If it cannot be stopped, it continues.
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
    let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &modes);
    if rustix::termios::isatty(rustix::stdio::stdout()) {
        let _ = rustix::io::write(rustix::stdio::stdout(), b"\x1b[?2004h");
    }
}

/// Columns and rows of the screen; 80 and 24 if they are unknown.
pub(super) fn size() -> (usize, usize) {
    crate::render::measure::screen().unwrap_or((80, 24))
}
