//! `panic`: lets tests see what a panic does to the terminal; only debug builds have it.

use std::time::Duration;

use super::prelude::*;

/// Panics while the next line is typed
#[derive(Args, Debug, Clone)]
pub(crate) struct Panic {}

impl Command for Panic {
    const FACTS: Facts = Facts::new("panic", Group::Shell).shell_only().without_connection().hidden();

    #[allow(clippy::panic)] // the command's purpose
    async fn run(&self, _: &mut Context, _: Input) -> Result<ControlFlow> {
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            panic!("as was asked for");
        });
        Ok(ControlFlow::Continue)
    }
}
