//! The terminal's modes: kept at the start, given back whatever ends the program.
//!
//! rustyline restores them only when its editor is dropped, which a signal, a panic elsewhere or the
//! end of the process does not do.

use std::sync::OnceLock;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Bracketed paste off, the cursor shown, colours off.
const CALM: &[u8] = b"\x1b[?2004l\x1b[?25h\x1b[0m";

static BEFORE: OnceLock<Termios> = OnceLock::new();

/// The exit code of a panic, as Rust has it.
const PANICKED: i32 = 101;

/// Keeps the modes as they are now, and gives them back after a panic. That ends the program: a shell
/// of which a part has gone neither reads nor shows what a user counts on.
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
    // Where nothing was changed nothing is written: a terminal may know nothing of escapes.
    let changed = now.is_ok_and(|now| now.local_modes != modes.local_modes);
    // What waits to be written may wait for ever, so it is not waited for.
    let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, modes);
    if changed && rustix::termios::isatty(rustix::stdio::stdout()) {
        let _ = rustix::io::write(rustix::stdio::stdout(), CALM);
        let _ = rustix::io::write(rustix::stdio::stdout(), b"\r\n");
    }
}

/// Stops this process, as Ctrl-Z does, with the modes given back, and takes them again when it goes on.
///
/// rustyline signals the process group, which another thread of this process may take, so that it
/// sets its modes again before it is stopped and not behind that; a signal to this very thread stops
/// it at once.
pub(super) fn suspend() {
    let Ok(modes) = tcgetattr(rustix::stdio::stdin()) else { return };
    restore();
    // Where it cannot be stopped, it goes on.
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
    let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &modes);
    if rustix::termios::isatty(rustix::stdio::stdout()) {
        let _ = rustix::io::write(rustix::stdio::stdout(), b"\x1b[?2004h");
    }
}

/// Columns and rows of the screen.
pub(super) fn size() -> (usize, usize) {
    crate::render::measure::screen().unwrap_or((80, 24))
}
