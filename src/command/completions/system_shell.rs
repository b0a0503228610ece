//! The shells of the system that complete words of a command line.

use clap::ValueEnum;

/// A shell that completes words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SystemShell {
    /// bash, with or without the bash-completion package
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    /// elvish
    Elvish,
}

impl SystemShell {
    pub(crate) fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../../../completions/stomp.bash"),
            Self::Zsh => include_str!("../../../completions/_stomp"),
            Self::Fish => include_str!("../../../completions/stomp.fish"),
            Self::PowerShell => include_str!("../../../completions/_stomp.ps1"),
            Self::Elvish => include_str!("../../../completions/stomp.elv"),
        }
    }
}
