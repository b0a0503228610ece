//! `trace`: shows every frame.

use clap::ValueEnum;

use super::prelude::*;

/// Shows every frame, both ways, with times; secrets are masked
#[derive(Args, Debug, Clone)]
pub(crate) struct Trace {
    /// on or off
    #[arg(value_enum, default_value = "on")]
    pub switch: OnOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    /// On
    On,
    /// Off
    Off,
}

impl Command for Trace {
    const FACTS: Facts = Facts::new("trace", Group::Connect)
        .shell_only()
        .without_connection()
        .examples(&[Example::run("", "# every frame, both ways\ntrace on\nsend /queue/a x\ntrace off\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        context.trace.set(self.switch == OnOff::On);
        Ok(ControlFlow::Continue)
    }
}
