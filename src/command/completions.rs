//! `completions` and `man`: what packagers and shells want, from the one clap tree.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::render::stdout;

/// Prints the completions of a shell
#[derive(Args, Debug, Clone)]
pub struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The completions of a shell for this command line.
pub fn generate(shell: Shell, mut cli: Command) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut cli, "stomp", &mut out);
    out
}

impl Completions {
    /// Prints them.
    pub fn run(&self, cli: Command) -> Result<()> {
        // Generated into memory first: the generator panics on a closed pipe.
        Ok(stdout::write(&generate(self.shell, cli))?)
    }
}

/// Prints the man page.
pub fn man(cli: Command) -> Result<()> {
    let mut out = Vec::new();
    clap_mangen::Man::new(cli).render(&mut out)?;
    Ok(stdout::write(&out)?)
}
