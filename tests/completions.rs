//! The completions that are committed are those that the program prints, and bash can use its own.
#![allow(clippy::unwrap_used)] // a failure here is the test's

mod support;

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;
use stomp_shell::cli::Cli;
use stomp_shell::command::completions::generate;
use support::stomp::Stomp;

/// Each shell, and the file's name that it looks for.
const FILES: [(Shell, &str); 5] = [
    (Shell::Bash, "stomp.bash"),
    (Shell::Zsh, "_stomp"),
    (Shell::Fish, "stomp.fish"),
    (Shell::PowerShell, "_stomp.ps1"),
    (Shell::Elvish, "stomp.elv"),
];

/// Set, it makes the files anew.
const REGENERATE: &str = "REGENERATE_COMPLETIONS";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

#[test]
fn the_committed_completions_are_those_of_this_command_line() {
    for (shell, name) in FILES {
        let (path, generated) = (folder().join(name), generate(shell, Cli::command()));
        if std::env::var_os(REGENERATE).is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "completions/{name} is not what 'stomp completions {shell}' prints; make it anew with:\n\n    \
             {REGENERATE}=1 cargo test --test completions\n"
        );
    }
}

#[test]
fn the_program_prints_what_the_generator_makes() {
    for (shell, _) in FILES {
        let printed = Stomp::new(["completions", &shell.to_string()]).run();
        printed.done(generate(shell, Cli::command()));
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let script = folder().join("stomp.bash");
    let complete = |words: &str| {
        let script = script.display();
        let line = format!(
            "source '{script}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _stomp stomp \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        String::from_utf8(Stomp::other("bash", ["-c", &line]).run().code(0).stdout).unwrap()
    };
    let commands = complete("stomp se");
    assert!(commands.split_whitespace().any(|word| word == "send"), "{commands}");
    assert_eq!(complete("stomp send --corr"), "--correlation-id\n");
}
