//! The `stomp` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(stomp_shell::cli::main(&std::env::args_os().collect::<Vec<_>>()))
}
