//! `pause`, `resume` and `clear`: what the display shows.

use super::prelude::*;

/// Holds the display: messages still come in and are counted, but not shown
#[derive(Args, Debug, Clone)]
pub(crate) struct Pause {}

/// Lets the display go on
#[derive(Args, Debug, Clone)]
pub(crate) struct Resume {}

impl Command for Pause {
    const FACTS: Facts = Facts::new("pause", Group::Follow)
        .row("pause, resume, clear", "hold the display; go on; an empty screen")
        .shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        context.screen.pause(true);
        context.note("the display is held; 'resume' lets it go on");
        Ok(ControlFlow::Continue)
    }
}

impl Command for Resume {
    const FACTS: Facts = Facts::new("resume", Group::Follow).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        context.screen.pause(false);
        Ok(ControlFlow::Continue)
    }
}

/// Clears the screen; the messages that came are kept
#[derive(Args, Debug, Clone)]
pub(crate) struct Clear {
    /// Forget the messages that came, too
    #[arg(long)]
    pub messages: bool,
}

impl Command for Clear {
    const FACTS: Facts = Facts::new("clear", Group::Follow).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if self.messages {
            context.inbox.clear();
        }
        if context.run_options.interactive {
            context.out(b"\x1b[H\x1b[2J")?;
        }
        Ok(ControlFlow::Continue)
    }
}
