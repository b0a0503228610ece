//! Which destinations keep messages for later.

use anyhow::Result;

use super::exit::Problem;
use crate::session::Dialect;

/// Refuses a destination that keeps nothing, where a command works on what is kept.
pub(crate) fn check_kept(dialect: &Dialect, destination: &str) -> Result<()> {
    if !dialect.is_topic(destination) {
        return Ok(());
    }
    let message = format!("'{destination}' is no queue: it keeps no messages for later");
    Err(Problem::usage_hint(message, "'sub' shows what comes to it from now on").into())
}
