//! The `stomp` program: parse, run, exit code.

use std::process::ExitCode;

#[ctor::ctor(unsafe)]
fn before_main() {
    stomp_shell::render::note_whether_open();
}

fn main() -> ExitCode {
    ExitCode::from(stomp_shell::cli::main(&std::env::args_os().collect::<Vec<_>>()))
}
